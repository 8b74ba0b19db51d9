package seismo_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

const (
	netRate   = 5.0
	netWindow = 100 // samples, 20 s
	netLag    = 40
	netCount  = 6 // windows
)

var network = []string{"XX.D..Z", "XX.A..Z", "XX.C..Z", "XX.B..Z"}

// records are what the stations of the network record.
func records() map[string][]float32 {
	all := map[string][]float32{}
	for i, id := range network {
		all[id] = random(uint64(i), netCount*netWindow)
	}
	return all
}

// feedNetwork feeds the spectra of all stations, window by window, with a mark
// behind each.
func feedNetwork(t *testing.T) (steps []petest.Step) {
	t.Helper()
	x := records()
	for w := range netCount {
		for _, id := range network {
			s := spectra(t, netRate, netLag, x[id], id, slices.Repeat([]int{netWindow}, netCount)...)[w]
			steps = append(steps, petest.Feed("in", s))
		}
		steps = append(steps, petest.Mark("in", d4.Time(w+1)*20*second))
	}
	return append(steps, petest.Set("MaxLagS", netLag/netRate))
}

// near reports whether two slices agree to 1e-5 of the largest value.
func near(a, b []float32) bool {
	worst, top := 0.0, 0.0
	for i := range a {
		worst = max(worst, math.Abs(float64(a[i])-float64(b[i])))
		top = max(top, math.Abs(float64(b[i])))
	}
	return len(a) == len(b) && worst <= 1e-5*top
}

// direct is the mean of the correlations of windows, by the sum itself.
func direct(a, b []float32, from, to int) []float32 {
	sum := make([]float64, 2*netLag+1)
	for w := from; w < to; w++ {
		x, y := a[w*netWindow:][:netWindow], b[w*netWindow:][:netWindow]
		for l := -netLag; l <= netLag; l++ {
			for i, v := range x {
				if k := i + l; k >= 0 && k < netWindow {
					sum[l+netLag] += float64(v) * float64(y[k])
				}
			}
		}
	}
	mean := make([]float32, len(sum))
	for i, v := range sum {
		mean[i] = float32(v / float64(to-from))
	}
	return mean
}

func TestCorrelate(t *testing.T) {
	x := records()
	for name, c := range map[string]struct {
		substackS float64
		periods   [][2]int // windows from and to
		marks     [][2]int // seconds, and correlations before
	}{
		"all":       {0, [][2]int{{0, 6}}, nil},
		"each":      {20, [][2]int{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 6}}, [][2]int{{20, 6}, {40, 12}, {60, 18}, {80, 24}, {100, 30}, {120, 36}}},
		"fours":     {80, [][2]int{{0, 4}, {4, 6}}, [][2]int{{0, 0}, {80, 6}}},
		"not whole": {50, [][2]int{{0, 3}, {3, 5}, {5, 6}}, [][2]int{{0, 0}, {50, 6}, {100, 12}}},
	} {
		t.Run(name, func(t *testing.T) {
			res := run(t, seismo.NewCorrelate, append(feedNetwork(t), petest.Set("SubstackS", c.substackS))...)
			out := petest.Out[seismo.Correlation](res, "out")
			if len(out) != 6*len(c.periods) {
				t.Fatalf("%d correlations, expected %d", len(out), 6*len(c.periods))
			}
			for i, got := range out {
				p := c.periods[i/6]
				start := d4.Time(c.substackS) * second * d4.Time(i/6)
				if got.A.ID >= got.B.ID || got.Windows != int64(p[1]-p[0]) || got.Start != start || got.IntervalS != 1/netRate {
					t.Errorf("%s-%s at %d: %d windows, %g s", got.A.ID, got.B.ID, got.Start, got.Windows, got.IntervalS)
				}
				if !near(got.Lags, direct(x[got.A.ID], x[got.B.ID], p[0], p[1])) {
					t.Errorf("%s-%s at %d is not the correlation", got.A.ID, got.B.ID, got.Start)
				}
			}
			if marks := risen(res.Marks["out"]); !slices.Equal(marks, c.marks) {
				t.Errorf("marks %v, expected %v", marks, c.marks)
			}
		})
	}
}

// risen are the marks that promise more than the one before, in seconds, and how
// much had come out.
func risen(all []petest.Promise) (some [][2]int) {
	before := d4.Never
	for _, p := range all {
		if p.Time > before {
			some = append(some, [2]int{int(p.Time / second), p.After})
		}
		before = p.Time
	}
	return some
}

// TestPositiveLag: the wave passes A first.
func TestPositiveLag(t *testing.T) {
	x := random(1, netWindow+20)
	dsp.Demean(x, x)
	const late = 7 // samples by which B is behind A
	a := spectra(t, netRate, netLag, x[late:], "XX.A..Z", netWindow)
	b := spectra(t, netRate, netLag, x, "XX.B..Z", netWindow)
	res := run(t, seismo.NewCorrelate, petest.Set("MaxLagS", netLag/netRate), petest.Feed("in", b...), petest.Feed("in", a...))
	lags := petest.Out[seismo.Correlation](res, "out")[0].Lags
	if peak := slices.Index(lags, slices.Max(lags)); peak != netLag+late {
		t.Errorf("the peak is at lag %d, expected %d", peak-netLag, late)
	}
}

// TestNoBins: a spectrum of nothing, as another program may send one, is refused.
func TestNoBins(t *testing.T) {
	none := seismo.Spectrum{Station: seismo.Station{ID: "XX.A..Z"}, RateHz: netRate}
	if res := petest.Run(t, seismo.NewCorrelate, petest.Feed("in", none)); res.Err == nil || !strings.HasSuffix(res.Err.Error(), "a spectrum of 0 bins: take it from seismo.Spectra") {
		t.Errorf("%v", res.Err)
	}
}

// TestShorterLags: the spectra may have been padded for more.
func TestShorterLags(t *testing.T) {
	all := petest.Out[seismo.Correlation](run(t, seismo.NewCorrelate, feedNetwork(t)...), "out")
	some := petest.Out[seismo.Correlation](run(t, seismo.NewCorrelate, append(feedNetwork(t), petest.Set("MaxLagS", 3.1))...), "out")
	for i := range all {
		if !slices.Equal(some[i].Lags, all[i].Lags[netLag-15:netLag+16]) {
			t.Errorf("%s-%s: lags to 3.1 s are not the middle of those to 8 s", all[i].A.ID, all[i].B.ID)
		}
	}
}

// TestEveryPairOnce: whatever the number of instances, every pair belongs to one
// of them, and gives the same bits. (That both channels are sent there is seen in
// TestSameDigestHoweverItRuns.)
func TestEveryPairOnce(t *testing.T) {
	want := map[string][]float32{}
	for _, c := range petest.Out[seismo.Correlation](run(t, seismo.NewCorrelate, feedNetwork(t)...), "out") {
		want[c.A.ID+c.B.ID] = c.Lags
	}
	for n := 1; n <= 12; n++ {
		got := map[string][]float32{}
		for i := range n {
			// Each instance is sent everything here, and keeps to its own pairs.
			for _, c := range petest.Out[seismo.Correlation](run(t, seismo.NewCorrelate, append(feedNetwork(t), petest.Instance(i, n))...), "out") {
				if got[c.A.ID+c.B.ID] != nil {
					t.Errorf("%d instances: %s-%s is there twice", n, c.A.ID, c.B.ID)
				}
				got[c.A.ID+c.B.ID] = c.Lags
			}
		}
		for name, lags := range want {
			if !slices.Equal(got[name], lags) {
				t.Errorf("%d instances: %s is not the same", n, name)
			}
		}
	}
}

// TestLittleMemory: with less memory fewer windows are correlated together, to
// the same bits.
func TestLittleMemory(t *testing.T) {
	const n, count = 16_000, 20
	steps := []petest.Step{petest.Set("MaxLagS", netLag/netRate)}
	lengths := slices.Repeat([]int{n}, count)
	a := spectra(t, netRate, netLag, random(1, n*count), "XX.A..Z", lengths...)
	b := spectra(t, netRate, netLag, random(2, n*count), "XX.B..Z", lengths...)
	for w := range a {
		steps = append(steps, petest.Feed("in", a[w], b[w]), petest.Mark("in", a[w].Start+n/netRate*second))
	}
	want := petest.Out[seismo.Correlation](run(t, seismo.NewCorrelate, steps...), "out")
	got := petest.Out[seismo.Correlation](run(t, seismo.NewCorrelate, append(steps, petest.Set("MaxMiB", 1))...), "out")
	if len(want) != 1 || want[0].Windows != count || !reflect.DeepEqual(got, want) {
		t.Errorf("%d and %d correlations", len(got), len(want))
	}
}

func TestCorrelateRefuses(t *testing.T) {
	at := func(id string, start d4.Time, rate float64, n int) seismo.Spectrum {
		s := spectra(t, rate, netLag, random(1, n), id, n)[0]
		s.Start = start
		return s
	}
	a := at("XX.A..Z", 0, 5, 100)
	for name, c := range map[string]struct {
		in   []seismo.Spectrum
		set  petest.Step
		want string
	}{
		"two rates of a pair": {[]seismo.Spectrum{a, at("XX.B..Z", 0, 4, 100)}, nil,
			"XX.A..Z and XX.B..Z at 1970-01-01T00:00:00Z: different sampling rates, 5 Hz and 4 Hz: decimate to one"},
		"two rates of a station": {[]seismo.Spectrum{a, at("XX.B..Z", 0, 5, 100), at("XX.A..Z", 60*second, 4, 100), at("XX.B..Z", 60*second, 4, 100)}, nil,
			"XX.A..Z and XX.B..Z at 1970-01-01T00:01:00Z: two sampling rates, 5 Hz and now 4 Hz: give each a run of its own"},
		"two lengths": {[]seismo.Spectrum{a, at("XX.B..Z", 0, 5, 90)}, nil,
			"XX.A..Z and XX.B..Z at 1970-01-01T00:00:00Z: windows of different lengths, 100 and 90 samples: cut them with seismo.Window"},
		"twice": {[]seismo.Spectrum{a, a}, nil,
			"XX.A..Z at 1970-01-01T00:00:00Z: two windows of one time: cut them with seismo.Window"},
		"lag": {[]seismo.Spectrum{a, at("XX.B..Z", 0, 5, 100)}, petest.Set("MaxLagS", 9),
			"max_lag_s = 9 s is more than the spectra allow, 8.8 s: raise that of seismo.Spectra too"},
		"no lag": {[]seismo.Spectrum{a, at("XX.B..Z", 0, 5, 100)}, petest.Set("MaxLagS", 0.1),
			"max_lag_s = 0.1 s is less than a sample, 0.2 s"},
		"memory": {[]seismo.Spectrum{at("XX.A..Z", 0, 5, 100_000), at("XX.B..Z", 0, 5, 100_000)}, petest.Set("MaxMiB", 1),
			"limit reached: one instance would keep more than 1 MiB: raise max_mib"},
	} {
		t.Run(name, func(t *testing.T) {
			steps := []petest.Step{petest.Set("MaxLagS", netLag/netRate), petest.Feed("in", c.in...)}
			if c.set != nil {
				steps = append(steps, c.set)
			}
			if res := petest.Run(t, seismo.NewCorrelate, steps...); res.Err == nil || !strings.HasSuffix(res.Err.Error(), c.want) {
				t.Errorf("%v, expected %s", res.Err, c.want)
			}
		})
	}
}

// Lags are counted from the wave's passing A.
func ExampleCorrelation() {
	c := seismo.Correlation{A: seismo.Station{ID: "CI.CCA..BHZ"}, B: seismo.Station{ID: "CI.HEC..BHZ"}, IntervalS: 0.25, Lags: make([]float32, 5)}
	for i := range c.Lags {
		fmt.Print(float64(i-len(c.Lags)/2)*c.IntervalS, " ")
	}
	fmt.Println("s after", c.A.ID)
	// Output: -0.5 -0.25 0 0.25 0.5 s after CI.CCA..BHZ
}

// TestManyChannels: pairs are multiplied a few rows and columns at a time,
// together where channels have the same windows and one by one where some are
// missing, from whole windows or from blocks; they are the same correlations.
func TestManyChannels(t *testing.T) {
	const count, stations = 5, 11
	missing := func(k, w int) bool { return k%4 == 3 && w == k%3 }
	x := map[string][]float32{}
	for _, blocks := range []int{1, 3} {
		var steps []petest.Step
		byID := map[string]int{}
		windows := map[string][]seismo.Spectrum{}
		for k := range stations {
			id := fmt.Sprintf("XX.S%02d..Z", k)
			byID[id], x[id] = k, random(uint64(k), count*netWindow)
			in := []petest.Step{petest.Set("MaxLagS", netLag/netRate), petest.Set("Blocks", blocks)}
			for w := range count {
				in = append(in, petest.Feed("in", seismo.Trace{Station: seismo.Station{ID: id}, Start: d4.Time(w) * 20 * second, RateHz: netRate,
					Samples: x[id][w*netWindow:][:netWindow]}))
			}
			windows[id] = petest.Out[seismo.Spectrum](run(t, seismo.NewSpectra, in...), "out")
		}
		for w := range count {
			for id, k := range byID {
				if !missing(k, w) {
					steps = append(steps, petest.Feed("in", windows[id][w]))
				}
			}
			steps = append(steps, petest.Mark("in", d4.Time(w+1)*20*second))
		}
		steps = append(steps, petest.Set("MaxLagS", netLag/netRate))
		for _, substack := range []float64{0, 20, 60} {
			all := petest.Out[seismo.Correlation](run(t, seismo.NewCorrelate, append(steps, petest.Set("SubstackS", substack))...), "out")
			total := int64(0)
			for _, c := range all {
				a, b := byID[c.A.ID], byID[c.B.ID]
				sum, n := make([]float32, 2*netLag+1), int64(0)
				for w := range count {
					at := d4.Time(w) * 20 * second
					if missing(a, w) || missing(b, w) || substack > 0 && (at < c.Start || at >= c.Start+d4.Time(substack)*second) {
						continue
					}
					n++
					for i, v := range direct(x[c.A.ID], x[c.B.ID], w, w+1) {
						sum[i] += v
					}
				}
				for i := range sum {
					sum[i] /= float32(n)
				}
				if c.Windows != n || !near(c.Lags, sum) {
					t.Errorf("%d blocks, substacks of %g s: %s-%s of %d windows, expected %d, or not their correlation", blocks, substack, c.A.ID, c.B.ID, c.Windows, n)
				}
				total += c.Windows
			}
			want := int64(0)
			for a := range stations {
				for b := range a {
					for w := range count {
						if !missing(a, w) && !missing(b, w) {
							want++
						}
					}
				}
			}
			if total != want {
				t.Errorf("%d blocks, substacks of %g s: %d windows of pairs, expected %d", blocks, substack, total, want)
			}
		}
	}
}

// TestWhitenRefusesBlocks: their spectra are not those of the window.
func TestWhitenRefusesBlocks(t *testing.T) {
	s := seismo.Spectrum{Station: seismo.Station{ID: "XX.A..Z"}, RateHz: netRate, Samples: 100, Bins: make([]complex64, 60), Blocks: 3}
	res := petest.Run(t, seismo.NewWhiten, petest.Feed("in", s))
	if res.Err == nil || !strings.HasSuffix(res.Err.Error(), "set blocks = 1 in seismo.Spectra") {
		t.Error(res.Err)
	}
}

// TestPeriodsForEver: what is promised of stacks never goes back, however late it is.
func TestPeriodsForEver(t *testing.T) {
	c := seismo.NewCorrelate()
	c.SubstackS = 86400
	if err := errors.Join(c.Setup(), c.Open(&d4.Instance{Count: 1})); err != nil {
		t.Fatal(err)
	}
	promised := d4.Never
	for _, year := range []int{2024, 2115, 2117, 2250} {
		pass, err := c.Advance(d4.Time(time.Date(year, 1, 1, 12, 0, 0, 0, time.UTC).UnixNano()))
		if err != nil || pass <= promised {
			t.Errorf("in %d until %d, after %d: %v", year, pass, promised, err)
		}
		promised = pass
	}
}
