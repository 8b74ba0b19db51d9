"""Computes what ObsPy makes of the recordings that example jobs are tried on, where they are.

    python3 -m venv venv && venv/bin/pip install obspy==1.5.0 numpy==2.4.6 scipy==1.17.1
    venv/bin/python scripts/golden_recordings.py ../shared/data/scedc seismo/testdata/recordings.json

The recordings are a day of BHN of CI.CCA and CI.HEC. Of them are computed the events of the detect job, by
coincidence_trigger, and the peaks of the windows of the rapid-assessment job, counts taken for m/s.
"""
import json
import pathlib
import sys

import numpy as np
import obspy
from obspy.signal.trigger import coincidence_trigger

stream = obspy.read(str(pathlib.Path(sys.argv[1]) / "*.ms"))
for trace in stream:
    trace.data = trace.data.astype(float)

triggered = stream.copy().filter("bandpass", freqmin=1, freqmax=15, corners=2)
events = coincidence_trigger("recstalta", 4.0, 1.5, triggered, 2, trigger_off_extension=40.0, sta=0.5, lta=20.0)

peaks = {}
window, rate = 120, 40
for trace in stream.copy().filter("bandpass", freqmin=0.1, freqmax=10, corners=3):
    begin = trace.stats.starttime.timestamp
    pga = pgv = pgd = 0.0
    for start in np.arange(np.floor(begin / window) * window, trace.stats.endtime.timestamp, window):
        k = round((start - begin) * rate)  # the sample nearest to it
        if k < 0 or k + window * rate > trace.stats.npts:
            continue
        part = trace.copy()
        part.data = trace.data[k:k + window * rate].copy()
        pgv = max(pgv, np.abs(part.data).max())
        pga = max(pga, np.abs(part.copy().differentiate().data).max())
        pgd = max(pgd, np.abs(part.detrend("constant").integrate().data).max())
    peaks[trace.id] = {"PGA": pga, "PGV": pgv, "PGD": pgd}

pathlib.Path(sys.argv[2]).write_text(json.dumps({
    "obspy": obspy.__version__,
    "events": [{"time": str(e["time"]), "duration": round(float(e["duration"]), 4)} for e in events],
    "peaks": peaks}, indent=1) + "\n")
