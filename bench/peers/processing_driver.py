"""Calls a function of ObsPy over and over, and prints how often a second of CPU.

    processing_driver.py CASE SECONDS [STATIONXML]
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import sys
import time

import numpy as np
from obspy import Stream, Trace, UTCDateTime, read_inventory
from obspy.core import Stats
from obspy.core.util import AttribDict
from obspy.signal import freqattributes, polarization, tf_misfit, trigger
from obspy.signal.array_analysis import array_processing
from obspy.signal.cross_correlation import correlate, correlate_template
from obspy.signal.filter import envelope
from obspy.signal.rotate import rotate2zne, rotate_ne_rt
from obspy.signal.spectral_estimation import PPSD
from obspy.signal.util import stack

N, RATE = 144_000, 40.0  # an hour
rng = np.random.default_rng(1)
x, y, z = (np.cumsum(rng.standard_normal(N)) * 0.01 + rng.standard_normal(N) for _ in range(3))


def trace(data=x):
    return Trace(data.copy(), {"sampling_rate": RATE})


def ppsd():
    stats = Stats({"sampling_rate": RATE, "network": "XX", "station": "P", "channel": "BHZ", "npts": N})
    paz = {"poles": [-0.037 + 0.037j, -0.037 - 0.037j], "zeros": [0j, 0j], "gain": 1.0, "sensitivity": 1.0}
    PPSD(stats, paz).add(Stream([Trace(x, stats)]))


def array():
    stream = Stream()
    for k, (px, py) in enumerate([(0, 0), (0.3, 0.1), (-0.2, 0.35), (0.1, -0.3), (-0.35, -0.2), (0.45, -0.25), (0.05, 0.5)]):
        tr = Trace(x[k * 1000:k * 1000 + 320].copy(), {"sampling_rate": RATE, "station": f"A{k}"})
        tr.stats.coordinates = AttribDict({"x": px, "y": py, "elevation": 0.0})
        stream.append(tr)
    start = UTCDateTime(0)
    array_processing(stream, 4.0, 1.0, -0.4, 0.4, -0.4, 0.4, 0.02, -1e9, -1e9, 1.0, 6.0, start, start + 319 / RATE, 0,
                     coordsys="xy", timestamp="julsec", method=0)


def response():
    inventory = read_inventory(sys.argv[3])
    recorded = Trace(x, {"sampling_rate": 100.0, "network": "XX", "station": "STAGE", "location": "00", "channel": "BHZ",
                         "starttime": UTCDateTime(2012, 1, 1)})
    return lambda: recorded.copy().remove_response(inventory, output="VEL", water_level=60)


short = x[:1000]
rows = x[:20 * 901].reshape(20, 901)
cases = {
    "detrend-linear": lambda: trace().detrend("linear"),
    "detrend-polynomial": lambda: trace().detrend("polynomial", order=3),
    "detrend-spline": lambda: trace().detrend("spline", order=3, dspline=4000),
    "taper": lambda: trace().taper(0.05),
    "bandpass": lambda: trace().filter("bandpass", freqmin=0.1, freqmax=8, corners=4, zerophase=True),
    "decimate": lambda: trace().decimate(10),
    "resample": lambda: trace().resample(20.0),
    "lanczos": lambda: trace(x[:14400]).interpolate(100.0, method="lanczos", a=20),
    "slopes": lambda: trace().interpolate(25.0, method="weighted_average_slopes"),
    "cubic": lambda: trace().interpolate(25.0, method="cubic"),
    "differentiate": lambda: trace().differentiate(),
    "integrate": lambda: trace().integrate(),
    "envelope": lambda: envelope(x),
    "classic-sta-lta": lambda: trigger.classic_sta_lta(x, 40, 800),
    "recursive-sta-lta": lambda: trigger.recursive_sta_lta(x, 40, 800),
    "z-detect": lambda: trigger.z_detect(x, 40),
    "carl": lambda: trigger.carl_sta_trig(x[:14400], 40, 800, 0.8, 0.8),
    "energy-ratio": lambda: trigger.energy_ratio(x, 40),
    "aic": lambda: trigger.aic_simple(x),
    "onsets": lambda: trigger.trigger_onset(x, 1.0, 0.2),
    "correlate": lambda: correlate(x, y, 2400),
    "template": lambda: correlate_template(x, y[:400]),
    "stack-pws": lambda: stack(rows, ("pw", 2)),
    "stack-root": lambda: stack(rows, ("root", 2)),
    "rotate-ne-rt": lambda: rotate_ne_rt(x, y, 37.5),
    "rotate-zne": lambda: rotate2zne(x, 0, -90, y, 10, 5, z, 95, -3),
    "polarize": lambda: polarization.flinn([x[:4000], y[:4000], z[:4000]]),
    "misfit": lambda: tf_misfit.em(short, y[:1000], dt=1 / RATE, fmin=0.5, fmax=15, nf=40),
    "ground-motion": lambda: freqattributes.peak_ground_motion(x, 1 / RATE, 1.0, 0.05),
    "ppsd": ppsd,
    "beam": array,
}


def main():
    run = response() if sys.argv[1] == "remove-response" else cases[sys.argv[1]]
    seconds = float(sys.argv[2])
    run()
    times, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        run()
        times += 1
    print(times / (time.process_time() - start))


if __name__ == "__main__":
    main()
