package main

import (
	"math"
	"sync"

	"github.com/dispel4go/dispel4go/seismo/array"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/merge"
	"github.com/dispel4go/dispel4go/seismo/misfit"
	"github.com/dispel4go/dispel4go/seismo/motion"
	"github.com/dispel4go/dispel4go/seismo/psd"
	"github.com/dispel4go/dispel4go/seismo/rotate"
	"github.com/dispel4go/dispel4go/seismo/trigger"
)

// What takes long to make is made when it is first needed: most runs are of few
// functions.

const interval = 25_000_000 // of the records, ns

// shapes are functions of a record in time.
func shapes(r [3][]float64) []function {
	x, y, z := r[0], r[1], r[2]
	var zne [3][]float64
	for k := range zne {
		zne[k] = make([]float64, hourN)
	}
	out := zne[0]
	raised := append([]float64(nil), x[50_000:100_000]...)
	for i := range 100 {
		raised[i] += 10
	}
	pieces := []merge.Piece[float64]{{Samples: x[:60_000]}, {Start: 50_000 * interval, Samples: raised}, {Start: 110_000 * interval, Samples: x[110_000:]}}
	whole := merge.Piece[float64]{Samples: x}
	return []function{
		{name: "merge", run: func() [][]float64 {
			joined, _ := merge.Merge(pieces, hourRate, merge.Options{Method: merge.Later, Fill: merge.Value})
			return results(joined[0].Samples)
		}},
		{name: "trim", run: func() [][]float64 {
			return results(merge.Pad(whole, hourRate, -10e9, 3700e9, 0).Samples)
		}},
		{name: "slide", run: func() [][]float64 {
			var first []float64
			for at := int64(0); at+60e9 <= hourN*interval; at += 30e9 {
				first = append(first, merge.Trim(whole, hourRate, at, at+60e9).Samples[0])
			}
			return results(first)
		}},
		{name: "detrend-constant", run: func() [][]float64 { return results(dsp.Demean(out, x)) }},
		{name: "detrend-simple", run: func() [][]float64 { return results(dsp.DetrendSimple(out, x)) }},
		{name: "detrend-linear", run: func() [][]float64 { return results(dsp.DetrendLinear(out, x)) }},
		{name: "detrend-polynomial", run: func() [][]float64 { return results(dsp.DetrendPolynomial(out, x, 3)) }},
		{name: "detrend-spline", run: func() [][]float64 { return results(dsp.DetrendSpline(out, x, 3, 4000)) }},
		{name: "taper", run: func() [][]float64 { return results(dsp.Taper(out, x, dsp.Hann, hourN/20, dsp.BothSides)) }},
		{name: "differentiate", run: func() [][]float64 { return results(dsp.Differentiate(out, x, 1/hourRate)) }},
		{name: "integrate", run: func() [][]float64 { return results(dsp.Integrate(out, x, 1/hourRate)) }},
		{name: "rotate-ne-rt", run: func() [][]float64 {
			rotate.RadialTransverse(zne[0], zne[1], x, y, 37.5)
			return zne[:2]
		}},
		{name: "rotate-zne-lqt", run: func() [][]float64 {
			rotate.Rotate(rotate.LQT(37.5, 20), zne, [3][]float64{x, y, z})
			return zne[:]
		}},
		{name: "rotate-zne", run: func() [][]float64 {
			b := must(rotate.Components([3]float64{0, 10, 95}, [3]float64{-90, 5, -3}))
			rotate.Rotate(b.Inverse(), zne, [3][]float64{x, y, z})
			return zne[:]
		}},
		{name: "stack-linear", run: func() [][]float64 {
			s := dsp.NewLinearStack[float64](901)
			for k := range 20 {
				s.Add(x[k*901:][:901])
			}
			return results(s.Stack(nil))
		}},
		{name: "stack-pws", run: func() [][]float64 {
			s := dsp.NewPhaseStack[float64, complex128](901)
			for k := range 20 {
				s.Add(x[k*901:][:901])
			}
			return results(s.Stack(nil, 2))
		}},
		{name: "stack-root", run: func() [][]float64 {
			s := dsp.NewRootStack[float64](901, 2)
			for k := range 20 {
				s.Add(x[k*901:][:901])
			}
			return results(s.Stack(nil))
		}},
	}
}

// filters are those, and what changes the sampling rate.
func filters(r [3][]float64) []function {
	x := r[0]
	out := make([]float64, hourN)
	causal := func(s dsp.Sections, err error) [][]float64 {
		return results(dsp.NewFilter[float64](must(s, err)).Process(out, x))
	}
	resampler := sync.OnceValue(func() *dsp.Resampler[float64, complex128] {
		return must(dsp.NewResampler[float64, complex128](hourN, hourRate, 20, true))
	})
	return []function{
		{name: "bandpass", run: func() [][]float64 { return causal(dsp.Bandpass(4, 0.1, 8, hourRate)) }},
		{name: "bandpass-zerophase", run: func() [][]float64 {
			return results(dsp.NewFilter[float64](must(dsp.Bandpass(4, 0.1, 8, hourRate))).ZeroPhase(out, x))
		}},
		{name: "bandpass-cheby1", run: func() [][]float64 { return causal(dsp.Chebyshev1(4, 1).Bandpass(0.1, 8, hourRate)) }},
		{name: "bandpass-cheby2", run: func() [][]float64 { return causal(dsp.Chebyshev2(4, 40).Bandpass(0.1, 8, hourRate)) }},
		{name: "bandpass-bessel", run: func() [][]float64 { return causal(dsp.Bessel(4).Bandpass(0.1, 8, hourRate)) }},
		{name: "lowpass-cheby2", run: func() [][]float64 { return causal(dsp.AntiAlias(4, hourRate)) }},
		{name: "decimate", run: func() [][]float64 {
			return results(must(dsp.NewDecimator[float64](10)).Process(nil, x))
		}},
		{name: "resample", run: func() [][]float64 { return results(resampler().Resample(nil, x)) }},
		{name: "lanczos", run: func() [][]float64 {
			dsp.NewSinc[float64](20, dsp.LanczosKernel).Interpolate(out[:35_998], x[:14_400], 0, 0.4)
			return results(out[:35_998])
		}},
		{name: "slopes", run: func() [][]float64 {
			dsp.WeightedSlopes(out[:hourN*25/40], x, 0, 1.6)
			return results(out[:hourN*25/40])
		}},
		{name: "cubic", run: func() [][]float64 {
			dsp.NewCubicSpline[float64](hourN).Interpolate(out[:hourN*25/40], x, 0, 1.6)
			return results(out[:hourN*25/40])
		}},
	}
}

// picks are triggers and pickers.
func picks(r [3][]float64) []function {
	x, y, z := r[0], r[1], r[2]
	out := make([]float64, hourN)
	classic := trigger.Classic[float64](40, 800)
	waves := arrivals(r)
	return []function{
		{name: "classic-sta-lta", run: func() [][]float64 { classic.Reset(); return results(classic.Process(out, x)) }},
		{name: "recursive-sta-lta", run: func() [][]float64 { return results(trigger.Recursive[float64](40, 800).Process(out, x)) }},
		{name: "delayed-sta-lta", run: func() [][]float64 { return results(trigger.DelayedObsPy(out[:14_400], x[:14_400], 40, 800)) }},
		{name: "z-detect", run: func() [][]float64 { return results(trigger.ZDetect(out, x, 40)) }},
		{name: "carl", run: func() [][]float64 { return results(trigger.Carl(out[:14_400], x[:14_400], 40, 800, 0.8, 0.8)) }},
		{name: "energy-ratio", run: func() [][]float64 { return results(trigger.EnergyRatio(out, x, 40)) }},
		{name: "aic", run: func() [][]float64 { return results(trigger.AIC(out, x)[1:]) }},
		{name: "onsets", run: func() [][]float64 {
			spans := trigger.Onsets(x, 1, 0.2, 0, false)
			all := make([]float64, 0, 2*len(spans))
			for _, s := range spans {
				all = append(all, float64(s.On), float64(s.Off))
			}
			return results(all)
		}},
		{name: "coincidence", run: func() [][]float64 {
			var all []trigger.Detection
			for k, x := range [][]float64{x, y, z} {
				cft := trigger.Recursive[float64](40, 800).Process(nil, x)
				for _, s := range trigger.Onsets(cft, 1.8, 0.9, 0, false) {
					all = append(all, trigger.Detection{ID: "XX.S" + string(rune('0'+k)) + "..HHZ", On: int64(s.On) * interval, Off: int64(s.Off) * interval})
				}
			}
			var found []float64
			for _, e := range trigger.Coincidences(all, 2, 0, nil) {
				found = append(found, float64(e.Time)/1e9, float64(e.Duration)/1e9, e.Sum)
			}
			return results(found)
		}},
		// ObsPy's, in float32, is some samples off.
		{name: "ar-pick", tolerance: 0.01, run: func() [][]float64 {
			p := trigger.DefaultPicker(hourRate)
			p.S = false
			onset, _, err := p.Pick(waves[0], waves[1], waves[2])
			return results([]float64{must(onset, err)})
		}},
	}
}

// arrivals are 30 s of three components with P at 9 s, mostly on the first, and S at 15 s.
func arrivals(r [3][]float64) (all [3][]float64) {
	for c := range all {
		x := append([]float64(nil), r[c][:1200]...)
		burst := func(onset, hz, size float64) {
			for i := int(onset * hourRate); i < len(x); i++ {
				t := float64(i)/hourRate - onset
				x[i] += size * math.Sin(2*math.Pi*hz*t) * math.Exp(-0.7*t)
			}
		}
		burst(9, 5, []float64{30, 6, 6}[c])
		burst(15, 3, []float64{20, 90, 70}[c])
		all[c] = x
	}
	return all
}

// spectral are functions that transform, and of several records.
func spectral(r [3][]float64) []function {
	x, y, z := r[0], r[1], r[2]
	out := make([]float64, hourN)
	analytic := sync.OnceValue(func() *dsp.Analytic[float64, complex128] { return dsp.NewAnalytic[float64, complex128](hourN, hourN) })
	correlator := sync.OnceValue(func() *dsp.Correlator[float64, complex128] {
		return dsp.NewCorrelator[float64, complex128](hourN, 2400)
	})
	template := sync.OnceValue(func() *dsp.Template[float64, complex128] {
		return dsp.NewTemplate[float64, complex128](y[:400], hourN, true)
	})
	places := [][2]float64{{0, 0}, {0.3, 0.1}, {-0.2, 0.35}, {0.1, -0.3}, {-0.35, -0.2}, {0.45, -0.25}, {0.05, 0.5}}
	wavelet := func() *misfit.Comparison {
		return must(misfit.NewWavelet(1000, 1/hourRate, 0.5, 15, 40, 6)).Compare(x[:1000], y[:1000], true)
	}
	return []function{
		{name: "envelope", run: func() [][]float64 { return results(analytic().Envelope(out, x)) }},
		{name: "correlate", run: func() [][]float64 { return results(correlator().CorrelateObsPy(nil, x, y, true, true)) }},
		{name: "template", run: func() [][]float64 { return results(template().Correlate(nil, x)) }},
		{name: "spectrogram", run: func() [][]float64 {
			_, rows := must(psd.NewWelch[float64, complex128](400, 360, 0.2, hourRate)).Spectrogram(x)
			return rows
		}},
		// ObsPy keeps densities as float32.
		{name: "ppsd", tolerance: 1e-6, run: func() [][]float64 {
			p := must(psd.NewPPSD(hourRate, psd.Options{}))
			freqs := p.Freqs()
			h := make([]complex128, len(freqs))
			for k, hz := range freqs {
				s := complex(0, 2*math.Pi*hz)
				h[k] = s * s / ((s - (-0.037 + 0.037i)) * (s - (-0.037 - 0.037i)))
			}
			p.SetResponse(h)
			return results(p.Add(x[:p.Segment()]))
		}},
		{name: "polarize", run: func() [][]float64 {
			m := rotate.Polarize(x[:4000], y[:4000], z[:4000])
			return results([]float64{m.Azimuth, m.Incidence, m.Rectilinearity, m.Planarity})
		}},
		{name: "misfit", tolerance: 1e-8, run: func() [][]float64 { return results([]float64{wavelet().EM()}) }},
		{name: "misfit-tf", tolerance: 1e-8, run: func() [][]float64 { return wavelet().TFEM(misfit.Global) }},
		{name: "ground-motion", tolerance: 1e-8, ours: "as ObsPy has it", run: func() [][]float64 {
			psa, p := motion.PeakObsPy(x, 1/hourRate, 1, 0.05)
			return results([]float64{psa}, []float64{p.PGD}, []float64{p.PGV}, []float64{p.PGA})
		}},
		{name: "ground-motion", ours: "an oscillator in time", run: func() [][]float64 {
			_, _, a := motion.Series(x, motion.Displacement, 1/hourRate)
			return results(must(motion.PSA(a, 1/hourRate, 0.05, 1)))
		}},
		// ObsPy's delays are float32.
		{name: "beam", tolerance: 1e-7, run: func() [][]float64 {
			b := must(array.New(places, array.Options{RateHz: hourRate, WindowS: 4, FreqMin: 1, FreqMax: 6, MaxSlowness: 0.4, StepSlowness: 0.02}))
			all := make([][]float64, 3)
			for at := 0; at < 4*b.Samples(); at += b.Samples() {
				records := make([][]float64, len(places))
				for k := range places {
					records[k] = x[k*1000+at:][:b.Samples()]
				}
				beam := b.Scan(records)
				all[0], all[1], all[2] = append(all[0], beam.Power), append(all[1], beam.Absolute), append(all[2], beam.Slowness)
			}
			return all
		}},
	}
}
