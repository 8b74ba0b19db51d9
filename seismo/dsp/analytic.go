package dsp

import (
	"math"

	"github.com/dispel4go/dispel4go/seismo/fft"
)

// Analytic computes the analytic signal x + i H(x) of records of n samples, H
// being the Hilbert transform over size >= n samples, those from n on zeros.
type Analytic[F Float, C Cmplx] struct {
	n        int
	plan     *fft.Real[F, C]
	padded   []F
	hilbert  []F
	spectrum []C
}

// NewAnalytic returns a plan. With size = n it is scipy.signal.hilbert(x) and
// ObsPy's envelope; fft.NextFast(n) is quicker.
func NewAnalytic[F Float, C Cmplx](n, size int) *Analytic[F, C] {
	if n < 1 || size < n {
		panic("dsp: analytic signal of no samples or with a shorter transform")
	}
	a := &Analytic[F, C]{n: n, plan: fft.NewReal[F, C](size)}
	a.padded, a.hilbert = make([]F, size), make([]F, size)
	a.spectrum = make([]C, a.plan.Bins())
	return a
}

// Hilbert writes the Hilbert transform of src, the imaginary part of its
// analytic signal: the sine for a cosine.
func (a *Analytic[F, C]) Hilbert(dst, src []F) []F {
	if len(src) != a.n {
		panic("dsp: record does not have the length of the plan")
	}
	dst = sized(dst, a.n)
	copy(dst, a.transform(src))
	return dst
}

// Envelope writes the amplitude of the analytic signal.
func (a *Analytic[F, C]) Envelope(dst, src []F) []F {
	if len(src) != a.n {
		panic("dsp: record does not have the length of the plan")
	}
	dst = sized(dst, a.n)
	for i, h := range a.transform(src) {
		x, y := float64(src[i]), float64(h)
		dst[i] = F(math.Sqrt(x*x + y*y))
	}
	return dst
}

// transform returns the Hilbert transform in the scratch space.
func (a *Analytic[F, C]) transform(src []F) []F {
	copy(a.padded, src)
	a.plan.Forward(a.spectrum, a.padded)
	for k, c := range a.spectrum {
		v := complex128(c)
		a.spectrum[k] = C(complex(imag(v), -real(v)))
	}
	// The mean and, at even lengths, the Nyquist frequency have no phase.
	a.spectrum[0] = 0
	if size := a.plan.Len(); size%2 == 0 {
		a.spectrum[size/2] = 0
	}
	return a.plan.Inverse(a.hilbert, a.spectrum)[:a.n]
}
