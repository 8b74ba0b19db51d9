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
