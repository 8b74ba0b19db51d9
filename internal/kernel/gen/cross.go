package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// crosses emits the kernels of cross-spectra, float32 only. Where numbers come
// one after the other the lanes are in the order of kernel.FFT.Lanes, which
// makes no difference here.
func (p *precision) crosses() {
	p.text("addCrossx", "sum, a, b *%[1]s, n uintptr", "adds conj(a) b for n vectors of numbers.")
	sum, a, b, n := arg("sum"), arg("a"), arg("b"), arg("n")
	Label("loop")
	acc, x, y := p.split(Mem{Base: sum}), p.split(Mem{Base: a}), p.split(Mem{Base: b})
	p.addConj(acc, x, y)
	p.join(acc, Mem{Base: sum})
	for _, r := range []GPVirtual{sum, a, b} {
		ADDQ(U32(64), r)
	}
	DECQ(n)
	JNE(LabelRef("loop"))
	end()

	p.text("gatherx", "dst, bins *%[1]s, step, n uintptr", "splits n vectors of numbers and writes them step bytes apart.")
	dst, bins, step, n := arg("dst"), arg("bins"), arg("step"), arg("n")
	Label("loop")
	p.put(p.split(Mem{Base: bins}), Mem{Base: dst}, Mem{Base: dst, Disp: 32})
	ADDQ(U32(64), bins)
	ADDQ(step, dst)
	DECQ(n)
	JNE(LabelRef("loop"))
	end()

	p.cross(1)
	p.cross(2)
}

// addConj adds conj(a) b.
func (p *precision) addConj(acc, a, b cpx) {
	p.fmadd(a.re, b.re, acc.re)
	p.fmadd(a.re, b.im, acc.im)
	p.fmadd(a.im, b.im, acc.re)
	p.fnmadd(a.im, b.re, acc.im)
}

// cross emits the matrix form for blocks of size x size pairs: a block of sums
// stays in registers over all windows.
func (p *precision) cross(size int) {
	names := func(format string, n int) (list []string, params string) {
		for k := range n {
			list = append(list, fmt.Sprintf(format, k))
			params += list[k] + ", "
		}
		return list, params
	}
	sums, sp := names("sum%d", size*size)
	as, ap := names("a%d", size)
	bs, bp := names("b%d", size)
	bp = bp[:len(bp)-2]
	p.text(fmt.Sprintf("cross%dx", size), sp+ap+bp+" *%[1]s, vectors, windows, step uintptr",
		"adds the products of as many windows to the sums, for as many vectors of frequencies step bytes apart.")
	load := func(list []string) (r []GPVirtual) {
		for _, name := range list {
			r = append(r, arg(name))
		}
		return r
	}
	sum, a, b := load(sums), load(as), load(bs)
	windows, step := arg("windows"), arg("step")
	w, at := GP64(), GP64()
	Label("frequency")
	acc := make([]cpx, len(sum))
	for k := range acc {
		acc[k] = p.split(Mem{Base: sum[k]})
	}
	XORQ(at, at)
	MOVQ(windows, w)
	Label("window")
	get := func(r GPVirtual) cpx {
		return p.get(Mem{Base: r, Index: at, Scale: 1}, Mem{Base: r, Index: at, Scale: 1, Disp: 32})
	}
	var x []cpx
	for _, r := range a {
		x = append(x, get(r))
	}
	for j, r := range b {
		y := get(r)
		for i := range x {
			p.addConj(acc[size*i+j], x[i], y)
		}
	}
	ADDQ(U32(64), at)
	DECQ(w)
	JNE(LabelRef("window"))
	for k := range acc {
		p.join(acc[k], Mem{Base: sum[k]})
		ADDQ(U32(64), sum[k])
	}
	for _, r := range append(a, b...) {
		ADDQ(step, r)
	}
	DECQ(place("vectors"))
	JNE(LabelRef("frequency"))
	end()
}

// scale emits the product of samples with a number.
func (p *precision) scale() {
	p.text("scalex", "dst, src *%[1]s, by %[1]s, n uintptr", "multiplies n vectors.")
	dst, src, n := arg("dst"), arg("src"), arg("n")
	by, v := YMM(), YMM()
	p.splat(place("by"), by)
	Label("loop")
	p.mul(Mem{Base: src}, by, v)
	p.load(v, Mem{Base: dst})
	ADDQ(U32(32), src)
	ADDQ(U32(32), dst)
	DECQ(n)
	JNE(LabelRef("loop"))
	end()
}
