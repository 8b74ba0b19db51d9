package dsp

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"
)

// MaxOrder is the highest order of a designed filter.
const MaxOrder = 24

// Lowpass designs a Butterworth low-pass of the order given (ObsPy's corners)
// with its -3 dB corner at freq, 0 < freq < rate/2, both in Hz.
func Lowpass(order int, freq, rate float64) (Sections, error) {
	return Butterworth(order).Lowpass(freq, rate)
}

// Highpass designs a Butterworth high-pass; see Lowpass.
func Highpass(order int, freq, rate float64) (Sections, error) {
	return Butterworth(order).Highpass(freq, rate)
}

// Bandpass designs a Butterworth band-pass with corners 0 < low < high; it is of
// twice the order given. As in ObsPy, a corner high at or above rate/2 leaves a
// high-pass at low.
func Bandpass(order int, low, high, rate float64) (Sections, error) {
	return Butterworth(order).Bandpass(low, high, rate)
}

// Bandstop designs a Butterworth band-stop with corners 0 < low < high < rate/2;
// it is of twice the order given.
func Bandstop(order int, low, high, rate float64) (Sections, error) {
	return Butterworth(order).Bandstop(low, high, rate)
}

// AntiAlias designs the low-pass of ObsPy's lowpass_cheby_2: Chebyshev type II,
// 96 dB down from freq (0 < freq < rate/2, in Hz) on, 1 dB down at the corner
// that is nearest below freq, in steps of a hundredth, for order 12 to reach.
func AntiAlias(freq, rate float64) (Sections, error) {
	const passLoss, stopLoss, maxOrder = 1, 96, 12
	if err := checkDesign(maxOrder, rate, freq); err != nil {
		return nil, err
	}
	ratio := math.Acosh(math.Sqrt((math.Pow(10, 0.1*stopLoss) - 1) / (math.Pow(10, 0.1*passLoss) - 1)))
	stop := math.Tan(math.Pi * freq / rate)
	for corner := 0.99 * freq; ; corner *= 0.99 {
		pass := math.Tan(math.Pi * corner / rate)
		order := math.Ceil(ratio / math.Acosh(stop/pass))
		if order <= maxOrder {
			natural := pass * math.Cosh(ratio/order)
			return chebyshev2(int(order), stopLoss).lowpass(4 * natural).digital(), nil
		}
	}
}

func checkDesign(order int, rate float64, corners ...float64) error {
	if order < 1 || order > MaxOrder {
		return fmt.Errorf("dsp: filter of order %d, not 1 to %d", order, MaxOrder)
	}
	if !(rate > 0) || math.IsInf(rate, 0) {
		return fmt.Errorf("dsp: sampling rate %v Hz is not positive", rate)
	}
	for i, f := range corners {
		if !(f > 0 && f < rate/2) {
			return fmt.Errorf("dsp: corner of %v Hz, not between 0 and the Nyquist frequency %v Hz", f, rate/2)
		}
		if i > 0 && f <= corners[i-1] {
			return fmt.Errorf("dsp: upper corner of %v Hz is not above the lower, %v Hz", f, corners[i-1])
		}
	}
	return nil
}

// warp returns the angular frequency of the analog filter that the bilinear
// transform below takes to freq.
func warp(freq, rate float64) float64 { return 4 * math.Tan(math.Pi*freq/rate) }

// zpk is a filter by its zeros, poles and gain.
type zpk struct {
	zeros, poles []complex128
	gain         float64
}

// negated returns the product of c - r over the roots r.
func negated(roots []complex128, c complex128) complex128 {
	product := complex(1, 0)
	for _, r := range roots {
		product *= c - r
	}
	return product
}

// excess is the number of zeros at infinity.
func (f zpk) excess() int { return len(f.poles) - len(f.zeros) }

func each(roots []complex128, to func(complex128) complex128) []complex128 {
	out := make([]complex128, len(roots))
	for i, r := range roots {
		out[i] = to(r)
	}
	return out
}

// split takes every root r to the two solutions of s^2 - 2 r s + w^2 = 0.
func split(roots []complex128, w float64) []complex128 {
	var plus, minus []complex128
	for _, r := range roots {
		d := cmplx.Sqrt(r*r - complex(w*w, 0))
		plus, minus = append(plus, r+d), append(minus, r-d)
	}
	return append(plus, minus...)
}

// lowpass moves the corner of a prototype to w.
func (f zpk) lowpass(w float64) zpk {
	scale := func(r complex128) complex128 { return r * complex(w, 0) }
	return zpk{each(f.zeros, scale), each(f.poles, scale), f.gain * math.Pow(w, float64(f.excess()))}
}

func (f zpk) highpass(w float64) zpk {
	invert := func(r complex128) complex128 { return complex(w, 0) / r }
	zeros := append(each(f.zeros, invert), make([]complex128, f.excess())...)
	return zpk{zeros, each(f.poles, invert), f.gain * real(negated(f.zeros, 0)/negated(f.poles, 0))}
}

func (f zpk) bandpass(w1, w2 float64) zpk {
	width, center := w2-w1, math.Sqrt(w1*w2)
	scale := func(r complex128) complex128 { return r * complex(width/2, 0) }
	zeros := append(split(each(f.zeros, scale), center), make([]complex128, f.excess())...)
	return zpk{zeros, split(each(f.poles, scale), center), f.gain * math.Pow(width, float64(f.excess()))}
}

func (f zpk) bandstop(w1, w2 float64) zpk {
	width, center := w2-w1, math.Sqrt(w1*w2)
	invert := func(r complex128) complex128 { return complex(width/2, 0) / r }
	zeros := split(each(f.zeros, invert), center)
	zeros = append(zeros, slices.Repeat([]complex128{complex(0, center), complex(0, -center)}, f.excess())...)
	return zpk{zeros, split(each(f.poles, invert), center), f.gain * real(negated(f.zeros, 0)/negated(f.poles, 0))}
}

// digital takes the analog filter to the digital one by the bilinear transform
// z = (4+s)/(4-s), and that to sections.
func (f zpk) digital() Sections {
	const c = 4
	bilinear := func(s complex128) complex128 { return (c + s) / (c - s) }
	return pairUp(zpk{
		zeros: append(each(f.zeros, bilinear), slices.Repeat([]complex128{-1}, f.excess())...),
		poles: each(f.poles, bilinear),
		gain:  f.gain * real(negated(f.zeros, c)/negated(f.poles, c)),
	})
}
