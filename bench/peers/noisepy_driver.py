"""Correlates a recorded day of two or more stations with NoisePy and prints how many
station-days a second of CPU it does, once it has been imported.

    noisepy_driver.py FOLDER OUT

FOLDER is laid out as make_days.py leaves it. OUT gets the correlations of all pairs, by
the names of the stations, for a comparison.
"""

import logging
import os
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
from datetimerange import DateTimeRange
from noisepy.seis.correlate import cross_correlate
from noisepy.seis.io.channelcatalog import XMLStationChannelCatalog
from noisepy.seis.io.datatypes import ConfigParameters
from noisepy.seis.io.mseedstore import MiniSeedDataStore
from noisepy.seis.io.numpystore import NumpyCCStore

START, END = datetime(2022, 1, 2, tzinfo=timezone.utc), datetime(2022, 1, 3, tzinfo=timezone.utc)


def cpu():
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def main():
    folder, out = sys.argv[1], Path(sys.argv[2])
    logging.disable(logging.WARNING)
    # The rest are the defaults: 1800 s every 450 s, 0.05 to 2 Hz, velocity, "rma", lags to 200 s.
    config = ConfigParameters(start_date=START, end_date=END, sampling_rate=20.0, ncomp=1)
    span = DateTimeRange(START, END)
    with tempfile.TemporaryDirectory() as scratch:
        began = cpu()
        raw = MiniSeedDataStore(folder, XMLStationChannelCatalog(folder), date_range=span)
        store = NumpyCCStore(scratch)
        cross_correlate(raw, config, store)
        used = cpu() - began
        out.mkdir(parents=True, exist_ok=True)
        stations = set()
        for source, receiver in store.get_station_pairs():
            stations |= {source, receiver}
            for day in store.get_timespans(source, receiver):
                for c in store.read(day, source, receiver):
                    c.data[0].astype("<f8").tofile(out / f"{source}_{receiver}.f64")
    print(len(stations) / used)


if __name__ == "__main__":
    main()
