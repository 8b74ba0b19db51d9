package netcdf_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/internal/python"
	"github.com/dispel4go/dispel4go/netcdf"
)

// header has every type, attribute and a length that needs padding.
func header() netcdf.Header {
	return netcdf.Header{
		Dims: []netcdf.Dim{{"pair", 3}, {"lag", 5}, {"letters", 7}},
		Variables: []netcdf.Variable{
			{"lag", netcdf.Float64, []string{"lag"}, []netcdf.Attribute{{"units", "s"}}},
			{"name", netcdf.Char, []string{"pair", "letters"}, nil},
			{"flag", netcdf.Int8, []string{"pair"}, nil},
			{"short", netcdf.Int16, []string{"pair"}, nil},
			{"one", netcdf.Int32, nil, []netcdf.Attribute{{"range", []int32{-1, 1}}, {"scale", 0.5}}},
			{"cc", netcdf.Float32, []string{"pair", "lag"}, []netcdf.Attribute{{"coordinates", "name"}, {"version", int32(7)}, {"list", []float64{1, 2.5}}}},
		},
		Attributes: []netcdf.Attribute{{"title", "Zürich"}},
	}
}

func write(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.nc")
	w, err := netcdf.Create(path, header())
	if err != nil {
		t.Fatal(err)
	}
	// In any order, in pieces; the last row of cc is left out.
	err = errors.Join(
		netcdf.Put(w, "cc", 5, []float32{6, 7, 8, 9, 10}), netcdf.Put(w, "cc", 0, []float32{1, 2, 3}), netcdf.Put(w, "cc", 3, []float32{4, 5}),
		netcdf.Put(w, "lag", 0, []float64{-1, -0.5, 0, 0.5, 1}), netcdf.Put(w, "name", 0, []byte("A-B\x00\x00\x00\x00A-Cc\x00\x00\x00")),
		netcdf.Put(w, "flag", 1, []int8{-1, 1}), netcdf.Put(w, "short", 0, []int16{1, -2, 300}), netcdf.Put(w, "one", 0, []int32{-1 << 31}), w.Close())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPython: SciPy's reader, and with it xarray, sees what was written.
func TestPython(t *testing.T) {
	exe := python.Find(t, "xarray, scipy")
	const script = `
import json, sys, warnings
warnings.simplefilter("error")
import xarray as xr
ds = xr.open_dataset(sys.argv[1], engine="scipy")
print(json.dumps({"sizes": dict(ds.sizes), "title": ds.attrs["title"], "lag": ds.lag.values.tolist(), "units": ds.lag.attrs["units"],
    "cc": ds.cc.values.tolist(), "coords": sorted(ds.coords), "version": int(ds.cc.attrs["version"]), "list": ds.cc.attrs["list"].tolist(),
    "name": [b.decode().rstrip("\0") for b in ds.name.values.tolist()], "flag": ds.flag.values.tolist(), "short": ds.short.values.tolist(),
    "one": int(ds.one), "range": ds.one.attrs["range"].tolist(), "scale": float(ds.one.attrs["scale"]),
    "types": {k: str(v.dtype.newbyteorder("=")) for k, v in ds.data_vars.items()}}, sort_keys=True))`
	out, err := exec.Command(exe, "-c", script, write(t)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := `{"cc":[[1,2,3,4,5],[6,7,8,9,10],[0,0,0,0,0]],"coords":["lag","name"],"flag":[0,-1,1],"lag":[-1,-0.5,0,0.5,1],"list":[1,2.5],` +
		`"name":["A-B","A-Cc",""],"one":-2147483648,"range":[-1,1],"scale":0.5,"short":[1,-2,300],"sizes":{"lag":5,"pair":3},"title":"Zürich",` +
		`"types":{"cc":"float32","flag":"int8","one":"int32","short":"int16"},"units":"s","version":7}`
	var got any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if text, _ := json.Marshal(got); string(text) != want {
		t.Errorf("%s\nexpected\n%s", text, want)
	}
}

// TestRefused: what cannot be, and what does not belong, is said, and leaves no file.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	long := func(n int) netcdf.Header {
		return netcdf.Header{Dims: []netcdf.Dim{{"x", n}}, Variables: []netcdf.Variable{{"a", netcdf.Float64, []string{"x", "x"}, nil}, {"b", netcdf.Int8, nil, nil}}}
	}
	for want, h := range map[string]netcdf.Header{
		"dimension x of length 0":                  {Dims: []netcdf.Dim{{"x", 0}}},
		`the name "x" is empty`:                    {Dims: []netcdf.Dim{{"x", 1}, {"x", 2}}},
		`the name "a/b" is empty`:                  {Variables: []netcdf.Variable{{"a/b", netcdf.Int8, nil, nil}}},
		"a dimension y, which is not":              {Variables: []netcdf.Variable{{"a", netcdf.Int8, []string{"y"}, nil}}},
		"variable a of type 9":                     {Variables: []netcdf.Variable{{"a", 9, nil, nil}}},
		"attribute u is a uint8":                   {Attributes: []netcdf.Attribute{{"u", uint8(1)}}},
		"variable a has more than 4 GiB":           long(25_000),
		"variable a has more than 4 GiB: only the": long(1<<31 - 1),
	} {
		if _, err := netcdf.Create(filepath.Join(dir, "a.nc"), h); !errors.Is(err, netcdf.ErrHeader) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %s", err, want)
		}
	}
	for _, put := range []func(w *netcdf.Writer) error{
		func(w *netcdf.Writer) error { return netcdf.Put(w, "no", 0, []int8{1}) },
		func(w *netcdf.Writer) error { return netcdf.Put(w, "cc", 0, []float64{1}) },
		func(w *netcdf.Writer) error { return netcdf.Put(w, "cc", 14, []float32{1, 2}) },
		func(w *netcdf.Writer) error { return netcdf.Put(w, "cc", -1, []float32{1}) },
	} {
		w, err := netcdf.Create(filepath.Join(dir, "a.nc"), header())
		if err != nil {
			t.Fatal(err)
		}
		if err := put(w); !errors.Is(err, netcdf.ErrRange) {
			t.Errorf("%v", err)
		}
		if err := w.Close(); !errors.Is(err, netcdf.ErrRange) {
			t.Errorf("%v", err)
		}
	}
	w, err := netcdf.Create(filepath.Join(dir, "a.nc"), header())
	if err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("left over: %v, %v", files, err)
	}
	if _, err := netcdf.Create(write(t), header()); !errors.Is(err, netcdf.ErrExists) {
		t.Errorf("%v", err)
	}
}
