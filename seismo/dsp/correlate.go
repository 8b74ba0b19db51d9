package dsp

import (
	"math"

	"github.com/dispel4go/dispel4go/internal/kernel"
	"github.com/dispel4go/dispel4go/seismo/fft"
)

// AddCross adds the cross-spectrum of a and b, conj(a[k]) b[k], to sum. Its
// inverse transform is the correlation
//
//	c[l] = sum over t of a[t] b[t+l],
//
// whose peak lies at a positive lag where b is a later copy of a: where a wave
// passes the first station of the pair first. Spectra of many windows are summed
// so before the one inverse transform of a pair. All have one length.
func AddCross[C Cmplx](sum, a, b []C) {
	if len(a) != len(sum) || len(b) != len(sum) {
		panic("dsp: spectra of different lengths")
	}
	switch sum := any(sum).(type) {
	case []complex64:
		kernel.AddCross(sum, any(a).([]complex64), any(b).([]complex64))
	case []complex128:
		a, b := any(a).([]complex128), any(b).([]complex128)
		for k, x := range a {
			y := b[k]
			sum[k] += complex(real(x)*real(y)+imag(x)*imag(y), real(x)*imag(y)-imag(x)*real(y))
		}
	}
}

// Correlator correlates records of n samples at the lags -maxLag..maxLag, padded
// with zeros so that the ends do not meet. Its steps can be had one by one:
// Spectrum of each record, AddCross of each pair and window, Lags of each pair.
type Correlator[F Float, C Cmplx] struct {
	n, maxLag int
	plan      *fft.Real[F, C]
	padded    []F // after the first n samples, zeros
	circular  []F
	a, b, sum []C
}

// NewCorrelator returns a correlator; n >= 1, maxLag >= 0. Lags of n and more
// are zero.
func NewCorrelator[F Float, C Cmplx](n, maxLag int) *Correlator[F, C] {
	if n < 1 || maxLag < 0 {
		panic("dsp: correlation of no samples or with a negative lag")
	}
	size := fft.NextQuickEven(n + maxLag)
	c := &Correlator[F, C]{n: n, maxLag: maxLag, plan: fft.NewReal[F, C](size)}
	c.padded, c.circular = make([]F, size), make([]F, size)
	bins := c.plan.Bins()
	c.a, c.b, c.sum = make([]C, bins), make([]C, bins), make([]C, bins)
	return c
}

// Size returns the length of the transforms, n + maxLag or a little more.
func (c *Correlator[F, C]) Size() int { return c.plan.Len() }

// Bins returns the number of coefficients of a spectrum, Size()/2+1.
func (c *Correlator[F, C]) Bins() int { return c.plan.Bins() }

// Spectrum writes the spectrum of the n samples x, padded with zeros.
func (c *Correlator[F, C]) Spectrum(dst []C, x []F) []C {
	return c.spectrum(dst, x, 0)
}

func (c *Correlator[F, C]) spectrum(dst []C, x []F, mean float64) []C {
	if len(x) != c.n {
		panic("dsp: record does not have the length of the correlator")
	}
	for i, v := range x {
		c.padded[i] = F(float64(v) - mean)
	}
	return c.plan.Forward(dst, c.padded)
}

// Lags writes the correlation whose cross-spectrum is cross: 2*maxLag+1 samples,
// lag l at maxLag+l. cross is only read.
func (c *Correlator[F, C]) Lags(dst []F, cross []C) []F {
	return c.ScaledLags(dst, cross, 1)
}

// ScaledLags writes Lags times a factor: for a mean, 1 over the number of records
// whose cross-spectra were added up.
func (c *Correlator[F, C]) ScaledLags(dst []F, cross []C, by F) []F {
	dst = sized(dst, 2*c.maxLag+1)
	c.plan.Inverse(c.circular, cross)
	scale(dst[c.maxLag:], c.circular[:c.maxLag+1], by)
	scale(dst[:c.maxLag], c.circular[len(c.circular)-c.maxLag:], by)
	return dst
}

// scale writes src times by.
func scale[F Float](dst, src []F, by F) {
	if src, ok := any(src).([]float32); ok {
		kernel.Scale(any(dst).([]float32), src, float32(by))
		return
	}
	for i, v := range src {
		dst[i] = v * by
	}
}

// Correlate writes sum over t of a[t] b[t+l] at maxLag+l, as AddCross says.
func (c *Correlator[F, C]) Correlate(dst, a, b []F) []F {
	clear(c.sum)
	AddCross(c.sum, c.Spectrum(c.a, a), c.Spectrum(c.b, b))
	return c.Lags(dst, c.sum)
}

// CorrelateObsPy writes ObsPy's correlate(a, b, maxLag), in which lags have the
// other sign: sum over t of a[t+l] b[t] at maxLag+l. demean takes the means off
// first; normalize ("naive") divides by the root of the product of the energies,
// and gives zeros where that is not above the float64 epsilon.
func (c *Correlator[F, C]) CorrelateObsPy(dst, a, b []F, demean, normalize bool) []F {
	var meanA, meanB float64
	if demean {
		meanA, meanB = Mean(a), Mean(b)
	}
	clear(c.sum)
	c.spectrum(c.a, a, meanA)
	energyA := energy(c.padded)
	c.spectrum(c.b, b, meanB)
	energyB := energy(c.padded)
	AddCross(c.sum, c.b, c.a)
	dst = c.Lags(dst, c.sum)
	if !normalize {
		return dst
	}
	norm := math.Sqrt(energyA * energyB)
	if norm <= 0x1p-52 {
		clear(dst)
		return dst
	}
	for i, v := range dst {
		dst[i] = F(float64(v) / norm)
	}
	return dst
}
