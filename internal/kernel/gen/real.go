package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// halves emits what stands between a complex transform of half the length and
// a real one. With e = z[k] + conj z[m-k], d = z[k] - conj z[m-k] both set
//
//	x[k] = e + i w d,  x[m-k] = conj(e - i w d).
func (p *precision) halves() {
	p.half1("unhalfx", false)
	p.half1("halfx", true)
}

// half1 emits the way from bins (toBins false) or to them.
func (p *precision) half1(name string, toBins bool) {
	if toBins {
		p.text(name, "bins, mirror, re, im, mre, mim, tw *%[1]s, n uintptr", "is FFT.ToBins, with its parameters.")
	} else {
		p.text(name, "re, im, mre, mim, bins, mirror, tw *%[1]s, n uintptr", "is FFT.FromBins, with its parameters.")
	}
	re, im, mre, mim, bins, mirror, tw, n := arg("re"), arg("im"), arg("mre"), arg("mim"), arg("bins"), arg("mirror"), arg("tw"), arg("n")
	up, down := GP64(), GP64()
	XORQ(up, up)
	XORQ(down, down)
	order := p.order()
	Label("loop")
	var x, y cpx
	if toBins {
		x = p.get(Mem{Base: re, Index: up, Scale: 1}, Mem{Base: im, Index: up, Scale: 1})
		y = newCpx()
		p.reverse(Mem{Base: mre, Index: down, Scale: 1}, y.re, order)
		p.reverse(Mem{Base: mim, Index: down, Scale: 1}, y.im, order)
		x, y = y, x // the transform was made in the other direction
	} else {
		x = p.split(Mem{Base: bins, Index: up, Scale: 2})
		p.inOrder(x.re)
		p.inOrder(x.im)
		y = p.split(Mem{Base: mirror, Index: down, Scale: 2})
		p.inOrder(y.re)
		p.inOrder(y.im)
		p.reverse(y.re, y.re, order)
		p.reverse(y.im, y.im, order)
	}
	e, d := newCpx(), newCpx()
	p.add(x.re, y.re, e.re)
	p.sub(y.im, x.im, e.im)
	p.sub(y.re, x.re, d.re)
	p.add(x.im, y.im, d.im)
	t := p.times(d, Mem{Base: tw, Index: up, Scale: 2}, Mem{Base: tw, Index: up, Scale: 2, Disp: 32})
	z := p.plusI(e, t)
	w := newCpx()
	p.add(e.re, t.im, w.re)
	p.sub(e.im, t.re, w.im)
	p.reverse(w.re, w.re, order)
	p.reverse(w.im, w.im, order)
	if toBins {
		p.inOrder(z.re)
		p.inOrder(z.im)
		p.join(z, Mem{Base: bins, Index: up, Scale: 2})
		p.inOrder(w.re)
		p.inOrder(w.im)
		p.join(w, Mem{Base: mirror, Index: down, Scale: 2})
	} else {
		p.put(z, Mem{Base: re, Index: up, Scale: 1}, Mem{Base: im, Index: up, Scale: 1})
		p.put(w, Mem{Base: mre, Index: down, Scale: 1}, Mem{Base: mim, Index: down, Scale: 1})
	}
	ADDQ(U32(32), up)
	SUBQ(U32(32), down)
	DECQ(n)
	JNE(LabelRef("loop"))
	end()
}
