package misfit

import (
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/seismo/fft"
)

// A Wavelet is the continuous transform of records of n samples with the Morlet
// wavelet pi^(-1/4) exp(i w0 t) exp(-t^2/2) at frequencies that are evenly spaced
// in their logarithms (Kristekova et al. 2006, eq. 4). It serves one goroutine at
// a time.
type Wavelet struct {
	Freqs []float64 // Hz

	n        int
	delta    float64
	plan     *fft.Complex[float64, complex128]
	kernels  [][]complex128 // spectra of the wavelets
	skip     int            // where the result begins
	signal   []complex128
	spectrum []complex128
}

// sizeOf is the length of the transforms of records of n samples: four times as many,
// and a power of two.
func sizeOf(n int) int {
	size := 2
	for size < 2*n {
		size *= 2
	}
	return 2 * size
}

// WaveletBytes is about how much memory the Wavelet of records of n samples at count
// frequencies keeps.
func WaveletBytes(n, count int) int { return 16 * sizeOf(n) * (count + 2) }

// NewWavelet returns a transform for records of n samples every delta seconds at
// count frequencies from min to max, in Hz. w0 weighs resolution in time against
// that in frequency; 6 is usual.
func NewWavelet(n int, delta, min, max float64, count int, w0 float64) (*Wavelet, error) {
	if n < 2 || !(delta > 0) || count < 1 || !(min > 0) || !(max >= min) || !(w0 > 0) || math.IsInf(max, 0) {
		return nil, fmt.Errorf("misfit: no transform of %d samples every %g s at %d frequencies from %g to %g Hz with w0 %g", n, delta, count, min, max, w0)
	}
	if max > 0.5/delta {
		return nil, fmt.Errorf("misfit: %g Hz is above the Nyquist frequency, %g Hz", max, 0.5/delta)
	}
	double, size := 2*n, sizeOf(n)
	w := &Wavelet{n: n, delta: delta, plan: fft.NewComplex[float64, complex128](size)}
	w.signal, w.spectrum = make([]complex128, size), make([]complex128, size)
	// The wavelet stands in the middle of twice the record.
	middle := float64(double-1) * delta / 2
	w.skip = int(float64(double-1) / 2)
	for k := range count {
		f := min
		if count > 1 {
			f = math.Pow(10, math.Log10(min)+(math.Log10(max)-math.Log10(min))*float64(k)/float64(count-1))
		}
		w.Freqs = append(w.Freqs, f)
		a := w0 / (2 * math.Pi * f)
		kernel := make([]complex128, size)
		scale := math.Pow(math.Pi, -0.25) / math.Sqrt(a)
		for i := range double {
			t := -(float64(i)*delta - middle) / a
			sin, cos := math.Sincos(w0 * t)
			size := scale * math.Exp(-t*t/2)
			kernel[i] = complex(size*cos, -size*sin)
		}
		w.kernels = append(w.kernels, w.plan.Forward(kernel, kernel))
	}
	return w, nil
}

// Transform writes the coefficients of src, a row of n for each frequency.
func (w *Wavelet) Transform(dst [][]complex128, src []float64) [][]complex128 {
	if len(src) != w.n {
		panic("misfit: record does not have the length of the transform")
	}
	if dst == nil {
		dst = make([][]complex128, len(w.Freqs))
		for k := range dst {
			dst[k] = make([]complex128, w.n)
		}
	}
	clear(w.signal)
	for i, v := range src {
		w.signal[i] = complex(v, 0)
	}
	w.plan.Forward(w.signal, w.signal)
	for k, kernel := range w.kernels {
		for i, v := range w.signal {
			w.spectrum[i] = v * kernel[i]
		}
		w.plan.Inverse(w.spectrum, w.spectrum)
		for i := range dst[k] {
			c := w.spectrum[w.skip+i]
			dst[k][i] = complex(real(c)*w.delta, imag(c)*w.delta)
		}
	}
	return dst
}
