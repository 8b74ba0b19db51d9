package seismo_test

import (
	"slices"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// TestAcrossBorders compares the PEs that go on across the borders of traces
// with dsp on whole records.
func TestAcrossBorders(t *testing.T) {
	const rate = 20.0
	filter := func(design func() (dsp.Sections, error)) func(x []float32) []float32 {
		return func(x []float32) []float32 {
			sections, err := design()
			if err != nil {
				t.Fatal(err)
			}
			return dsp.NewFilter[float32](sections).Process(nil, x)
		}
	}
	for name, c := range map[string]struct {
		run    func(t *testing.T, steps ...petest.Step) *petest.Result
		set    []petest.Step
		factor int
		want   func(x []float32) []float32
	}{
		"bandpass": {of1(seismo.NewBandpass), nil, 1, filter(func() (dsp.Sections, error) { return dsp.Bandpass(4, 0.2, 1.5, rate) })},
		"lowpass":  {of1(seismo.NewLowpass), []petest.Step{petest.Set("Corners", 5)}, 1, filter(func() (dsp.Sections, error) { return dsp.Lowpass(5, 1, rate) })},
		"highpass": {of1(seismo.NewHighpass), []petest.Step{petest.Set("Freq", 0.5)}, 1, filter(func() (dsp.Sections, error) { return dsp.Highpass(4, 0.5, rate) })},
		"decimate": {of1(seismo.NewDecimate), []petest.Step{petest.Set("Factor", 5)}, 5, func(x []float32) []float32 {
			d, err := dsp.NewDecimator[float32](5)
			if err != nil {
				t.Fatal(err)
			}
			return d.Process(nil, x)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := random(1, 1000), random(2, 700)
			in := interleave(cut("XX.A..Z", 0, rate, a, 403, 2, 95, 500), cut("XX.B..Z", 7*second, rate, b, 101, 599))
			res := c.run(t, append(c.set, petest.Feed("in", in...))...)
			out := petest.Out[seismo.Trace](res, "out")
			for id, x := range map[string][]float32{"XX.A..Z": a, "XX.B..Z": b} {
				mine := of(id, out)
				if !slices.Equal(join(mine), c.want(x)) {
					t.Errorf("%s is not the record filtered whole", id)
				}
				// What is kept of a record is every factor-th sample from its first on.
				begin, done := of(id, in)[0].Start, 0
				for _, trace := range mine {
					if want := begin + d4.Time(done*c.factor)*second/20; trace.Start != want || trace.RateHz != rate/float64(c.factor) {
						t.Errorf("%s: a trace of %g Hz begins at %d, expected %g Hz at %d", id, trace.RateHz, trace.Start, rate/float64(c.factor), want)
					}
					done += len(trace.Samples)
				}
			}
			if res.Counters["gaps"] != 0 || res.Counters["overlaps"] != 0 {
				t.Errorf("counters %v", res.Counters)
			}
		})
	}
}

// TestGapsAndOverlaps: after a gap a filter begins at rest, and what overlaps is
// used once.
func TestGapsAndOverlaps(t *testing.T) {
	const rate = 10.0
	x := random(3, 600)
	sections, err := dsp.Bandpass(4, 0.2, 1.5, rate)
	if err != nil {
		t.Fatal(err)
	}
	whole := func(x []float32) []float32 { return dsp.NewFilter[float32](sections).Process(nil, x) }
	in := cut("XX.A..Z", 0, rate, x, 200, 100, 300)

	gap := run(t, seismo.NewBandpass, petest.Feed("in", in[0], in[2]))
	if got, want := join(petest.Out[seismo.Trace](gap, "out")), append(whole(x[:200]), whole(x[300:])...); !slices.Equal(got, want) {
		t.Error("after a gap the filter is not at rest")
	}
	if gap.Counters["gaps"] != 1 || gap.Counters["overlaps"] != 0 {
		t.Errorf("a gap: counters %v", gap.Counters)
	}

	// The second trace repeats 50 samples of the first, the third is all old.
	again := cut("XX.A..Z", 15*second, rate, x[150:], 450)[0]
	old := cut("XX.A..Z", 5*second, rate, x[50:], 100)[0]
	over := run(t, seismo.NewBandpass, petest.Feed("in", in[0], again, old))
	out := petest.Out[seismo.Trace](over, "out")
	if got := join(out); !slices.Equal(got, whole(x)) {
		t.Error("samples that overlap are not used once")
	}
	if len(out) != 2 || out[1].Start != 20*second || over.Counters["overlaps"] != 2 || over.Counters["gaps"] != 0 {
		t.Errorf("overlaps: %d traces, counters %v", len(out), over.Counters)
	}

	// Less than half a sample is no gap: clocks are not perfect.
	in[1].Start += second / 25
	if near := run(t, seismo.NewBandpass, petest.Feed("in", in[:2]...)); near.Counters["gaps"] != 0 {
		t.Errorf("0.4 samples: counters %v", near.Counters)
	}
}
