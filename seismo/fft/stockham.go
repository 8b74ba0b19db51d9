package fft

import "math"

// stockham transforms lengths 2^a 3^b 5^c in self-sorting passes (Stockham's
// autosort, decimation in frequency; Van Loan, Computational Frameworks for the
// FFT, 1.7). A pass of radix r over transforms of length r*m, of which stride
// lie interleaved, computes for every p < m and q < stride
//
//	y[q + stride*(r*p + k)] = w^(p*k) sum over l of x[q + stride*(p + m*l)] exp(-2 pi i k l / r)
//
// with w = exp(-2 pi i / (r*m)). The next pass has r times the stride.
type stockham[F Float] struct {
	n       int
	passes  []pass[F]
	scratch []cpx[F]
}

type pass[F Float] struct {
	radix, m, stride int
	twiddles         []cpx[F] // w^(p*k) at [p*(radix-1) + k-1], k = 1..radix-1
}

func newStockham[F Float](n int, radices []int) *stockham[F] {
	s := &stockham[F]{n: n, scratch: make([]cpx[F], n)}
	length, stride := n, 1
	for _, r := range radices {
		m := length / r
		twiddles := make([]cpx[F], 0, m*(r-1))
		for p := range m {
			for k := 1; k < r; k++ {
				twiddles = append(twiddles, root[F](p*k, length))
			}
		}
		s.passes = append(s.passes, pass[F]{r, m, stride, twiddles})
		length, stride = m, stride*r
	}
	return s
}

func (s *stockham[F]) forward(dst, src []cpx[F]) {
	if len(s.passes) == 0 {
		copy(dst, src)
		return
	}
	// The passes go to and fro between scratch and dst and end in dst.
	to, other := dst, s.scratch
	if len(s.passes)%2 == 0 {
		to, other = other, to
	}
	from := src
	for i := range s.passes {
		p := &s.passes[i]
		switch p.radix {
		case 2:
			p.by2(reals(to), reals(from))
		case 3:
			p.by3(reals(to), reals(from))
		case 4:
			p.by4(reals(to), reals(from))
		case 5:
			p.by5(reals(to), reals(from))
		}
		from, to, other = to, other, to
	}
}

// The passes by 2 and 4 have three loops: over p where the stride is 1 (the first
// pass), over q where p is 0 and all twiddles are 1 (all of a last pass), and
// over q with the twiddles of p. Those by 3 and 5 come later and make do with
// the last.
//
// Three things are for the compiler's sake. Slices are cut to one length before
// an inner loop, so that it drops the bounds checks. Butterflies stand in the
// loops, for it does not inline functions of their size. And x and y are slices
// of reals with q counting in twos, for it has no address mode for complex
// numbers of eight bytes: float32 would be a third slower.

func add[F Float](a, b cpx[F]) cpx[F] { return cpx[F]{a.re + b.re, a.im + b.im} }
func sub[F Float](a, b cpx[F]) cpx[F] { return cpx[F]{a.re - b.re, a.im - b.im} }

// get and put reach the complex number at x[q], x[q+1].
func get[F Float](x []F, q int) cpx[F]    { return cpx[F]{x[q], x[q+1]} }
func put[F Float](y []F, q int, v cpx[F]) { y[q], y[q+1] = v.re, v.im }

func (ps *pass[F]) by2(y, x []F) {
	if ps.stride == 1 {
		m := 2 * ps.m
		x0, x1 := x[:m], x[m:][:m]
		for p := 0; p < len(x0)-1; p += 2 {
			w, out := ps.twiddles[p/2], y[2*p:][:4]
			a, b := get(x0, p), get(x1, p)
			put(out, 0, add(a, b))
			put(out, 2, sub(a, b).mul(w))
		}
		return
	}
	m, s := ps.m, 2*ps.stride
	for p := range m {
		x0, x1 := x[s*p:][:s], x[s*(p+m):][:s]
		y0, y1 := y[2*s*p:][:s], y[2*s*p+s:][:s]
		if p == 0 {
			for q := 0; q < len(x0)-1; q += 2 {
				a, b := get(x0, q), get(x1, q)
				put(y0, q, add(a, b))
				put(y1, q, sub(a, b))
			}
			continue
		}
		w := ps.twiddles[p]
		for q := 0; q < len(x0)-1; q += 2 {
			a, b := get(x0, q), get(x1, q)
			put(y0, q, add(a, b))
			put(y1, q, sub(a, b).mul(w))
		}
	}
}

func (ps *pass[F]) by4(y, x []F) {
	if ps.stride == 1 {
		m := 2 * ps.m
		x0, x1, x2, x3 := x[:m], x[m:][:m], x[2*m:][:m], x[3*m:][:m]
		for p := 0; p < len(x0)-1; p += 2 {
			w, out := ps.twiddles[p/2*3:][:3], y[4*p:][:8]
			a, b := add(get(x0, p), get(x2, p)), sub(get(x0, p), get(x2, p))
			c, d := add(get(x1, p), get(x3, p)), sub(get(x1, p), get(x3, p))
			put(out, 0, add(a, c))
			put(out, 2, cpx[F]{b.re + d.im, b.im - d.re}.mul(w[0]))
			put(out, 4, sub(a, c).mul(w[1]))
			put(out, 6, cpx[F]{b.re - d.im, b.im + d.re}.mul(w[2]))
		}
		return
	}
	m, s := ps.m, 2*ps.stride
	for p := range m {
		x0, x1, x2, x3 := x[s*p:][:s], x[s*(p+m):][:s], x[s*(p+2*m):][:s], x[s*(p+3*m):][:s]
		out := y[4*s*p:][:4*s]
		y0, y1, y2, y3 := out[:s], out[s:][:s], out[2*s:][:s], out[3*s:][:s]
		if p == 0 {
			for q := 0; q < len(x0)-1; q += 2 {
				a, b := add(get(x0, q), get(x2, q)), sub(get(x0, q), get(x2, q))
				c, d := add(get(x1, q), get(x3, q)), sub(get(x1, q), get(x3, q))
				put(y0, q, add(a, c))
				put(y1, q, cpx[F]{b.re + d.im, b.im - d.re})
				put(y2, q, sub(a, c))
				put(y3, q, cpx[F]{b.re - d.im, b.im + d.re})
			}
			continue
		}
		w := ps.twiddles[3*p:][:3]
		w1, w2, w3 := w[0], w[1], w[2]
		for q := 0; q < len(x0)-1; q += 2 {
			a, b := add(get(x0, q), get(x2, q)), sub(get(x0, q), get(x2, q))
			c, d := add(get(x1, q), get(x3, q)), sub(get(x1, q), get(x3, q))
			put(y0, q, add(a, c))
			put(y1, q, cpx[F]{b.re + d.im, b.im - d.re}.mul(w1))
			put(y2, q, sub(a, c).mul(w2))
			put(y3, q, cpx[F]{b.re - d.im, b.im + d.re}.mul(w3))
		}
	}
}

var sin60 = math.Sqrt(3) / 2

func (ps *pass[F]) by3(y, x []F) {
	m, s := ps.m, 2*ps.stride
	h := F(sin60)
	for p := range m {
		x0, x1, x2 := x[s*p:][:s], x[s*(p+m):][:s], x[s*(p+2*m):][:s]
		out := y[3*s*p:][:3*s]
		y0, y1, y2 := out[:s], out[s:][:s], out[2*s:][:s]
		w1, w2 := ps.twiddles[2*p], ps.twiddles[2*p+1]
		for q := 0; q < len(x0)-1; q += 2 {
			a, b, c := get(x0, q), add(get(x1, q), get(x2, q)), sub(get(x1, q), get(x2, q))
			put(y0, q, add(a, b))
			u := cpx[F]{a.re - b.re/2, a.im - b.im/2}
			v := cpx[F]{h * c.im, -h * c.re}
			put(y1, q, add(u, v).mul(w1))
			put(y2, q, sub(u, v).mul(w2))
		}
	}
}

var (
	sin72, cos72   = math.Sincos(2 * math.Pi / 5)
	sin144, cos144 = math.Sincos(4 * math.Pi / 5)
)

func (ps *pass[F]) by5(y, x []F) {
	m, s := ps.m, 2*ps.stride
	s1, c1, s2, c2 := F(sin72), F(cos72), F(sin144), F(cos144)
	for p := range m {
		x0, x1, x2, x3, x4 := x[s*p:][:s], x[s*(p+m):][:s], x[s*(p+2*m):][:s], x[s*(p+3*m):][:s], x[s*(p+4*m):][:s]
		out := y[5*s*p:][:5*s]
		y0, y1, y2, y3, y4 := out[:s], out[s:][:s], out[2*s:][:s], out[3*s:][:s], out[4*s:][:s]
		w := ps.twiddles[4*p:][:4]
		for q := 0; q < len(x0)-1; q += 2 {
			a := get(x0, q)
			b, e := add(get(x1, q), get(x4, q)), sub(get(x1, q), get(x4, q))
			c, d := add(get(x2, q), get(x3, q)), sub(get(x2, q), get(x3, q))
			put(y0, q, cpx[F]{a.re + b.re + c.re, a.im + b.im + c.im})
			u := cpx[F]{a.re + c1*b.re + c2*c.re, a.im + c1*b.im + c2*c.im}
			v := cpx[F]{s1*e.im + s2*d.im, -s1*e.re - s2*d.re}
			put(y1, q, add(u, v).mul(w[0]))
			put(y4, q, sub(u, v).mul(w[3]))
			u = cpx[F]{a.re + c2*b.re + c1*c.re, a.im + c2*b.im + c1*c.im}
			v = cpx[F]{s2*e.im - s1*d.im, s1*d.re - s2*e.re}
			put(y2, q, add(u, v).mul(w[1]))
			put(y3, q, sub(u, v).mul(w[2]))
		}
	}
}
