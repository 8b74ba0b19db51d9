"""What the scripts that compute golden values share: the files that they write.

manifest.json has the versions, the inputs, and for every case the function, its
parameters, inputs, outputs and tolerance; each array is a file of little-endian float64. A
result agrees if max|got - want| <= rtol_of_max * max|want|.
"""
import json
import pathlib
import platform

import numpy as np
import obspy
import scipy

RATE = 40.0  # of the inputs, Hz


class Goldens:
    """Golden values in a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.manifest = {
            "versions": {"obspy": obspy.__version__, "numpy": np.__version__, "scipy": scipy.__version__,
                         "python": platform.python_version()},
            "format": "little-endian float64, C order",
            "compare": "max|got-want| <= rtol_of_max * max|want|",
            "inputs": {},
            "cases": [],
        }

    def save(self, name, array):
        np.asarray(array, dtype="<f8").tofile(self.folder / name)
        return name

    def add_input(self, name, array, rate=RATE):
        self.manifest["inputs"][name] = {"file": self.save(name + ".f64", array), "sampling_rate": rate}

    def add(self, function, params, inputs, results, rtol=1e-9, values=None):
        """Adds a case; results are arrays by name, values are what is no array."""
        name = f"{function.split('.')[-1]}_{len(self.manifest['cases']):02d}"
        case = {"name": name, "function": function, "params": params, "inputs": inputs, "rtol_of_max": rtol,
                "outputs": [{"name": key, "file": self.save(f"{name}.{key}.f64", array)} for key, array in results.items()]}
        if values is not None:
            case["values"] = values
        self.manifest["cases"].append(case)

    def close(self):
        (self.folder / "manifest.json").write_text(json.dumps(self.manifest, indent=1) + "\n")
