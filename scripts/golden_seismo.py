"""Computes the golden values of the packages beside seismo/dsp with ObsPy and SciPy.

    python3 -m venv venv && venv/bin/pip install obspy==1.5.0 numpy==2.4.6 scipy==1.17.1
    venv/bin/python scripts/golden_seismo.py seismo/testdata/golden

Writes the files that goldens.py describes.
"""
import sys

import numpy as np
import scipy.signal
from matplotlib import mlab
from obspy import Stream, Trace, UTCDateTime
from obspy.core import Stats
from obspy.core.util import AttribDict
from obspy.signal import freqattributes, polarization, tf_misfit, trigger
from obspy.signal.array_analysis import array_processing
from obspy.signal.rotate import rotate2zne, rotate_ne_rt, rotate_zne_lqt
from obspy.signal.invsim import cosine_taper, paz_to_freq_resp
from obspy.signal.spectral_estimation import PPSD, get_nhnm, get_nlnm

from goldens import RATE, Goldens

goldens = Goldens(sys.argv[1])
add_input, add = goldens.add_input, goldens.add
rng = np.random.default_rng(20260202)
n = 900
t = np.arange(n) / RATE


def record(delay):
    burst = 20 * np.sin(2 * np.pi * 4 * (t - delay)) * np.exp(-np.clip(t - delay, 0, None)) * (t > delay)
    return rng.standard_normal(n) + burst


z, north, east = record(9.0), record(9.1), record(9.4)
for name, x in [("z", z), ("n", north), ("e", east)]:
    add_input(name, x)

prefix = "obspy.signal.trigger."
cft = trigger.recursive_sta_lta(z, 8, 120)
cft[0] = 0
add(prefix + "recursive_sta_lta", {"nsta": 8, "nlta": 120}, ["z"], {"cft": cft})
add(prefix + "classic_sta_lta", {"nsta": 10, "nlta": 100}, ["z"], {"cft": trigger.classic_sta_lta(z, 10, 100)})
add(prefix + "delayed_sta_lta", {"nsta": 10, "nlta": 100}, ["z"], {"cft": trigger.delayed_sta_lta(z, 10, 100)})
add(prefix + "z_detect", {"nsta": 15}, ["z"], {"cft": trigger.z_detect(z, 15)})
add(prefix + "carl_sta_trig", {"nsta": 10, "nlta": 90, "ratio": 0.8, "quiet": 0.7}, ["z"],
    {"cft": trigger.carl_sta_trig(z, 10, 90, 0.8, 0.7)})
add(prefix + "energy_ratio", {"nsta": 20}, ["z"], {"cft": trigger.energy_ratio(z, 20)})
add(prefix + "modified_energy_ratio", {"nsta": 20, "power": 3}, ["z"], {"cft": trigger.modified_energy_ratio(z, 20, 3)})
add(prefix + "aic_simple", {"from": 1}, ["z"], {"aic": trigger.aic_simple(z)[1:]})
noisy = np.abs(scipy.signal.lfilter(np.ones(9) / 9, 1, rng.standard_normal(n)))
add_input("noisy", noisy)
for on, off, longest, drop in [(0.5, 0.2, 9e9, False), (0.5, 0.5, 9e9, False), (0.5, 0.1, 20, False), (0.5, 0.1, 20, True),
                               (0.05, 0.01, 15, False), (0.05, 0.01, 15, True)]:
    spans = trigger.trigger_onset(noisy, on, off, longest, drop)
    add(prefix + "trigger_onset", {"thr_on": on, "thr_off": off, "max_len": longest, "max_len_delete": drop}, ["noisy"], {},
        values=np.asarray(spans).tolist())

start = UTCDateTime(0)
stream = Stream()
for k, x in enumerate([z, north, east, np.roll(z, 300)]):
    tr = Trace(x, {"sampling_rate": RATE, "starttime": start, "network": "XX", "station": f"S{k}", "channel": "HHZ"})
    add_input(f"net{k}", x)
    stream.append(tr)
for least, extension in [(1, 0), (2, 0), (3, 0), (2, 6.0)]:
    events = trigger.coincidence_trigger("recstalta", 4, 1.2, stream.copy(), least, sta=0.25, lta=3.0,
                                         trigger_off_extension=extension)
    add(prefix + "coincidence_trigger", {"thr_on": 4.0, "thr_off": 1.2, "sum": least, "sta": 0.25, "lta": 3.0,
                                         "extension": extension}, [f"net{k}" for k in range(4)], {},
        values=[{"time": float(e["time"].timestamp), "duration": float(e["duration"]), "sum": e["coincidence_sum"],
                 "ids": e["trace_ids"]} for e in events])

r, tr = rotate_ne_rt(north, east, 217.3)
add("obspy.signal.rotate.rotate_ne_rt", {"ba": 217.3}, ["n", "e"], {"r": r, "t": tr})
l, q, tr = rotate_zne_lqt(z, north, east, 217.3, 33.0)
add("obspy.signal.rotate.rotate_zne_lqt", {"ba": 217.3, "inc": 33.0}, ["z", "n", "e"], {"l": l, "q": q, "t": tr})
for directions in [[[0, -90], [10, 5], [95, -3]], [[30, -40], [150, -35], [270, -30]]]:
    (az1, d1), (az2, d2), (az3, d3) = directions
    a, b, c = rotate2zne(z, az1, d1, north, az2, d2, east, az3, d3)
    add("obspy.signal.rotate.rotate2zne", {"azimuth_dip": directions}, ["z", "n", "e"], {"z": a, "n": b, "e": c})
for a, b in [(300, 500), (0, 900)]:
    add("obspy.signal.polarization.flinn", {"from": a, "to": b}, ["z", "n", "e"],
        {"values": polarization.flinn([z[a:b], north[a:b], east[a:b]])})

ref, other = scipy.signal.detrend(z), 1.2 * np.roll(scipy.signal.detrend(z), 3) + 0.3 * rng.standard_normal(n)
ref, other = ref[300:600], other[300:600]
add_input("ref", ref)
add_input("other", other)
for norm in ["global", "local"]:
    options = {"dt": 1 / RATE, "fmin": 0.7, "fmax": 15.0, "nf": 12, "w0": 6, "norm": norm, "st2_isref": True}
    for name in ["tfem", "tfpm", "tem", "tpm", "fem", "fpm"]:
        if norm == "local" and name.startswith("tf"):
            continue  # divided by coefficients near zero, where rounding decides
        add("obspy.signal.tf_misfit." + name, options, ["other", "ref"], {"v": getattr(tf_misfit, name)(other, ref, **options)})
    for name in ["em", "pm", "eg", "pg"]:
        add("obspy.signal.tf_misfit." + name, options, ["other", "ref"], {}, values=float(getattr(tf_misfit, name)(other, ref, **options)))

smooth = scipy.signal.detrend(np.cumsum(z))
add_input("smooth", smooth)
for freq, damp in [(0.3, 0.1), (1.0, 0.05), (3.0, 0.1)]:
    pga, d, v, a = freqattributes.peak_ground_motion(smooth, 1 / RATE, freq, damp)
    add("obspy.signal.freqattributes.peak_ground_motion", {"delta": 1 / RATE, "freq": freq, "damp": damp}, ["smooth"], {},
        values={"pga": float(pga), "m_dis": float(d), "m_vel": float(v), "m_acc": float(a)})

# A plane wave across seven stations, for the array.
places = [(0.0, 0.0), (0.3, 0.1), (-0.2, 0.35), (0.1, -0.3), (-0.35, -0.2), (0.45, -0.25), (0.05, 0.5)]
slow_x, slow_y = 0.21, -0.13  # s/km, the way the wave goes
wave = scipy.signal.lfilter(*scipy.signal.butter(3, [1, 6], "bandpass", fs=RATE), rng.standard_normal(4 * n))
spec, freqs = np.fft.rfft(wave), np.fft.rfftfreq(len(wave), 1 / RATE)
stream = Stream()
for k, (x, y) in enumerate(places):
    delayed = np.fft.irfft(spec * np.exp(-2j * np.pi * freqs * (slow_x * x + slow_y * y)))[500:500 + n]
    delayed = delayed + 0.2 * rng.standard_normal(n)
    add_input(f"array{k}", delayed)
    tr = Trace(delayed, {"sampling_rate": RATE, "starttime": start, "station": f"A{k}"})
    tr.stats.coordinates = AttribDict({"x": x, "y": y, "elevation": 0.0})
    stream.append(tr)
for method, whiten in [(0, 0), (0, 1)]:
    rows = array_processing(stream, 4.0, 0.5, -0.4, 0.4, -0.4, 0.4, 0.02, -1e9, -1e9, 1.0, 6.0, start, start + (n - 1) / RATE, whiten,
                            coordsys="xy", timestamp="julsec", method=method)
    add("obspy.signal.array_analysis.array_processing",
        {"win_len": 4.0, "win_frac": 0.5, "limit": 0.4, "step": 0.02, "frqlow": 1.0, "frqhigh": 6.0, "prewhiten": whiten,
         "method": method, "places": places}, [f"array{k}" for k in range(len(places))],
        {"time": rows[:, 0], "relpow": rows[:, 1], "abspow": rows[:, 2], "baz": rows[:, 3], "slow": rows[:, 4]})

# ObsPy's models have six digits.
for name, model in [("nlnm", get_nlnm), ("nhnm", get_nhnm)]:
    periods, db = model()
    add("obspy.signal.spectral_estimation." + name, {}, [], {"period": periods, "db": db}, 1e-5)

# An hour at 4 Hz in segments of ten minutes, with a seismometer's response.
paz = {"poles": [-0.037 + 0.037j, -0.037 - 0.037j, -251.0 + 0j], "zeros": [0j, 0j], "gain": 251.0, "sensitivity": 1.5e9}
long = np.cumsum(rng.standard_normal(14400)) * 300 + 2000 * rng.standard_normal(14400) + 1e5
add_input("long", long, 4.0)
ppsd = PPSD(Stats({"sampling_rate": 4.0, "network": "XX", "station": "P", "channel": "BHZ", "npts": 14400}), paz, ppsd_length=600.0,
            period_limits=None)
ppsd.add(Stream([Trace(long, {"sampling_rate": 4.0, "network": "XX", "station": "P", "channel": "BHZ"})]))
h = paz_to_freq_resp(paz["poles"], paz["zeros"], paz["gain"] * paz["sensitivity"], 0.25, ppsd.nfft)
add_input("response", np.stack([h.real, h.imag], 1).ravel(), 4.0)
outputs = {"period": ppsd.period_bin_centers, "mean": ppsd.get_mean()[1], "mode": ppsd.get_mode()[1],
           "psd": np.concatenate(ppsd.psd_values)}
for percent in [0, 5, 50, 95, 100]:
    outputs[f"p{percent}"] = ppsd.get_percentile(percent)[1]
# ObsPy keeps the densities as float32.
add("obspy.signal.spectral_estimation.PPSD", {"ppsd_length": 600.0}, ["long", "response"], outputs, 1e-6)
for length, overlap in [(256, 192), (300, 0), (333, 100)]:
    power, freqs = mlab.psd(z, length, RATE, detrend=mlab.detrend_linear, window=cosine_taper(length, 0.2), noverlap=overlap)
    add("matplotlib.mlab.psd", {"NFFT": length, "noverlap": overlap}, ["z"], {"power": power, "freqs": freqs})

# Three pieces of z: an overlap whose first samples differ, and a gap. NaN is where there is nothing.
for method, fill, bridge in [(0, None, 0), (1, "latest", 0), (1, 0, 0), (1, "interpolate", 5), (1, None, -1)]:
    stream = Stream()
    for a, b in [(0, 300), (260, 600), (660, 850)]:
        piece = z[a:b].copy()
        if a == 260:
            piece[:30] += 10
        stream.append(Trace(piece, {"sampling_rate": RATE, "starttime": UTCDateTime(a / RATE)}))
    stream.merge(method=method, fill_value=fill, interpolation_samples=bridge)
    y = np.full(n, np.nan)
    y[:stream[0].stats.npts] = np.ma.filled(stream[0].data, np.nan)
    add("Stream.merge", {"method": method, "fill_value": fill, "interpolation_samples": bridge}, ["z"], {"y": y})

goldens.close()
