"""Computes the golden values of seismo/dsp with ObsPy and SciPy.

    python3 -m venv venv && venv/bin/pip install obspy==1.5.0 numpy==2.4.6 scipy==1.17.1
    venv/bin/python scripts/golden_dsp.py seismo/dsp/testdata/golden

Writes the files that goldens.py describes.
"""
import sys

import numpy as np
import scipy.signal
from obspy import Trace
from obspy.signal.cross_correlation import correlate, correlate_template
from obspy.signal.filter import envelope, lowpass_cheby_2
from obspy.signal.invsim import cosine_sac_taper, cosine_taper
from obspy.signal.util import stack

from goldens import RATE, Goldens

goldens = Goldens(sys.argv[1])
add_input = goldens.add_input


def add(function, params, inputs, result, rtol=1e-9):
    goldens.add(function, params, inputs, {"y": result}, rtol)


rng = np.random.default_rng(20260101)
n = 360
t = np.arange(n) / RATE
x = 50 * rng.standard_normal(n) + 400 * np.sin(2 * np.pi * 1.7 * t) * np.exp(-((t - 4) ** 2)) + 30 * t + 100
y = np.roll(x, 9) + 20 * rng.standard_normal(n)
odd = x[:333]
rows = np.stack([np.roll(x[:90], k % 3) + 60 * rng.standard_normal(90) for k in range(7)])
add_input("x", x)
add_input("y", y)
add_input("odd", odd)
add_input("stack_rows", rows)


def trace(data):
    tr = Trace(data.copy())
    tr.stats.sampling_rate = RATE
    return tr


for kind, options in [("constant", {}), ("simple", {}), ("linear", {}), ("polynomial", {"order": 2}),
                      ("polynomial", {"order": 5})]:
    add("Trace.detrend", {"type": kind, **options}, ["x"], trace(x).detrend(kind, **options).data, 1e-9)
for order, spacing in [(1, 40), (2, 55.5), (3, 60), (5, 90)]:
    add("Trace.detrend", {"type": "spline", "order": order, "dspline": spacing}, ["x"],
        trace(x).detrend("spline", order=order, dspline=spacing).data)
for options in [{"max_percentage": 0.05}, {"max_percentage": 0.1, "type": "cosine", "side": "right"},
                {"max_percentage": None, "max_length": 2.0, "type": "hamming", "side": "left"},
                {"max_percentage": 0.5}, {"max_percentage": 0.2, "type": "blackman"},
                {"max_percentage": 0.2, "type": "bartlett"}, {"max_percentage": 0.2, "type": "blackmanharris"},
                {"max_percentage": 0.2, "type": "nuttall"}, {"max_percentage": 0.2, "type": "flattop"},
                {"max_percentage": 0.2, "type": "bohman"}, {"max_percentage": 0.2, "type": "parzen"},
                {"max_percentage": 0.2, "type": "triang"}, {"max_percentage": 0.2, "type": "barthann"}]:
    add("Trace.taper", options, ["odd"], trace(odd).taper(**options).data)
    add("Trace.taper", options, ["x"], trace(x).taper(**options).data)
for options in [{"npts": 100, "p": 0.1}, {"npts": 101, "p": 0.3, "halfcosine": False}, {"npts": 64, "p": 1.0},
                {"npts": 65, "p": 1.0}, {"npts": 99, "p": 0.05, "sactaper": True, "halfcosine": False},
                {"npts": 50, "p": 0.0}, {"npts": 40, "p": 0.02}]:
    add("obspy.signal.invsim.cosine_taper", options, [], cosine_taper(**options))
freqs = np.linspace(0, 20, 81)
add("obspy.signal.invsim.cosine_sac_taper", {"freqs": "linspace(0,20,81)", "flimit": [0.4, 1.1, 8.0, 13.3]}, [],
    cosine_sac_taper(freqs, (0.4, 1.1, 8.0, 13.3)))
for kind, options in [
        ("lowpass", {"freq": 3.0, "corners": 1}), ("lowpass", {"freq": 0.7, "corners": 5}),
        ("lowpass", {"freq": 2.0, "corners": 8, "zerophase": True}),
        ("highpass", {"freq": 0.5, "corners": 4}), ("highpass", {"freq": 8.0, "corners": 3, "zerophase": True}),
        ("bandpass", {"freqmin": 0.05, "freqmax": 2.0, "corners": 4, "zerophase": True}),
        ("bandpass", {"freqmin": 1.0, "freqmax": 15.0, "corners": 3}),
        ("bandpass", {"freqmin": 0.8, "freqmax": 19.0, "corners": 1}),
        ("bandpass", {"freqmin": 1.0, "freqmax": 20.0, "corners": 4}),
        ("bandpass", {"freqmin": 2.0, "freqmax": 3.0, "corners": 6}),
        ("bandstop", {"freqmin": 1.0, "freqmax": 3.0, "corners": 4}),
        ("bandstop", {"freqmin": 2.0, "freqmax": 9.0, "corners": 3, "zerophase": True})]:
    add("Trace.filter", {"type": kind, **options}, ["x"], trace(x).filter(kind, **options).data)
for options in [
        {"N": 3, "ftype": "cheby1", "rp": 0.5, "btype": "lowpass", "Wn": [3.0]},
        {"N": 4, "ftype": "cheby1", "rp": 1.0, "btype": "bandpass", "Wn": [0.5, 4.0]},
        {"N": 5, "ftype": "cheby1", "rp": 2.0, "btype": "highpass", "Wn": [6.0]},
        {"N": 6, "ftype": "cheby2", "rs": 40.0, "btype": "lowpass", "Wn": [5.0]},
        {"N": 3, "ftype": "cheby2", "rs": 60.0, "btype": "bandstop", "Wn": [1.0, 3.0]},
        {"N": 1, "ftype": "bessel", "btype": "lowpass", "Wn": [2.0]},
        {"N": 4, "ftype": "bessel", "btype": "bandpass", "Wn": [1.0, 5.0]},
        {"N": 8, "ftype": "bessel", "btype": "lowpass", "Wn": [4.0]},
        {"N": 15, "ftype": "bessel", "btype": "highpass", "Wn": [8.0]}]:
    wn = options["Wn"] if len(options["Wn"]) > 1 else options["Wn"][0]
    sos = scipy.signal.iirfilter(**{**options, "Wn": wn}, fs=RATE, output="sos")
    add("scipy.signal.iirfilter", options, ["x"], scipy.signal.sosfilt(sos, x))
for freq in [1.0, 4.0, 10.0, 15.0]:
    add("obspy.signal.filter.lowpass_cheby_2", {"freq": freq, "df": RATE, "maxorder": 12}, ["x"],
        lowpass_cheby_2(x, freq, RATE))
for factor in [2, 3, 7, 16]:
    add("Trace.decimate", {"factor": factor}, ["x"], trace(x).decimate(factor).data)
for data, name in [(x, "x"), (odd, "odd")]:
    for rate, window in [(20.0, "hann"), (33.3, None), (50.0, None), (13.0, "hann")]:
        tr = trace(data).resample(rate, window=window)
        add("Trace.resample", {"sampling_rate": rate, "window": window}, [name], tr.data)
add("Trace.interpolate", {"sampling_rate": 100.0, "method": "lanczos", "a": 8}, ["x"],
    trace(x).interpolate(100.0, method="lanczos", a=8).data)
for rate, method in [(25.0, "weighted_average_slopes"), (90.0, "weighted_average_slopes"), (33.0, "cubic"), (95.0, "cubic")]:
    add("Trace.interpolate", {"sampling_rate": rate, "method": method}, ["x"], trace(x).interpolate(rate, method=method).data)
for a, b, demean in [(60, 130, True), (100, 171, False)]:
    add("obspy.signal.cross_correlation.correlate_template", {"template": f"x[{a}:{b}]", "demean": demean}, ["x", "y"],
        correlate_template(y, x[a:b], demean=demean))
add("Trace.differentiate", {"method": "gradient"}, ["x"], trace(x).differentiate().data)
add("Trace.integrate", {"method": "cumtrapz"}, ["x"], trace(x).integrate().data)
for options in [{"shift": 40, "demean": True, "normalize": "naive"}, {"shift": 100, "demean": False, "normalize": None},
                {"shift": 0, "demean": True, "normalize": None}]:
    add("obspy.signal.cross_correlation.correlate", options, ["x", "y"], correlate(x, y, **options))
for kind in ["linear", ("pw", 2), ("pw", 1), ("root", 3)]:
    add("obspy.signal.util.stack", {"stack_type": kind, "shape": list(rows.shape)}, ["stack_rows"], stack(rows, kind))
add("obspy.signal.filter.envelope", {}, ["x"], envelope(x))
add("obspy.signal.filter.envelope", {}, ["odd"], envelope(odd))



def whiten(data, tool, low, high, smooth):
    """The whitenings of other tools, in their definitions and our words."""
    n = len(data)
    spectrum = np.fft.rfft(data)
    freqs = np.fft.rfftfreq(n, 1 / RATE)
    if tool == "NoisePy":
        begin, end = np.argmin(abs(freqs - low)), np.argmin(abs(freqs - high))
        start, stop = max(0, begin - 100), min(len(freqs), end + 100)
    else:
        edge = 50 if tool == "SeisNoise" else max(50, n // 200)
        inside = np.nonzero((freqs[:n // 2] >= low) & (freqs[:n // 2] <= high))[0]
        begin, end = inside[0], inside[-1]
        start, stop = max(1, begin - edge), min(end + edge, n // 2)
    result = np.zeros_like(spectrum)
    part = spectrum[start:stop]
    if smooth > 1:
        padded = np.pad(abs(part), smooth, mode="edge")
        result[start:stop] = part / np.convolve(padded, np.ones(smooth) / smooth, mode="same")[smooth:-smooth]
    else:
        result[start:stop] = np.exp(1j * np.angle(part))
    result[start:begin] *= np.cos(np.linspace(np.pi / 2, np.pi, begin - start)) ** 2
    result[end:stop] *= np.cos(np.linspace(0, np.pi / 2, stop - end)) ** 2
    return np.stack([result.real, result.imag], 1).ravel()


long = np.cumsum(rng.standard_normal(1200)) + rng.standard_normal(1200)
add_input("long", long)
for tool, low, high, smooth in [("MSNoise", 4.0, 12.0, 0), ("MSNoise", 0.5, 19.0, 0), ("SeisNoise", 4.0, 12.0, 0),
                                ("NoisePy", 4.0, 12.0, 0), ("NoisePy", 4.0, 12.0, 10), ("NoisePy", 2.0, 17.0, 7)]:
    add("whiten." + tool, {"low": low, "high": high, "smooth": smooth}, ["long"], whiten(long, tool, low, high, smooth))

goldens.close()
