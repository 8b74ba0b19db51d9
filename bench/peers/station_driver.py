"""Prepares a day of one station with ObsPy and prints how often a second of CPU.

    station_driver.py FILE STATIONXML
"""

import sys
import time

import numpy as np
import obspy


def running_mean(x, half):
    width = 2 * half + 1
    mean = np.convolve(np.abs(x), np.ones(width) / width, mode="same")
    return x / np.maximum(mean, 1e-20)


def whiten(x, rate, low, high, half):
    n = len(x)
    spectrum = np.fft.rfft(x)
    width = 2 * half + 1
    amplitude = np.convolve(np.abs(spectrum), np.ones(width) / width, mode="same")
    f = np.fft.rfftfreq(n, 1 / rate)
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
    prepare(path, inventory)
    times, start = 0, time.process_time()
    while time.process_time() - start < 3:
        prepare(path, inventory)
        times += 1
    print(times / (time.process_time() - start))


if __name__ == "__main__":
    main()
