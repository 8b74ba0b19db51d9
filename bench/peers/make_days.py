"""Makes days of many stations out of recorded ones, as SCEDC names and keeps them.

    make_days.py RECORDED FOLDER COUNT

The first two are the recorded ones; the others are these, rolled in time, with noise of a
fifth of their standard deviation.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import obspy

NAMES, CHANNEL, DAY = ("CCA", "HEC"), "BHN", "2022002"


def main():
    recorded, folder, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    days = folder / "2022" / "2022_002"
    days.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(9)
    for k in range(count):
        of = NAMES[k % 2]
        source, about = recorded / f"CI{of}__{CHANNEL}___{DAY}.ms", recorded / f"CI_{of}.xml"
        if k < 2:
            shutil.copyfile(source, days / source.name)
            shutil.copyfile(about, folder / about.name)
            continue
        name = f"R{k:02d}"
        stream, inventory = obspy.read(source), obspy.read_inventory(about)
        for trace in stream:
            x = np.roll(trace.data.astype(float), k * 4000)
            trace.data = np.rint(x + 0.2 * x.std() * rng.standard_normal(len(x))).astype(np.int32)
            trace.stats.station = name
        stream.write(days / f"CI{name}__{CHANNEL}___{DAY}.ms", "MSEED", encoding="STEIM2", reclen=512)
        for station in inventory[0]:
            station.code = name
            station.latitude = float(station.latitude) + 0.05 * k
        inventory.write(folder / f"CI_{name}.xml", "STATIONXML")


if __name__ == "__main__":
    main()
