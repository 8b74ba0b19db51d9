"""Calls a function of ObsPy over and over, and prints how often a second of CPU.

    processing_driver.py CASE SECONDS RECORDS VALUES [FILE]

RECORDS are three records of an hour at 40 Hz, one behind the other, as little-endian float64; to VALUES goes what the
function makes of them, likewise.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import io
import sys
import time

import numpy as np
import obspy
from matplotlib import mlab
from obspy import Stream, Trace, UTCDateTime, read_events, read_inventory
from obspy.core import Stats
from obspy.core.util import AttribDict
from obspy.signal import filter as filters
from obspy.signal import freqattributes, polarization, tf_misfit, trigger
from obspy.signal.array_analysis import array_processing
from obspy.signal.cross_correlation import correlate, correlate_template
from obspy.signal.invsim import corn_freq_2_paz, cosine_taper
from obspy.signal.rotate import rotate2zne, rotate_ne_rt, rotate_zne_lqt
from obspy.signal.spectral_estimation import PPSD
from obspy.signal.util import stack
from scipy.signal import iirfilter, sosfilt

RATE = 40.0
CASE, SECONDS, RECORDS, VALUES, *FILE = sys.argv[1:]
x, y, z = np.fromfile(RECORDS, "<f8").reshape(3, -1)
N = len(x)
start = UTCDateTime(0)


def trace(data=x, **stats):
    return Trace(data.copy(), {"sampling_rate": RATE, **stats})


def bandpass(ftype, **options):
    return sosfilt(iirfilter(4, [0.1, 8], fs=RATE, btype="bandpass", ftype=ftype, output="sos", **options), x)


raised = x[50_000:100_000].copy()
raised[:100] += 10


def merge():
    pieces = [(0, x[:60_000]), (50_000, raised), (110_000, x[110_000:])]
    return Stream([trace(samples, starttime=start + at / RATE) for at, samples in pieces]).merge(method=1, fill_value=0)


def ppsd():
    stats = Stats({"sampling_rate": RATE, "network": "XX", "station": "P", "channel": "BHZ", "npts": N})
    paz = {"poles": [-0.037 + 0.037j, -0.037 - 0.037j], "zeros": [0j, 0j], "gain": 1.0, "sensitivity": 1.0}
    p = PPSD(stats, paz)
    p.add(Stream([Trace(x, stats)]))
    return p.psd_values


def beam():
    stream = Stream()
    for k, (px, py) in enumerate([(0, 0), (0.3, 0.1), (-0.2, 0.35), (0.1, -0.3), (-0.35, -0.2), (0.45, -0.25), (0.05, 0.5)]):
        tr = trace(x[k * 1000:k * 1000 + 800], station=f"A{k}")
        tr.stats.coordinates = AttribDict({"x": px, "y": py, "elevation": 0.0})
        stream.append(tr)
    rows = array_processing(stream, 4.0, 1.0, -0.4, 0.4, -0.4, 0.4, 0.02, -1e9, -1e9, 1.0, 6.0, start, start + 799 / RATE, 0,
                            coordsys="xy", timestamp="julsec", method=0)
    return rows[:, [1, 2, 4]].T


def coincidence():
    stream = Stream([trace(data, network="XX", station=f"S{k}", channel="HHZ") for k, data in enumerate([x, y, z])])
    events = trigger.coincidence_trigger("recstalta", 1.8, 0.9, stream, 2, sta=1.0, lta=20.0)
    return [[e["time"].timestamp, e["duration"], e["coincidence_sum"]] for e in events]


def arrivals():
    all = []
    for data, p, s in [(x, 30, 20), (y, 6, 90), (z, 6, 70)]:
        data = data[:1200].copy()
        for onset, hz, size in [(9, 5, p), (15, 3, s)]:
            t = np.arange(onset * int(RATE), len(data)) / RATE - onset
            data[-len(t):] += size * np.sin(2 * np.pi * hz * t) * np.exp(-0.7 * t)
        all.append(data)
    return lambda: trigger.ar_pick(*all, RATE, 1.0, 16.0, 1.0, 0.1, 4.0, 1.0, 2, 8, 0.1, 0.2, s_pick=False)[0]


def spectrogram():
    spec, _, _ = mlab.specgram(x, 400, RATE, detrend=mlab.detrend_linear, window=cosine_taper(400, 0.2), noverlap=360)
    return spec.T


def evaluate():
    response = read_inventory(FILE[0])[0][0][0].response
    return lambda: response.get_evalresp_response(0.01, 1 << 17, output="VEL")[0].view(float)


def remove():
    inventory = read_inventory(FILE[0])
    recorded = Trace(x, {"sampling_rate": 100.0, "network": "XX", "station": "STAGE", "location": "00", "channel": "BHZ",
                         "starttime": UTCDateTime(2012, 1, 1)})
    return lambda: recorded.copy().remove_response(inventory, output="VEL", water_level=60)


def simulate():
    broadband, short = corn_freq_2_paz(1 / 120, 0.707), corn_freq_2_paz(1.0, 0.707)
    return lambda: trace().simulate(paz_remove=broadband, paz_simulate=short)


def given():
    with open(FILE[0], "rb") as f:
        return f.read()


def written(write):
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def reads(name, read, numbers):
    """The cases of a format: what was read, or written and read again, as numbers."""
    def reading():
        data = given()
        return lambda: read(data), numbers

    def writing():
        obj = read(given())
        return lambda: written(lambda out: obj.write(out, format=name, **({"encoding": "STEIM2"} if name == "MSEED" else {}))), \
            lambda data: numbers(read(data))
    return reading, writing


def samples(stream):
    return stream[0].data


def channels(inventory):
    return [[c.latitude, c.sample_rate, len(c.response.response_stages)] for s in inventory[0] for c in s]


def events(catalogue):
    first = UTCDateTime(2022, 1, 2)
    return [[e.origins[0].latitude, e.origins[0].longitude, e.magnitudes[0].mag, len(e.picks), e.origins[0].time - first] for e in catalogue]


short = x[:1000]
rows = x[:20 * 901].reshape(20, 901)
cases = {
    "merge": merge,
    "trim": lambda: trace().trim(start - 10, start + 3700, pad=True, fill_value=0),
    "slide": lambda: [w.data[0] for w in trace().slide(60, 30)],
    "detrend-constant": lambda: trace().detrend("constant"),
    "detrend-simple": lambda: trace().detrend("simple"),
    "detrend-linear": lambda: trace().detrend("linear"),
    "detrend-polynomial": lambda: trace().detrend("polynomial", order=3),
    "detrend-spline": lambda: trace().detrend("spline", order=3, dspline=4000),
    "taper": lambda: trace().taper(0.05),
    "differentiate": lambda: trace().differentiate(),
    "integrate": lambda: trace().integrate(),
    "rotate-ne-rt": lambda: rotate_ne_rt(x, y, 37.5),
    "rotate-zne-lqt": lambda: rotate_zne_lqt(x, y, z, 37.5, 20.0),
    "rotate-zne": lambda: rotate2zne(x, 0, -90, y, 10, 5, z, 95, -3),
    "stack-linear": lambda: stack(rows, "linear"),
    "stack-pws": lambda: stack(rows, ("pw", 2)),
    "stack-root": lambda: stack(rows, ("root", 2)),
    "bandpass": lambda: trace().filter("bandpass", freqmin=0.1, freqmax=8, corners=4),
    "bandpass-zerophase": lambda: trace().filter("bandpass", freqmin=0.1, freqmax=8, corners=4, zerophase=True),
    "bandpass-cheby1": lambda: bandpass("cheby1", rp=1),
    "bandpass-cheby2": lambda: bandpass("cheby2", rs=40),
    "bandpass-bessel": lambda: bandpass("bessel"),
    "lowpass-cheby2": lambda: filters.lowpass_cheby_2(x, 4.0, RATE),
    "decimate": lambda: trace().decimate(10),
    "resample": lambda: trace().resample(20.0),
    "lanczos": lambda: trace(x[:14400]).interpolate(100.0, method="lanczos", a=20),
    "slopes": lambda: trace().interpolate(25.0, method="weighted_average_slopes"),
    "cubic": lambda: trace().interpolate(25.0, method="cubic"),
    "classic-sta-lta": lambda: trigger.classic_sta_lta(x, 40, 800),
    "recursive-sta-lta": lambda: trigger.recursive_sta_lta(x, 40, 800),
    "delayed-sta-lta": lambda: trigger.delayed_sta_lta(x[:14400], 40, 800),
    "z-detect": lambda: trigger.z_detect(x, 40),
    "carl": lambda: trigger.carl_sta_trig(x[:14400], 40, 800, 0.8, 0.8),
    "energy-ratio": lambda: trigger.energy_ratio(x, 40),
    "aic": lambda: trigger.aic_simple(x)[1:],
    "onsets": lambda: trigger.trigger_onset(x, 1.0, 0.2),
    "coincidence": coincidence,
    "envelope": lambda: filters.envelope(x),
    "correlate": lambda: correlate(x, y, 2400),
    "template": lambda: correlate_template(x, y[:400]),
    "spectrogram": spectrogram,
    "ppsd": ppsd,
    "polarize": lambda: polarization.flinn([x[:4000], y[:4000], z[:4000]]),
    "misfit": lambda: tf_misfit.em(short, y[:1000], dt=1 / RATE, fmin=0.5, fmax=15, nf=40),
    "misfit-tf": lambda: tf_misfit.tfem(short, y[:1000], dt=1 / RATE, fmin=0.5, fmax=15, nf=40),
    "ground-motion": lambda: freqattributes.peak_ground_motion(x, 1 / RATE, 1.0, 0.05),
    "beam": beam,
}
made = {"ar-pick": arrivals, "evaluate-response": evaluate, "remove-response": remove, "simulate": simulate}
formats = {
    "mseed": reads("MSEED", lambda data: obspy.read(io.BytesIO(data), format="MSEED"), samples),
    "sac": reads("SAC", lambda data: obspy.read(io.BytesIO(data), format="SAC"), samples),
    "stationxml": reads("STATIONXML", lambda data: read_inventory(io.BytesIO(data), format="STATIONXML"), channels),
    "quakeml": reads("QUAKEML", lambda data: read_events(io.BytesIO(data), format="QUAKEML"), events),
}


def flat(result):
    """Everything in a result as one array."""
    if isinstance(result, Stream):
        return flat([tr.data for tr in result])
    if isinstance(result, Trace):
        result = result.data
    if isinstance(result, (list, tuple)):
        return np.concatenate([flat(r) for r in result])
    return np.ravel(np.asarray(result, dtype="<f8"))


def main():
    numbers = lambda result: result
    way, _, name = CASE.partition("-")
    if name in formats:
        run, numbers = formats[name][way == "write"]()
    else:
        run = made[CASE]() if CASE in made else cases[CASE]
    flat(numbers(run())).tofile(VALUES)
    times, began = 0, time.process_time()
    while time.process_time() - began < float(SECONDS):
        run()
        times += 1
    print(times / (time.process_time() - began))


if __name__ == "__main__":
    main()
