package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/fft"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/response"
)

// The parameters of MSNoise 1.6.5 that its driver leaves as they are, and the band that
// it sets.
const (
	msRateHz    = 20
	msStep      = 1800 * msRateHz
	msWindow    = msStep + 1 // it takes both ends
	msSize      = 36_015     // of the transforms: SciPy's best for such a window
	msLags      = 120 * msRateHz
	msTaperS    = 20
	msHighpass  = 0.01
	msLowpass   = 8
	msWinsorize = 3
	msFreqMin   = 0.1
	msFreqMax   = 1.0
)

// msnoiseDays correlate recorded days as MSNoise does with its own parameters. That
// MSNoise needs packages of its time: with those of today it does nothing.
func msnoiseDays() []contest {
	install := pipOf("3.11", "msnoise", "msnoise==1.6.5", "obspy==1.4.1", "numpy==1.26.4", "scipy==1.12.0", "pandas==2.1.4",
		"sqlalchemy==1.4.54", "setuptools==79.0.1")
	var all []contest
	for _, d := range []days{{"msnoise-pair", 2}, {"msnoise-20", 20}} {
		all = append(all, d.contest("MSNoise 1.6.5", "msnoise", install, correlateAsMSNoise, "PYTHONWARNINGS=ignore"))
	}
	return all
}

// monitor is what is made once for days of any station.
type monitor struct {
	high, low *dsp.Filter[float64]
	plan      *response.Plan
	whitener  *dsp.Whitener[complex64]
	spectra   *fft.Real32
	bins      int // from where on they are zero
	sorted    []float32
}

func newMonitor(samples int, rateHz float64) (*monitor, error) {
	m := &monitor{plan: response.NewPlan((samples + 1) / 2), spectra: fft.NewReal[float32, complex64](msSize), sorted: make([]float32, msWindow)}
	if rateHz != 2*msRateHz {
		return nil, fmt.Errorf("days at %g Hz, not %d", rateHz, 2*msRateHz)
	}
	high, err := dsp.Highpass(4, msHighpass, rateHz)
	if err != nil {
		return nil, err
	}
	low, err := dsp.Lowpass(8, msLowpass, rateHz)
	if err != nil {
		return nil, err
	}
	m.high, m.low = dsp.NewFilter[float64](high), dsp.NewFilter[float64](low)
	// This version has edges of 100 coefficients, which are NoisePy's.
	m.bins = int(math.Round(msFreqMax*float64(m.spectra.Len())/msRateHz)) + 100
	m.whitener, err = dsp.NewWhitening[complex64](dsp.NoisePy, m.spectra.Len(), msRateHz, msFreqMin, msFreqMax, 1)
	return m, err
}

// correlateAsMSNoise correlates all pairs of the days in a folder.
func correlateAsMSNoise(folder, theirs string) error {
	m, days, err := readDays(folder, newMonitor)
	if err != nil {
		return err
	}
	sum, circular := make([]complex64, m.spectra.Bins()), make([]float32, m.spectra.Len())
	return correlatePairs(days, false, 2*msLags+1, theirs, func(lags []float32, a, b *noiseDay) error {
		clear(sum)
		for k := range a.windows {
			dsp.AddCross(sum[:m.bins], a.windows[k], b.windows[k])
		}
		m.spectra.Inverse(circular, sum)
		for k := range lags {
			lags[k] = circular[(k-msLags+len(circular))%len(circular)] / float32(len(a.windows))
		}
		return nil
	})
}

// prepare makes spectra of a day by MSNoise's steps.
func (m *monitor) prepare(folder string, s *mseed.Segment) (noiseDay, error) {
	day, channel, x, err := recordedDay(folder, s)
	if err != nil {
		return day, err
	}
	dsp.Demean(x, x)
	dsp.DetrendLinear(x, x)
	dsp.Taper(x, x, dsp.Hann, dsp.TaperLength(len(x), 0.5, msTaperS, s.SampleRate), dsp.BothSides)
	m.high.ZeroPhase(x, x)
	m.low.ZeroPhase(x, x)
	// Lanczos's kernel is 1 or 0 at whole samples.
	n := (len(x) + 1) / 2
	for i := range n {
		x[i] = x[2*i]
	}
	x = x[:n]
	options := response.Defaults()
	options.PreFilterHz = &[4]float64{0.005, 0.006, 30, 35}
	weights, err := response.Remove(channel, n, msRateHz, options)
	if err != nil {
		return day, err
	}
	response.Apply(m.plan, x, x, weights)
	padded := make([]float32, m.spectra.Len())
	for at := 0; at+msStep <= n; at += msStep {
		w := padded[:min(msWindow, n-at)] // the last one is a sample short
		clear(padded[len(w):])
		for i, v := range x[at:][:len(w)] {
			w[i] = float32(v)
		}
		dsp.Demean(w, w)
		dsp.Clip(w, w, m.limit(w))
		dsp.Taper(w, w, dsp.Hann, dsp.TaperLength(len(w), 0.04, math.Inf(1), msRateHz), dsp.BothSides)
		bins := m.spectra.Forward(nil, padded)
		day.windows = append(day.windows, m.whitener.Whiten(bins, bins)[:m.bins:m.bins])
	}
	return day, nil
}

// limit is three times the standard deviation of the samples between the percentiles 1
// and 99.
func (m *monitor) limit(w []float32) float64 {
	sorted := m.sorted[:copy(m.sorted, w)]
	slices.Sort(sorted)
	percentile := func(p float64) float64 {
		at := p / 100 * float64(len(w)-1)
		i, part := int(at), at-math.Floor(at)
		return float64(sorted[i])*(1-part) + float64(sorted[i+1])*part
	}
	low, high := percentile(1), percentile(99)
	var n, sum, squares float64
	for _, v := range w {
		if v := float64(v); v >= low && v <= high {
			n, sum, squares = n+1, sum+v, squares+v*v
		}
	}
	return msWinsorize * math.Sqrt(squares/n-sum/n*sum/n)
}
