package xcorr

import (
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/fft"
)

// PhaseCorrelator is the phase cross-correlation of records of n samples with the
// power v = 2 (Schimmel 1999; by transforms as Ventosa et al. 2019):
//
//	1/(4n) sum over t of |p(t) + q(t+l)|^2 - |p(t) - q(t+l)|^2
//	  = 1/n sum over t of Re conj(p(t)) q(t+l),
//
// p and q being the analytic signals of the records divided by their amplitudes. It
// is between -1 and 1, and the overlap at lag l counts as it is, n-|l| of n samples
// (MSNoise divides so too). Amplitudes below a millionth of the greatest have no
// phase.
type PhaseCorrelator[F dsp.Float, C dsp.Cmplx] struct {
	n          int
	analytic   *dsp.Analytic[F, C]
	re, im     []F
	correlator *dsp.Correlator[F, C]
	a, b       [2][]C // of the real and the imaginary part
	sum        []C
}

// NewPhaseCorrelator returns a correlator for the lags -maxLag..maxLag.
func NewPhaseCorrelator[F dsp.Float, C dsp.Cmplx](n, maxLag int) *PhaseCorrelator[F, C] {
	p := &PhaseCorrelator[F, C]{n: n, analytic: dsp.NewAnalytic[F, C](n, fft.NextFastEven(n)), correlator: dsp.NewCorrelator[F, C](n, maxLag)}
	p.re, p.im = make([]F, n), make([]F, n)
	bins := p.correlator.Bins()
	p.a, p.b, p.sum = [2][]C{make([]C, bins), make([]C, bins)}, [2][]C{make([]C, bins), make([]C, bins)}, make([]C, bins)
	return p
}

// Bins returns the coefficients of one spectrum.
func (p *PhaseCorrelator[F, C]) Bins() int { return p.correlator.Bins() }

// Phases writes the real and the imaginary part of the analytic signal of a record
// divided by its amplitude.
func (p *PhaseCorrelator[F, C]) Phases(re, im, src []F) {
	if len(re) != p.n || len(im) != p.n {
		panic("xcorr: phases do not have the length of the record")
	}
	p.analytic.Hilbert(im, src)
	top := 0.0
	for i, x := range src {
		top = max(top, math.Hypot(float64(x), float64(im[i])))
	}
	for i, x := range src {
		y := float64(im[i])
		a := math.Hypot(float64(x), y)
		if a <= 1e-6*top {
			re[i], im[i] = 0, 0
			continue
		}
		re[i], im[i] = F(float64(x)/a), F(y/a)
	}
}

// Spectra writes the spectra of both phases of a record: those of two records added
// up by dsp.AddCross, re with re and im with im, are what Lags takes.
func (p *PhaseCorrelator[F, C]) Spectra(re, im []C, src []F) {
	p.Phases(p.re, p.im, src)
	p.correlator.Spectrum(re, p.re)
	p.correlator.Spectrum(im, p.im)
}

// Lags writes the correlation of summed cross-spectra of the phases of windows.
func (p *PhaseCorrelator[F, C]) Lags(dst []F, cross []C, windows int) []F {
	dst = p.correlator.Lags(dst, cross)
	scale := 1 / (float64(p.n) * float64(max(1, windows)))
	for i, v := range dst {
		dst[i] = F(float64(v) * scale)
	}
	return dst
}

// Correlate writes the phase cross-correlation of two records, lag l at maxLag+l.
func (p *PhaseCorrelator[F, C]) Correlate(dst, a, b []F) []F {
	clear(p.sum)
	p.Spectra(p.a[0], p.a[1], a)
	p.Spectra(p.b[0], p.b[1], b)
	dsp.AddCross(p.sum, p.a[0], p.b[0])
	dsp.AddCross(p.sum, p.a[1], p.b[1])
	return p.Lags(dst, p.sum, 1)
}
