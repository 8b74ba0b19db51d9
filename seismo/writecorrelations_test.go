package seismo_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/python"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/zarr"
)

const hour = 3600 * second

// hourly are steps that feed three pairs over four hours: one begins late, one pauses.
func hourly() (ab, ac, bc []seismo.Correlation, steps []petest.Step) {
	ab, ac, bc = correlations("A", "B", 4, 41), correlations("A", "C", 4, 41), correlations("B", "C", 4, 41)
	ac = slices.Delete(ac, 1, 2)
	bc = bc[2:]
	steps = []petest.Step{petest.Set("PeriodS", 3600), petest.LeavesWhole(),
		petest.Feed("in", ac[0], ab[1]), petest.Feed("in", ab[0]), petest.Mark("in", hour),
		petest.Feed("in", bc[0], ab[2], ac[1]), petest.Mark("in", 3*hour), petest.Feed("in", ab[3], bc[1], ac[2])}
	return ab, ac, bc, steps
}

// TestWriteCorrelations: each correlation is where its time and its pair are, and
// nothing else is anywhere.
func TestWriteCorrelations(t *testing.T) {
	ab, ac, bc, steps := hourly()
	res := run(t, seismo.NewWriteCorrelations, steps...)
	s, err := zarr.Open(filepath.Join(leave(t, res), "correlations.zarr"))
	if err != nil {
		t.Fatal(err)
	}
	if !s.Complete() {
		t.Error("the store is not complete")
	}
	pairs, times := column[string](t, s, "pair"), column[int64](t, s, "time")
	if !slices.Equal(pairs, []string{"A-B", "A-C", "B-C"}) || !slices.Equal(times, []int64{0, int64(hour), int64(2 * hour), int64(3 * hour)}) {
		t.Fatalf("%v at %v", pairs, times)
	}
	data, windows := column[float32](t, s, "correlation"), column[int32](t, s, "windows")
	found := 0
	for i, at := range times {
		for k, all := range [][]seismo.Correlation{ab, ac, bc} {
			row := data[(i*3+k)*41 : (i*3+k+1)*41]
			n := slices.IndexFunc(all, func(c seismo.Correlation) bool { return int64(c.Start) == at })
			if n < 0 {
				if windows[i*3+k] != 0 || !math.IsNaN(float64(row[7])) {
					t.Errorf("hour %d, %s: %v of %d windows", i, pairs[k], row[:3], windows[i*3+k])
				}
				continue
			}
			found++
			if !slices.Equal(row, all[n].Lags) || int64(windows[i*3+k]) != all[n].Windows {
				t.Errorf("hour %d, %s: %v of %d windows", i, pairs[k], row[:3], windows[i*3+k])
			}
		}
	}
	if found != len(ab)+len(ac)+len(bc) {
		t.Errorf("%d correlations", found)
	}
}

// TestWriteCorrelationsMany: more pairs than a chunk holds, in several chunks, and one
// stack of all.
func TestWriteCorrelationsMany(t *testing.T) {
	const pairs, lags = 700, 1001 // 1 MiB holds 261
	var in []seismo.Correlation
	for k := range pairs {
		c := seismo.Correlation{A: seismo.Station{ID: fmt.Sprintf("A%04d", k)}, B: seismo.Station{ID: "B"}, Start: d4.Time(k) * second, Windows: 3, IntervalS: 1, Lags: make([]float32, lags)}
		c.Lags[k] = 1
		in = append(in, c)
	}
	res := run(t, seismo.NewWriteCorrelations, petest.Set("ChunkMiB", 1), petest.Set("MaxMiB", 4), petest.Feed("in", in...))
	s, err := zarr.Open(filepath.Join(leave(t, res), "correlations.zarr"))
	if err != nil {
		t.Fatal(err)
	}
	data := column[float32](t, s, "correlation")
	for k := range pairs {
		if row := data[k*lags : (k+1)*lags]; row[k] != 1 || slices.Max(row[:k+1]) != 1 {
			t.Fatalf("pair %d", k)
		}
	}
	if info, err := s.Info("correlation"); err != nil || info.Chunks[1] != 261 || len(column[int64](t, s, "time")) != 1 {
		t.Errorf("%v, %v", info, err)
	}
	for want, steps := range map[string][]petest.Step{
		"set period_s to the substack_s":            {petest.Feed("in", correlations("A", "B", 2, 41)...)},
		"A-C has other lags than those before":      {petest.Feed("in", append(correlations("A", "B", 1, 41), correlations("A", "C", 1, 43)...)...)},
		"would keep more than 1 MiB: raise max_mib": {petest.Set("MaxMiB", 1), petest.Feed("in", in...)},
	} {
		if res := petest.Run(t, seismo.NewWriteCorrelations, steps...); res.Err == nil || !strings.Contains(res.Err.Error(), want) {
			t.Errorf("%v, expected %s", res.Err, want)
		}
	}
}

// TestWriteCorrelationsPython: xarray sees times as times, units and coordinates.
func TestWriteCorrelationsPython(t *testing.T) {
	exe := python.Find(t, "xarray, zarr")
	ab, _, _, steps := hourly()
	res := run(t, seismo.NewWriteCorrelations, steps...)
	const script = `
import json, sys, warnings
warnings.simplefilter("error")
import xarray as xr
ds = xr.open_zarr(sys.argv[1])
one = ds.sel(pair="A-B", time="1970-01-01T01:00")
print(json.dumps({"dims": list(ds.correlation.dims), "sizes": dict(ds.sizes), "time": str(ds.time.values[3]), "coords": sorted(ds.coords), "b": str(one.b.values),
    "units": [ds[k].attrs["units"] for k in ("lag", "distance", "lat_a")], "value": float(one.correlation[5]), "lag": ds.lag.values[[0, -1]].tolist(),
    "missing": int(ds.correlation.isnull().any("lag").sum()), "complete": bool(ds.attrs["complete"])}))`
	out, err := exec.Command(exe, "-c", script, filepath.Join(leave(t, res), "correlations.zarr")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	value, _ := json.Marshal(float64(ab[1].Lags[5]))
	want := `{"dims": ["time", "pair", "lag"], "sizes": {"lag": 41, "time": 4, "pair": 3}, "time": "1970-01-01T03:00:00.000000000", ` +
		`"coords": ["a", "b", "distance", "lag", "lat_a", "lat_b", "lon_a", "lon_b", "pair", "time"], "b": "B", "units": ["s", "km", "degrees_north"], "value": ` +
		string(value) + `, "lag": [-4.0, 4.0], "missing": 3, "complete": true}`
	var a, b map[string]any
	if err := json.Unmarshal(out, &a); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if string(x) != string(y) {
		t.Errorf("%s\nexpected\n%s", x, y)
	}
}
