package pes_test

import (
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/dispel4go/dispel4go/internal/python"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/zarr"
)

// put adds an array to a store.
func put[T zarr.Element](t *testing.T, s *zarr.Store, name string, spec zarr.Spec[T], data ...T) {
	t.Helper()
	a, err := zarr.NewArray(s, name, spec)
	if err == nil {
		err = a.Write(data)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// everyType is a store with an array of each type, in chunks that cut them.
func everyType(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.zarr")
	s, err := zarr.Create(path, map[string]any{"title": "all", "list": []float64{1, 2}, "deep": map[string]any{"x": 1}})
	if err != nil {
		t.Fatal(err)
	}
	x, two := []string{"x"}, []int{2}
	put(t, s, "f4", zarr.Spec[float32]{Shape: []int{2, 3}, Chunks: []int{1, 2}, Dims: []string{"y", "x"}, Codec: zarr.Zstd, Attributes: map[string]any{"units": "m/s"}}, 1, 2, 3, 4, 5, 6)
	put(t, s, "f8", zarr.Spec[float64]{Shape: []int{3}, Chunks: two, Dims: x}, 0.1, 0.2, 0.3)
	put(t, s, "i4", zarr.Spec[int32]{Shape: []int{3}, Chunks: two, Dims: x}, -1, 0, 1<<31-1)
	put(t, s, "i8", zarr.Spec[int64]{Shape: []int{3}, Chunks: two, Dims: x}, -1, 0, 1<<40)
	put(t, s, "u1", zarr.Spec[uint8]{Shape: []int{3}, Chunks: two, Dims: x}, 0, 1, 255)
	put(t, s, "b1", zarr.Spec[bool]{Shape: []int{3}, Chunks: two, Dims: x}, true, false, true)
	put(t, s, "c8", zarr.Spec[complex64]{Shape: []int{3}, Chunks: two, Dims: x}, 1+2i, -3i, 0)
	put(t, s, "c16", zarr.Spec[complex128]{Shape: []int{}}, 0.5-0.25i)
	put(t, s, "text", zarr.Spec[string]{Shape: []int{3}, Chunks: two, Dims: x}, "A", "Zürich", "")
	return path
}

func exporter(t *testing.T, name string) func(from, to string) error {
	t.Helper()
	r := registry.New()
	pes.Register(r)
	for _, e := range r.Exporters() {
		if e.Name == name {
			return func(from, to string) error { return e.Export(context.Background(), from, to) }
		}
	}
	t.Fatalf("there is no exporter %s", name)
	return nil
}

// TestExportPython: xarray and NumPy find all arrays, with their attributes.
func TestExportPython(t *testing.T) {
	exe := python.Find(t, "xarray, scipy")
	dir := t.TempDir()
	nc, npz := filepath.Join(dir, "a.nc"), filepath.Join(dir, "a.npz")
	from := everyType(t)
	if err := errors.Join(exporter(t, "netcdf")(from, nc), exporter(t, "npz")(from, npz)); err != nil {
		t.Fatal(err)
	}
	const script = `
import json, sys, warnings
warnings.simplefilter("error")
import numpy as np, xarray as xr
ds, z = xr.open_dataset(sys.argv[1], engine="scipy"), np.load(sys.argv[2])
print(json.dumps({"sizes": dict(ds.sizes), "title": ds.attrs["title"], "list": ds.attrs["list"].tolist(), "units": ds.f4.attrs["units"], "dims": list(ds.f4.dims),
    "values": {k: ds[k].values.tolist() for k in ("f4", "f8", "i4", "i8", "u1", "b1", "c8", "c16")}, "text": [b.decode().rstrip("\0") for b in ds.text.values.tolist()],
    "npz": {k: z[k].tolist() for k in ("f4", "f8", "i4", "i8", "u1", "b1", "text")}, "complex": [str(v) for v in z["c8"]] + [str(z["c16"])], "names": sorted(z.files)}))`
	out, err := exec.Command(exe, "-c", script, nc, npz).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := `{"complex":["(1+2j)","-3j","0j","(0.5-0.25j)"],"dims":["y","x"],"list":[1,2],"names":["b1","c16","c8","f4","f8","i4","i8","text","u1"],` +
		`"npz":{"b1":[true,false,true],"f4":[[1,2,3],[4,5,6]],"f8":[0.1,0.2,0.3],"i4":[-1,0,2147483647],"i8":[-1,0,1099511627776],"text":["A","Zürich",""],"u1":[0,1,255]},` +
		`"sizes":{"re_im":2,"x":3,"y":2},"text":["A","Zürich",""],"title":"all","units":"m/s",` +
		`"values":{"b1":[1,0,1],"c16":[0.5,-0.25],"c8":[[1,2],[0,-3],[0,0]],"f4":[[1,2,3],[4,5,6]],"f8":[0.1,0.2,0.3],"i4":[-1,0,2147483647],"i8":[-1,0,1099511627776],"u1":[0,1,255]}}`
	var got any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if text, _ := json.Marshal(got); string(text) != want {
		t.Errorf("%s\nexpected\n%s", text, want)
	}
}

// TestExportRefuses: what is no store, and names that are taken.
func TestExportRefuses(t *testing.T) {
	from := everyType(t)
	for _, name := range []string{"netcdf", "npz"} {
		to := filepath.Join(t.TempDir(), "out")
		if err := exporter(t, name)(t.TempDir(), to); !errors.Is(err, zarr.ErrNotStore) {
			t.Errorf("%s: %v", name, err)
		}
		if err := exporter(t, name)(from, to); err != nil {
			t.Error(err)
		}
		if err := exporter(t, name)(from, to); !errors.Is(err, zarr.ErrExists) {
			t.Errorf("%s: %v", name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "b.zarr")
	s, err := zarr.Create(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "a", zarr.Spec[int32]{Shape: []int{1}, Dims: []string{"x"}}, 1)
	put(t, s, "b", zarr.Spec[int32]{Shape: []int{2}, Dims: []string{"x"}}, 1, 2)
	if err := exporter(t, "netcdf")(path, filepath.Join(t.TempDir(), "b.nc")); !errors.Is(err, pes.ErrExport) {
		t.Errorf("%v", err)
	}
}
