"""Computes golden values of functions that ObsPy does not have, from their definitions with NumPy and SciPy, the plain
way: sums in time, matrices, and an interpolating spline of SciPy's; and of some more that ObsPy has.

    python3 -m venv venv && venv/bin/pip install obspy==1.5.0 numpy==2.4.6 scipy==1.17.1
    venv/bin/python scripts/golden_definitions.py seismo/testdata/definitions

Writes the files that goldens.py describes.
"""
import sys

import numpy as np
import scipy.fft
import scipy.interpolate
import scipy.signal
from matplotlib import mlab
from obspy import Stream, Trace, UTCDateTime
from obspy.signal import trigger as obspy_trigger
from obspy.signal.invsim import cosine_taper
from obspy.signal.util import stack as obspy_stack

from goldens import RATE, Goldens

goldens = Goldens(sys.argv[1])
rng = np.random.default_rng(20260303)
n = 360
x = np.cumsum(rng.standard_normal(n)) + 3 * rng.standard_normal(n)
y = np.roll(x, 7) + 2 * rng.standard_normal(n)
goldens.add_input("x", x)
goldens.add_input("y", y)


def add(function, params, inputs, rtol=1e-9, **results):
    goldens.add(function, params, inputs, results, rtol)


# Normalisation.
add("one-bit", {}, ["x"], y=np.sign(x))
add("clip", {"limit": 5.0}, ["x"], y=np.clip(x, -5, 5))
rms = np.sqrt(np.mean(x ** 2))
add("winsorize", {"limit": 1.2}, ["x"], y=np.clip(x, -1.2 * rms, 1.2 * rms))
for half in [0, 9, 200]:
    mean = [np.mean(np.abs(x[max(0, i - half):i + half + 1])) for i in range(n)]
    add("running-mean", {"half": half}, ["x"], y=x / mean)

# Interpolation by a sinc under its window, which ObsPy does not use.
windows = {"hann": lambda u: 0.5 * (1 + np.cos(np.pi * u)),
           "blackman": lambda u: 0.42 + 0.5 * np.cos(np.pi * u) + 0.08 * np.cos(2 * np.pi * u)}
for kind, window in windows.items():
    for a in [3, 20]:
        times = np.arange(170) * 1.7 + 0.3
        values = []
        for at in times:
            j = np.arange(int(np.floor(at)) - a + 1, int(np.floor(at)) + a + 1)
            j = j[(j >= 0) & (j < n)]
            values.append(np.sum(x[j] * np.sinc(at - j) * window((at - j) / a)))
        add("sinc", {"kernel": kind, "a": a, "start": 0.3, "step": 1.7}, ["x"], y=np.array(values))


# Trimming, alignment and merging.
def trace(data, start=0.0):
    return Trace(data.copy(), {"sampling_rate": RATE, "starttime": UTCDateTime(start)})


for begin, end in [(1.01, 3.337), (1.0124, 5.0126), (-0.5, 2.0), (8.0, 12.0)]:
    padded = trace(x).trim(UTCDateTime(begin), UTCDateTime(end), pad=True, fill_value=-1.0)
    add("Trace.trim", {"from": begin, "to": end, "pad": True}, ["x"], y=padded.data)
    if begin >= 0:
        add("Trace.trim", {"from": begin, "to": end, "pad": False}, ["x"], y=trace(x).trim(UTCDateTime(begin), UTCDateTime(end)).data)
aligned = trace(x, 0.009).interpolate(RATE, method="lanczos", a=12, starttime=UTCDateTime(0.025), npts=n - 1)
add("align", {"start": 0.009, "a": 12}, ["x"], y=aligned.data)
pieces = Stream([trace(x[:200]), trace(x[150:300], 150 / RATE), trace(x[320:], 320 / RATE)])
pieces.merge(method=-1)
add("Stream.merge", {"method": -1}, ["x"], first=pieces[0].data, second=pieces[1].data)

spec, _, times = mlab.specgram(x, 64, RATE, detrend=mlab.detrend_linear, window=cosine_taper(64, 0.2), noverlap=48)
add("spectrogram", {"NFFT": 64, "noverlap": 48}, ["x"], rows=spec.T, times=times)

# Cross-spectra of windows, as they are summed.
lag = 40
size = scipy.fft.next_fast_len(2 * n, real=True)
a, b = np.fft.rfft(x), np.fft.rfft(y)


def smooth(v, half):
    return np.array([np.mean(v[max(0, k - half):k + half + 1]) for k in range(len(v))])


def floored(v, half, level):
    return np.maximum(smooth(v, half), level * np.mean(v))


def parts(c):
    return np.stack([c.real, c.imag], 1).ravel()


add("coherency", {"half": 5, "level": 0.01}, ["x", "y"],
    y=parts(np.conj(a) * b / (floored(np.abs(a), 5, 0.01) * floored(np.abs(b), 5, 0.01))))
add("deconvolution", {"half": 5, "level": 0.01}, ["x", "y"], y=parts(np.conj(a) * b / floored(np.abs(a) ** 2, 5, 0.01)))

# Phase cross-correlation, summed in time.
p, q = (h / np.abs(h) for h in (scipy.signal.hilbert(x), scipy.signal.hilbert(y)))
pcc = []
for shift in range(-lag, lag + 1):
    u, v = (p[:n - shift], q[shift:]) if shift >= 0 else (p[-shift:], q[:n + shift])
    pcc.append(np.sum(np.abs(u + v) ** 2 - np.abs(u - v) ** 2) / (4 * n))
add("pcc", {"lag": lag}, ["x", "y"], y=np.array(pcc))

# Stacks of rows.
m = 90
wave = np.sin(2 * np.pi * np.arange(m) / 11) * np.exp(-((np.arange(m) - 50) / 15) ** 2)
rows = np.stack([wave * (1 + 0.1 * k) + 0.4 * rng.standard_normal(m) for k in range(8)])
rows[6] = 3 * rng.standard_normal(m)
goldens.add_input("rows", rows)
phases = np.array([h / np.abs(h) for h in scipy.signal.hilbert(rows, axis=1)])  # m is a length that needs no padding
for gate in [1, 8, 9]:
    left, right = (gate - 1) // 2, gate // 2
    coherence = np.abs(phases.mean(axis=0))
    coherence = np.array([np.mean(coherence[max(0, i - left):i + right + 1]) for i in range(m)])
    add("pws", {"power": 2.0, "gate": gate}, ["rows"], y=rows.mean(axis=0) * coherence ** 2)
assert np.allclose(obspy_stack(rows, ("pw", 2)), rows.mean(axis=0) * np.abs(phases.mean(axis=0)) ** 2, rtol=1e-9)


def s_transform(row):
    """Every frequency of it, as sums over the spectrum."""
    spectrum = np.fft.fft(row)
    k = np.fft.fftfreq(m, 1 / m)
    return np.array([np.fft.ifft(np.roll(spectrum, -f) * np.exp(-2 * np.pi ** 2 * k ** 2 / f ** 2)) for f in range(1, m // 2 + 1)])


voices = np.array([s_transform(row) for row in rows])
coherence = np.abs((voices / np.abs(voices)).mean(axis=0))
mean = rows.mean(axis=0)
half = np.concatenate([[np.sum(mean)], np.sum(s_transform(mean) * coherence ** 2, axis=1)])
add("tf-pws", {"power": 2.0}, ["rows"], y=np.fft.irfft(half, m))

stack = np.median(rows, axis=0)
for _ in range(50):
    u = stack / np.linalg.norm(stack)
    along = rows @ u
    weights = np.abs(along) / (np.linalg.norm(rows, axis=1) * np.linalg.norm(rows - np.outer(along, u), axis=1))
    weights /= weights.sum()
    before, stack = stack, weights @ rows
    if np.linalg.norm(stack - before) <= 1e-7 * np.linalg.norm(stack):
        break
add("robust", {"epsilon": 1e-7}, ["rows"], y=stack, weights=weights)

chosen = np.ones(len(rows), bool)
units = rows / np.sqrt(np.mean(rows ** 2, axis=1, keepdims=True))
for _ in range(50):
    stack = units[chosen].sum(axis=0)
    before, chosen = chosen, rows @ stack / (np.linalg.norm(rows, axis=1) * np.linalg.norm(stack)) >= 0.4
    if (before == chosen).all():
        break
assert 0 < chosen.sum() < len(rows)
add("selective", {"threshold": 0.4}, ["rows"], y=rows[chosen].mean(axis=0))

spectra = np.fft.rfft(rows, axis=1)
pairs = sum(spectra[j] * np.conj(spectra[k]) for j in range(len(rows)) for k in range(len(rows)) if j != k).real
share = np.maximum(0, pairs / ((len(rows) - 1) * np.sum(np.abs(spectra) ** 2, axis=0)))
add("acf", {"g": 1.5}, ["rows"], y=np.fft.irfft(spectra.mean(axis=0) * share ** 1.5, m))

# Nine components, from N, E and Z to R, T and Z, as matrices.
nine = rng.standard_normal((3, 3, 40))
goldens.add_input("nine", nine)


def turn(azimuth):
    s, c = np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))
    return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])


add("rtz", {"azimuth": 37.0, "back_azimuth": 215.0}, ["nine"],
    y=np.einsum("ij,jkt,lk->ilt", turn(37.0), nine, turn(215.0 + 180)))

# Changes of velocity: a coda and the same with its time stretched, a little noisy.
delta, middle = 0.05, 600
times = (np.arange(2 * middle + 1) - middle) * delta
waves = [(0.3 + 0.9 * rng.random(), 28 * (2 * rng.random() - 1), rng.standard_normal(), 2 * np.pi * rng.random()) for _ in range(200)]


def coda(t):
    return sum(size * np.exp(-((t - at) / 1.5) ** 2 - np.abs(at) / 30) * np.cos(2 * np.pi * f * (t - at) + phase) for f, at, size, phase in waves)


reference, record = coda(times), coda(1.0013 * times) + 0.01 * rng.standard_normal(len(times))
goldens.add_input("reference", reference, 1 / delta)
goldens.add_input("record", record, 1 / delta)
counts = (np.abs(times) >= 3 - 1e-9) & (np.abs(times) <= 25 + 1e-9)
spline = scipy.interpolate.CubicSpline(times, reference)
changes = np.arange(-20, 21) * 0.0005
likeness = np.array([record[counts] @ s / np.linalg.norm(record[counts]) / np.linalg.norm(s)
                     for s in (spline((1 + e) * times[counts]) for e in changes)])
k = likeness.argmax()
left, top, right = likeness[k - 1:k + 2]
shift = 0.5 * (left - right) / (left - 2 * top + right)
best = top - 0.25 * (left - right) * shift
w, t1, t2 = 2 * np.pi * 0.75, 3.0, 25.0
error = np.sqrt(1 - best ** 2) / (2 * best) * np.sqrt(6 * np.sqrt(np.pi / 2) / 0.9 / (w ** 2 * (t2 ** 3 - t1 ** 3)))
add("stretching", {"delta": delta, "min": 3.0, "max": 25.0, "most": 0.01, "step": 0.0005, "freq": 0.75, "band": 0.9}, ["reference", "record"],
    change=np.array([changes[k] + shift * 0.0005, best, error]))

window, step, low, high = 200, 40, 0.4, 1.1
taper, size = cosine_taper(window, 0.85), 4 * 256
freqs = np.fft.rfftfreq(size, delta)
band = (freqs >= low - 1e-12) & (freqs <= high + 1e-12)
hann = np.hanning(11)
hann /= hann.sum()
delays = []
for at in range(0, len(times) - window + 1, step):
    a, b = (np.fft.fft(scipy.signal.detrend(v[at:at + window]) * taper, size) for v in (reference, record))

    def smoothed(v):
        return sum(h * np.roll(v, 5 - i) for i, h in enumerate(hann))[:size // 2 + 1][band]

    cross = smoothed(np.conj(a) * b)
    coherence = np.minimum(1, np.abs(cross) / np.sqrt(smoothed(np.abs(a) ** 2) * smoothed(np.abs(b) ** 2)))
    phase = np.unwrap(np.angle(cross))
    phase -= 2 * np.pi * np.round(np.sum(coherence * phase) / np.sum(coherence) / (2 * np.pi))
    c = np.minimum(coherence, 0.99)
    weights, omega = np.sqrt(c ** 2 / (1 - c ** 2) * np.sqrt(np.abs(cross))), 2 * np.pi * freqs[band]
    slope = np.sum(weights * omega * phase) / np.sum(weights * omega ** 2)
    spread = np.sum((weights * omega / np.sum(weights * omega ** 2)) ** 2)
    delays.append([(at + window / 2 - middle) * delta, -slope, np.sqrt(spread * np.sum((phase - slope * omega) ** 2) / (len(omega) - 1)),
                   coherence.mean()])
delays = np.array(delays)
kept = delays[(np.abs(delays[:, 0]) >= 3 - 1e-9) & (np.abs(delays[:, 0]) <= 25 + 1e-9) & (delays[:, 3] >= 0.5)]
w = 1 / np.maximum(kept[:, 2], 1e-6) ** 2
slope = np.sum(w * kept[:, 0] * kept[:, 1]) / np.sum(w * kept[:, 0] ** 2)
chi = np.sum(w * (kept[:, 1] - slope * kept[:, 0]) ** 2) / (len(kept) - 1)
add("mwcs", {"delta": delta, "window": window * delta, "step": step * delta, "low": low, "high": high, "min": 3.0, "max": 25.0},
    ["reference", "record"], lag=delays[:, 0], delay=delays[:, 1], error=delays[:, 2], coherence=delays[:, 3],
    change=np.array([-slope, np.sqrt(chi / np.sum(w * kept[:, 0] ** 2)), kept[:, 3].mean()]))

# Onsets: the least of the criterion, with autoregressive models by Burg's method.


def burg(v, order):
    f, b, model = v.copy(), v.copy(), np.array([1.0])
    for k in range(order):
        forward, backward = f[k + 1:], b[k:-1]
        r = -2 * np.dot(forward, backward) / (np.dot(forward, forward) + np.dot(backward, backward))
        f[k + 1:], b[k + 1:] = forward + r * backward, backward + r * forward
        model = np.append(model, 0) + r * np.append(model, 0)[::-1]
    return model


for order, fit, begins in [(2, 80, 180), (4, 60, 260)]:
    onset = rng.standard_normal(n)
    late = np.arange(n - begins) / RATE
    onset[begins:] += 6 * np.sin(2 * np.pi * 5 * late) * np.exp(-late)
    goldens.add_input(f"onset{begins}", onset)
    v = onset - onset.mean()
    noise, signal = burg(v[:fit], order), burg(v[-fit:], order)
    criterion = {}
    for k in range(fit // 2, n - fit // 2):
        before = np.convolve(v, noise, "valid")[:max(0, k - order)]  # errors of the samples from order up to k
        after = np.convolve(v[::-1], signal, "valid")[::-1][k:]  # and of those from k on
        criterion[k] = (k - order) * np.log(np.sum(before ** 2) / (k - order)) + (n - order - k) * np.log(np.sum(after ** 2) / (n - order - k))
    add("ar-aic", {"order": order, "fit": fit}, [f"onset{begins}"], sample=np.array([min(criterion, key=criterion.get)], float))

# Capon's beam: what of the power in a direction is left when all others are suppressed. Each window has one spectrum, so the
# cross-spectra are averaged over five frequencies and a hundredth of their power is added to the diagonal. (ObsPy's method=1
# does neither: it inverts matrices of one direction each, and its maximum is not where the wave is.)
places = np.array([(0.0, 0.0), (0.3, 0.1), (-0.2, 0.35), (0.1, -0.3), (-0.35, -0.2)])
samples, limit, grid, low, high = 200, 0.4, 0.08, 1.5, 4.0
wave = scipy.signal.lfilter(*scipy.signal.butter(3, [1, 6], "bandpass", fs=RATE), rng.standard_normal(4 * n))
spectrum, freqs = np.fft.rfft(wave), np.fft.rfftfreq(len(wave), 1 / RATE)
for k, place in enumerate(places):
    delayed = np.fft.irfft(spectrum * np.exp(-2j * np.pi * freqs * (place @ [0.24, -0.16])))[500:500 + samples]
    goldens.add_input(f"array{k}", delayed + 0.1 * rng.standard_normal(samples))
size = 256
inputs = [f"array{k}" for k in range(len(places))]
records = np.array([np.fromfile(goldens.folder / f"{name}.f64") for name in inputs])
windows = np.fft.rfft((records - records.mean(axis=1, keepdims=True)) * cosine_taper(samples, 0.22), size, axis=1)
bins = np.arange(round(low * size / RATE), round(high * size / RATE) + 1)
slownesses = -limit + grid * np.arange(round(2 * limit / grid) + 1)
beam = np.zeros((len(slownesses), len(slownesses)))
for k in bins:
    r = sum(np.outer(windows[:, f], windows[:, f].conj()) for f in bins if abs(f - k) <= 2)
    r = r / (np.trace(r).real / len(places)) + 0.01 * np.eye(len(places))
    for i, east in enumerate(slownesses):
        for j, north in enumerate(slownesses):
            delayed = np.exp(-2j * np.pi * k * RATE / size * (places @ [east, north]))
            beam[i, j] += 1 / np.vdot(delayed, np.linalg.solve(r, delayed)).real / len(bins)
best = np.unravel_index(beam.argmax(), beam.shape)
assert np.allclose(slownesses[list(best)], [0.24, -0.16])
add("capon", {"places": places.tolist(), "window": samples / RATE, "low": low, "high": high, "limit": limit, "step": grid}, inputs,
    map=beam, best=np.array([beam.max(), *slownesses[list(best)]]))

# The picker of three steps, from the same definitions in other code: SciPy's filter, ObsPy's ratios, and the criteria above.
# ObsPy's own ar_pick goes other steps to the same end, in single precision; its picks of clear onsets are kept to compare with.


def ar_criterion(v, order, fit):
    """The sample that begins the signal, None where there is too little for the models."""
    if fit <= 2 * order or len(v) < 2 * fit:
        return None
    v = v - v.mean()
    noise, signal = burg(v[:fit], order), burg(v[-fit:], order)
    before = np.cumsum(np.convolve(v, noise, "valid") ** 2)
    after = np.cumsum(np.convolve(v[::-1], signal, "valid") ** 2)
    ks = np.arange(fit // 2, len(v) - fit // 2)
    a, b = ks - order, len(v) - order - ks
    with np.errstate(all="ignore"):
        errors = np.where(a > 0, before[np.maximum(a, 1) - 1], np.nan), np.where(b > 0, after[np.maximum(b, 1) - 1], np.nan)
        criterion = a * np.log(errors[0] / a) + b * np.log(errors[1] / b)
    return int(ks[np.nanargmin(criterion)])


def narrow(v, rate, sta, lta, start, order, fit, ratio):
    if start >= len(v):
        return None
    short, long = int(sta * rate), int(lta * rate)
    cft = obspy_trigger.energy_ratio(v, short) if start else obspy_trigger.recursive_sta_lta(v, short, long)
    at = start + int(np.argmax(cft[start:]))
    if cft[at] < ratio:
        return None
    fit = max(int(fit * rate), 2 * order + 1)
    for reach in [max(long, 3 * fit), 2 * fit]:
        first = max(start - fit, at - reach, 0)
        window = v[first:at + reach // 2]
        k = ar_criterion(window, order, min(fit, len(window) // 2))
        at = first + (int(np.argmin(obspy_trigger.aic_simple(window)[1:])) + 1 if k is None else k)
    return at


def pick(z, north, east, rate, low, high, sta, lta, sta_s, lta_s, order, fit, ratio, s_wanted):
    sos = scipy.signal.butter(2, [low, high], "bandpass", fs=rate, output="sos")
    z, north, east = (scipy.signal.sosfilt(sos, scipy.signal.detrend(v)) for v in (z, north, east))
    p = narrow(z, rate, sta, lta, 0, order, fit, ratio)
    if p is None or not s_wanted:
        return [np.nan if p is None else p / rate, 0.0]
    h = east if np.sum(east ** 2) > np.sum(north ** 2) else north
    s = narrow(h, rate, sta_s, lta_s, p + int(2 * sta_s * rate), order, fit, ratio)
    return [p / rate, s / rate if s is not None and s > p else 0.0]


def burst(late, freq, decay):
    return np.where(late >= 0, np.sin(2 * np.pi * freq * late) * np.exp(-decay * late), 0.0)


# A near earthquake, one whose larger horizontal is the other, a distant one at another rate, one that begins too early for models of
# forty coefficients, one that ends the record, one without a clear S, and noise.
quakes = [(100.0, 12, 4, 4.0, 6.5, 25, 60, 45), (50.0, 16, 4, 6.3, 9.9, 9, 20, 35), (40.0, 20, 4, 7.1, 13.2, 12, 18, 18),
          (40.0, 6, 40, 1.3, 2.9, 40, 60, 45), (100.0, 5, 4, 4.87, 9, 40, 60, 45), (100.0, 9, 4, 3.3, 5.0, 15, 0, 0),
          (100.0, 9, 4, 3.3, 5.0, 0, 0, 0)]
for k, (rate, seconds, order, p, s, size_z, size_n, size_e) in enumerate(quakes):
    late = np.arange(round(seconds * rate)) / rate
    names = []
    for name, size_p, size_s in [("z", size_z, 0.1 * size_z), ("n", 0.1 * size_z, size_n), ("e", 0.1 * size_z, size_e)]:
        names.append(f"quake{k}{name}")
        goldens.add_input(names[-1], rng.standard_normal(len(late)) + 0.2 * late
                          + size_p * burst(late - p, 8 if rate > 40 else 4, 0.9) + size_s * burst(late - s, 5 if rate > 40 else 3, 0.7), rate)
    records = [np.fromfile(goldens.folder / f"{name}.f64") for name in names]
    for s_wanted in [True, False]:
        options = {"low": 1.0, "high": min(20.0, 0.4 * rate), "sta": 0.1, "lta": 1.0, "sta_s": 0.2, "lta_s": 4.0, "order": order, "fit": 0.5,
                   "ratio": 3.0}
        picks = pick(*records, rate, s_wanted=s_wanted, **options)
        obspy_picks = None
        if k < 3:
            theirs = obspy_trigger.ar_pick(*records, rate, options["low"], options["high"], 1.0, 0.1, 4.0, 1.0, 2, 8, 0.1, 0.2, s_wanted)
            obspy_picks = {"ar_pick": theirs}
        goldens.add("picker", {**options, "s": s_wanted}, names, {"onsets": np.array(picks)}, 1e-9, obspy_picks)

goldens.close()
