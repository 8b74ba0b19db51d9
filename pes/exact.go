package pes

import (
	"math"
	"math/big"
	"math/bits"
)

// An Exact sum of numbers: a fixed-point number wide enough for any float64,
// its square, and 2^63 of them added up, so that nothing is ever rounded and
// the order of additions does not matter. (Kulisch's long accumulator; see
// U. Kulisch, W. Miranker, "The arithmetic of the digital computer: a new
// approach", SIAM Review 28, 1986.) Its zero value is 0.
type Exact struct {
	// Limbs are the digits to base 2^32, the least first, its weight
	// 2^lowest. Between two carries each may lie outside its range.
	Limbs [limbs]int64
	// Adds is the number of additions since the last carry.
	Adds int64
	// NaNs, Highs and Lows count what no sum can undo: NaN, +Inf and -Inf.
	NaNs, Highs, Lows int64
}

const (
	lowest    = -2176 // a multiple of 32 not above 2*-1074, the last bit of a square
	limbs     = 134   // up to 2^2112, above 2^63 squares below 2^2048
	limbMask  = 1<<32 - 1
	carryEach = 1 << 29 // additions; each moves a limb by less than 2^32
)

// add adds m * 2^e, or subtracts it.
func (x *Exact) add(negative bool, m uint64, e int) {
	at, shift := (e-lowest)>>5, uint(e-lowest)&31
	low, high := m<<shift, int64(m>>(64-shift))
	d := (*[3]int64)(x.Limbs[at:])
	if negative {
		d[0] -= int64(low & limbMask)
		d[1] -= int64(low >> 32)
		d[2] -= high
	} else {
		d[0] += int64(low & limbMask)
		d[1] += int64(low >> 32)
		d[2] += high
	}
	if x.Adds++; x.Adds == carryEach {
		x.carry()
	}
}

// carry brings all limbs but the last, which has the sign, into their range.
// Sums that are equal then have equal limbs.
func (x *Exact) carry() {
	x.Adds = 0
	for i := range limbs - 1 {
		x.Limbs[i+1] += x.Limbs[i] >> 32
		x.Limbs[i] &= limbMask
	}
}

// split takes a float64 apart into m * 2^e; ok is false for NaN and infinity.
func split(f float64) (negative bool, m uint64, e int, ok bool) {
	b := math.Float64bits(f)
	m, e = b&(1<<52-1), int(b>>52&0x7ff)
	if e == 0 {
		return b>>63 != 0, m, -1074, true
	}
	return b>>63 != 0, m | 1<<52, e - 1075, e != 0x7ff
}

// AddFloat adds f.
func (x *Exact) AddFloat(f float64) {
	if negative, m, e, ok := split(f); ok {
		x.add(negative, m, e)
		return
	}
	switch {
	case f > 0:
		x.Highs++
	case f < 0:
		x.Lows++
	default:
		x.NaNs++
	}
}

// AddSquare adds f*f.
func (x *Exact) AddSquare(f float64) {
	_, m, e, ok := split(f)
	if !ok {
		x.AddFloat(math.Abs(f))
		return
	}
	high, low := bits.Mul64(m, m)
	x.add(false, low, 2*e)
	x.add(false, high, 2*e+64)
}

// AddInt adds the integer whose absolute value is m.
func (x *Exact) AddInt(negative bool, m uint64) { x.add(negative, m, 0) }

// AddIntSquare adds m*m.
func (x *Exact) AddIntSquare(m uint64) {
	high, low := bits.Mul64(m, m)
	x.add(false, low, 0)
	x.add(false, high, 64)
}

// Merge adds another sum.
func (x *Exact) Merge(o *Exact) {
	x.carry()
	y := *o
	y.carry()
	for i := range x.Limbs {
		x.Limbs[i] += y.Limbs[i]
	}
	x.carry()
	x.NaNs += o.NaNs
	x.Highs += o.Highs
	x.Lows += o.Lows
}

// special returns what the sum is because of a NaN or an infinity in it.
func (x *Exact) special() (f float64, ok bool) {
	switch {
	case x.NaNs > 0 || x.Highs > 0 && x.Lows > 0:
		return math.NaN(), true
	case x.Highs > 0:
		return math.Inf(1), true
	case x.Lows > 0:
		return math.Inf(-1), true
	}
	return 0, false
}

// units returns the sum in units of 2^lowest.
func (x *Exact) units() *big.Int {
	x.carry()
	v, limb := new(big.Int), new(big.Int)
	for i := limbs - 1; i >= 0; i-- {
		v.Lsh(v, 32)
		v.Add(v, limb.SetInt64(x.Limbs[i]))
	}
	return v
}

// Rat returns the sum itself; NaNs and infinities are not in it.
func (x *Exact) Rat() *big.Rat {
	return new(big.Rat).SetFrac(x.units(), new(big.Int).Lsh(big.NewInt(1), -lowest))
}

// Float64 returns the sum, rounded once to the nearest number.
func (x *Exact) Float64() float64 {
	if f, ok := x.special(); ok {
		return f
	}
	f, _ := x.Rat().Float64()
	return f
}
