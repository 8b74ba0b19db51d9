package xcorr

import (
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Smoother is the running mean of the amplitudes of spectra over 2*half+1
// coefficients, fewer at the ends.
type Smoother struct {
	half int
	sum  *dsp.WindowSum
	a, b []float64
}

// NewSmoother returns a mean that reaches half coefficients to both sides.
func NewSmoother(half int) *Smoother {
	if half < 0 {
		panic("xcorr: negative half width")
	}
	return &Smoother{half: half, sum: dsp.NewWindowSum(2*half + 1)}
}

// means writes the running means of what f says of each of n coefficients, raised
// to the share level of the mean of all.
func (s *Smoother) means(dst []float64, n int, level float64, f func(k int) float64) []float64 {
	if cap(dst) < n {
		dst = make([]float64, n)
	}
	dst = dst[:n]
	s.sum.Reset()
	total := 0.0
	for j := range n + s.half {
		v := 0.0
		if j < n {
			v = f(j)
			total += v
		}
		sum := s.sum.Next(v)
		if k := j - s.half; k >= 0 {
			dst[k] = sum / float64(min(k+s.half, n-1)-max(k-s.half, 0)+1)
		}
	}
	floor := level * total / float64(n)
	for k, v := range dst {
		dst[k] = max(v, floor)
	}
	return dst
}

// Coherency adds the cross-spectrum of a and b divided by the running means of both
// amplitudes, conj(a) b / (<|a|> <|b|>), to sum: the coherency (Prieto et al. 2009;
// SeisNoise's and NoisePy's "coherency"). level, a share of the mean of all
// amplitudes, is the least that is divided by.
func Coherency[C dsp.Cmplx](s *Smoother, sum, a, b []C, level float64) {
	check(sum, a, b)
	s.a = s.means(s.a, len(a), level, func(k int) float64 { return amplitude(a[k]) })
	s.b = s.means(s.b, len(b), level, func(k int) float64 { return amplitude(b[k]) })
	add(sum, a, b, func(k int) float64 { return s.a[k] * s.b[k] })
}

// Deconvolution adds the spectrum of b divided by that of a, conj(a) b / <|a|^2>, to
// sum: what a filter makes of the record of a to give that of b (Snieder and Safak
// 2006; SeisNoise's and NoisePy's "deconv"). level is as in Coherency, of |a|^2.
func Deconvolution[C dsp.Cmplx](s *Smoother, sum, a, b []C, level float64) {
	check(sum, a, b)
	s.a = s.means(s.a, len(a), level, func(k int) float64 { return amplitude(a[k]) * amplitude(a[k]) })
	add(sum, a, b, func(k int) float64 { return s.a[k] })
}

func check[C dsp.Cmplx](sum, a, b []C) {
	if len(a) != len(sum) || len(b) != len(sum) {
		panic("xcorr: spectra of different lengths")
	}
}

// add adds conj(a) b over a weight; nothing where that is zero.
func add[C dsp.Cmplx](sum, a, b []C, weight func(k int) float64) {
	for k := range sum {
		w := weight(k)
		if w == 0 {
			continue
		}
		x, y := complex128(a[k]), complex128(b[k])
		re, im := real(x)*real(y)+imag(x)*imag(y), real(x)*imag(y)-imag(x)*real(y)
		sum[k] += C(complex(re/w, im/w))
	}
}

func amplitude[C dsp.Cmplx](c C) float64 {
	v := complex128(c)
	return math.Hypot(real(v), imag(v))
}
