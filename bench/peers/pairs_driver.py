"""Correlates all pairs of 16 records of an hour at 4 Hz with SciPy in float32 and prints
how many a second of CPU: product, inverse transform, lags, at the length that SciPy finds
best.

    pairs_driver.py LAGS
"""

import sys
import time

import numpy as np
from scipy import fft

RECORDS, SAMPLES = 16, 14400


def main():
    lags = int(sys.argv[1])
    n = fft.next_fast_len(SAMPLES + lags, real=True)
    rng = np.random.default_rng(1)
    spectra = fft.rfft(rng.standard_normal((RECORDS, SAMPLES)).astype(np.float32), n)
    assert spectra.dtype == np.complex64
    out = np.empty((RECORDS * (RECORDS - 1) // 2, 2 * lags + 1), np.float32)

    def correlate():
        pair = 0
        for i in range(RECORDS):
            for j in range(i + 1, RECORDS):
                x = fft.irfft(np.conj(spectra[i]) * spectra[j], n, workers=1)
                out[pair, :lags] = x[-lags:]
                out[pair, lags:] = x[: lags + 1]
                pair += 1

    correlate()
    times, start = 0, time.process_time()
    while time.process_time() - start < 2:
        correlate()
        times += 1
    print(times * len(out) / (time.process_time() - start))


if __name__ == "__main__":
    main()
