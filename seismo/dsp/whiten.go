package dsp

import (
	"fmt"
	"math"
)

// BandWeight returns the weight at frequency f of a band with cosine edges
// (ObsPy's cosine_sac_taper): 0 outside corners[0]..corners[3], 1 from corners[1]
// to corners[2], half a cosine between.
func BandWeight(f float64, corners [4]float64) float64 {
	switch {
	case f < corners[0] || f > corners[3]:
		return 0
	case f < corners[1]:
		return 0.5 * (1 - math.Cos(math.Pi*(f-corners[0])/(corners[1]-corners[0])))
	case f <= corners[2]:
		return 1
	}
	return 0.5 * (1 + math.Cos(math.Pi*(f-corners[2])/(corners[3]-corners[2])))
}

// Whitener flattens the amplitudes of spectra within a band with cosine edges
// and clears the rest. Every coefficient is divided by its own amplitude, which
// leaves the phase alone, or by the running mean of the amplitudes around it,
// which leaves the finer structure. Zero amplitudes give zeros.
//
// NewWhitener's edges are given in Hz; NewWhitening makes those of other tools.
type Whitener[C Cmplx] struct {
	low        int       // first coefficient of the band
	weights    []float64 // of the coefficients from low on
	smooth     *RunningMean
	boxcar     int       // coefficients, where it is NoisePy's mean that counts
	amplitudes []float64 // of the whole spectrum
}

// NewWhitener returns a whitener for the spectra of n real samples at rate Hz,
// n/2+1 coefficients. The corners in Hz are those of BandWeight, rising. The
// running mean reaches half coefficients to both sides; half 0 is phase only.
func NewWhitener[C Cmplx](n int, rate float64, corners [4]float64, half int) (*Whitener[C], error) {
	if n < 1 || half < 0 || !(rate > 0) {
		return nil, fmt.Errorf("dsp: cannot whiten spectra of %d samples at %v Hz over %d coefficients", n, rate, half)
	}
	if !(corners[0] <= corners[1] && corners[1] <= corners[2] && corners[2] <= corners[3]) {
		return nil, fmt.Errorf("dsp: corners %v Hz of the band do not rise", corners)
	}
	bins := n/2 + 1
	w := &Whitener[C]{low: bins}
	for k := range bins {
		weight := BandWeight(float64(k)*rate/float64(n), corners)
		if weight > 0 && k < w.low {
			w.low = k
		}
		if k >= w.low {
			w.weights = append(w.weights, weight)
		}
	}
	for len(w.weights) > 0 && w.weights[len(w.weights)-1] == 0 {
		w.weights = w.weights[:len(w.weights)-1]
	}
	w.amplitudes = make([]float64, bins)
	if half > 0 {
		w.smooth = NewRunningMean(half)
	}
	return w, nil
}

// Whiten writes the whitened spectrum.
func (w *Whitener[C]) Whiten(dst, src []C) []C {
	if len(src) != len(w.amplitudes) {
		panic("dsp: spectrum does not have the length of the whitener")
	}
	dst = sized(dst, len(src))
	high := w.low + len(w.weights)
	w.measure(src)
	clear(dst[:w.low])
	clear(dst[high:])
	for k := w.low; k < high; k++ {
		a := w.amplitudes[k]
		if a == 0 {
			dst[k] = 0
			continue
		}
		c, scale := complex128(src[k]), w.weights[k-w.low]/a
		dst[k] = C(complex(real(c)*scale, imag(c)*scale))
	}
	return dst
}

// measure sets the amplitudes to divide by, at least those of the band.
func (w *Whitener[C]) measure(src []C) {
	if w.boxcar > 1 {
		w.measureBand(src)
		return
	}
	if w.smooth == nil {
		for k := w.low; k < w.low+len(w.weights); k++ {
			w.amplitudes[k] = amplitude(src[k])
		}
		return
	}
	n, half := len(src), w.smooth.half
	w.smooth.sum.Reset()
	for j := range n + half {
		v := 0.0
		if j < n {
			v = amplitude(src[j])
		}
		sum := w.smooth.sum.Next(v)
		if k := j - half; k >= 0 {
			w.amplitudes[k] = sum / float64(w.smooth.count(k, n))
		}
	}
}

func amplitude[C Cmplx](c C) float64 {
	v := complex128(c)
	return math.Sqrt(real(v)*real(v) + imag(v)*imag(v))
}
