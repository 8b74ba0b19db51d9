package dsp

import (
	"fmt"
	"math"
)

// Whitening is a definition of whitening by the tool it comes from. They differ in
// which coefficients belong to the band, how wide its edges are, in coefficients
// whatever the frequency, and in what coefficients are divided by.
type Whitening uint8

// The whitenings: the phase alone is kept within edges of
//
//	MSNoise    n/200 coefficients, at least 50 (whitening type "B", brutal)
//	SeisNoise  50 coefficients
//	NoisePy    100 coefficients; with smooth > 1 the amplitudes are divided by their
//	           mean over smooth coefficients (freq_norm "rma") of band and edges,
//	           whose first and last go on beyond them
const (
	MSNoise Whitening = iota
	SeisNoise
	NoisePy
)

// NewWhitening returns a whitener for the spectra of n real samples at rate Hz as a
// tool defines it, between two frequencies in Hz. smooth is NoisePy's smooth_N; the
// others take none.
func NewWhitening[C Cmplx](p Whitening, n int, rate, low, high float64, smooth int) (*Whitener[C], error) {
	if n < 2 || !(rate > 0) || !(low > 0 && high > low && high <= rate/2) || smooth < 0 {
		return nil, fmt.Errorf("dsp: cannot whiten spectra of %d samples at %v Hz from %v to %v Hz over %d coefficients", n, rate, low, high, smooth)
	}
	bins := n/2 + 1
	step := rate / float64(n)
	w := &Whitener[C]{amplitudes: make([]float64, bins)}
	var from, begin, end, to int // of the edge, the band, its end and that of the edge
	switch p {
	case NoisePy:
		begin, end = int(math.Round(low/step)), min(int(math.Round(high/step)), bins-1)
		from, to = max(0, begin-100), min(bins, end+100)
		w.boxcar = smooth
	case MSNoise, SeisNoise:
		edge := 50
		if p == MSNoise {
			edge = max(50, n/200)
		}
		begin, end = int(math.Ceil(low/step-1e-9)), min(int(math.Floor(high/step+1e-9)), n/2-1)
		from, to = max(1, begin-edge), min(end+edge, n/2)
	default:
		panic("dsp: unknown whitening")
	}
	if end <= begin {
		return nil, fmt.Errorf("dsp: no frequency of %d samples at %v Hz from %v to %v Hz", n, rate, low, high)
	}
	w.low = from
	for k := from; k < to; k++ {
		weight := 1.0
		if k < begin {
			weight = edgeWeight(k-from, begin-from)
		} else if k >= end {
			weight = edgeWeight(to-1-k, to-end)
		}
		w.weights = append(w.weights, weight)
	}
	return w, nil
}

// edgeWeight rises from 0 to 1 over n coefficients by the square of a sine.
func edgeWeight(i, n int) float64 {
	if n < 2 {
		return float64(1 - n%2)
	}
	s := math.Sin(math.Pi / 2 * float64(i) / float64(n-1))
	return s * s
}

// measureBand sets the amplitudes of band and edges to their mean over boxcar
// coefficients.
func (w *Whitener[C]) measureBand(src []C) {
	band := w.amplitudes[w.low : w.low+len(w.weights)]
	first, last := amplitude(src[w.low]), amplitude(src[w.low+len(band)-1])
	before, after := w.boxcar/2, (w.boxcar-1)/2
	if w.smooth == nil {
		w.smooth = &RunningMean{sum: NewWindowSum(w.boxcar)}
	}
	w.smooth.sum.Reset()
	for j := -before; j < len(band)+after; j++ {
		v := first
		switch {
		case j >= len(band):
			v = last
		case j >= 0:
			v = amplitude(src[w.low+j])
		}
		sum := w.smooth.sum.Next(v)
		if k := j - after; k >= 0 && k < len(band) {
			band[k] = sum / float64(w.boxcar)
		}
	}
}
