package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// addTo emits the sum of samples and others.
func (p *precision) addTo() {
	p.text("addx", "sum, src *%[1]s, n uintptr", "adds n vectors.")
	sum, src, n := arg("sum"), arg("src"), arg("n")
	v := YMM()
	Label("loop")
	p.load(Mem{Base: src}, v)
	p.add(Mem{Base: sum}, v, v)
	p.load(v, Mem{Base: sum})
	for _, r := range []GPVirtual{sum, src} {
		ADDQ(U32(32), r)
	}
	DECQ(n)
	JNE(LabelRef("loop"))
	end()
}

// squareSums emits the sums of squares, float64 only.
func (p *precision) squareSums() {
	p.text("squareSumsx", "sums, squares, src *%[1]s, before %[1]s, n uintptr", "squares n vectors and sums what comes out.")
	sums, squares, src, n := arg("sums"), arg("squares"), arg("src"), arg("n")
	before, v, s, zero := YMM(), YMM(), YMM(), YMM()
	p.splat(place("before"), before)
	VXORPD(zero, zero, zero)
	Label("loop")
	p.load(Mem{Base: src}, v)
	p.mul(v, v, v)
	p.load(v, Mem{Base: squares})
	VPERMPD(U8(0x90), v, s) // one lane on
	VBLENDPD(U8(1), zero, s, s)
	p.add(s, v, v)
	VPERM2F128(U8(8), v, v, s) // and two more
	p.add(s, v, v)
	VPERMPD(U8(0xFF), v, s)
	p.add(before, v, v)
	p.add(s, before, before)
	p.load(v, Mem{Base: sums})
	for _, r := range []GPVirtual{sums, squares, src} {
		ADDQ(U32(32), r)
	}
	DECQ(n)
	JNE(LabelRef("loop"))
	end()
}

// ratios emits the division of differences.
func (p *precision) ratios() {
	p.text("ratiosx", "dst, sums, short, long *%[1]s, by %[1]s, n uintptr", "divides the differences of sums and short by those of sums and long, and multiplies, for n vectors.")
	dst, sums, short, long, n := arg("dst"), arg("sums"), arg("short"), arg("long"), arg("n")
	by, above, below := YMM(), YMM(), YMM()
	p.splat(place("by"), by)
	Label("loop")
	p.load(Mem{Base: sums}, below)
	p.sub(Mem{Base: short}, below, above)
	p.sub(Mem{Base: long}, below, below)
	p.div(below, above, above)
	p.mul(by, above, above)
	p.load(above, Mem{Base: dst})
	for _, r := range []GPVirtual{dst, sums, short, long} {
		ADDQ(U32(32), r)
	}
	DECQ(n)
	JNE(LabelRef("loop"))
	end()
}
