package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// fftPasses emits Stockham passes. All work on vectors of independent
// transforms, so there is no shuffling in them but where the samples come or go
// as complex numbers one after the other ("In" and "Out"). A pass with twiddles
// is an inner one; the others end a transform.
func (p *precision) fftPasses() {
	for _, radix := range []int{2, 3, 4, 5, 8} {
		p.pass(radix, true, false, false)
		p.pass(radix, false, false, false)
		p.pass(radix, true, true, false)
		p.pass(radix, false, true, false)
		p.pass(radix, false, false, true)
	}
}

// butterfly is what a pass of one radix works with while it is emitted.
type butterfly struct {
	*precision
	in   func(l int) cpx
	out  func(k int, c cpx)
	keep func(k int, c cpx) // in memory of the function's own
	kept func(k int) (re, im Mem)
}

func (p *precision) pass(radix int, twiddled, in, out bool) {
	name := fmt.Sprint("pass", radix)
	for _, s := range []struct {
		on   bool
		tail string
	}{{twiddled, "Twiddle"}, {in, "In"}, {out, "Out"}} {
		if s.on {
			name += s.tail
		}
	}
	name += "x"
	p.text(name, "dre, dim, sre, sim *%[1]s, ds, ss, m, s uintptr, tw *%[1]s, blocks, dblock, sblock uintptr",
		fmt.Sprintf("is FFT.Pass[%d], with its parameters.", radix))
	s, ss, ds := arg("s"), arg("ss"), arg("ds")
	// Input l lies at l*J, output k at k*K.
	J, K := GP64(), GP64()
	MOVQ(ss, J)
	IMULQ(s, J)
	IMULQ(place("m"), J)
	MOVQ(ds, K)
	IMULQ(s, K)
	var J3, K3 GPVirtual
	if radix > 3 {
		J3, K3 = GP64(), GP64()
		LEAQ(Mem{Base: J, Index: J, Scale: 2}, J3)
		LEAQ(Mem{Base: K, Index: K, Scale: 2}, K3)
	}
	sre, sim, dre, dim, tw := GP64(), GP64(), GP64(), GP64(), GP64()
	Label("block")
	MOVQ(place("sre"), sre)
	MOVQ(place("dre"), dre)
	if !in {
		MOVQ(place("sim"), sim)
	}
	if !out {
		MOVQ(place("dim"), dim)
	}
	var left Mem // of m: registers are short
	if twiddled {
		MOVQ(place("tw"), tw)
		left = AllocLocal(8)
		count := GP64()
		MOVQ(place("m"), count)
		MOVQ(count, left)
	}
	at := func(base, by, by3 GPVirtual, k int) Mem {
		if k > 4 { // the second half of radix 8, from a base four further on
			half := GP64()
			LEAQ(Mem{Base: base, Index: by, Scale: 4}, half)
			base, k = half, k-4
		}
		switch k {
		case 1, 2, 4:
			return Mem{Base: base, Index: by, Scale: uint8(k)}
		case 3:
			return Mem{Base: base, Index: by3, Scale: 1}
		}
		return Mem{Base: base}
	}
	b := &butterfly{precision: p}
	if radix == 8 {
		room := AllocLocal(4 * 64)
		b.kept = func(k int) (re, im Mem) { return room.Offset(64 * k), room.Offset(64*k + 32) }
		b.keep = func(k int, c cpx) { re, im := b.kept(k); p.put(c, re, im) }
	}
	b.in = func(l int) cpx {
		if in {
			return p.split(at(sre, J, J3, l))
		}
		return p.get(at(sre, J, J3, l), at(sim, J, J3, l))
	}
	b.out = func(k int, c cpx) {
		if twiddled && k > 0 {
			wre, wim := YMM(), YMM()
			p.splat(Mem{Base: tw, Disp: (2 * (k - 1)) * p.size}, wre)
			p.splat(Mem{Base: tw, Disp: (2*(k-1) + 1) * p.size}, wim)
			c = p.times(c, wre, wim)
		}
		if out {
			p.join(c, at(dre, K, K3, k))
			return
		}
		p.put(c, at(dre, K, K3, k), at(dim, K, K3, k))
	}
	q := GP64()
	Label("outer")
	MOVQ(s, q)
	Label("inner")
	switch radix {
	case 2:
		b.by2()
	case 3:
		b.by3()
	case 4:
		b.by4()
	case 5:
		b.by5()
	case 8:
		b.by8()
	}
	ADDQ(ss, sre)
	if !in {
		ADDQ(ss, sim)
	}
	ADDQ(ds, dre)
	if !out {
		ADDQ(ds, dim)
	}
	DECQ(q)
	JNE(LabelRef("inner"))
	if twiddled { // else m is 1
		IMUL3Q(U32(radix-1), K, q)
		ADDQ(q, dre)
		if !out {
			ADDQ(q, dim)
		}
		ADDQ(U32(2*(radix-1)*p.size), tw)
		DECQ(left)
		JNE(LabelRef("outer"))
	}
	// The next block.
	MOVQ(place("sblock"), q)
	ADDQ(q, place("sre"))
	if !in {
		ADDQ(q, place("sim"))
	}
	MOVQ(place("dblock"), q)
	ADDQ(q, place("dre"))
	if !out {
		ADDQ(q, place("dim"))
	}
	DECQ(place("blocks"))
	JNE(LabelRef("block"))
	end()
}

func (b *butterfly) by2() {
	x, y := b.in(0), b.in(1)
	b.out(0, b.sum(x, y))
	b.out(1, b.diff(x, y))
}

func (b *butterfly) by3() {
	x0, x1, x2 := b.in(0), b.in(1), b.in(2)
	t, d := b.sum(x1, x2), b.diff(x1, x2)
	b.out(0, b.sum(x0, t))
	b.fnmadd(b.half, t.re, x0.re)
	b.fnmadd(b.half, t.im, x0.im)
	b.mul(b.sin60, d.re, d.re)
	b.mul(b.sin60, d.im, d.im)
	b.out(1, b.plusI(x0, d))
	b.out(2, b.minusI(x0, d))
}

func (b *butterfly) by4() {
	x0, x1, x2, x3 := b.in(0), b.in(1), b.in(2), b.in(3)
	t0, t1 := b.sum(x0, x2), b.diff(x0, x2)
	t2, t3 := b.sum(x1, x3), b.diff(x1, x3)
	b.out(0, b.sum(t0, t2))
	b.out(1, b.plusI(t1, t3))
	b.out(2, b.diff(t0, t2))
	b.out(3, b.minusI(t1, t3))
}

func (b *butterfly) by5() {
	x0, x1, x2, x3, x4 := b.in(0), b.in(1), b.in(2), b.in(3), b.in(4)
	t1, t3 := b.sum(x1, x4), b.diff(x1, x4)
	t2, t4 := b.sum(x2, x3), b.diff(x2, x3)
	y0 := b.sum(x0, t1)
	b.add(y0.re, t2.re, y0.re)
	b.add(y0.im, t2.im, y0.im)
	b.out(0, y0)
	u := newCpx()
	b.load(x0.re, u.re)
	b.load(x0.im, u.im)
	both := func(f func(...Op), by Mem, x, z cpx) {
		f(by, x.re, z.re)
		f(by, x.im, z.im)
	}
	both(b.fmadd, b.cos72, t1, x0)
	both(b.fmadd, b.cos144, t2, x0)
	both(b.fmadd, b.cos144, t1, u)
	both(b.fmadd, b.cos72, t2, u)
	v := newCpx()
	both(b.mul, b.sin72, t3, v)
	both(b.fmadd, b.sin144, t4, v)
	b.out(1, b.plusI(x0, v))
	b.out(4, b.minusI(x0, v))
	v = newCpx()
	both(b.mul, b.sin144, t3, v)
	both(b.fnmadd, b.sin72, t4, v)
	b.out(2, b.plusI(u, v))
	b.out(3, b.minusI(u, v))
}

// by8 is two transforms of four, the even one kept in memory: all sixteen
// vectors of it would need all registers.
func (b *butterfly) by8() {
	four := func(x0, x1, x2, x3 func() cpx) [4]cpx {
		a, c := x0(), x2()
		t0, t1 := b.sum(a, c), b.diff(a, c)
		a, c = x1(), x3()
		t2, t3 := b.sum(a, c), b.diff(a, c)
		return [4]cpx{b.sum(t0, t2), b.plusI(t1, t3), b.diff(t0, t2), b.minusI(t1, t3)}
	}
	from := func(l int) func() cpx { return func() cpx { return b.in(l) } }
	for k, c := range four(from(0), from(2), from(4), from(6)) {
		b.keep(k, c)
	}
	odd := four(from(1), from(3), from(5), from(7))
	for k, o := range odd {
		// o exp(2 pi i k/8), but for the factor i of k = 2 and of 3.
		if k == 1 || k == 3 {
			t := newCpx() // o (1+i)/sqrt 2, for (-1+i)/sqrt 2 is i times it
			b.sub(o.im, o.re, t.re)
			b.add(o.im, o.re, t.im)
			b.mul(b.root, t.re, t.re)
			b.mul(b.root, t.im, t.im)
			o = t
		}
		re, im := b.kept(k)
		c, d := newCpx(), newCpx()
		if k < 2 {
			b.add(re, o.re, c.re)
			b.add(im, o.im, c.im)
			b.load(re, d.re)
			b.load(im, d.im)
			d = b.diff(d, o)
		} else {
			e := b.get(re, im)
			c, d = b.plusI(e, o), b.minusI(e, o)
		}
		b.out(k, c)
		b.out(k+4, d)
	}
}

// transpose emits the kernel that turns vectors of columns into vectors of rows
// and multiplies by the twiddles between them on the way. Columns are in the
// order of Lanes, and so shall rows be.
func (p *precision) transpose() {
	order := p.lanesOrder()
	p.text("transposex", "dst, src, tw *%[1]s, step, n, blocks, dblock, sblock uintptr", "is FFT.Transpose, with its parameters.")
	src, tw, step := arg("src"), arg("tw"), arg("step")
	dst, n := GP64(), GP64()
	Label("block")
	MOVQ(place("dst"), dst)
	MOVQ(place("n"), n)
	Label("loop")
	at := func(base GPVirtual, row, part int) Mem { return Mem{Base: base, Disp: 64*row + 32*part} }
	put := func(v []VecVirtual, part int) {
		for k, column := range p.turned(v) {
			p.load(column, at(dst, order[k], part))
		}
	}
	if p.lanes == 4 { // both parts at once
		re, im := make([]VecVirtual, 4), make([]VecVirtual, 4)
		for k, row := range order {
			z := p.times(p.get(at(src, row, 0), at(src, row, 1)), at(tw, row, 0), at(tw, row, 1))
			re[k], im[k] = z.re, z.im
		}
		put(re, 0)
		put(im, 1)
	} else { // which would take more registers than there are
		for part := range 2 {
			v := make([]VecVirtual, p.lanes)
			for k, row := range order {
				t := YMM()
				v[k] = YMM()
				p.load(at(src, row, 1), t)
				p.mul(at(tw, row, 1-part), t, v[k])
				p.load(at(src, row, 0), t)
				if part == 0 {
					p.fmsub(at(tw, row, 0), t, v[k])
				} else {
					p.fmadd(at(tw, row, 1), t, v[k])
				}
			}
			put(v, part)
		}
	}
	ADDQ(U32(64*p.lanes), src)
	ADDQ(U32(64*p.lanes), tw)
	ADDQ(step, dst)
	DECQ(n)
	JNE(LabelRef("loop"))
	MOVQ(place("dblock"), n)
	ADDQ(n, place("dst"))
	MOVQ(place("sblock"), src)
	ADDQ(place("src"), src)
	MOVQ(src, place("src"))
	DECQ(place("blocks"))
	JNE(LabelRef("block"))
	end()
}

// turned is the transpose of a square of vectors.
func (p *precision) turned(v []VecVirtual) []VecVirtual {
	pairs := make([]VecVirtual, p.lanes)
	for k := 0; k < p.lanes; k += 2 {
		pairs[k], pairs[k+1] = YMM(), YMM()
		p.unpackLow(v[k+1], v[k], pairs[k])
		p.unpackHigh(v[k+1], v[k], pairs[k+1])
	}
	quads := pairs
	if p.size == 4 {
		quads = make([]VecVirtual, 8)
		for k := 0; k < 8; k += 4 {
			for h := range 2 {
				low, high := YMM(), YMM()
				VSHUFPS(U8(0x44), pairs[k+2+h], pairs[k+h], low)
				VSHUFPS(U8(0xEE), pairs[k+2+h], pairs[k+h], high)
				quads[k+2*h], quads[k+2*h+1] = low, high
			}
		}
	}
	half := p.lanes / 2
	turned := make([]VecVirtual, p.lanes)
	for k := range half {
		turned[k], turned[k+half] = YMM(), YMM()
		VPERM2F128(U8(0x20), quads[k+half], quads[k], turned[k])
		VPERM2F128(U8(0x31), quads[k+half], quads[k], turned[k+half])
	}
	return turned
}
