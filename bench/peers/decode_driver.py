"""Decodes a miniSEED file in memory over and over and prints how often a second.

    decode_driver.py obspy|libmseed FILE SECONDS
"""

import io
import sys
import time


def decoder(which, data):
    """A function that decodes data and returns the number of samples."""
    if which == "obspy":
        import obspy

        return lambda: sum(len(trace) for trace in obspy.read(io.BytesIO(data), format="MSEED"))
    from pymseed import MS3TraceList

    def decode():
        traces = MS3TraceList.from_buffer(data, unpack_data=True)
        return sum(len(segment.datasamples) for trace in traces for segment in trace)

    return decode


def main():
    which, path, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    with open(path, "rb") as f:
        decode = decoder(which, f.read())
    decode()
    times, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        decode()
        times += 1
    print(times / (time.perf_counter() - start))


if __name__ == "__main__":
    main()
