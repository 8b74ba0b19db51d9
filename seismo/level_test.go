package seismo_test

import (
	"reflect"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// TestTraceByTrace compares the PEs that see each trace by itself with the
// functions of dsp.
func TestTraceByTrace(t *testing.T) {
	const rate = 5
	steps := func(set ...petest.Step) []petest.Step { return set }
	for name, c := range map[string]struct {
		run  func(t *testing.T, steps ...petest.Step) *petest.Result
		set  []petest.Step
		want func(x []float32)
	}{
		"demean":  {run: of1(seismo.NewDemean), want: func(x []float32) { dsp.Demean(x, x) }},
		"detrend": {run: of1(seismo.NewDetrend), want: func(x []float32) { dsp.DetrendLinear(x, x) }},
		"taper":   {run: of1(seismo.NewTaper), want: func(x []float32) { dsp.Taper(x, x, dsp.Hann, len(x)/20, dsp.BothSides) }},
		"taper of half": {run: of1(seismo.NewTaper), set: steps(petest.Set("Fraction", 0.5)),
			want: func(x []float32) { dsp.Taper(x, x, dsp.Hann, len(x)/2, dsp.BothSides) }},
		"short taper": {run: of1(seismo.NewTaper), set: steps(petest.Set("MaxS", 0.6)),
			want: func(x []float32) { dsp.Taper(x, x, dsp.Hann, min(len(x)/20, 3), dsp.BothSides) }},
		"one bit": {run: of1(seismo.NewOneBit), want: func(x []float32) { dsp.OneBit(x, x) }},
		"running mean": {run: of1(seismo.NewRunningMean), set: steps(petest.Set("WidthS", 4)),
			want: func(x []float32) { dsp.Normalize(dsp.NewRunningMean(10), x, x) }},
		"zero phase": {run: of1(seismo.NewBandpass), set: steps(petest.Set("ZeroPhase", true), petest.Set("Corners", 3)),
			want: func(x []float32) {
				sections, err := dsp.Bandpass(3, 0.2, 1.5, rate)
				if err != nil {
					t.Fatal(err)
				}
				dsp.NewFilter[float32](sections).ZeroPhase(x, x)
			}},
	} {
		t.Run(name, func(t *testing.T) {
			in := interleave(cut("XX.A..Z", 0, rate, random(1, 400), 100, 1, 99, 200), cut("XX.B..Z", 7*second, rate, random(2, 250), 50, 200))
			res := c.run(t, append(c.set, petest.Feed("in", in...), petest.Mark("in", 9*second))...)
			for i := range in {
				c.want(in[i].Samples)
			}
			if got := petest.Out[seismo.Trace](res, "out"); !reflect.DeepEqual(got, in) {
				t.Errorf("got %v, expected %v", got, in)
			}
			if m := res.Marks["out"]; len(m) != 1 || m[0] != (petest.Promise{Time: 9 * second, After: len(in)}) {
				t.Errorf("marks %v", m)
			}
		})
	}
}

// of1 runs a factory whatever the type of its PE is.
func of1[P d4.PE](factory func() P) func(t *testing.T, steps ...petest.Step) *petest.Result {
	return func(t *testing.T, steps ...petest.Step) *petest.Result {
		t.Helper()
		return run(t, factory, steps...)
	}
}
