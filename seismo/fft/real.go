package fft

// Real is a plan for transforms of one length between real samples and their
// spectra. The pairs of types are float32 with complex64 and float64 with
// complex128. It serves one goroutine at a time.
//
// A spectrum holds the n/2+1 coefficients of the frequencies k/n cycles a
// sample, k = 0..n/2; the others are their conjugates.
type Real[F Float, C Cmplx] struct {
	n       int
	core    core[F]          // of length n/2 where n is even, else n
	w       []cpx[F]         // exp(-2 pi i k/n)/2, k = 0..n/4, where n is even
	scratch []cpx[F]         // of the length of core
	full    []cpx[F]         // the same again, where n is odd
	even    *realFourStep[F] // instead of all these, where there are vector kernels for n

	odd *fourStep[F] // instead of core, where n is odd and there are vector kernels for it
}

// Real32 and Real64 are the two plans there are.
type (
	Real32 = Real[float32, complex64]
	Real64 = Real[float64, complex128]
)

// NewReal returns a plan for n >= 1 real samples. Even lengths are twice as
// quick as odd ones; see [NextFastEven].
func NewReal[F Float, C Cmplx](n int) *Real[F, C] {
	checkPlan[F, C](n)
	p := &Real[F, C]{n: n}
	if n%2 != 0 {
		if p.odd = newFourStep[F](n); p.odd == nil {
			p.core = newCore[F](n)
		}
		p.scratch, p.full = make([]cpx[F], n), make([]cpx[F], n)
		return p
	}
	if p.even = newRealFourStep[F](n); p.even != nil {
		return p
	}
	p.core = newCore[F](n / 2)
	p.scratch = make([]cpx[F], n/2)
	p.w = make([]cpx[F], n/4+1)
	for k := range p.w {
		w := root[F](k, n)
		p.w[k] = cpx[F]{w.re / 2, w.im / 2}
	}
	return p
}

// Len returns the number of samples n.
func (p *Real[F, C]) Len() int { return p.n }

// Bins returns the number of coefficients n/2+1.
func (p *Real[F, C]) Bins() int { return p.n/2 + 1 }

// Forward writes the n/2+1 coefficients of the n samples src to dst and returns
// it. A nil dst is allocated; src is only read.
func (p *Real[F, C]) Forward(dst []C, src []F) []C {
	if dst == nil {
		dst = make([]C, p.Bins())
	}
	p.check(len(src), len(dst))
	out := view[F](dst)
	if p.even != nil {
		p.even.forward(reals(out), src)
		return dst
	}
	if p.n%2 != 0 {
		for j, x := range src {
			p.scratch[j] = cpx[F]{x, 0}
		}
		if p.odd == nil {
			p.core.forward(p.full, p.scratch)
			copy(out, p.full)
			return dst
		}
		// The inverse transform, which fourStep makes, of real samples is the conjugate.
		p.odd.transform(reals(p.full), reals(p.scratch))
		for k := range out {
			out[k] = cpx[F]{p.full[k].re, -p.full[k].im}
		}
		return dst
	}
	// Even samples as real parts and odd ones as imaginary parts make one
	// complex signal z of half the length, from whose spectrum Z both spectra
	// follow by symmetry:
	//	X[k] = (Z[k] + conj Z[m-k])/2 - i exp(-2 pi i k/n) (Z[k] - conj Z[m-k])/2
	m := p.n / 2
	p.core.forward(out[:m], pairs(src))
	z := out[0]
	out[0], out[m] = cpx[F]{z.re + z.im, 0}, cpx[F]{z.re - z.im, 0}
	for k := 1; k < len(p.w); k++ {
		a, b, w := out[k], out[m-k], p.w[k]
		even := cpx[F]{(a.re + b.re) / 2, (a.im - b.im) / 2}
		odd := cpx[F]{a.im + b.im, b.re - a.re}.mul(w)
		out[k] = add(even, odd)
		out[m-k] = cpx[F]{even.re - odd.re, odd.im - even.im}
	}
	return dst
}

// Inverse writes the n samples whose spectrum is src (n/2+1 coefficients) to
// dst, divided by n so that it undoes Forward, and returns it. A nil dst is
// allocated; src is only read. The imaginary parts of the coefficients 0 and,
// where n is even, n/2 are taken as zero.
func (p *Real[F, C]) Inverse(dst []F, src []C) []F {
	if dst == nil {
		dst = make([]F, p.n)
	}
	p.check(len(dst), len(src))
	in := view[F](src)
	if p.even != nil {
		p.even.inverse(dst, reals(in))
		return dst
	}
	// A forward transform of the coefficients in reversed order is the inverse.
	if p.n%2 != 0 {
		scale := 1 / F(p.n)
		p.scratch[0] = cpx[F]{in[0].re * scale, 0}
		for k, c := range in[1:] {
			c = cpx[F]{c.re * scale, c.im * scale}
			if p.odd != nil {
				c.im = -c.im // fourStep makes the inverse transform itself
			}
			p.scratch[p.n-1-k], p.scratch[k+1] = c, cpx[F]{c.re, -c.im}
		}
		if p.odd != nil {
			p.odd.transform(reals(p.full), reals(p.scratch))
		} else {
			p.core.forward(p.full, p.scratch)
		}
		for j, c := range p.full {
			dst[j] = c.re
		}
		return dst
	}
	// Forward's symmetry the other way round:
	//	Z[k] = (X[k] + conj X[m-k])/2 + i exp(2 pi i k/n) (X[k] - conj X[m-k])/2
	m := p.n / 2
	scale := 1 / F(m)
	z := p.scratch
	a, b := in[0].re*(scale/2), in[m].re*(scale/2)
	z[0] = cpx[F]{a + b, a - b}
	for k := 1; k < len(p.w); k++ {
		a, b, w := in[k], in[m-k], p.w[k]
		a, b = cpx[F]{a.re * scale, a.im * scale}, cpx[F]{b.re * scale, b.im * scale}
		even := cpx[F]{(a.re + b.re) / 2, (a.im - b.im) / 2}
		odd := cpx[F]{-a.im - b.im, a.re - b.re}.mul(cpx[F]{w.re, -w.im})
		z[m-k] = add(even, odd)
		z[k] = cpx[F]{even.re - odd.re, odd.im - even.im}
	}
	p.core.forward(pairs(dst), z)
	return dst
}

func (p *Real[F, C]) check(samples, bins int) {
	if samples != p.n || bins != p.Bins() {
		panic("fft: slice does not have the length of the plan")
	}
}
