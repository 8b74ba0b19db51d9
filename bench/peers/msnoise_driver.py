"""Correlates a recorded day of two or more stations with MSNoise and prints how many
station-days a second of CPU its compute_cc does, once it has been imported.

    msnoise_driver.py FOLDER OUT

FOLDER is laid out as make_days.py leaves it. The project and its SQLite database are made
anew through MSNoise's API; all settings but those of the response are its own. OUT gets the
correlations of the day of all pairs, by the names of the stations, for a comparison.
"""

import contextlib
import datetime
import itertools
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import obspy
from msnoise import api, s000installer, s03compute_no_rotation

DAY, CHANNEL = "2022-01-02", "BHN"


def cpu():
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def project(folder):
    """A project in the working directory with all files of the folder, and its stations."""
    s000installer.main(tech=1)
    db = api.connect()
    Path("responses").mkdir()
    for about in folder.glob("*.xml"):
        (Path("responses") / about.name).symlink_to(about)
    for name, value in {
        "data_folder": str(folder), "enddate": "2030-01-01", "components_to_compute": "NN", "remove_response": "Y",
        "response_format": "inventory", "response_path": "responses",
    }.items():
        api.update_config(db, name, value)
    # From 0.1 to 1 Hz; what follows is for later steps.
    api.update_filter(db, 1, 0.1, 0.1, 1.0, 1.0, 0.0, 12.0, 4.0, 1)
    stations = []
    for k, file in enumerate(sorted(folder.glob("*/*/*.ms"))):
        of = obspy.read(file, headonly=True)[0].stats
        stations.append(f"{of.network}.{of.station}")
        api.update_station(db, of.network, of.station, k, 0, 0)
        begin = datetime.datetime.fromisoformat(DAY)
        api.update_data_availability(db, of.network, of.station, of.channel, str(file.parent), file.name,
                                     begin, begin + datetime.timedelta(hours=23, minutes=59), 86400, 0, of.sampling_rate)
    for a, b in itertools.combinations(stations, 2):
        api.update_job(db, DAY, f"{a}:{b}", "CC", "T")
    db.close()
    return stations


def main():
    folder, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(sys.stderr):
        os.chdir(scratch)
        stations = project(folder)
        began = cpu()
        s03compute_no_rotation.main(loglevel="ERROR")
        used = cpu() - began
        for a, b in itertools.combinations(stations, 2):
            day = obspy.read(str(Path("STACKS") / "01" / "001_DAYS" / "NN" / f"{a}_{b}".replace(".", "_") / f"{DAY}.MSEED"))
            day[0].data.astype("<f8").tofile(out / f"{a}_{b}.f64")
        os.chdir("/")
    print(len(stations) / used)


if __name__ == "__main__":
    main()
