"""Prepares a day of one station with ObsPy and prints how often a second of CPU, or
how many such programs go into a GiB of memory.

    station_driver.py FILE STATIONXML rate|memory OUT

OUT gets what was prepared, for a comparison.
"""

import functools
import resource
import sys
import time

import numpy as np
import obspy


@functools.cache
def counts(n, width):
    """How many samples a window of that width has, centred on each of n."""
    return np.convolve(np.ones(n), np.ones(width), mode="same")


def mean(x, half):
    width = 2 * half + 1
    return np.convolve(x, np.ones(width), mode="same") / counts(len(x), width)


def running_mean(x, half):
    return x / np.maximum(mean(np.abs(x), half), 1e-20)


def whiten(x, rate, low, high, half):
    n = len(x)
    spectrum = np.fft.rfft(x)
    amplitude = mean(np.abs(spectrum), half)
    f = np.arange(len(spectrum)) * rate / n  # 0.05 Hz is in the band: rfftfreq rounds it down
    band = (f >= low) & (f <= high)
    spectrum = np.where(band, spectrum / np.maximum(amplitude, 1e-20), 0)
    return np.fft.irfft(spectrum, n)


def prepare(path, inventory):
    stream = obspy.read(path)
    stream.merge(method=1, fill_value=0)
    trace = stream[0]
    trace.data = trace.data.astype(np.float64)
    trace.detrend("linear")
    trace.detrend("demean")
    trace.taper(0.05)
    trace.filter("bandpass", freqmin=0.05, freqmax=1.8, corners=4, zerophase=True)
    trace.decimate(10, no_filter=True)
    trace.remove_response(inventory, output="VEL", water_level=60)
    x = running_mean(trace.data, 40)
    return whiten(x, trace.stats.sampling_rate, 0.05, 1.8, 10)


def main():
    path, inventory = sys.argv[1], obspy.read_inventory(sys.argv[2])
    prepare(path, inventory).astype("<f8").tofile(sys.argv[4])
    times, start = 0, time.process_time()
    while time.process_time() - start < 3:
        prepare(path, inventory)
        times += 1
    if sys.argv[3] == "memory":
        print(2**20 / resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    else:
        print(times / (time.process_time() - start))


if __name__ == "__main__":
    main()
