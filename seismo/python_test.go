package seismo_test

import (
	"encoding/json"
	"math"
	"os/exec"
	"testing"

	"github.com/dispel4go/dispel4go/internal/python"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/zarr"
)

// A user's look at the store: the velocity by eye, from where the correlations
// between 10 and 25 km are greatest.
const lookScript = `
import json, sys, warnings
warnings.simplefilter("error")
import numpy as np, xarray as xr

ds = xr.open_zarr(sys.argv[1])
far = ds.isel(pair=((ds.distance > 10) & (ds.distance < 25)).values)
speed = far.distance / np.abs(far.lag[np.abs(far.correlation).argmax("lag").values].values)
one = ds.sel(pair="XX.N002..HHZ-XX.N007..HHZ")
print(json.dumps({
    "sizes": dict(ds.sizes), "dims": list(ds.correlation.dims), "coords": sorted(ds.correlation.coords),
    "type": ds.correlation.dtype.name, "units": {k: v.attrs["units"] for k, v in ds.coords.items() if "units" in v.attrs},
    "pair": [str(p) for p in ds.pair.values], "a": str(one.a.values), "b": str(one.b.values),
    "lag": [float(ds.lag[0]), float(ds.lag[-1]), float(np.diff(ds.lag).std())],
    "place": [float(one[k]) for k in ("lat_a", "lon_a", "lat_b", "lon_b", "distance")],
    "windows": sorted(set(ds.windows.values.tolist())), "speed": float(speed.median()), "sign": ds.attrs["sign"],
    "nearest": float(one.correlation.sel(lag=-3.14, method="nearest")), "nan": int(np.isnan(ds.correlation.values).sum()),
}))
`

// TestPython opens the store that the main job leaves as its users do.
func TestPython(t *testing.T) {
	exe := python.Find(t, "xarray, zarr")
	_, _, path := noise(t, small, func(*seismo.Noise) {}, partition.Auto, 0)
	out, err := exec.Command(exe, "-c", lookScript, path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got struct {
		Sizes, Units   map[string]any
		Dims, Coords   []string
		Type, A, B     string
		Pair           []string
		Lag, Place     []float64
		Windows        []int
		Speed, Nearest float64
		Sign           string
		NaN            int
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s, err := zarr.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"sizes", got.Sizes, map[string]any{"pair": 45, "lag": 451}},
		{"dims", got.Dims, []string{"pair", "lag"}},
		{"coordinates", got.Coords, []string{"a", "b", "distance", "lag", "lat_a", "lat_b", "lon_a", "lon_b", "pair"}},
		{"units", got.Units, map[string]any{"lag": "s", "distance": "km", "lat_a": "degrees_north", "lat_b": "degrees_north", "lon_a": "degrees_east", "lon_b": "degrees_east"}},
		{"type", got.Type, "float32"},
		{"pairs", got.Pair, column[string](t, s, "pair")},
		{"names", []string{got.A, got.B}, []string{"XX.N002..HHZ", "XX.N007..HHZ"}},
		{"windows", got.Windows, []int{20}},
		{"sign", got.Sign, "positive lag: the wave passes a first"},
		{"NaN", got.NaN, 0},
	} {
		a, _ := json.Marshal(c.got)
		b, _ := json.Marshal(c.want)
		if string(a) != string(b) {
			t.Errorf("%s: %s, expected %s", c.what, a, b)
		}
	}
	if got.Lag[0] != -45 || got.Lag[1] != 45 || got.Lag[2] > 1e-12 {
		t.Errorf("lags from %g to %g s, uneven by %g s", got.Lag[0], got.Lag[1], got.Lag[2])
	}
	row := 0
	for i, name := range got.Pair {
		if name == got.A+"-"+got.B {
			row = i
		}
	}
	if want := float64(column[float32](t, s, "correlation")[row*451+225-16]); got.Nearest != want { // -3.2 s
		t.Errorf("the correlation at -3.14 s is %g, expected %g", got.Nearest, want)
	}
	for i, name := range []string{"lat_a", "lon_a", "lat_b", "lon_b", "distance"} {
		if want := column[float64](t, s, name)[row]; got.Place[i] != want {
			t.Errorf("%s is %g, expected %g", name, got.Place[i], want)
		}
	}
	if math.Abs(got.Speed/3-1) > 0.1 {
		t.Errorf("the median of distance over lag is %g km/s, expected about 3", got.Speed)
	}
}
