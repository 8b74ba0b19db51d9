package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A precision emits vector instructions for one type of sample.
type precision struct {
	typ   string // the Go type
	tail  string // of the names of kernels
	size  int    // bytes of a sample
	lanes int    // samples of a vector

	add, sub, mul, div           func(ops ...Op) // Go's order: subtrahend, minuend, result
	fmadd, fmsub, fnmadd         func(ops ...Op) // x, y, z: z = xy + z, xy - z, z - xy
	load                         func(ops ...Op)
	splat                        func(ops ...Op)
	unpackLow, unpackHigh        func(ops ...Op)
	half, sin60                  Mem
	cos72, cos144, sin72, sin144 Mem
	root                         Mem // of one half
	signs                        Mem // the sign bit alone
	xor                          func(ops ...Op)
	mirror                       Op // by which VPERMPD puts complex numbers in reverse
}

func float32s() *precision {
	p := &precision{
		typ: "float32", tail: "32", size: 4, lanes: 8,
		add: VADDPS, sub: VSUBPS, mul: VMULPS, div: VDIVPS, fmadd: VFMADD231PS, fmsub: VFMSUB231PS, fnmadd: VFNMADD231PS,
		load: VMOVUPS, splat: VBROADCASTSS, unpackLow: VUNPCKLPS, unpackHigh: VUNPCKHPS,
	}
	p.xor, p.mirror = VXORPS, U8(0x1B)
	p.constants()
	return p
}

func float64s() *precision {
	p := &precision{
		typ: "float64", tail: "64", size: 8, lanes: 4,
		add: VADDPD, sub: VSUBPD, mul: VMULPD, div: VDIVPD, fmadd: VFMADD231PD, fmsub: VFMSUB231PD, fnmadd: VFNMADD231PD,
		load: VMOVUPD, splat: VBROADCASTSD, unpackLow: VUNPCKLPD, unpackHigh: VUNPCKHPD,
	}
	p.xor, p.mirror = VXORPD, U8(0x4E)
	p.constants()
	return p
}

func (p *precision) constants() {
	p.half = p.constant("half", 0.5)
	p.signs = GLOBL("signs"+p.tail, RODATA|NOPTR)
	for k := range 4 { // as bits, for assemblers take a negative zero for zero
		if p.size == 4 {
			DATA(8*k, U64(1<<63|1<<31))
		} else {
			DATA(8*k, U64(1<<63))
		}
	}
	p.root = p.constant("root", math.Sqrt(0.5))
	p.sin60 = p.constant("sin60", math.Sqrt(3)/2)
	p.cos72, p.cos144 = p.constant("cos72", math.Cos(2*math.Pi/5)), p.constant("cos144", math.Cos(4*math.Pi/5))
	p.sin72, p.sin144 = p.constant("sin72", math.Sin(2*math.Pi/5)), p.constant("sin144", math.Sin(4*math.Pi/5))
}

// constant emits v in every lane.
func (p *precision) constant(name string, v float64) Mem {
	m := GLOBL(name+p.tail, RODATA|NOPTR)
	for k := range p.lanes {
		if p.size == 4 {
			DATA(4*k, F32(v))
		} else {
			DATA(8*k, F64(v))
		}
	}
	return m
}

// text begins a function; %s in its parameters is the type of a sample.
func (p *precision) text(name, params, doc string) {
	TEXT(name+p.tail, NOSPLIT, fmt.Sprintf("func("+params+")", p.typ))
	Pragma("noescape")
	Doc(name + p.tail + " " + doc)
}

// end ends a function.
func end() {
	VZEROUPPER()
	RET()
}

// arg loads a parameter.
func arg(name string) GPVirtual { return Load(Param(name), GP64()).(GPVirtual) }

// place is where a parameter lies, to be read when it is needed or counted on.
func place(name string) Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// room returns where the parts of n complex vectors can be kept, in memory of the
// function's own where no vector lies across two cache lines.
func (p *precision) room(n int) func(k int) (re, im Mem) {
	base := GP64()
	LEAQ(AllocLocal(64*n+32).Offset(31), base)
	ANDQ(I8(-32), base)
	return func(k int) (re, im Mem) { return row(base, k) }
}

// cpx is a vector of complex numbers.
type cpx struct{ re, im VecVirtual }

func newCpx() cpx { return cpx{YMM(), YMM()} }

// row is where the parts of complex vector k from base lie.
func row(base GPVirtual, k int) (re, im Mem) {
	return Mem{Base: base, Disp: 64 * k}, Mem{Base: base, Disp: 64*k + 32}
}

func (p *precision) get(re, im Mem) cpx {
	c := newCpx()
	p.load(re, c.re)
	p.load(im, c.im)
	return c
}

func (p *precision) put(c cpx, re, im Mem) {
	p.load(c.re, re)
	p.load(c.im, im)
}

// sum is a + b, diff a - b, plusI a + ib, minusI a - ib.
func (p *precision) sum(a, b cpx) cpx {
	c := newCpx()
	p.add(a.re, b.re, c.re)
	p.add(a.im, b.im, c.im)
	return c
}

func (p *precision) diff(a, b cpx) cpx {
	c := newCpx()
	p.sub(b.re, a.re, c.re)
	p.sub(b.im, a.im, c.im)
	return c
}

func (p *precision) plusI(a, b cpx) cpx {
	c := newCpx()
	p.sub(b.im, a.re, c.re)
	p.add(b.re, a.im, c.im)
	return c
}

func (p *precision) minusI(a, b cpx) cpx {
	c := newCpx()
	p.add(b.im, a.re, c.re)
	p.sub(b.re, a.im, c.im)
	return c
}

// times is a w; the parts of w may be memory.
func (p *precision) times(a cpx, wre, wim Op) cpx {
	c := newCpx()
	p.mul(wim, a.im, c.re)
	p.mul(wim, a.re, c.im)
	p.fmsub(wre, a.re, c.re)
	p.fmadd(wre, a.im, c.im)
	return c
}

// split loads the vector of complex numbers that lie one after the other at m.
// Its lanes are in the order of kernel.Lanes, which spares a permutation.
func (p *precision) split(m Mem) cpx {
	a, b := YMM(), YMM()
	p.load(m, a)
	p.load(m.Offset(32), b)
	return p.unzip(a, b)
}

// splitMirrored is split for the conjugates of the numbers in reverse.
func (p *precision) splitMirrored(m Mem) cpx {
	a, b := YMM(), YMM()
	VPERMPD(p.mirror, m.Offset(32), a)
	VPERMPD(p.mirror, m, b)
	c := p.unzip(a, b)
	p.xor(p.signs, c.im, c.im)
	return c
}

func (p *precision) unzip(a, b VecVirtual) cpx {
	c := newCpx()
	if p.size == 4 {
		VSHUFPS(U8(0x88), b, a, c.re)
		VSHUFPS(U8(0xDD), b, a, c.im)
	} else {
		VUNPCKLPD(b, a, c.re)
		VUNPCKHPD(b, a, c.im)
	}
	return c
}

// join undoes split.
func (p *precision) join(c cpx, m Mem) {
	a, b := p.zip(c)
	p.load(a, m)
	p.load(b, m.Offset(32))
}

// joinMirrored undoes splitMirrored.
func (p *precision) joinMirrored(c cpx, m Mem) {
	im := YMM()
	p.xor(p.signs, c.im, im)
	a, b := p.zip(cpx{c.re, im})
	VPERMPD(p.mirror, a, a)
	VPERMPD(p.mirror, b, b)
	p.load(b, m)
	p.load(a, m.Offset(32))
}

func (p *precision) zip(c cpx) (a, b VecVirtual) {
	a, b = YMM(), YMM()
	p.unpackLow(c.im, c.re, a)
	p.unpackHigh(c.im, c.re, b)
	return a, b
}

// lanesOrder is kernel.Lanes for this precision.
func (p *precision) lanesOrder() []int {
	if p.size == 4 {
		return []int{0, 1, 4, 5, 2, 3, 6, 7}
	}
	return []int{0, 2, 1, 3}
}
