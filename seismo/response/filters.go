package response

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"
)

// A Filter is one of *PolesZeros, *Coefficients, *FIR, *List and *Polynomial.
type Filter interface {
	// prepare returns the transfer function without the normalisation factor.
	// Digital filters run at intervals of T seconds; 0 if that is not known.
	prepare(intervalS, correctionS float64) (transfer, error)
}

// transfer is the value of a filter at f Hz.
type transfer func(f float64) complex128

// A Domain says what the variable of a transfer function is.
type Domain uint8

// The domains.
const (
	LaplaceRadians Domain = iota // s = i w, analog, in radians per second
	LaplaceHertz                 // s = i f, analog, in Hz
	Digital                      // z = exp(i w T)
)

// PolesZeros is a filter
//
//	H = Factor * product of (s - zero) / product of (s - pole)
//
// with z for s if it is digital. Factor makes |H| = 1 at FactorHz.
type PolesZeros struct {
	Domain       Domain
	Factor       float64
	FactorHz     float64
	Zeros, Poles []complex128
}

func (p *PolesZeros) prepare(interval, _ float64) (transfer, error) {
	variable, err := p.Domain.variable(interval)
	return func(f float64) complex128 {
		s, h := variable(f), complex(1, 0)
		// Poles and zeros by turns keep the product within range.
		for i := range max(len(p.Zeros), len(p.Poles)) {
			if i < len(p.Zeros) {
				h *= s - p.Zeros[i]
			}
			if i < len(p.Poles) {
				if d := s - p.Poles[i]; d != 0 {
					h /= d
				} else {
					h = 0 // as evalresp has it
				}
			}
		}
		return h
	}, err
}

// variable returns s or z as a function of the frequency.
func (d Domain) variable(interval float64) (func(f float64) complex128, error) {
	switch d {
	case LaplaceRadians:
		return func(f float64) complex128 { return complex(0, 2*math.Pi*f) }, nil
	case LaplaceHertz:
		return func(f float64) complex128 { return complex(0, f) }, nil
	}
	if interval <= 0 {
		return nil, errNoRate
	}
	return func(f float64) complex128 { return cmplx.Rect(1, 2*math.Pi*f*interval) }, nil
}

var errNoRate = fmt.Errorf("%w: a digital filter of unknown sampling rate: give the stage a decimation", ErrResponse)

// Coefficients is a rational function. If it is digital,
//
//	H = sum of Numerators[k] z^-k / sum of Denominators[k] z^-k
//
// and without denominators it is an asymmetric [FIR]. If it is analog, the powers
// are s^k; no denominators are a 1.
type Coefficients struct {
	Domain       Domain
	Numerators   []float64
	Denominators []float64
}

func (c *Coefficients) prepare(interval, correction float64) (transfer, error) {
	switch {
	case c.Domain == Digital && len(c.Denominators) == 0:
		return (&FIR{Coefficients: c.Numerators}).prepare(interval, correction)
	case len(c.Numerators) == 0:
		return nil, fmt.Errorf("%w: no numerators", ErrResponse)
	}
	variable, err := c.Domain.variable(interval)
	return func(f float64) complex128 {
		x := variable(f)
		if c.Domain == Digital {
			x = cmplx.Conj(x) // 1/z
		}
		h := horner(c.Numerators, x)
		if len(c.Denominators) > 0 {
			h /= horner(c.Denominators, x)
		}
		return h
	}, err
}

// horner is the sum of a[k] x^k. Filters may have hundreds of coefficients: every
// fourth of them makes a sum in powers of x^4, and the four need not wait for each
// other.
func horner(a []float64, x complex128) complex128 {
	x2 := x * x
	x4 := x2 * x2
	k := len(a) &^ 3
	var last [4]float64
	copy(last[:], a[k:])
	s0, s1, s2, s3 := complex(last[0], 0), complex(last[1], 0), complex(last[2], 0), complex(last[3], 0)
	for k -= 4; k >= 0; k -= 4 {
		v := a[k:][:4]
		s0, s1 = s0*x4+complex(v[0], 0), s1*x4+complex(v[1], 0)
		s2, s3 = s2*x4+complex(v[2], 0), s3*x4+complex(v[3], 0)
	}
	return (s0 + x*s1) + x2*(s2+x*s3)
}

// Symmetry says which coefficients of a FIR filter are listed.
type Symmetry uint8

// The symmetries.
const (
	Asymmetric Symmetry = iota // all
	Odd                        // the first half and the one in the middle
	Even                       // the first half
)

// FIR is a digital filter without feedback, at intervals of T:
//
//	Asymmetric: H = sum of a[k] exp(-i w T k), times exp(i w Correction)
//	Odd:        H = a[n-1] + 2 sum over k < n-1 of a[k] cos(w T (n-1-k))
//	Even:       H = 2 sum of a[k] cos(w T (n-k-0.5))
type FIR struct {
	Symmetry     Symmetry
	Coefficients []float64
}

// firTolerance is how far from 1 the sum of an asymmetric filter may be.
const firTolerance = 0.02

func (r *FIR) prepare(interval, correction float64) (transfer, error) {
	a, symmetry := r.Coefficients, r.Symmetry
	if len(a) == 0 {
		return func(float64) complex128 { return 1 }, nil
	}
	if interval <= 0 {
		return nil, errNoRate
	}
	if symmetry == Asymmetric {
		sum := 0.0
		for _, v := range a {
			sum += v
		}
		if math.Abs(sum-1) > firTolerance && sum != 0 {
			a = slices.Clone(a)
			for i := range a {
				a[i] /= sum
			}
		}
		if half := (len(a) + 1) / 2; mirrored(a) {
			symmetry = Even
			if len(a)%2 == 1 {
				symmetry = Odd
			}
			a = a[:half]
		}
	}
	if symmetry == Asymmetric {
		return func(f float64) complex128 {
			angle := 2 * math.Pi * f * interval
			return horner(a, cmplx.Rect(1, -angle)) * cmplx.Rect(1, 2*math.Pi*f*correction)
		}, nil
	}
	// Cosines are the real parts of powers of exp(i w T); of an even filter the
	// powers begin at a half.
	outward := slices.Clone(a)
	slices.Reverse(outward)
	for i := range outward {
		if i > 0 || symmetry == Even {
			outward[i] *= 2
		}
	}
	return func(f float64) complex128 {
		angle := 2 * math.Pi * f * interval
		h := horner(outward, cmplx.Rect(1, angle))
		if symmetry == Even {
			h *= cmplx.Rect(1, angle/2)
		}
		return complex(real(h), 0)
	}, nil
}

func mirrored(a []float64) bool {
	for i, v := range a[:len(a)/2] {
		if v != a[len(a)-1-i] {
			return false
		}
	}
	return true
}

// List is a response at some frequencies, ascending. Between them, and beyond,
// amplitude and phase follow cubic splines (not-a-knot).
type List struct {
	FrequenciesHz []float64
	Amplitudes    []float64
	PhasesDeg     []float64
}

func (l *List) prepare(_, _ float64) (transfer, error) {
	n := len(l.FrequenciesHz)
	if n == 0 || len(l.Amplitudes) != n || len(l.PhasesDeg) != n {
		return nil, fmt.Errorf("%w: a list of %d frequencies, %d amplitudes and %d phases", ErrResponse, n, len(l.Amplitudes), len(l.PhasesDeg))
	}
	for i, f := range l.FrequenciesHz[1:] {
		if !(f > l.FrequenciesHz[i]) {
			return nil, fmt.Errorf("%w: a list whose frequencies do not ascend: %g Hz after %g Hz", ErrResponse, f, l.FrequenciesHz[i])
		}
	}
	amplitude, phase := newSpline(l.FrequenciesHz, l.Amplitudes), newSpline(l.FrequenciesHz, l.PhasesDeg)
	return func(f float64) complex128 {
		return cmplx.Rect(1, phase.at(f)*math.Pi/180) * complex(amplitude.at(f), 0)
	}, nil
}

// Polynomial turns counts, or volts, into what was measured, as a sensor of
// temperature or pressure needs it:
//
//	x = sum of Coefficients[k] v^k
//
// Only one of degree 1 has a response: 1/Coefficients[1].
type Polynomial struct {
	Input, Output            string
	Coefficients             []float64
	LowerHz, UpperHz         float64 // where it is valid
	LowerBound, UpperBound   float64 // of v
	MaximumError             float64
	Approximation, Frequency string // the type, as MACLAURIN; the unit of the bounds
}

func (p *Polynomial) prepare(_, _ float64) (transfer, error) {
	switch {
	case len(p.Coefficients) == 1: // a constant: evalresp takes it for a gain of 1
		return func(float64) complex128 { return 1 }, nil
	case len(p.Coefficients) == 2 && p.Coefficients[1] != 0:
		gain := complex(1/p.Coefficients[1], 0)
		return func(float64) complex128 { return gain }, nil
	}
	return nil, fmt.Errorf("%w: a polynomial of %d coefficients has no response; it can only be removed", ErrResponse, len(p.Coefficients))
}

// value is x of v.
func (p *Polynomial) value(v float64) float64 {
	sum := 0.0
	for _, c := range slices.Backward(p.Coefficients) {
		sum = sum*v + c
	}
	return sum
}
