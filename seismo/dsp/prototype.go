package dsp

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/cmplx"
)

// A Prototype is a family of filters of one order; its methods design digital
// filters with corners in Hz, by the bilinear transform (SciPy's iirfilter).
type Prototype struct {
	order int
	err   error // why there is no such filter
	make  func() zpk
}

// Butterworth filters are as flat as can be; they are 3 dB down at their corners.
func Butterworth(order int) Prototype {
	return Prototype{order: order, make: func() zpk { return butterworth(order) }}
}

// Chebyshev1 filters ripple by as many dB within the band and leave it more
// steeply; they are down by the ripple at their corners (SciPy's cheby1).
func Chebyshev1(order int, rippleDB float64) Prototype {
	return Prototype{order: order, err: decibels("ripple", rippleDB), make: func() zpk { return chebyshev1(order, rippleDB) }}
}

// Chebyshev2 filters are flat within the band and ripple beyond it, where they
// are at least as many dB down as given, and just that at their corners (SciPy's
// cheby2).
func Chebyshev2(order int, lossDB float64) Prototype {
	return Prototype{order: order, err: decibels("loss", lossDB), make: func() zpk { return chebyshev2(order, lossDB) }}
}

// Bessel filters keep the shape of a wave: their group delay is as flat as can
// be before the bilinear transform. The phase is half of its range at the
// corners (SciPy's norm "phase"), as with a Butterworth filter of that order.
func Bessel(order int) Prototype {
	return Prototype{order: order, make: func() zpk { return bessel(order) }}
}

func decibels(what string, db float64) error {
	if !(db > 0) || math.IsInf(db, 0) {
		return fmt.Errorf("dsp: %s of %v dB is not positive", what, db)
	}
	return nil
}

// Lowpass designs a low-pass with its corner at freq, 0 < freq < rate/2.
func (p Prototype) Lowpass(freq, rate float64) (Sections, error) {
	if err := errors.Join(p.err, checkDesign(p.order, rate, freq)); err != nil {
		return nil, err
	}
	return p.make().lowpass(warp(freq, rate)).digital(), nil
}

// Highpass designs a high-pass; see Lowpass.
func (p Prototype) Highpass(freq, rate float64) (Sections, error) {
	if err := errors.Join(p.err, checkDesign(p.order, rate, freq)); err != nil {
		return nil, err
	}
	return p.make().highpass(warp(freq, rate)).digital(), nil
}

// Bandpass designs a band-pass of twice the order with corners 0 < low < high;
// a corner high at or above rate/2 leaves a high-pass at low.
func (p Prototype) Bandpass(low, high, rate float64) (Sections, error) {
	if high/(rate/2) > 1-1e-6 && low < rate/2 {
		return p.Highpass(low, rate)
	}
	if err := errors.Join(p.err, checkDesign(p.order, rate, low, high)); err != nil {
		return nil, err
	}
	return p.make().bandpass(warp(low, rate), warp(high, rate)).digital(), nil
}

// Bandstop designs a band-stop of twice the order, 0 < low < high < rate/2.
func (p Prototype) Bandstop(low, high, rate float64) (Sections, error) {
	if err := errors.Join(p.err, checkDesign(p.order, rate, low, high)); err != nil {
		return nil, err
	}
	return p.make().bandstop(warp(low, rate), warp(high, rate)).digital(), nil
}

// butterworth is the analog low-pass prototype with its corner at 1.
func butterworth(order int) zpk {
	f := zpk{gain: 1}
	for m := 1 - order; m < order; m += 2 {
		f.poles = append(f.poles, -cmplx.Rect(1, math.Pi*float64(m)/float64(2*order)))
	}
	return f
}

// chebyshev1 is the analog low-pass prototype of type I, ripple dB down at 1.
func chebyshev1(order int, ripple float64) zpk {
	var f zpk
	mu := math.Asinh(1/math.Sqrt(math.Pow(10, 0.1*ripple)-1)) / float64(order)
	for m := 1 - order; m < order; m += 2 {
		sin, cos := math.Sincos(math.Pi * float64(m) / float64(2*order))
		f.poles = append(f.poles, complex(-math.Sinh(mu)*cos, -math.Cosh(mu)*sin))
	}
	f.gain = real(negated(f.poles, 0))
	if order%2 == 0 { // the band begins at the bottom of a ripple
		f.gain *= math.Pow(10, -0.05*ripple)
	}
	return f
}

// chebyshev2 is the analog low-pass prototype of type II, loss dB down from 1 on.
func chebyshev2(order int, loss float64) zpk {
	var f zpk
	mu := math.Asinh(math.Sqrt(math.Pow(10, 0.1*loss)-1)) / float64(order)
	for m := 1 - order; m < order; m += 2 {
		angle := math.Pi * float64(m) / float64(2*order)
		if m != 0 {
			f.zeros = append(f.zeros, complex(0, 1/math.Sin(angle)))
		}
		p := -cmplx.Rect(1, angle)
		f.poles = append(f.poles, 1/complex(math.Sinh(mu)*real(p), math.Cosh(mu)*imag(p)))
	}
	f.gain = real(negated(f.poles, 0) / negated(f.zeros, 0))
	return f
}

// bessel is the analog low-pass prototype, whose poles are the roots of the
// reverse Bessel polynomial divided by the order-th root of its constant term.
func bessel(order int) zpk {
	// theta = sum over k of (2n-k)! / (2^(n-k) k! (n-k)!) s^k, scaled so that both
	// its first and its last coefficient are 1.
	c := make([]*big.Float, order+1)
	for k := range c {
		n := new(big.Int).MulRange(int64(order-k+1), int64(2*order-k)) // (2n-k)!/(n-k)!
		d := new(big.Int).MulRange(1, int64(k))
		d.Lsh(d, uint(order-k))
		c[k] = new(big.Float).SetPrec(256).SetRat(new(big.Rat).SetFrac(n, d))
	}
	last, _ := c[0].Float64()
	unit := new(big.Float).SetPrec(256).SetFloat64(math.Pow(last, 1/float64(order)))
	scale := new(big.Float).SetPrec(256).SetInt64(1)
	for k := order; k >= 0; k-- {
		c[k].Quo(c[k], scale)
		scale.Mul(scale, unit)
	}
	return zpk{poles: roots(c), gain: 1}
}

// roots returns the roots of a polynomial with simple roots, c[k] being the
// coefficient of s^k and the last 1, by Durand and Kerner's iteration. It
// computes in 256 bits, as the roots of high orders are lost in rounding
// otherwise.
func roots(c []*big.Float) []complex128 {
	n := len(c) - 1
	at := make([]wide, n)
	for i := range at {
		at[i] = newWide(cmplx.Rect(1, 2*math.Pi*(float64(i)+0.4)/float64(n)+math.Pi/2))
	}
	for range 200 {
		moved := 0.0
		for i := range at {
			p := newWide(1)
			p = wide{new(big.Float).Set(c[n]), p.im}
			for k := n - 1; k >= 0; k-- {
				p = p.mul(at[i])
				p.re.Add(p.re, c[k])
			}
			for j := range at {
				if j != i {
					p = p.quo(at[i].sub(at[j]))
				}
			}
			at[i] = at[i].sub(p)
			moved = max(moved, cmplx.Abs(p.narrow()))
		}
		if moved < 1e-30 {
			break
		}
	}
	out := make([]complex128, n)
	for i, r := range at {
		out[i] = r.narrow()
		if math.Abs(imag(out[i])) < 1e-20 {
			out[i] = complex(real(out[i]), 0)
		}
	}
	return out
}

// wide is a complex number of 256 bits.
type wide struct{ re, im *big.Float }

func newWide(c complex128) wide {
	return wide{new(big.Float).SetPrec(256).SetFloat64(real(c)), new(big.Float).SetPrec(256).SetFloat64(imag(c))}
}

func (a wide) narrow() complex128 {
	re, _ := a.re.Float64()
	im, _ := a.im.Float64()
	return complex(re, im)
}

func (a wide) sub(b wide) wide {
	return wide{new(big.Float).Sub(a.re, b.re), new(big.Float).Sub(a.im, b.im)}
}

func (a wide) mul(b wide) wide {
	product := func(x, y *big.Float) *big.Float { return new(big.Float).Mul(x, y) }
	re, im := product(a.re, b.re), product(a.re, b.im)
	return wide{re.Sub(re, product(a.im, b.im)), im.Add(im, product(a.im, b.re))}
}

func (a wide) quo(b wide) wide {
	size := new(big.Float).Mul(b.re, b.re)
	size.Add(size, new(big.Float).Mul(b.im, b.im))
	c := a.mul(wide{b.re, new(big.Float).Neg(b.im)})
	return wide{c.re.Quo(c.re, size), c.im.Quo(c.im, size)}
}
