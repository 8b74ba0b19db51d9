package dsp

import (
	"math"

	"github.com/dispel4go/dispel4go/seismo/fft"
)

// Template finds a wave in records of n samples: the correlation of the template
// with every stretch of its length, normalised by the energies of both (ObsPy's
// correlate_template, mode "valid", normalize "full").
type Template[F Float, C Cmplx] struct {
	length   int
	demean   bool
	energy   float64
	conj     []C // of the template's spectrum
	plan     *fft.Real[F, C]
	padded   []F
	spectrum []C
}

// NewTemplate returns a search for the template in records of n samples, no fewer
// than it has. demean takes the mean off the template and off each stretch.
func NewTemplate[F Float, C Cmplx](template []F, n int, demean bool) *Template[F, C] {
	if len(template) < 1 || n < len(template) {
		panic("dsp: template is empty or longer than the record")
	}
	p := &Template[F, C]{length: len(template), demean: demean, plan: fft.NewReal[F, C](fft.NextFastEven(n))}
	p.padded = make([]F, p.plan.Len())
	mean := 0.0
	if demean {
		mean = Mean(template)
	}
	for i, v := range template {
		p.padded[i] = F(float64(v) - mean)
	}
	p.energy = energy(p.padded)
	p.conj = p.plan.Forward(nil, p.padded)
	clear(p.padded)
	for k, c := range p.conj {
		v := complex128(c)
		p.conj[k] = C(complex(real(v), -imag(v)))
	}
	p.padded = p.padded[:n]
	p.spectrum = make([]C, p.plan.Bins())
	return p
}

// Len returns the number of stretches: that of the record less that of the
// template plus one.
func (p *Template[F, C]) Len() int { return len(p.padded) - p.length + 1 }

// Correlate writes the correlation coefficients, -1 to 1, of the Len() stretches
// of src; 0 where a stretch has no energy, or less than rounding leaves of that
// of the record.
func (p *Template[F, C]) Correlate(dst, src []F) []F {
	n := len(p.padded)
	if len(src) != n {
		panic("dsp: record does not have the length of the template's")
	}
	dst = sized(dst, p.Len())
	// Without the mean of the whole, the sums of squares lose less in rounding.
	mean := 0.0
	if p.demean {
		mean = Mean(src)
	}
	all := p.padded[:p.plan.Len()]
	for i, v := range src {
		p.padded[i] = F(float64(v) - mean)
	}
	silence := 0x1p-50 * energy(p.padded)
	clear(all[n:])
	p.plan.Forward(p.spectrum, all)
	for k, c := range p.spectrum {
		p.spectrum[k] = C(complex128(c) * complex128(p.conj[k]))
	}
	norms := p.padded[:0] // transformed already
	var sum, squares float64
	for i := range p.length - 1 {
		v := float64(src[i]) - mean
		sum, squares = sum+v, squares+v*v
	}
	for i := range dst {
		v := float64(src[i+p.length-1]) - mean
		sum, squares = sum+v, squares+v*v
		e := squares
		if p.demean {
			e -= sum * sum / float64(p.length)
		}
		if e <= silence {
			e = 0
		}
		norms = append(norms, F(math.Sqrt(e*p.energy)))
		v = float64(src[i]) - mean
		sum, squares = sum-v, squares-v*v
	}
	copy(dst, norms)
	p.plan.Inverse(all, p.spectrum)
	for i, norm := range dst {
		if float64(norm) <= 0x1p-52 {
			dst[i] = 0
			continue
		}
		dst[i] = F(float64(all[i]) / float64(norm))
	}
	return dst
}
