package fft

import "math"

// halves is a plan for real transforms of even length n on vector kernels: a
// complex one of half the length m, even samples as real parts and odd ones as
// imaginary parts, and the symmetry that [Real] writes out.
type halves[F Float] struct {
	m                int
	toBins, fromBins *vectors[F]
	re, im           []F // m+1 complex numbers
	forth, back      []F // -exp(-2 pi i k/n) and i times exp(2 pi i k/n), complex vectors
}

// newHalves returns a plan for n, or nil where vectors do not go with it.
func newHalves[F Float](n int) *halves[F] {
	m := n / 2
	p := &halves[F]{m: m, toBins: newVectors[F](m, 0.5, ends{joinedIn: true})}
	if p.toBins == nil || m/2+1 < len(p.toBins.kernels.Lanes) {
		return nil
	}
	p.fromBins = newVectors[F](m, 1/float64(n), ends{joinedOut: true})
	// Either direction has its own tables; what is on its way is in one place.
	p.fromBins.turned, p.fromBins.buffers = p.toBins.turned, p.toBins.buffers
	p.re, p.im = aligned[F](m+1), aligned[F](m+1)
	lanes := len(p.toBins.kernels.Lanes)
	vectors := (m/2 + lanes) / lanes
	p.forth, p.back = aligned[F](vectors*2*lanes), aligned[F](vectors*2*lanes)
	for v := range vectors {
		for lane := range lanes {
			k := min(v*lanes, m/2+1-lanes) + lane
			sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(n))
			at := 2*lanes*v + lane
			p.forth[at], p.forth[at+lanes] = F(-cos), F(sin)
			p.back[at], p.back[at+lanes] = F(cos), F(sin)
		}
	}
	return p
}

// forward writes the bins of the samples src.
func (p *halves[F]) forward(bins, src []F) {
	p.toBins.transform(p.re, p.im, src, nil)
	m := p.m
	p.re[m], p.im[m] = p.re[0], p.im[0]
	k, lanes := p.toBins.kernels, len(p.toBins.kernels.Lanes)
	last := lanes - 1
	full, first := (m/2+1)/lanes, m/2+1-lanes
	k.ToBins(&bins[0], &bins[2*(m-last)], &p.re[0], &p.im[0], &p.re[m-last], &p.im[m-last], &p.forth[0], uintptr(full))
	if (m/2+1)%lanes != 0 {
		from := m - first - last
		k.ToBins(&bins[2*first], &bins[2*from], &p.re[first], &p.im[first], &p.re[from], &p.im[from], &p.forth[2*lanes*full], 1)
	}
}

// inverse writes the samples with these bins.
func (p *halves[F]) inverse(dst, bins []F) {
	m := p.m
	k, lanes := p.fromBins.kernels, len(p.fromBins.kernels.Lanes)
	last := lanes - 1
	full, first := (m/2+1)/lanes, m/2+1-lanes
	k.FromBins(&p.re[0], &p.im[0], &p.re[m-last], &p.im[m-last], &bins[0], &bins[2*(m-last)], &p.back[0], uintptr(full))
	if (m/2+1)%lanes != 0 {
		from := m - first - last
		k.FromBins(&p.re[first], &p.im[first], &p.re[from], &p.im[from], &bins[2*first], &bins[2*from], &p.back[2*lanes*full], 1)
	}
	a, b := bins[0], bins[2*m] // whose imaginary parts are taken as zero
	p.re[0], p.im[0] = a+b, a-b
	p.fromBins.transform(dst, nil, p.re, p.im)
}
