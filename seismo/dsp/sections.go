package dsp

import (
	"cmp"
	"math"
	"math/cmplx"
	"slices"
)

// Section is a recursive filter of second order, a0 being 1:
//
//	H(z) = (B0 + B1/z + B2/z^2) / (1 + A1/z + A2/z^2).
type Section struct{ B0, B1, B2, A1, A2 float64 }

// Sections is a filter made of sections one after the other.
type Sections []Section

// Response returns the response at freq, in the unit of rate.
func (s Sections) Response(freq, rate float64) complex128 {
	z := cmplx.Rect(1, -2*math.Pi*freq/rate)
	h := complex(1, 0)
	for _, c := range s {
		b := complex(c.B0, 0) + z*(complex(c.B1, 0)+z*complex(c.B2, 0))
		a := 1 + z*(complex(c.A1, 0)+z*complex(c.A2, 0))
		h *= b / a
	}
	return h
}

// pairUp makes sections of a digital filter with as many zeros as poles by
// SciPy's rule (zpk2sos, pairing "nearest"): the pole nearest to the unit circle
// goes last, with the zeros nearest to it, and so on towards the first section,
// which takes the gain. Keeping to the rule keeps the rounding alike.
func pairUp(f zpk) Sections {
	zeros, poles := oneOfEach(f.zeros), oneOfEach(f.poles)
	count := (len(f.poles) + 1) / 2
	// An even number of each leaves no real root without a partner.
	if len(f.poles)%2 == 1 {
		zeros, poles = append(zeros, 0), append(poles, 0)
	}
	sections := make(Sections, count)
	for i := count - 1; i >= 0; i-- {
		var p, z [2]complex128
		p[0] = take(&poles, isAny, fromCircle)
		if imag(p[0]) != 0 {
			p[1] = cmplx.Conj(p[0])
		} else {
			p[1] = take(&poles, isReal, fromCircle)
		}
		near := func(z complex128) float64 { return cmplx.Abs(z - p[0]) }
		z[0] = take(&zeros, isAny, near)
		if imag(z[0]) != 0 {
			z[1] = cmplx.Conj(z[0])
		} else {
			z[1] = take(&zeros, isReal, near)
		}
		sections[i] = Section{
			B0: 1, B1: -real(z[0] + z[1]), B2: real(z[0] * z[1]),
			A1: -real(p[0] + p[1]), A2: real(p[0] * p[1]),
		}
	}
	first := &sections[0]
	first.B0, first.B1, first.B2 = first.B0*f.gain, first.B1*f.gain, first.B2*f.gain
	return sections
}

// oneOfEach returns of every conjugate pair the root with the positive imaginary
// part, sorted, followed by the real roots, sorted.
func oneOfEach(roots []complex128) []complex128 {
	var pairs, reals []complex128
	for _, r := range roots {
		switch limit := 1e-13 * cmplx.Abs(r); {
		case imag(r) > limit:
			pairs = append(pairs, r)
		case imag(r) >= -limit:
			reals = append(reals, complex(real(r), 0))
		}
	}
	order := func(a, b complex128) int {
		return cmp.Or(cmp.Compare(real(a), real(b)), cmp.Compare(imag(a), imag(b)))
	}
	slices.SortFunc(pairs, order)
	slices.SortFunc(reals, order)
	return append(pairs, reals...)
}

func isAny(complex128) bool    { return true }
func isReal(r complex128) bool { return imag(r) == 0 }

func fromCircle(p complex128) float64 { return math.Abs(1 - cmplx.Abs(p)) }

// take removes and returns the root of a kind with the least distance.
func take(roots *[]complex128, kind func(complex128) bool, distance func(complex128) float64) complex128 {
	best := -1
	for i, r := range *roots {
		if kind(r) && (best < 0 || distance(r) < distance((*roots)[best])) {
			best = i
		}
	}
	r := (*roots)[best]
	*roots = slices.Delete(*roots, best, best+1)
	return r
}
