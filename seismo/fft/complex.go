package fft

import "slices"

// Complex is a plan for complex transforms of one length. The pairs of types
// are float32 with complex64 and float64 with complex128. It serves one
// goroutine at a time.
type Complex[F Float, C Cmplx] struct {
	n        int
	core     core[F]
	scratch  []cpx[F]
	fourStep *fourStep[F] // instead of these, where there are vector kernels for n
}

// NewComplex returns a plan for n >= 1 complex samples.
func NewComplex[F Float, C Cmplx](n int) *Complex[F, C] {
	checkPlan[F, C](n)
	if v := newFourStep[F](n); v != nil {
		return &Complex[F, C]{n: n, fourStep: v}
	}
	return &Complex[F, C]{n: n, core: newCore[F](n), scratch: make([]cpx[F], n)}
}

// Len returns the number of samples n.
func (p *Complex[F, C]) Len() int { return p.n }

// Forward writes the n coefficients of the n samples src to dst and returns it.
// A nil dst is allocated; dst may be src.
func (p *Complex[F, C]) Forward(dst, src []C) []C {
	dst = p.check(dst, src)
	if p.fourStep != nil {
		p.fourStep.transform(reals(view[F](dst)), reals(view[F](src)))
		slices.Reverse(dst[1:]) // of the inverse transform, which it makes
		return dst
	}
	copy(p.scratch, view[F](src))
	p.core.forward(view[F](dst), p.scratch)
	return dst
}

// Inverse writes the n samples with the n coefficients src to dst, divided by n
// so that it undoes Forward, and returns it. A nil dst is allocated; dst may be
// src.
func (p *Complex[F, C]) Inverse(dst, src []C) []C {
	dst = p.check(dst, src)
	scale := 1 / F(p.n)
	if p.fourStep != nil {
		out := reals(view[F](dst))
		p.fourStep.transform(out, reals(view[F](src)))
		for i := range out {
			out[i] *= scale
		}
		return dst
	}
	// A forward transform of the coefficients in reversed order is the inverse.
	for k, c := range view[F](src) {
		j := p.n - k
		if k == 0 {
			j = 0
		}
		p.scratch[j] = cpx[F]{c.re * scale, c.im * scale}
	}
	p.core.forward(view[F](dst), p.scratch)
	return dst
}

func (p *Complex[F, C]) check(dst, src []C) []C {
	if dst == nil {
		dst = make([]C, p.n)
	}
	if len(dst) != p.n || len(src) != p.n {
		panic("fft: slice does not have the length of the plan")
	}
	return dst
}
