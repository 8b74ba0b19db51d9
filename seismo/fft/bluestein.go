package fft

// bluestein writes the transform of any length n as a circular convolution of a
// fast length (Bluestein 1970): with jk = (j^2 + k^2 - (k-j)^2)/2,
//
//	X[k] = c[k] sum over j of (x[j] c[j]) conj(c[k-j]),  c[j] = exp(-pi i j^2 / n).
type bluestein[F Float] struct {
	n        int
	chirp    []cpx[F]                // c[0..n)
	response []cpx[F]                // transform of conj(c), wrapped round, over the fast length
	conv     func(dst, src []cpx[F]) // a transform of the fast length, in either direction
	a, b     []cpx[F]
}

func newBluestein[F Float](n int) *bluestein[F] {
	size := NextFast(2*n - 1)
	p := &bluestein[F]{
		n:        n,
		chirp:    make([]cpx[F], n),
		response: make([]cpx[F], size),
		a:        make([]cpx[F], size),
		b:        make([]cpx[F], size),
	}
	if v := newFourStep[F](size); v != nil {
		p.conv = func(dst, src []cpx[F]) { v.transform(reals(dst), reals(src)) }
	} else {
		passes, _ := radices(size)
		p.conv = newStockham[F](size, passes).forward
	}
	square := 0 // j^2 mod 2n, which keeps the angle exact
	for j := range n {
		c := root[F](square, 2*n)
		p.chirp[j] = c
		// The division by size belongs to the inverse transform below.
		c = cpx[F]{c.re / F(size), -c.im / F(size)}
		p.a[j], p.a[(size-j)%size] = c, c
		square = (square + 2*j + 1) % (2 * n)
	}
	p.conv(p.response, p.a)
	return p
}

func (p *bluestein[F]) forward(dst, src []cpx[F]) {
	for j, c := range p.chirp {
		p.a[j] = src[j].mul(c)
	}
	clear(p.a[p.n:])
	p.conv(p.b, p.a)
	// The same transform of the coefficients in reversed order is the inverse.
	size := len(p.b)
	p.a[0] = p.b[0].mul(p.response[0])
	for k := 1; k < size; k++ {
		p.a[size-k] = p.b[k].mul(p.response[k])
	}
	p.conv(p.b, p.a)
	for k, c := range p.chirp {
		dst[k] = p.b[k].mul(c)
	}
}
