package dsp

import (
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/seismo/fft"
)

// Resampler changes the sampling rate of records of n samples in the frequency
// domain, as ObsPy's Trace.resample: the spectrum, times a Hann window centred
// on zero frequency or not, is interpolated to the new frequencies and
// transformed back. It has no other anti-alias filter.
type Resampler[F Float, C Cmplx] struct {
	forward, inverse *fft.Real[F, C]
	window           []float64 // nil for none
	step             float64   // distance of the new frequencies in old ones
	spectrum, out    []C
}

// NewResampler returns a resampler of n samples from one rate to another, both
// in Hz.
func NewResampler[F Float, C Cmplx](n int, from, to float64, hann bool) (*Resampler[F, C], error) {
	if n < 1 || !(from > 0) || !(to > 0) || math.IsInf(from, 0) || math.IsInf(to, 0) {
		return nil, fmt.Errorf("dsp: cannot resample %d samples from %v Hz to %v Hz", n, from, to)
	}
	length := float64(n) / (from / to)
	if length > math.MaxInt32 {
		return nil, fmt.Errorf("dsp: resampled to %v Hz the record would have %.0f samples", to, length)
	}
	num := max(1, int(length))
	r := &Resampler[F, C]{
		forward: fft.NewReal[F, C](n),
		inverse: fft.NewReal[F, C](num),
		step:    to / float64(num) * float64(n) / from,
	}
	r.spectrum, r.out = make([]C, r.forward.Bins()), make([]C, r.inverse.Bins())
	if hann && n > 1 { // that of one point is 1
		r.window = make([]float64, len(r.spectrum))
		for k := range r.window {
			i := (k + n/2) % n
			r.window[k] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(n))
		}
	}
	return r, nil
}

// Len returns the samples of a resampled record.
func (r *Resampler[F, C]) Len() int { return r.inverse.Len() }

// Resample writes the Len() samples of the resampled record.
func (r *Resampler[F, C]) Resample(dst, src []F) []F {
	r.forward.Forward(r.spectrum, src)
	for k, w := range r.window {
		c := complex128(r.spectrum[k])
		r.spectrum[k] = C(complex(real(c)*w, imag(c)*w))
	}
	last := len(r.spectrum) - 1
	scale := float64(r.inverse.Len()) / float64(r.forward.Len())
	for k := range r.out {
		at := float64(k) * r.step
		below := min(int(at), last)
		c := complex128(r.spectrum[below])
		if part := at - float64(below); below < last && part > 0 {
			next := complex128(r.spectrum[below+1])
			c = complex(real(c)+part*(real(next)-real(c)), imag(c)+part*(imag(next)-imag(c)))
		}
		r.out[k] = C(complex(real(c)*scale, imag(c)*scale))
	}
	return r.inverse.Inverse(dst, r.out)
}
