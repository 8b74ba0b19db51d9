package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// cascade emits the recursive filters that stand one after the other, one to a
// lane of one or two vectors: each works on the sample that is two behind that of
// the filter before it, so that none waits for what a neighbour has to say. The
// arithmetic is that of plain Go, operation by operation.
func (p *precision) cascade(vectors int) {
	p.text(fmt.Sprintf("cascade%dx", p.lanes*vectors), "x, c *%[1]s, n uintptr",
		"filters n samples from x on, of which the first filter gets the first. c is a Cascade from its coefficients on.")
	x, c, n := arg("x"), arg("c"), arg("n")
	// The arrays of a Cascade, of 8 lanes each.
	const d, b1, b2, a1, a2, state1, state2, before, last = 0, 1, 2, 3, 4, 5, 6, 7, 8
	at := func(array, v int) Mem { return Mem{Base: c, Disp: 64*array + 32*v} }
	type state struct{ s, t, older, newer VecVirtual }
	var states []state
	for v := range vectors {
		st := state{YMM(), YMM(), YMM(), YMM()}
		p.load(at(state1, v), st.s)
		p.load(at(state2, v), st.t)
		p.load(at(before, v), st.older)
		p.load(at(last, v), st.newer)
		states = append(states, st)
	}
	lag := 2 * (p.lanes*vectors - 1) * p.size // of the last filter
	Label("loop")
	var outs []VecVirtual
	for v, st := range states {
		in, next, y := YMM(), YMM(), YMM()
		if v == 0 {
			p.splat(Mem{Base: x}, next)
		} else {
			VPERMPD(U8(3), states[v-1].older, next) // what leaves the last lane of the vector before
		}
		VPERMPD(U8(0x90), st.older, in) // one lane up
		VBLENDPD(U8(1), next, in, in)
		u, w := YMM(), YMM()
		// y = D in + s; s = B1 in + t - A1 s; t = B2 in - A2 s.
		p.mul(at(d, v), in, y)
		p.add(st.s, y, y)
		p.mul(at(b1, v), in, u)
		p.add(st.t, u, u)
		p.mul(at(b2, v), in, st.t)
		p.mul(at(a2, v), st.s, w)
		p.sub(w, st.t, st.t)
		p.mul(at(a1, v), st.s, w)
		p.sub(w, u, st.s)
		outs = append(outs, y)
	}
	high := XMM()
	VEXTRACTF128(U8(1), outs[len(outs)-1], high)
	VMOVHPD(high, Mem{Base: x, Disp: -lag})
	for v := range states {
		p.load(states[v].newer, states[v].older)
		p.load(outs[v], states[v].newer)
	}
	ADDQ(U32(p.size), x)
	DECQ(n)
	JNE(LabelRef("loop"))
	for v, st := range states {
		p.load(st.s, at(state1, v))
		p.load(st.t, at(state2, v))
		p.load(st.older, at(before, v))
		p.load(st.newer, at(last, v))
	}
	end()
}
