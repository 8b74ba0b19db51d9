package seismo_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
)

func windows(window, step float64) []petest.Step {
	return []petest.Step{petest.Scribble(), petest.Set("WindowS", window), petest.Set("StepS", step)}
}

func TestWindow(t *testing.T) {
	const rate = 4.0
	x := random(1, 1000)
	for name, c := range map[string]struct {
		window, step float64
		in           []seismo.Trace
		starts       []d4.Time // of the windows, in seconds
		first        int       // the sample with which the first begins
		short        int64
	}{
		"as they come":              {10, 0, cut("XX.A..Z", 20*second, rate, x, 40, 40), []d4.Time{20, 30}, 0, 0},
		"many in one":               {10, 0, cut("XX.A..Z", 20*second, rate, x, 120), []d4.Time{20, 30, 40}, 0, 0},
		"one of many":               {10, 0, cut("XX.A..Z", 20*second, rate, x, 7, 20, 13, 39), []d4.Time{20}, 0, 1},
		"both ends":                 {10, 0, cut("XX.A..Z", 23*second, rate, x, 100), []d4.Time{30}, 28, 2},
		"overlapping":               {10, 5, cut("XX.A..Z", 20*second, rate, x, 33, 60), []d4.Time{20, 25, 30}, 0, 1},
		"overlapping, nothing left": {10, 5, cut("XX.A..Z", 20*second, rate, x, 33, 47), []d4.Time{20, 25, 30}, 0, 0},
		"apart":                     {10, 15, cut("XX.A..Z", 30*second, rate, x, 33, 100), []d4.Time{30, 45}, 0, 1},
		"before 1970":               {10, 0, cut("XX.A..Z", -25*second, rate, x, 150), []d4.Time{-20, -10, 0}, 20, 2},
		"off by 0.4 samples, late":  {10, 0, cut("XX.A..Z", 20*second+second/10, rate, x, 80), []d4.Time{20, 30}, 0, 0},
		"off by 0.4 samples, early": {10, 0, cut("XX.A..Z", 20*second-second/10, rate, x, 80), []d4.Time{20, 30}, 0, 0},
		"too short":                 {10, 0, cut("XX.A..Z", 21*second, rate, x, 20), nil, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			res := run(t, seismo.NewWindow, append(windows(c.window, c.step), petest.Feed("in", c.in...))...)
			step := c.step
			if step == 0 {
				step = c.window
			}
			var want []seismo.Trace
			for i, start := range c.starts {
				at, n := c.first+i*int(step*rate), int(c.window*rate)
				want = append(want, seismo.Trace{Station: seismo.Station{ID: "XX.A..Z"}, Start: start * second, RateHz: rate, Samples: x[at : at+n]})
			}
			if got := petest.Out[seismo.Trace](res, "out"); len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, expected %v", got, want)
			}
			if res.Counters["too_short_for_a_window"] != c.short {
				t.Errorf("%d stretches are short, expected %d", res.Counters["too_short_for_a_window"], c.short)
			}
		})
	}
}

// TestWindowGap: no window has a gap in it.
func TestWindowGap(t *testing.T) {
	x := random(1, 400)
	in := cut("XX.A..Z", 0, 4, x, 60, 20, 320)
	res := run(t, seismo.NewWindow, append(windows(10, 0), petest.Feed("in", in[0], in[2]))...)
	var starts []d4.Time
	for _, w := range petest.Out[seismo.Trace](res, "out") {
		starts = append(starts, w.Start/second)
		if !slices.Equal(w.Samples, x[w.Start/second*4:][:40]) {
			t.Errorf("the window at %d s has other samples", w.Start/second)
		}
	}
	if !slices.Equal(starts, []d4.Time{0, 20, 30, 40, 50, 60, 70, 80, 90}) || res.Counters["gaps"] != 1 || res.Counters["too_short_for_a_window"] != 1 {
		t.Errorf("windows at %v s, counters %v", starts, res.Counters)
	}
}

// TestWindowMarks: a window is older than what it still waits for, and what can
// wait no longer is given up.
func TestWindowMarks(t *testing.T) {
	a, b := cut("XX.A..Z", 0, 4, random(1, 400), 60, 60, 40), cut("XX.B..Z", 0, 4, random(2, 400), 60, 60, 40)
	res := run(t, seismo.NewWindow, append(windows(10, 5),
		petest.Feed("in", a[0], b[0]), petest.Mark("in", 15*second), // B ends here
		petest.Feed("in", a[1]), petest.Mark("in", 30*second),
		petest.Feed("in", a[2]), petest.Mark("in", 40*second), petest.Mark("in", d4.Forever))...)
	var starts []d4.Time
	for _, w := range petest.Out[seismo.Trace](res, "out") {
		starts = append(starts, w.Start/second)
	}
	if want := []d4.Time{0, 5, 0, 5, 10, 15, 20, 25, 30}; !slices.Equal(starts, want) {
		t.Errorf("windows at %v s, expected %v", starts, want)
	}
	want := []petest.Promise{{Time: 10 * second, After: 4}, {Time: 25 * second, After: 7}, {Time: 35 * second, After: 9}, {Time: d4.Forever, After: 9}}
	if !slices.Equal(res.Marks["out"], want) {
		t.Errorf("marks %v, expected %v", res.Marks["out"], want)
	}
	if res.Counters["too_short_for_a_window"] != 0 {
		t.Errorf("counters %v", res.Counters)
	}
}

// TestWindowPromises: whatever comes, no window is older than the marks before.
func TestWindowPromises(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		rate := []float64{1, 3, 4, 7.5}[r.IntN(4)]
		steps := windows(float64(1+r.IntN(20)), float64(r.IntN(30)))
		at, mark := d4.Time(r.IntN(1000))*second/100, d4.Never
		for range 20 {
			n := 1 + r.IntN(60)
			if r.IntN(6) == 0 {
				at += d4.Time(r.IntN(3000)) * second / 100
			}
			trace := cut("XX.A..Z", at, rate, random(1, n), n)[0]
			steps = append(steps, petest.Feed("in", trace))
			at = trace.End() + d4.Time((r.Float64()-0.5)*0.6e9/rate)
			if next := at - d4.Time(r.IntN(2))*second; next > mark && r.IntN(2) == 0 {
				mark = next
				steps = append(steps, petest.Mark("in", mark))
				at = max(at, mark)
			}
		}
		res := run(t, seismo.NewWindow, steps...)
		out := petest.Out[seismo.Trace](res, "out")
		for _, m := range res.Marks["out"] {
			for _, w := range out[m.After:] {
				if w.Start < m.Time {
					t.Fatalf("after a mark of %d there is a window of %d", m.Time, w.Start)
				}
			}
		}
		for i := 1; i < len(out); i++ {
			if out[i].Start <= out[i-1].Start {
				t.Fatalf("windows at %d and then %d", out[i-1].Start, out[i].Start)
			}
		}
	}
}

// TestWindowForgets: channels that have ended are not kept.
func TestWindowForgets(t *testing.T) {
	steps := append(windows(100, 0), petest.Set("MaxMiB", 1))
	const channels = 100
	for i := range channels {
		start := d4.Time(i) * 100 * second
		steps = append(steps, petest.Feed("in", cut(fmt.Sprintf("XX.N%03d..Z", i), start, 100, random(1, 9000), 9000)...), petest.Mark("in", start+100*second))
	}
	if res := run(t, seismo.NewWindow, steps...); res.Counters["too_short_for_a_window"] != channels || len(petest.Out[seismo.Trace](res, "out")) > 0 {
		t.Errorf("counters %v", res.Counters)
	}
}

func TestWindowLimit(t *testing.T) {
	in := cut("XX.A..Z", 0, 1000, random(1, 300_000), 100_000, 100_000, 100_000)
	res := petest.Run(t, seismo.NewWindow, append(windows(1000, 0), petest.Set("MaxMiB", 1), petest.Feed("in", in...))...)
	if !errors.Is(res.Err, pes.ErrLimit) {
		t.Errorf("%v", res.Err)
	}
	if got := (&seismo.Limit{MaxMiB: 3}).MemoryLimit(7); got != 3<<20 {
		t.Errorf("a limit of %d bytes", got)
	}
}
