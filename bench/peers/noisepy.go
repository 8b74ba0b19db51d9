package main

import (
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/fft"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/response"
)

// The parameters of NoisePy 0.9.93 that its driver leaves as they are.
const (
	noiseRateHz  = 20
	noiseWindow  = 1800 * noiseRateHz
	noiseStep    = 450 * noiseRateHz
	noiseLags    = 200 * noiseRateHz
	noiseFreqMin = 0.05
	noiseFreqMax = 2.0
	noiseSmooth  = 10 // coefficients over which amplitudes are smoothed
	noiseOverStd = 10 // windows with more than so many standard deviations are left out
)

// noiseDays correlate recorded days as NoisePy does with its own parameters.
func noiseDays() []contest {
	install := pipOf("3.10", "noisepy", "noisepy-seis==0.9.93", "noisepy-seis-io==0.3.5")
	var all []contest
	for _, d := range []days{{"pair-day", 2}, {"20-days", 20}} {
		all = append(all, d.contest("NoisePy 0.9.93", "noisepy", install, correlateAsNoisePy, "TQDM_DISABLE=1"))
	}
	return all
}

// noise is what is made once for days of any station.
type noise struct {
	band      *dsp.Filter[float64]
	resampler *dsp.Resampler[float64, complex128]
	plan      *response.Plan
	whitener  *dsp.Whitener[complex64]
	spectra   *fft.Real32
	bins      int // from where on they are zero
}

func newNoise(samples int, rateHz float64) (*noise, error) {
	n := &noise{}
	sections, err := dsp.Bandpass(4, 0.9*noiseFreqMin, 1.1*noiseFreqMax, rateHz)
	if err != nil {
		return nil, err
	}
	n.band = dsp.NewFilter[float64](sections)
	if n.resampler, err = dsp.NewResampler[float64, complex128](samples, rateHz, noiseRateHz, true); err != nil {
		return nil, err
	}
	n.plan = response.NewPlan(n.resampler.Len())
	n.spectra = fft.NewReal[float32, complex64](noiseWindow)
	n.bins = int(math.Round(noiseFreqMax*noiseWindow/noiseRateHz)) + 100
	n.whitener, err = dsp.NewWhitening[complex64](dsp.NoisePy, noiseWindow, noiseRateHz, noiseFreqMin, noiseFreqMax, noiseSmooth)
	return n, err
}

// correlateAsNoisePy correlates all pairs of the days in a folder, each channel with
// itself too.
func correlateAsNoisePy(folder, theirs string) error {
	n, days, err := readDays(folder, newNoise)
	if err != nil {
		return err
	}
	sum, circular := make([]complex64, n.spectra.Bins()), make([]float32, noiseWindow)
	return correlatePairs(days, true, 2*noiseLags+1, theirs, func(lags []float32, a, b *noiseDay) error {
		if err := n.correlate(sum, a, b); err != nil {
			return err
		}
		n.spectra.Inverse(circular, sum)
		// NoisePy's middle sample is lag -1, not 0.
		for k := range lags {
			lags[k] = circular[(k-noiseLags-1+noiseWindow)%noiseWindow]
		}
		return nil
	})
}

// prepare makes spectra of a day by NoisePy's steps.
func (n *noise) prepare(folder string, s *mseed.Segment) (noiseDay, error) {
	day, channel, x, err := recordedDay(folder, s)
	if err != nil {
		return day, err
	}
	dsp.DetrendLinear(x, x)
	dsp.Taper(x, x, dsp.Hann, dsp.TaperLength(len(x), 0.05, math.Inf(1), s.SampleRate), dsp.BothSides)
	dsp.Taper(x, x, dsp.Hann, dsp.TaperLength(len(x), 0.05, 50, s.SampleRate), dsp.BothSides)
	n.band.ZeroPhase(x, x)
	x = n.resampler.Resample(make([]float64, n.resampler.Len()), x)
	onto(x, s.Start)
	options := response.Defaults()
	options.PreFilterHz = &[4]float64{0.9 * noiseFreqMin, noiseFreqMin, noiseFreqMax, 1.1 * noiseFreqMax}
	weights, err := response.Remove(channel, len(x), noiseRateHz, options)
	if err != nil {
		return day, err
	}
	response.Apply(n.plan, x, x, weights)
	dsp.Demean(x, x)
	limit := noiseOverStd * dsp.RMS(x)
	w := make([]float32, noiseWindow)
	for at := 0; at+noiseWindow < len(x); at += noiseStep {
		largest := 0.0
		for i, v := range x[at:][:noiseWindow] {
			w[i] = float32(v)
			largest = max(largest, math.Abs(v))
		}
		var bins []complex64
		if largest < limit {
			dsp.DetrendLinear(w, w)
			dsp.Taper(w, w, dsp.Hann, 20, dsp.BothSides)
			bins = n.spectra.Forward(nil, w)
			bins = n.whitener.Whiten(bins, bins)[:n.bins:n.bins]
		}
		day.windows = append(day.windows, bins)
	}
	return day, nil
}

// onto brings samples that begin between two whole intervals to the first, by NoisePy's
// formula, which goes forward for it.
func onto(x []float64, start mseed.Time) {
	const interval = 1_000_000 / noiseRateHz // in microseconds
	part := float64(int64(start)/1000%interval) / interval
	if part == 0 {
		return
	}
	for i := 1; i < len(x)-1; i++ {
		x[i] = (1-part)*x[i+1] + part*x[i]
	}
}

// correlate writes the mean cross-spectrum of the windows that both have, less its mean
// over all frequencies, which would be a spike at lag 0.
func (n *noise) correlate(sum []complex64, a, b *noiseDay) error {
	clear(sum)
	windows := 0
	for k, s := range a.windows {
		if s != nil && b.windows[k] != nil {
			dsp.AddCross(sum[:n.bins], s, b.windows[k])
			windows++
		}
	}
	if windows == 0 {
		return fmt.Errorf("%s and %s have no windows in common", a.station, b.station)
	}
	last := len(sum) - 1 // which NoisePy leaves out
	var mean complex128
	for _, c := range sum[:n.bins] {
		mean += complex128(c)
	}
	mean /= complex(float64(last), 0)
	for k, c := range sum[:last] {
		sum[k] = complex64((complex128(c) - mean) / complex(float64(windows), 0))
	}
	return nil
}
