package seismo_test

import (
	"math"
	"slices"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
)

// TestMerge: pieces in any order, with an overlap and a gap, come out whole, in order,
// whenever marks come; what is promised holds.
func TestMerge(t *testing.T) {
	const rate = 10.0
	x := random(4, 1000)
	all := cut("XX.A..Z", 100*second, rate, x, 200, 100, 150, 50, 500) // [200:300] and [450:500] are left out
	over := cut("XX.A..Z", 100*second+d4.Time(15*second), rate, x[150:], 50)[0]
	in := []seismo.Trace{all[2], all[0], over, all[4]}
	for name, set := range map[string][]petest.Step{
		"gaps stay":    {petest.Set("Fill", "none")},
		"short filled": {petest.Set("Fill", "interpolate"), petest.Set("MaxGapS", 6)},
		"all filled":   {petest.Set("Fill", "value"), petest.Set("Value", 7), petest.Set("MaxGapS", 20)},
	} {
		for _, marks := range [][]d4.Time{nil, {105}, {100, 116, 119, 131, 140, 143, 149}, {130, 170, 260}} {
			steps := append(slices.Clone(set), petest.Feed("in", in...))
			if marks != nil { // each trace when it is due
				steps = slices.Clone(set)
				rest := slices.Clone(in)
				for _, at := range marks {
					var now []seismo.Trace
					rest = slices.DeleteFunc(rest, func(tr seismo.Trace) bool {
						due := tr.Start < (at+5)*second
						if due {
							now = append(now, tr)
						}
						return due
					})
					steps = append(steps, petest.Feed("in", now...), petest.Mark("in", at*second))
				}
				steps = append(steps, petest.Feed("in", rest...))
			}
			res := run(t, seismo.NewMerge, steps...)
			kept(t, res)
			got := slices.Repeat([]float32{float32(math.NaN())}, 1000)
			for _, tr := range petest.Out[seismo.Trace](res, "out") {
				from := int(math.Round(float64(tr.Start-100*second) / 1e9 * rate))
				for i, v := range tr.Samples {
					if got[from+i] == got[from+i] {
						t.Fatalf("%s, marks %v: sample %d comes twice", name, marks, from+i)
					}
					got[from+i] = v
				}
			}
			gaps := int64(2)
			for i, v := range got {
				want := x[i]
				switch {
				case i >= 200 && i < 300 && name == "all filled", i >= 450 && i < 500 && name == "all filled":
					want = 7
				case i >= 200 && i < 300:
					want = float32(math.NaN())
				case i >= 450 && i < 500 && name == "short filled":
					want = float32(float64(x[449]) + (float64(x[500])-float64(x[449]))*float64(i-449)/51)
				case i >= 450 && i < 500:
					want = float32(math.NaN())
				}
				if want != want && v != v {
					continue
				}
				if math.Abs(float64(v-want)) > 1e-3 {
					t.Fatalf("%s, marks %v: sample %d is %g, expected %g", name, marks, i, v, want)
				}
			}
			gaps = map[string]int64{"gaps stay": 2, "short filled": 1, "all filled": 0}[name]
			if res.Counters["gaps"] != gaps || res.Counters["filled"] != 2-gaps {
				t.Errorf("%s, marks %v: counters %v", name, marks, res.Counters)
			}
		}
	}
}

// TestTrimAndAlign: what is cut off and what is moved.
func TestTrimAndAlign(t *testing.T) {
	x := random(5, 600)
	in := cut("XX.A..Z", 100*second, 10, x, 200, 200, 200)
	res := run(t, seismo.NewTrim, petest.Set("From", "1970-01-01T00:01:45Z"), petest.Set("To", "1970-01-01T00:02:30.04Z"), petest.Feed("in", in...))
	out := petest.Out[seismo.Trace](res, "out")
	if got := join(out); !slices.Equal(got, x[50:501]) || out[0].Start != 105*second {
		t.Errorf("%d samples from %d on", len(got), out[0].Start)
	}
	for _, year := range []int{1690, 1800, 2050, 2255} { // without times, all stays
		in := cut("XX.A..Z", d4.Time(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()), 10, x, 600)
		if got := petest.Out[seismo.Trace](run(t, seismo.NewTrim, petest.Feed("in", in...)), "out"); !slices.Equal(join(got), x) {
			t.Errorf("%d samples of the year %d", len(join(got)), year)
		}
	}
	off := cut("XX.A..Z", 100*second+d4.Time(3e7), 10, x, 600)
	res = run(t, seismo.NewAlign, petest.Feed("in", off...))
	out = petest.Out[seismo.Trace](res, "out")
	if len(out) != 1 || out[0].Start != 100*second || len(out[0].Samples) != 600 || res.Counters["moved"] != 1 {
		t.Errorf("aligned to %d, counters %v", out[0].Start, res.Counters)
	}
}

// TestResample: each method gives a sine at the new rate.
func TestResample(t *testing.T) {
	wave := func(rate float64, n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(math.Sin(2 * math.Pi * 0.5 * float64(i) / rate))
		}
		return x
	}
	for _, method := range []string{"fourier", "sinc", "cubic", "slopes"} {
		in := cut("XX.A..Z", 100*second, 10, wave(10, 1000), 1000)
		res := run(t, seismo.NewResample, petest.Set("RateHz", 8), petest.Set("Method", method), petest.Set("Hann", false), petest.Feed("in", in...))
		out := petest.Out[seismo.Trace](res, "out")
		if len(out) != 1 || out[0].RateHz != 8 || out[0].Start != 100*second || len(out[0].Samples) != 800 {
			t.Fatalf("%s: %d traces", method, len(out))
		}
		want := wave(8, 800)
		for i := 50; i < 750; i++ {
			if math.Abs(float64(out[0].Samples[i]-want[i])) > 0.03 {
				t.Fatalf("%s: sample %d is %g, expected %g", method, i, out[0].Samples[i], want[i])
			}
		}
	}
}
