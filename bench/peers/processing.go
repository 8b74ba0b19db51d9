package main

import (
	"context"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/dispel4go/dispel4go/seismo/array"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/misfit"
	"github.com/dispel4go/dispel4go/seismo/motion"
	"github.com/dispel4go/dispel4go/seismo/psd"
	"github.com/dispel4go/dispel4go/seismo/rotate"
	"github.com/dispel4go/dispel4go/seismo/trigger"
)

// processing compares the functions of a seismologist with ObsPy's, in float64 and on
// one core each. Plans of transforms are kept from call to call, as NumPy and SciPy keep
// theirs; all else is made anew. Most work on an hour at 40 Hz.
func processing() []contest {
	const n, rate = 144_000, 40.0
	walk := func(seed uint64) []float64 {
		r := rand.New(rand.NewPCG(seed, 1))
		x, at := make([]float64, n), 0.0
		for i := range x {
			at += 0.01 * r.NormFloat64()
			x[i] = at + r.NormFloat64()
		}
		return x
	}
	x, y, z := walk(1), walk(2), walk(3)
	must := func(s dsp.Sections, err error) dsp.Sections {
		if err != nil {
			panic(err)
		}
		return s
	}
	// Made when they are first needed: most runs are of other cases.
	resampler := sync.OnceValue(func() *dsp.Resampler[float64, complex128] {
		r, err := dsp.NewResampler[float64, complex128](n, rate, 20, true)
		if err != nil {
			panic(err)
		}
		return r
	})
	analytic := sync.OnceValue(func() *dsp.Analytic[float64, complex128] { return dsp.NewAnalytic[float64, complex128](n, n) })
	correlator := sync.OnceValue(func() *dsp.Correlator[float64, complex128] {
		return dsp.NewCorrelator[float64, complex128](n, 2400)
	})
	template := sync.OnceValue(func() *dsp.Template[float64, complex128] {
		return dsp.NewTemplate[float64, complex128](y[:400], n, true)
	})
	places := [][2]float64{{0, 0}, {0.3, 0.1}, {-0.2, 0.35}, {0.1, -0.3}, {-0.35, -0.2}, {0.45, -0.25}, {0.05, 0.5}}
	cases := []struct {
		name string
		run  func()
	}{
		{"detrend-linear", func() { dsp.DetrendLinear(nil, x) }},
		{"detrend-polynomial", func() { dsp.DetrendPolynomial(nil, x, 3) }},
		{"detrend-spline", func() { dsp.DetrendSpline(nil, x, 3, 4000) }},
		{"taper", func() { dsp.Taper(nil, x, dsp.Hann, n/20, dsp.BothSides) }},
		{"bandpass", func() { dsp.NewFilter[float64](must(dsp.Bandpass(4, 0.1, 8, rate))).ZeroPhase(nil, x) }},
		{"decimate", func() {
			d, err := dsp.NewDecimator[float64](10)
			if err != nil {
				panic(err)
			}
			d.Process(nil, x)
		}},
		{"resample", func() { resampler().Resample(nil, x) }},
		{"lanczos", func() {
			dsp.NewSinc[float64](20, dsp.LanczosKernel).Interpolate(make([]float64, 35_998), x[:14_400], 0, 0.4)
		}},
		{"slopes", func() { dsp.WeightedSlopes(make([]float64, n*25/40), x, 0, 1.6) }},
		{"cubic", func() { dsp.NewCubicSpline[float64](n).Interpolate(make([]float64, n*25/40), x, 0, 1.6) }},
		{"differentiate", func() { dsp.Differentiate(nil, x, 1/rate) }},
		{"integrate", func() { dsp.Integrate(nil, x, 1/rate) }},
		{"envelope", func() { analytic().Envelope(nil, x) }},
		{"classic-sta-lta", func() { trigger.Classic[float64](40, 800).Process(nil, x) }},
		{"recursive-sta-lta", func() { trigger.Recursive[float64](40, 800).Process(nil, x) }},
		{"z-detect", func() { trigger.ZDetect(nil, x, 40) }},
		{"carl", func() { trigger.Carl(nil, x[:14_400], 40, 800, 0.8, 0.8) }},
		{"energy-ratio", func() { trigger.EnergyRatio(nil, x, 40) }},
		{"aic", func() { trigger.AIC(nil, x) }},
		{"onsets", func() { trigger.Onsets(x, 1, 0.2, 0, false) }},
		{"correlate", func() { correlator().CorrelateObsPy(nil, x, y, true, true) }},
		{"template", func() { template().Correlate(nil, x) }},
		{"stack-pws", func() {
			s := dsp.NewPhaseStack[float64, complex128](901)
			for k := range 20 {
				s.Add(x[k*901:][:901])
			}
			s.Stack(nil, 2)
		}},
		{"stack-root", func() {
			s := dsp.NewRootStack[float64](901, 2)
			for k := range 20 {
				s.Add(x[k*901:][:901])
			}
			s.Stack(nil)
		}},
		{"rotate-ne-rt", func() { rotate.RadialTransverse(make([]float64, n), make([]float64, n), x, y, 37.5) }},
		{"rotate-zne", func() {
			b, err := rotate.Components([3]float64{0, 10, 95}, [3]float64{-90, 5, -3})
			if err != nil {
				panic(err)
			}
			rotate.Rotate(b.Inverse(), [3][]float64{make([]float64, n), make([]float64, n), make([]float64, n)}, [3][]float64{x, y, z})
		}},
		{"polarize", func() { rotate.Polarize(x[:4000], y[:4000], z[:4000]) }},
		{"misfit", func() {
			w, err := misfit.NewWavelet(1000, 1/rate, 0.5, 15, 40, 6)
			if err != nil {
				panic(err)
			}
			w.Compare(x[:1000], y[:1000], true).EM()
		}},
		{"ground-motion", func() {
			_, _, a := motion.Series(x, motion.Displacement, 1/rate)
			if _, err := motion.PSA(a, 1/rate, 0.05, 1); err != nil {
				panic(err)
			}
		}},
		{"ppsd", func() {
			p, err := psd.NewPPSD(rate, psd.Options{})
			if err != nil {
				panic(err)
			}
			p.Add(x[:p.Segment()])
			p.Mean()
		}},
		{"beam", func() {
			b, err := array.New(places, array.Options{RateHz: rate, WindowS: 4, FreqMin: 1, FreqMax: 6, MaxSlowness: 0.4, StepSlowness: 0.02})
			if err != nil {
				panic(err)
			}
			for at := 0; at+b.Samples() <= 320; at += b.Samples() {
				records := make([][]float64, len(places))
				for k := range places {
					records[k] = x[k*1000+at:][:b.Samples()]
				}
				b.Scan(records)
			}
		}},
	}
	var all []contest
	for _, c := range cases {
		all = append(all, contest{
			name: c.name, peer: "ObsPy 1.5.0", unit: "calls/s",
			install: pip("obspy", "obspy==1.5.0", "pymseed==1.0.1"),
			command: func(dir string) (*exec.Cmd, error) {
				return exec.Command(python(dir, "obspy"), filepath.Join(dir, "processing_driver.py"), c.name, "0.3"), nil
			},
			ours: []way{{name: "one goroutine", units: processingCalls, run: func(context.Context) error {
				for range processingCalls {
					c.run()
				}
				return nil
			}}},
		})
	}
	return all
}

// processingCalls is how often one of ours is called for a rate.
const processingCalls = 20
