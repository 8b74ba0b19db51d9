package fft

import "slices"

// halves is a plan for real transforms of even length n on vector kernels: a
// complex one of half the length m, even samples as real parts and odd ones as
// imaginary parts, and the symmetry that [Real] writes out.
type halves[F Float] struct {
	m       int
	vectors *vectors[F]
	count   int // of vectors of bins; those in the middle are done one by one
	// Of the bins from 1 on, complex vectors: -exp(-2 pi i k/n)/2, and
	// exp(2 pi i k/n)/n.
	forth, back []F
}

// newHalves returns a plan for n, or nil where vectors do not go with it.
func newHalves[F Float](n int) *halves[F] {
	m := n / 2
	p := &halves[F]{m: m, vectors: newVectors[F](m)}
	if p.vectors == nil {
		return nil
	}
	lanes := len(p.vectors.kernels.Lanes)
	p.count = (m - 1) / (2 * lanes)
	p.forth, p.back = aligned[F]((p.count+1)*2*lanes), aligned[F]((p.count+1)*2*lanes)
	roots := newRoots(n)
	for v := range p.count + 1 {
		for lane, k := range p.vectors.kernels.Lanes {
			w := roots.at(1 + v*lanes + k)
			at := 2*lanes*v + lane
			p.forth[at], p.forth[at+lanes] = F(-w.re/2), F(w.im/2)
			p.back[at], p.back[at+lanes] = F(w.re/float64(n)), F(w.im/float64(n))
		}
	}
	return p
}

// forward writes the bins of the samples src.
func (p *halves[F]) forward(bins, src []F) {
	p.vectors.transform(bins, src)
	m := p.m
	lanes := len(p.vectors.kernels.Lanes)
	p.vectors.kernels.ToBins(&bins[2], &bins[2*(m-lanes)], &bins[2], &bins[2*(m-lanes)], &p.forth[0], 0.5, uintptr(p.count))
	for k := 1 + p.count*lanes; k <= m/2; k++ {
		p.pair(bins, bins, m-k, k, p.forth, 0.5)
	}
	a, b := bins[0], bins[1]
	bins[0], bins[1], bins[2*m], bins[2*m+1] = a+b, 0, a-b, 0
}

// inverse writes the samples with these bins.
func (p *halves[F]) inverse(dst, bins []F) {
	m := p.m
	lanes := len(p.vectors.kernels.Lanes)
	f := 1 / F(2*m)
	p.vectors.kernels.FromBins(&dst[2], &dst[2*(m-lanes)], &bins[2], &bins[2*(m-lanes)], &p.back[0], f, uintptr(p.count))
	for k := 1 + p.count*lanes; k <= m/2; k++ {
		p.pair(dst, bins, k, m-k, p.back, f)
	}
	a, b := bins[0]*f, bins[2*m]*f // whose imaginary parts are taken as zero
	dst[0], dst[1] = a+b, a-b
	p.vectors.transform(dst, dst)
}

// pair is what the kernels do, for one number and its mirror image. The number
// at from is z[k], that at mirror z[m-k], and the lesser of the two is k.
func (p *halves[F]) pair(x, z []F, from, mirror int, tw []F, f F) {
	k, lanes := min(from, mirror), len(p.vectors.kernels.Lanes)
	at := (k-1)/lanes*2*lanes + slices.Index(p.vectors.kernels.Lanes, (k-1)%lanes)
	a, b := get(z, 2*from), get(z, 2*mirror)
	e, d := cpx[F]{f * (a.re + b.re), f * (a.im - b.im)}, cpx[F]{a.re - b.re, a.im + b.im}
	t := d.mul(cpx[F]{tw[at], tw[at+lanes]})
	put(x, 2*(p.m-k), cpx[F]{e.re + t.im, t.re - e.im})
	put(x, 2*k, cpx[F]{e.re - t.im, e.im + t.re})
}
