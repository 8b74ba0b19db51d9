package seismo_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/internal/python"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/seismo"
)

// dense is a source of the correlations of all pairs of many stations, two hours of them,
// each of five lags that tell which they are of.
type dense struct {
	d4.Base
	Out      d4.Out[seismo.Correlation]
	stations int
	at       int // hour times stations and first station
}

// Single: it is one network.
func (*dense) Single() {}

// Next emits the pairs of one station and one hour.
func (s *dense) Next() error {
	period, i := s.at/s.stations, s.at%s.stations
	if period == 2 {
		return io.EOF
	}
	station := func(k int) seismo.Station {
		return seismo.Station{ID: fmt.Sprintf("XX.S%04d..HHZ", k), Lat: 35 + float64(k)/1000, Lon: -117}
	}
	for j := i + 1; j < s.stations; j++ {
		c := seismo.Correlation{A: station(i), B: station(j), Start: d4.Time(period) * hour, Windows: 1, IntervalS: 0.5, Lags: make([]float32, 5)}
		for k := range c.Lags {
			c.Lags[k] = float32(1000*i + j + 1_000_000*period)
		}
		s.Out.Emit(c)
	}
	if s.at++; s.at%s.stations == 0 {
		s.Out.Mark(d4.Time(s.at/s.stations) * hour)
	}
	return nil
}

// TestManyPairs: a hundred thousand pairs are in as many stores as the sink has
// instances, in few files, and xarray finds each by its name.
func TestManyPairs(t *testing.T) {
	exe := python.Find(t, "xarray, zarr")
	const stations, pairs = 448, 448 * 447 / 2
	g := d4.NewGraph("many")
	source := d4.Add(g, "source", func() *dense { return &dense{stations: stations} })
	sink := d4.Add(g, "result", func() *seismo.WriteCorrelations {
		w := seismo.NewWriteCorrelations()
		w.PeriodS = 3600
		return w
	}, d4.Instances(3))
	d4.Connect(g, source.Out, sink.In)
	plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir, err := rundir.Create(filepath.Join(t.TempDir(), "run"), time.Now(), g.Name, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Run(context.Background(), engine.Config{Plan: plan, Seed: 1, Folder: dir.Outputs()}); err != nil {
		t.Fatal(err)
	}
	folder, err := dir.Outputs().Path()
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	if err := filepath.WalkDir(folder, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files++
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if files > 1000 {
		t.Errorf("%d files of %d pairs", files, pairs)
	}
	const script = `
import glob, sys, warnings
warnings.simplefilter("error")
import numpy as np, xarray as xr
stores = sorted(glob.glob(sys.argv[1] + "/correlations-*.zarr"))
seen, total = 0, 0.0
for path in stores:
    ds = xr.open_zarr(path, chunks=None)
    assert ds.correlation.dims == ("time", "pair", "lag") and ds.sizes["time"] == 2 and ds.sizes["lag"] == 5, ds
    i = np.array([int(a[4:8]) for a in ds.a.values])
    j = np.array([int(b[4:8]) for b in ds.b.values])
    for hour in range(2):
        want = (1000 * i + j + 1000000 * hour).astype("f4")
        assert (ds.correlation[hour].values == want[:, None]).all()
    assert (ds.windows.values == 1).all()
    name = ds.pair.values[len(i) // 2]
    assert float(ds.correlation.sel(pair=name)[1, 0]) == 1000 * int(name[4:8]) + int(name[-9:-5]) + 1000000, name
    seen += len(set(ds.pair.values))
print(len(stores), seen)`
	out, err := exec.Command(exe, "-c", script, folder).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != fmt.Sprintf("3 %d", pairs) {
		t.Errorf("%v: %s", err, out)
	}
}
