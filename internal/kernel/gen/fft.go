package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// layout is how the numbers that a pass reads or writes lie in memory, as kernel.FFT says.
type layout int

const (
	split layout = iota
	interleaved
	mirrored
)

// fftPasses emits Stockham passes. All work on vectors of independent
// transforms, so there is no shuffling in them but where numbers come or go that
// lie one after the other. A pass with twiddles is an inner one; the others end a
// transform.
func (p *precision) fftPasses() {
	for _, radix := range []int{2, 3, 4, 5, 8} {
		p.pass(radix, "Twiddle", true, split, split)
		p.pass(radix, "", false, split, split)
		p.pass(radix, "TwiddleIn", true, interleaved, split)
		p.pass(radix, "In", false, interleaved, split)
		p.pass(radix, "Out", false, split, interleaved)
		if radix%2 == 0 {
			p.pass(radix, "TwiddleBins", true, mirrored, split)
			p.pass(radix, "Bins", false, split, mirrored)
		}
	}
}

// fetched is m, which the next block goes on from: mirrored vectors of one block lie far apart,
// so what lies beside them is fetched while there is time.
func fetched(m Mem, beside int) Mem {
	PREFETCHT0(m.Offset(beside))
	return m
}

// butterfly is what a pass of one radix works with while it is emitted.
type butterfly struct {
	*precision
	in   func(l int) cpx
	out  func(k int, c cpx)
	room func(k int) (re, im Mem) // for complex vectors, in memory of the function's own
}

func (p *precision) pass(radix int, kind string, twiddled bool, from, to layout) {
	name := fmt.Sprintf("pass%d%sx", radix, kind)
	p.text(name, "dre, dim, sre, sim *%[1]s, ds, ss, m, s uintptr, tw *%[1]s, blocks, dblock, sblock uintptr",
		fmt.Sprintf("is FFT.Pass[%d], with its parameters.", radix))
	var s, ss, ds Op = place("s"), place("ss"), place("ds")
	if radix < 8 { // else registers are short
		s, ss, ds = arg("s"), arg("ss"), arg("ds")
	}
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
	if from != interleaved {
		MOVQ(place("sim"), sim)
	}
	if to != interleaved {
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
	// down is what lies k steps below base.
	down := func(base, by GPVirtual, k int) Mem {
		if k == 0 {
			return Mem{Base: base}
		}
		low := GP64()
		MOVQ(base, low)
		for range k {
			SUBQ(by, low)
		}
		return Mem{Base: low}
	}
	b := &butterfly{precision: p}
	if radix == 8 {
		b.room = p.room(2)
	}
	b.in = func(l int) cpx {
		switch {
		case from == split:
			return p.get(at(sre, J, J3, l), at(sim, J, J3, l))
		case from == interleaved:
			return p.split(at(sre, J, J3, l))
		case l < radix/2:
			return p.split(fetched(at(sre, J, J3, l), 64))
		}
		return p.splitMirrored(fetched(down(sim, J, l-radix/2), -64))
	}
	b.out = func(k int, c cpx) {
		if twiddled && k > 0 {
			wre, wim := YMM(), YMM()
			p.splat(Mem{Base: tw, Disp: (2 * (k - 1)) * p.size}, wre)
			p.splat(Mem{Base: tw, Disp: (2*(k-1) + 1) * p.size}, wim)
			c = p.times(c, wre, wim)
		}
		switch {
		case to == split:
			p.put(c, at(dre, K, K3, k), at(dim, K, K3, k))
		case to == interleaved:
			p.join(c, at(dre, K, K3, k))
		case k < radix/2:
			p.join(cpx{c.im, c.re}, fetched(at(dre, K, K3, k), 64))
		default:
			p.joinMirrored(cpx{c.im, c.re}, fetched(down(dim, K, k-radix/2), -64))
		}
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
	move := func(l layout, by Op, re, im Op) {
		ADDQ(by, re)
		switch l {
		case split:
			ADDQ(by, im)
		case mirrored:
			SUBQ(by, im)
		}
	}
	move(from, ss, sre, sim)
	move(to, ds, dre, dim)
	DECQ(q)
	JNE(LabelRef("inner"))
	if twiddled { // else m is 1
		IMUL3Q(U32(radix-1), K, q)
		move(to, q, dre, dim)
		ADDQ(U32(2*(radix-1)*p.size), tw)
		DECQ(left)
		JNE(LabelRef("outer"))
	}
	// The next block.
	MOVQ(place("sblock"), q)
	move(from, q, place("sre"), place("sim"))
	MOVQ(place("dblock"), q)
	move(to, q, place("dre"), place("dim"))
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

// by8 is two transforms of four. Half of the even one is kept in memory: all
// sixteen vectors would need all registers.
func (b *butterfly) by8() {
	four := func(x0, x1, x2, x3 int) [4]cpx {
		a, c := b.in(x0), b.in(x2)
		t0, t1 := b.sum(a, c), b.diff(a, c)
		a, c = b.in(x1), b.in(x3)
		t2, t3 := b.sum(a, c), b.diff(a, c)
		return [4]cpx{b.sum(t0, t2), b.plusI(t1, t3), b.diff(t0, t2), b.minusI(t1, t3)}
	}
	even := four(0, 2, 4, 6)
	for k := range 2 {
		re, im := b.room(k)
		b.put(even[2+k], re, im)
	}
	for k, o := range four(1, 3, 5, 7) {
		// o exp(2 pi i k/8), but for the factor i of k = 2 and of 3.
		if k == 1 || k == 3 {
			t := newCpx() // o (1+i)/sqrt 2, for (-1+i)/sqrt 2 is i times it
			b.sub(o.im, o.re, t.re)
			b.add(o.im, o.re, t.im)
			b.mul(b.root, t.re, t.re)
			b.mul(b.root, t.im, t.im)
			o = t
		}
		if k < 2 {
			b.out(k, b.sum(even[k], o))
			b.out(k+4, b.diff(even[k], o))
		} else {
			e := b.get(b.room(k - 2))
			b.out(k, b.plusI(e, o))
			b.out(k+4, b.minusI(e, o))
		}
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
	quads := p.quads(p.pairs(v))
	half := p.lanes / 2
	turned := make([]VecVirtual, p.lanes)
	for k := range half {
		turned[k], turned[k+half] = YMM(), YMM()
		VPERM2F128(U8(0x20), quads[k+half], quads[k], turned[k])
		VPERM2F128(U8(0x31), quads[k+half], quads[k], turned[k+half])
	}
	return turned
}

// pairs transposes squares of two numbers within halves of vectors.
func (p *precision) pairs(v []VecVirtual) []VecVirtual {
	pairs := make([]VecVirtual, len(v))
	for k := 0; k < len(v); k += 2 {
		pairs[k], pairs[k+1] = YMM(), YMM()
		p.unpackLow(v[k+1], v[k], pairs[k])
		p.unpackHigh(v[k+1], v[k], pairs[k+1])
	}
	return pairs
}

// quads makes of pairs the transposes of halves of vectors, which pairs of two
// numbers are already.
func (p *precision) quads(pairs []VecVirtual) []VecVirtual {
	if p.size == 8 {
		return pairs
	}
	quads := make([]VecVirtual, len(pairs))
	for k := 0; k < len(pairs); k += 4 {
		for h := range 2 {
			low, high := YMM(), YMM()
			VSHUFPS(U8(0x44), pairs[k+2+h], pairs[k+h], low)
			VSHUFPS(U8(0xEE), pairs[k+2+h], pairs[k+h], high)
			quads[k+2*h], quads[k+2*h+1] = low, high
		}
	}
	return quads
}
