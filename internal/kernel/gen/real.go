package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// halves emits what stands between a complex transform of half the length and
// a real one. With e = z[k] + conj z[m-k], d = z[k] - conj z[m-k] both set
//
//	x[k] = f e + i w d,  x[m-k] = conj(f e - i w d).
func (p *precision) halves() {
	p.half1("fromBinsx", "FromBins", false)
	p.half1("toBinsx", "ToBins", true)
}

// half1 emits one of them. To bins, the transform was made in the other
// direction: its coefficients are the other way round. The order of lanes stays
// that of kernel.Lanes, which turned round is that of the mirrored numbers.
func (p *precision) half1(name, of string, toBins bool) {
	p.text(name, "x, xmirror, z, zmirror, tw *%[1]s, f %[1]s, n uintptr", "is FFT."+of+", with its parameters.")
	x, xmirror, z, zmirror, tw, n := arg("x"), arg("xmirror"), arg("z"), arg("zmirror"), arg("tw"), arg("n")
	order := p.order()
	f := YMM()
	p.splat(place("f"), f)
	Label("loop")
	a, b := p.split(Mem{Base: z}), p.split(Mem{Base: zmirror})
	p.reverse(b.re, b.re, order)
	p.reverse(b.im, b.im, order)
	if toBins {
		a, b = b, a
	}
	e, d := newCpx(), newCpx()
	p.add(a.re, b.re, e.re)
	p.sub(b.im, a.im, e.im)
	p.sub(b.re, a.re, d.re)
	p.add(a.im, b.im, d.im)
	t := p.times(d, Mem{Base: tw}, Mem{Base: tw, Disp: 32})
	up := newCpx()
	p.load(t.im, up.re)
	p.load(t.re, up.im)
	p.fmsub(f, e.re, up.re)
	p.fmadd(f, e.im, up.im)
	down := cpx{t.im, t.re}
	p.fmadd(f, e.re, down.re)
	p.fnmadd(f, e.im, down.im)
	p.reverse(down.re, down.re, order)
	p.reverse(down.im, down.im, order)
	p.join(up, Mem{Base: x})
	p.join(down, Mem{Base: xmirror})
	ADDQ(U32(64), x)
	ADDQ(U32(64), z)
	ADDQ(U32(64), tw)
	SUBQ(U32(64), xmirror)
	SUBQ(U32(64), zmirror)
	DECQ(n)
	JNE(LabelRef("loop"))
	end()
}
