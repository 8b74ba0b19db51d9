package seismo_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/zarr"
)

// recipe is what differs between the correlation workflows.
type recipe struct {
	low, high            float64 // of the band, Hz
	factor               int     // of the decimation
	windowS, lagS        float64
	meanS                float64 // width of the running mean, 0 for one-bit
	substackS            float64
	method               string // of the stack
	spectra, correlators int    // instances
}

// job is a correlation workflow from any source of traces.
func (r recipe) job(g *d4.Graph, source d4.Out[seismo.Trace]) *seismo.Moveout {
	band := d4.Add(g, "bandpass", func() *seismo.Bandpass {
		b := seismo.NewBandpass()
		b.FreqMin, b.FreqMax = r.low, r.high
		return b
	}, d4.Instances(2))
	decimate := d4.Add(g, "decimate", func() *seismo.Decimate {
		d := seismo.NewDecimate()
		d.Factor = r.factor
		return d
	})
	window := d4.Add(g, "window", func() *seismo.Window {
		w := seismo.NewWindow()
		w.WindowS = r.windowS
		return w
	})
	detrend := d4.Add(g, "detrend", seismo.NewDetrend)
	taper := d4.Add(g, "taper", seismo.NewTaper)
	if r.meanS > 0 {
		mean := d4.Add(g, "normalize", func() *seismo.RunningMean {
			m := seismo.NewRunningMean()
			m.WidthS = r.meanS
			return m
		})
		d4.Connect(g, detrend.Out, mean.In)
		d4.Connect(g, mean.Out, taper.In)
	} else {
		bit := d4.Add(g, "onebit", seismo.NewOneBit)
		d4.Connect(g, detrend.Out, bit.In)
		d4.Connect(g, bit.Out, taper.In)
	}
	spectra := d4.Add(g, "spectra", func() *seismo.Spectra {
		s := seismo.NewSpectra()
		s.MaxLagS = r.lagS
		return s
	}, d4.Instances(r.spectra))
	whiten := d4.Add(g, "whiten", func() *seismo.Whiten {
		w := seismo.NewWhiten()
		w.FreqMin, w.FreqMax = r.low, r.high
		return w
	})
	correlate := d4.Add(g, "correlate", func() *seismo.Correlate {
		c := seismo.NewCorrelate()
		c.MaxLagS, c.SubstackS = r.lagS, r.substackS
		return c
	}, d4.Instances(r.correlators))
	stack := d4.Add(g, "stack", func() *seismo.Stack {
		s := seismo.NewStack()
		s.Method = r.method
		return s
	})
	result := d4.Add(g, "result", func() *seismo.Moveout {
		m := seismo.NewMoveout()
		m.Pictures = false // the plot package has its own tests
		return m
	})
	d4.Connect(g, source, band.In)
	d4.Connect(g, band.Out, decimate.In)
	d4.Connect(g, decimate.Out, window.In)
	d4.Connect(g, window.Out, detrend.In)
	d4.Connect(g, taper.Out, spectra.In)
	d4.Connect(g, spectra.Out, whiten.In)
	d4.Connect(g, whiten.Out, correlate.In)
	d4.Connect(g, correlate.Out, stack.In)
	d4.Connect(g, stack.Out, result.In)
	return result
}

// small is the main job's recipe.
var small = recipe{low: 0.2, high: 1.5, factor: 2, windowS: 120, lagS: 45, method: "linear", spectra: 2, correlators: 2}

// noise is the main job on a network of ten stations and forty minutes.
func noise(t testing.TB, r recipe, set func(*seismo.Noise), fuse partition.Fuse, cores int) (*engine.Result, map[string]any, string) {
	t.Helper()
	g := d4.NewGraph("noise")
	source := d4.Add(g, "noise", func() *seismo.Noise {
		n := seismo.NewNoise()
		n.Stations, n.Hours, n.RateHz = 10, 2400.0/3600, 10
		set(n)
		return n
	})
	return play(t, g, r.job(g, source.Out), fuse, cores)
}

// play runs a graph and returns its summary and the store it left.
func play(t testing.TB, g *d4.Graph, sink *seismo.Moveout, fuse partition.Fuse, cores int) (*engine.Result, map[string]any, string) {
	t.Helper()
	plan, err := partition.Make(g, partition.Ranks(1, max(cores, 1)), partition.Options{Fuse: fuse})
	if err != nil {
		t.Fatal(err)
	}
	dir, err := rundir.Create(filepath.Join(t.TempDir(), "run"), time.Now(), g.Name, "")
	if err != nil {
		t.Fatal(err)
	}
	out := dir.Outputs()
	res, err := engine.Run(context.Background(), engine.Config{Plan: plan, Cores: cores, Seed: 1, Digest: true, Folder: out})
	if err != nil {
		t.Fatal(err)
	}
	folder, err := out.Path()
	if err != nil {
		t.Fatal(err)
	}
	return res, res.PE(sink).(*seismo.Moveout).Summary(), filepath.Join(folder, "correlations.zarr")
}

func TestVelocityIsMeasured(t *testing.T) {
	seeds := 20
	if testing.Short() {
		seeds = 3
	}
	worst, where := 0.0, ""
	for seed := 1; seed <= seeds; seed++ {
		for _, v := range []float64{1.5, 3, 5} {
			_, summary, _ := noise(t, small, func(n *seismo.Noise) { n.Seed, n.VelocityKmS = seed, v }, partition.Auto, 0)
			got, ok := summary["velocity_measured_km_s"].(float64)
			if !ok {
				t.Errorf("seed %d, %g km/s: no arrival", seed, v)
				continue
			}
			if off := math.Abs(got/v - 1); off > worst {
				worst, where = off, fmt.Sprintf("seed %d, %g km/s", seed, v)
			}
		}
	}
	t.Logf("%d seeds x 3 velocities: worst %.2f %% (%s)", seeds, 100*worst, where)
	if worst > 0.02 {
		t.Errorf("%s is off by %.2f %%, at most 2 %% is allowed", where, 100*worst)
	}
}

func TestNoArrival(t *testing.T) {
	for seed := 1; seed <= 5; seed++ {
		for name, set := range map[string]func(*seismo.Noise){
			"shuffled":   func(n *seismo.Noise) { n.Seed, n.Shuffle = seed, true },
			"incoherent": func(n *seismo.Noise) { n.Seed, n.Incoherent = seed, true },
		} {
			_, summary, _ := noise(t, small, set, partition.Auto, 0)
			if summary["velocity_measured_km_s"] != nil || summary["arrival"] != "no arrival" {
				t.Errorf("seed %d, %s: %v", seed, name, summary)
			}
		}
	}
}

func TestSameDigestHoweverItRuns(t *testing.T) {
	set := func(n *seismo.Noise) { n.Hours = 0.2 }
	inParts := small
	inParts.substackS, inParts.method = 240, "pws"
	for _, r := range []recipe{small, inParts} {
		r.spectra, r.correlators = 1, 1
		res, _, _ := noise(t, r, set, partition.All, 1)
		want := res.Sinks["result"]
		if want.Items != 45 {
			t.Fatalf("%d pairs of ten stations", want.Items)
		}
		for _, r.correlators = range []int{1, 2, 5, 9} {
			for _, fuse := range []partition.Fuse{partition.Off, partition.All} {
				r.spectra = 3
				res, _, _ := noise(t, r, set, fuse, 0)
				if got := res.Sinks["result"]; got != want {
					t.Errorf("%s, %d correlators, fuse %s: %v, expected %v", r.method, r.correlators, fuse, got, want)
				}
			}
		}
	}
}

// TestRealPair correlates a day of two stations of the Southern California
// network and looks for surface waves where their distance puts them.
func TestRealPair(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "data", "scedc")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("SKIP: no shared data: real recordings are not correlated")
	}
	for _, method := range []string{"linear", "pws"} {
		t.Run(method, func(t *testing.T) { realPair(t, folder, method) })
	}
}

func realPair(t *testing.T, folder, method string) {
	g := d4.NewGraph("pair")
	source := d4.Add(g, "read", func() *seismo.ReadMseed {
		r := seismo.NewReadMseed()
		r.Path, r.ChunkS = folder, 600
		return r
	})
	r := recipe{low: 0.1, high: 0.3, factor: 10, windowS: 600, lagS: 200, meanS: 20, substackS: 3600, method: method, spectra: 2, correlators: 1}
	_, summary, path := play(t, g, r.job(g, source.Out), partition.Auto, 0)
	if summary["pairs"] != 1 {
		t.Fatalf("%v", summary)
	}
	s, err := zarr.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	lags := column[float32](t, s, "correlation")
	lag := column[float64](t, s, "lag")
	km := column[float64](t, s, "distance")[0]
	// The places stand in the StationXML files.
	if want := moveout.Distance(35.15252, -118.01649, 34.8294, -116.335); math.Abs(km-want) > 1e-6 {
		t.Errorf("the stations are %g km apart, expected %g", km, want)
	}
	checkSurfaceWaves(t, lags, lag, km)
}

// checkSurfaceWaves: the greatest amplitude is at the lag of a surface wave, and those lags
// have more power than later ones.
func checkSurfaceWaves(t *testing.T, lags []float32, lag []float64, km float64) {
	t.Helper()
	// Rayleigh waves travel at 1.5 to 5 km/s; what comes much later is noise.
	power := func(from, to float64) float64 {
		sum, n := 0.0, 0
		for i, x := range lag {
			if a := math.Abs(x); a >= from && a < to {
				sum += float64(lags[i]) * float64(lags[i])
				n++
			}
		}
		return sum / float64(n)
	}
	peak := 0
	for i := range lags {
		if math.Abs(float64(lags[i])) > math.Abs(float64(lags[peak])) {
			peak = i
		}
	}
	if v := km / math.Abs(lag[peak]); v < 1.5 || v > 5 {
		t.Errorf("the greatest amplitude is at %g s, a velocity of %g km/s", lag[peak], v)
	}
	signal, later := power(km/5, km/1.5), power(km/1.5+20, 200)
	t.Logf("%.0f km: power at surface-wave lags %.2f times that later", km, signal/later)
	if signal < 1.5*later {
		t.Errorf("no surface waves: power at their lags is %.2f times that later", signal/later)
	}
}

func column[T zarr.Element](t testing.TB, s *zarr.Store, name string) []T {
	t.Helper()
	a, err := zarr.OpenArray[T](s, name)
	if err != nil {
		t.Fatal(err)
	}
	values, err := a.Read(nil)
	if err != nil {
		t.Fatal(err)
	}
	return values
}
