package seismo_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
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
// each of as many equal lags that tell which they are of.
type dense struct {
	d4.Base
	Out            d4.Out[seismo.Correlation]
	stations, lags int
	at             int // hour times stations and first station
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
		c := seismo.Correlation{A: station(i), B: station(j), Start: d4.Time(period) * hour, Windows: 1, IntervalS: 0.5, Lags: make([]float32, s.lags)}
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
// instances, in few files, and xarray finds each by its name. With DISPEL4GO_LONG set they
// are a million, of more lags.
func TestManyPairs(t *testing.T) {
	exe := python.Find(t, "xarray, zarr")
	stations, lags := 448, 5
	if os.Getenv("DISPEL4GO_LONG") != "" {
		stations, lags = 1415, 101
	}
	pairs := stations * (stations - 1) / 2
	g := d4.NewGraph("many")
	source := d4.Add(g, "source", func() *dense { return &dense{stations: stations, lags: lags} })
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
	if files > max(1000, pairs/300) {
		t.Errorf("%d files of %d pairs", files, pairs)
	}
	const script = `
import glob, sys, time, warnings
warnings.simplefilter("error")
import numpy as np, xarray as xr
stores = sorted(glob.glob(sys.argv[1] + "/correlations-*.zarr"))
count = int(sys.argv[2])
began, all = time.process_time(), [xr.open_zarr(path, chunks=None) for path in stores]
opened = time.process_time() - began
began = time.process_time()
for ds in all:
    assert ds.correlation.dims == ("time", "pair", "lag") and ds.sizes["time"] == 2 and ds.sizes["lag"] == count, ds
    name = ds.pair.values[ds.sizes["pair"] // 2]
    one = ds.correlation.sel(pair=name).values
    assert one.shape == (2, count) and one[1, 0] == 1000 * int(name[4:8]) + int(name[-9:-5]) + 1000000, name
found = time.process_time() - began
try:
    with open("/proc/self/status") as status:
        memory = int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024
except OSError:
    memory = float("nan")
seen = 0
for ds in all:
    i = np.array([int(a[4:8]) for a in ds.a.values])
    j = np.array([int(b[4:8]) for b in ds.b.values])
    for hour in range(2):
        want = (1000 * i + j + 1000000 * hour).astype("f4")
        assert (ds.correlation[hour].values == want[:, None]).all()
    assert (ds.windows.values == 1).all()
    seen += len(set(ds.pair.values))
print(len(stores), seen)
print("CPU to open %.2f s, to find a pair in each %.2f s, memory till then %.0f MiB" % (opened, found, memory))`
	out, err := exec.Command(exe, "-c", script, folder, fmt.Sprint(lags)).CombinedOutput()
	first, used, _ := strings.Cut(string(out), "\n")
	if err != nil || first != fmt.Sprintf("3 %d", pairs) {
		t.Errorf("%v: %s", err, out)
	}
	t.Logf("%d pairs in %d files: %s", pairs, files, strings.TrimSpace(used))
}
