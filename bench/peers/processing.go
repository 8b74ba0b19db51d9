package main

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/dispel4go/dispel4go/seismo/array"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/misfit"
	"github.com/dispel4go/dispel4go/seismo/motion"
	"github.com/dispel4go/dispel4go/seismo/psd"
	"github.com/dispel4go/dispel4go/seismo/response"
	"github.com/dispel4go/dispel4go/seismo/rotate"
	"github.com/dispel4go/dispel4go/seismo/trigger"
)

// processing compares the functions of a seismologist with ObsPy's, in float64 and by
// the CPU time of each. Plans of transforms are kept from call to call, as NumPy and SciPy
// keep theirs, and so is memory, where a function takes it; all else is made anew. Most work on an hour at 40 Hz.
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
	classic := trigger.Classic[float64](40, 800)
	places := [][2]float64{{0, 0}, {0.3, 0.1}, {-0.2, 0.35}, {0.1, -0.3}, {-0.35, -0.2}, {0.45, -0.25}, {0.05, 0.5}}
	out := make([]float64, n)
	cases := []struct {
		name string
		run  func()
	}{
		{"detrend-linear", func() { dsp.DetrendLinear(out, x) }},
		{"detrend-polynomial", func() { dsp.DetrendPolynomial(out, x, 3) }},
		{"detrend-spline", func() { dsp.DetrendSpline(out, x, 3, 4000) }},
		{"taper", func() { dsp.Taper(out, x, dsp.Hann, n/20, dsp.BothSides) }},
		{"bandpass", func() { dsp.NewFilter[float64](must(dsp.Bandpass(4, 0.1, 8, rate))).ZeroPhase(out, x) }},
		{"decimate", func() {
			d, err := dsp.NewDecimator[float64](10)
			if err != nil {
				panic(err)
			}
			d.Process(nil, x)
		}},
		{"resample", func() { resampler().Resample(nil, x) }},
		{"lanczos", func() {
			dsp.NewSinc[float64](20, dsp.LanczosKernel).Interpolate(out[:35_998], x[:14_400], 0, 0.4)
		}},
		{"slopes", func() { dsp.WeightedSlopes(out[:n*25/40], x, 0, 1.6) }},
		{"cubic", func() { dsp.NewCubicSpline[float64](n).Interpolate(out[:n*25/40], x, 0, 1.6) }},
		{"differentiate", func() { dsp.Differentiate(out, x, 1/rate) }},
		{"integrate", func() { dsp.Integrate(out, x, 1/rate) }},
		{"envelope", func() { analytic().Envelope(out, x) }},
		{"classic-sta-lta", func() { classic.Reset(); classic.Process(out, x) }},
		{"recursive-sta-lta", func() { trigger.Recursive[float64](40, 800).Process(out, x) }},
		{"z-detect", func() { trigger.ZDetect(out, x, 40) }},
		{"carl", func() { trigger.Carl(out[:14_400], x[:14_400], 40, 800, 0.8, 0.8) }},
		{"energy-ratio", func() { trigger.EnergyRatio(out, x, 40) }},
		{"aic", func() { trigger.AIC(out, x) }},
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
	all := []contest{removal(x)}
	for _, c := range cases {
		all = append(all, contest{
			name: c.name, peer: "ObsPy 1.5.0", unit: "calls/s",
			install: pip("obspy", "obspy==1.5.0", "pymseed==1.0.1"),
			command: func(dir string) (*exec.Cmd, error) {
				return exec.Command(python(dir, "obspy"), filepath.Join(dir, "processing_driver.py"), c.name, "0.3"), nil
			},
			ours: []way{pace("one goroutine", 1, func() func() { return c.run })},
		})
	}
	return all
}

// removal takes the response of a channel with six stages off a record, evaluated anew
// for each, as ObsPy does, or once for all.
func removal(x []float64) contest {
	about := filepath.Join("seismo", "stationxml", "testdata", "stages.xml")
	removeAs := func(name string, keep bool) way {
		return pace(name, 1, func() func() {
			var weights *response.Weights
			channel, err := channelOf(about, "XX.STAGE.00.BHZ", time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC))
			plan, out := response.NewPlan(len(x)), make([]float64, len(x))
			return func() {
				if err == nil && (weights == nil || !keep) {
					weights, err = response.Remove(channel, len(x), 100, response.Defaults())
				}
				if err != nil {
					panic(err)
				}
				response.Apply(plan, out, x, weights)
			}
		})
	}
	return contest{
		name: "remove-response", peer: "ObsPy 1.5.0", unit: "calls/s",
		install: pip("obspy", "obspy==1.5.0", "pymseed==1.0.1"),
		command: func(dir string) (*exec.Cmd, error) {
			return exec.Command(python(dir, "obspy"), filepath.Join(dir, "processing_driver.py"), "remove-response", "0.3", about), nil
		},
		ours: []way{removeAs("evaluated each time", false), removeAs("evaluated once", true)},
	}
}
