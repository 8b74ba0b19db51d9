package seismo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/internal/python"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/sac"
)

// export exports a store to a new path in one of the formats.
func export(t *testing.T, format, store string) (string, error) {
	t.Helper()
	r := registry.New()
	pes.Register(r)
	seismo.Register(r)
	for _, e := range r.Exporters() {
		if e.Name == format {
			to := filepath.Join(t.TempDir(), "out"+e.Extension)
			return to, e.Export(context.Background(), store, to)
		}
	}
	t.Fatalf("there is no exporter %s", format)
	return "", nil
}

// TestExportSAC: a file for each correlation that is there, with its places and lags.
func TestExportSAC(t *testing.T) {
	ab, ac, bc, steps := hourly()
	store := filepath.Join(leave(t, run(t, seismo.NewWriteCorrelations, steps...)), "correlations.zarr")
	to, err := export(t, "sac", store)
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(to)
	if err != nil || len(files) != len(ab)+len(ac)+len(bc) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	data, err := os.ReadFile(filepath.Join(to, "A_B.19700101T020000.SAC"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := sac.Read(bytes.NewReader(data))
	if err != nil || !slices.Equal(f.Samples, ab[2].Lags) || f.Floats[sac.B] != -4 || f.Text(sac.KEvNm) != "A" || f.RateHz() != 5 || f.Reference().Hour() != 2 {
		t.Errorf("%v: %+v", err, f)
	}
	if _, err := export(t, "sac", t.TempDir()); err == nil {
		t.Error("no store is exported")
	}
}

// TestExportSACRows: of a store whose pairs have a row for each period there is a file
// for each row; a name that leads elsewhere gets none.
func TestExportSACRows(t *testing.T) {
	ab := correlations("A", "B", 3, 41)
	store := filepath.Join(leave(t, run(t, seismo.NewWriteStore, petest.LeavesWhole(), petest.Feed("in", ab...))), "correlations.zarr")
	to, err := export(t, "sac", store)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"A_B.19700101T000000.SAC", "A_B.19700101T010000.SAC", "A_B.19700101T020000.SAC"} {
		data, err := os.ReadFile(filepath.Join(to, name))
		if err != nil {
			t.Fatal(err)
		}
		if f, err := sac.Read(bytes.NewReader(data)); err != nil || !slices.Equal(f.Samples, ab[i].Lags) || f.Reference().Hour() != i {
			t.Errorf("%s: %v: %+v", name, err, f)
		}
	}
	out := correlations("../../A", "B", 1, 41)
	store = filepath.Join(leave(t, run(t, seismo.NewWriteStore, petest.LeavesWhole(), petest.Feed("in", out...))), "correlations.zarr")
	if _, err := export(t, "sac", store); err == nil || !strings.HasSuffix(err.Error(), `"../../A_B" is no name for a file`) {
		t.Errorf("%v", err)
	}
}

// TestExportGeoJSON: a line for each pair of the main job's store.
func TestExportGeoJSON(t *testing.T) {
	res := run(t, seismo.NewMoveout, petest.Set("Pictures", false), petest.Feed("in", travelled(3)...))
	to, err := export(t, "geojson", filepath.Join(leave(t, res), "correlations.zarr"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Features []struct {
			Geometry struct {
				Type        string
				Coordinates [][]float64
			}
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(data, &got); err != nil || len(got.Features) != len(travelled(3)) {
		t.Fatalf("%v: %d features", err, len(got.Features))
	}
	if f := got.Features[0]; f.Geometry.Type != "LineString" || len(f.Geometry.Coordinates) != 2 || !(f.Properties["distance_km"].(float64) > 0) {
		t.Errorf("%+v", f)
	}
	if _, err := export(t, "sac", filepath.Join(leave(t, res), "correlations.zarr")); err != nil {
		t.Errorf("%v", err)
	}
}

// TestExportNetCDF: xarray opens what the main job leaves as NetCDF as it opens the
// store itself.
func TestExportNetCDF(t *testing.T) {
	exe := python.Find(t, "xarray, scipy, zarr")
	_, _, _, steps := hourly()
	store := filepath.Join(leave(t, run(t, seismo.NewWriteCorrelations, steps...)), "correlations.zarr")
	to, err := export(t, "netcdf", store)
	if err != nil {
		t.Fatal(err)
	}
	const script = `
import sys, warnings
warnings.simplefilter("error")
import numpy as np, xarray as xr
a, b = xr.open_zarr(sys.argv[1]), xr.open_dataset(sys.argv[2], engine="scipy")
assert np.array_equal(a.correlation.values, b.correlation.values, equal_nan=True)
assert (a.time.values == b.time.values).all() and (a.lag.values == b.lag.values).all()
assert [str(x) for x in a.pair.values] == [x.decode().rstrip("\0") for x in b.pair.values]
assert b.lag.attrs["units"] == "s" and "distance" in b.coords, b
print("same", sorted(b.sizes.items()))`
	out, err := exec.Command(exe, "-c", script, store, to).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "same [('lag', 41), ('pair', 3), ('time', 4)]" {
		t.Errorf("%v: %s", err, out)
	}
	other := t.TempDir()
	if _, err := export(t, "geojson", other); err == nil || errors.Is(err, os.ErrExist) {
		t.Errorf("%v", err)
	}
}

// TestExportPython: what is exported as SAC and npz is what xarray finds in the store, to
// ObsPy, where it is installed, and to NumPy.
func TestExportPython(t *testing.T) {
	exe := python.Find(t, "xarray, zarr, numpy")
	_, _, _, steps := hourly()
	store := filepath.Join(leave(t, run(t, seismo.NewWriteCorrelations, steps...)), "correlations.zarr")
	files, err := export(t, "sac", store)
	if err != nil {
		t.Fatal(err)
	}
	npz, err := export(t, "npz", store)
	if err != nil {
		t.Fatal(err)
	}
	const script = `
import glob, sys
import numpy as np, xarray as xr
ds = xr.open_zarr(sys.argv[1])
z = np.load(sys.argv[3])
assert np.array_equal(z["correlation"], ds.correlation.values, equal_nan=True) and np.array_equal(z["lag"], ds.lag.values)
try:
    import obspy
    def read(path):
        tr = obspy.read(path, format="SAC")[0]
        return tr.data, tr.stats.delta, tr.stats.sac.b, tr.stats.sac.get("dist", -12345)
except ImportError:
    def read(path):
        b = open(path, "rb").read()
        f, n = np.frombuffer(b, "<f4", 70), np.frombuffer(b, "<i4", 40, 280)
        assert n[6] == 6 and n[9] == (len(b) - 632) // 4  # version, samples
        return np.frombuffer(b, "<f4", -1, 632), f[0], f[5], f[50]
seen = 0
for path in glob.glob(sys.argv[2] + "/*.SAC"):
    pair, time = path.rsplit("/", 1)[1].split(".")[:2]
    x, delta, begin, distance = read(path)
    one = ds.sel(pair=pair.replace("_", "-")).sel(time=np.datetime64(f"{time[:4]}-{time[4:6]}-{time[6:8]}T{time[9:11]}:{time[11:13]}"))
    assert np.array_equal(x, one.correlation.values), path
    assert abs(delta - 0.2) < 1e-6 and abs(begin - float(ds.lag[0])) < 1e-6 and abs(distance - np.nan_to_num(float(one.distance), nan=-12345)) < 1e-4, (delta, begin, distance)
    seen += 1
print(seen)`
	out, err := exec.Command(exe, "-c", script, store, files, npz).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "9" {
		t.Errorf("%v: %s", err, out)
	}
}
