package kernel

import "math"

// MaxCascade is how many recursive filters a Cascade holds at most.
const MaxCascade = 8

// Biquad is a recursive filter of second order in state space, with two states s and t
// and the matrices A, B and D of its observer canonical form:
//
//	y = D x + s,  s' = B1 x + t - A1 s,  t' = B2 x - A2 s
//
// With D = b0, B1 = b1 - a1 b0, B2 = b2 - a2 b0, A1 = a1, A2 = a2 it is
// (b0 + b1/z + b2/z^2) / (1 + a1/z + a2/z^2), where a state waits for less than in
// direct form II transposed, whose states these are.
type Biquad struct{ D, B1, B2, A1, A2 float64 }

// Cascade is some recursive filters one after the other, with their states. The
// same bits come out however the samples are divided among calls, with the vector
// kernels or without.
type Cascade struct {
	filters int
	lanes   int // of the kernel, 0 for plain Go
	coefficients
}

// coefficients is what kernels know of a Cascade, a filter to a lane. Lanes beyond
// the filters let pass.
type coefficients struct {
	d, b1, b2, a1, a2 [MaxCascade]float64
	s, t              [MaxCascade]float64
	before, last      [MaxCascade]float64 // what left each lane last but one, and last
}

// NewCascade returns 1 to MaxCascade filters at rest.
func NewCascade(filters []Biquad) *Cascade {
	if len(filters) < 1 || len(filters) > MaxCascade {
		panic("kernel: cascade of no or too many filters")
	}
	c := &Cascade{filters: len(filters)}
	for k := range MaxCascade {
		f := Biquad{D: 1}
		if k < len(filters) {
			f = filters[k]
		}
		c.d[k], c.b1[k], c.b2[k], c.a1[k], c.a2[k] = f.D, f.B1, f.B2, f.A1, f.A2
	}
	switch { // one or two are as quick without
	case avx2 && c.filters > 4:
		c.lanes = 8
	case avx2 && c.filters > 2:
		c.lanes = 4
	}
	return c
}

// Reset puts all filters at rest.
func (c *Cascade) Reset() { c.s, c.t = [MaxCascade]float64{}, [MaxCascade]float64{} }

// Flush puts the filters at rest whose states are both smaller than that.
func (c *Cascade) Flush(silence float64) {
	for k := range c.filters {
		if math.Abs(c.s[k]) < silence && math.Abs(c.t[k]) < silence {
			c.s[k], c.t[k] = 0, 0
		}
	}
}

// Run passes the next samples through all filters in place.
func (c *Cascade) Run(x []float64) {
	lead := 2 * (c.lanes - 1) // how far the first filter is ahead of the last
	if c.lanes == 0 || len(x) <= lead {
		c.plain(x)
		return
	}
	// Each filter gets ahead of the next one, the lanes take it from there, and
	// each catches up.
	rest := c.lanes - 1
	for k := range rest {
		c.one(k, x[:lead-2*k])
		c.before[k], c.last[k] = x[lead-2-2*k], x[lead-1-2*k]
	}
	run := cascade4x64
	if c.lanes == 8 {
		run = cascade8x64
	}
	run(&x[lead], &c.d[0], uintptr(len(x)-lead))
	for k := range rest {
		end := len(x) - 2*k
		x[end-2], x[end-1] = c.before[k], c.last[k]
	}
	for k := 1; k <= rest; k++ {
		c.one(k, x[len(x)-2*k:])
	}
}
