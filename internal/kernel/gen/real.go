package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// reals emits the kernels that stand where transpose does, for real columns of
// which two are transformed as one complex one: with Z = A + iB, both A and B the
// spectra of real numbers,
//
//	2 A[k] = Z[k] + conj Z[rows-k],  2i B[k] = Z[k] - conj Z[rows-k].
func (p *precision) reals() {
	p.apart()
	p.together()
}

// apart emits the way from columns to rows.
func (p *precision) apart() {
	order := p.lanesOrder()
	p.text("apartx", "dst, src, tw *%[1]s, step, n, blocks, dblock, sblock, rows uintptr", "is FFT.Apart, with its parameters.")
	step := arg("step")
	dst, z, mirror, tw, n := GP64(), GP64(), GP64(), arg("tw"), GP64()
	Label("block")
	MOVQ(place("dst"), dst)
	MOVQ(place("src"), z)
	MOVQ(z, mirror)
	ADDQ(place("rows"), mirror)
	first := p.get(row(z, 0))
	re, im := row(mirror, 0)
	p.put(first, re, im)
	MOVQ(place("n"), n)
	Label("loop")
	for second := range 2 {
		// value sets part 0 or 1, real or imaginary, of a row of A or of B.
		value := func(k, part int) VecVirtual {
			zre, zim := row(z, k)
			mre, mim := row(mirror, -k)
			v := YMM()
			switch part + 2*second {
			case 0:
				p.load(zre, v)
				p.add(mre, v, v)
			case 1:
				p.load(mim, v)
				p.sub(zim, v, v)
			case 2:
				p.load(zim, v)
				p.add(mim, v, v)
			case 3:
				p.load(zre, v)
				p.sub(mre, v, v)
			}
			return v
		}
		// Real and imaginary parts are exchanged, with which an inverse transform
		// is a forward one.
		put := func(v []VecVirtual, part int) {
			for k, column := range p.turned(v) {
				re, im := row(dst, k+second*p.lanes)
				p.load(column, []Mem{im, re}[part])
			}
		}
		res, ims := make([]VecVirtual, p.lanes), make([]VecVirtual, p.lanes)
		if p.lanes == 4 { // both parts at once
			for lane, k := range order {
				w := p.get(row(tw, k+second*p.lanes))
				y := p.times(cpx{value(k, 0), value(k, 1)}, w.re, w.im)
				res[lane], ims[lane] = y.re, y.im
			}
			put(res, 0)
			put(ims, 1)
			continue
		}
		for lane, k := range order { // which would take more registers than there are
			wre, wim := row(tw, k+second*p.lanes)
			res[lane] = YMM()
			p.mul(wim, value(k, 1), res[lane])
			p.fmsub(wre, value(k, 0), res[lane])
		}
		put(res, 0)
		for lane, k := range order {
			wre, wim := row(tw, k+second*p.lanes)
			ims[lane] = YMM()
			p.mul(wim, value(k, 0), ims[lane])
			p.fmadd(wre, value(k, 1), ims[lane])
		}
		put(ims, 1)
	}
	ADDQ(U32(64*p.lanes), z)
	SUBQ(U32(64*p.lanes), mirror)
	ADDQ(U32(2*64*p.lanes), tw)
	ADDQ(step, dst)
	DECQ(n)
	JNE(LabelRef("loop"))
	MOVQ(place("dblock"), n)
	ADDQ(n, place("dst"))
	MOVQ(place("sblock"), n)
	ADDQ(n, place("src"))
	DECQ(place("blocks"))
	JNE(LabelRef("block"))
	end()
}

// together emits the way back.
func (p *precision) together() {
	order := p.lanesOrder()
	p.text("togetherx", "dst, src, tw *%[1]s, step, n, blocks, dblock, sblock, rows uintptr", "is FFT.Together, with its parameters.")
	step := arg("step")
	src, z, mirror, tw, n := GP64(), GP64(), GP64(), arg("tw"), GP64()
	Label("block")
	MOVQ(place("src"), src)
	MOVQ(place("dst"), z)
	MOVQ(z, mirror)
	ADDQ(place("rows"), mirror)
	MOVQ(place("n"), n)
	var kept func(k int) (re, im Mem)
	if p.lanes == 8 { // registers are short
		kept = p.room(4)
	}
	Label("loop")
	for h := range 2 { // one half of the rows and then the other
		half := order[h*p.lanes/2:][:p.lanes/2]
		spectra := func(second int) []cpx {
			re, im := p.turnedHalf(src, h, second, 0), p.turnedHalf(src, h, second, 1)
			z := make([]cpx, len(half))
			for i, k := range half {
				w := p.get(row(tw, k+second*p.lanes))
				z[i] = p.times(cpx{re[i], im[i]}, w.re, w.im)
			}
			return z
		}
		a := spectra(0)
		if p.lanes == 8 {
			for i := range half {
				re, im := kept(i)
				p.put(a[i], re, im)
			}
		}
		for i, b := range spectra(1) {
			if p.lanes == 8 {
				a[i] = p.get(kept(i))
			}
			re, im := row(z, half[i])
			mre, mim := row(mirror, -half[i])
			p.put(p.plusI(a[i], b), re, im)
			p.add(b.im, a[i].re, a[i].re)
			p.sub(a[i].im, b.re, a[i].im)
			p.put(a[i], mre, mim)
		}
	}
	ADDQ(U32(64*p.lanes), z)
	SUBQ(U32(64*p.lanes), mirror)
	ADDQ(U32(2*64*p.lanes), tw)
	ADDQ(step, src)
	DECQ(n)
	JNE(LabelRef("loop"))
	// Row 0 is real: what is imaginary in it is left out by taking the mean.
	MOVQ(place("dst"), z)
	MOVQ(z, mirror)
	ADDQ(place("rows"), mirror)
	first := p.get(row(z, 0))
	re, im := row(mirror, 0)
	p.add(re, first.re, first.re)
	p.add(im, first.im, first.im)
	p.mul(p.half, first.re, first.re)
	p.mul(p.half, first.im, first.im)
	re, im = row(z, 0)
	p.put(first, re, im)
	MOVQ(place("dblock"), n)
	ADDQ(n, place("dst"))
	MOVQ(place("sblock"), n)
	ADDQ(n, place("src"))
	DECQ(place("blocks"))
	JNE(LabelRef("block"))
	end()
}

// turnedHalf is the rows of one half of the lanes, in their order, of the square
// of vectors at src: of the first or the second columns, real or imaginary parts.
func (p *precision) turnedHalf(src GPVirtual, half, second, part int) []VecVirtual {
	v := make([]VecVirtual, p.lanes/2)
	for c := range v {
		at := func(column int) Mem {
			re, im := row(src, column+second*p.lanes)
			return []Mem{re, im}[part].Offset(16 * half)
		}
		v[c] = YMM()
		VBROADCASTF128(at(c), v[c])
		VINSERTF128(U8(1), at(c+p.lanes/2), v[c], v[c])
	}
	return p.quads(p.pairs(v))
}
