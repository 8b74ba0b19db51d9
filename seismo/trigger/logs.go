package trigger

import "math"

// logs puts the natural logarithms of values in their place, within 5e-16 and some
// units in the last place. It is quicker than math.Log, as no value waits for a
// division: the mantissa is brought near 1 by the reciprocal of one of 256 numbers whose
// logarithms are known, and the rest is a short series (Tang 1990).
func logs(x []float64) {
	for i, v := range x {
		if !(v >= 0x1p-1022 && v <= math.MaxFloat64) {
			x[i] = math.Log(v) // zero, subnormal, negative, infinite or no number
			continue
		}
		bits := math.Float64bits(v)
		exponent := float64(int(bits>>52) - 1023)
		near := &nearOne[bits>>44&0xff]
		r := math.Float64frombits(bits&(1<<52-1)|0x3ff<<52)*near.reciprocal - 1
		r2 := r * r
		series := r2*((-1./2+r*(1./3))+r2*((-1./4+r*(1./5))-r2*(1./6))) + r
		x[i] = exponent*math.Ln2 + near.log + series
	}
}

// nearOne has a reciprocal, and the logarithm of what it is the reciprocal of, for
// each 256th from 1 to 2.
var nearOne = func() (all [256]struct{ reciprocal, log float64 }) {
	for i := range all {
		r := 1 / (1 + (float64(i)+0.5)/256)
		if i == 0 {
			r = 1 // so that the logarithm of 1 is 0
		}
		all[i].reciprocal, all[i].log = r, -math.Log(r)
	}
	return all
}()
