package psd

import (
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/fft"
)

// Welch estimates densities as the mean over overlapping frames, from each of which
// the line of least squares is taken and which are tapered (Welch 1967). It serves
// one goroutine at a time.
type Welch[F dsp.Float, C dsp.Cmplx] struct {
	rate     float64
	step     int
	window   []float64
	scale    float64
	plan     *fft.Real[F, C]
	frame    []F
	spectrum []C
}

// NewWelch returns an estimate with frames of n samples at rate Hz, each but for
// overlap samples after the one before, under a cosine taper over the fraction p of
// a frame in all.
func NewWelch[F dsp.Float, C dsp.Cmplx](n, overlap int, p, rate float64) (*Welch[F, C], error) {
	if n < 2 || overlap < 0 || overlap >= n || !(rate > 0) || math.IsInf(rate, 0) || !(p >= 0 && p <= 1) {
		return nil, fmt.Errorf("psd: no frames of %d samples at %g Hz that overlap by %d under a taper of %g", n, rate, overlap, p)
	}
	w := &Welch[F, C]{rate: rate, step: n - overlap, plan: fft.NewReal[F, C](n), frame: make([]F, n)}
	w.spectrum = make([]C, w.plan.Bins())
	w.window = make([]float64, n)
	for i := range w.window {
		w.window[i] = 1
	}
	dsp.CosineTaper(w.window, w.window, p, true, false)
	squares := 0.0
	for _, v := range w.window {
		squares += v * v
	}
	w.scale = 2 / (rate * squares)
	return w, nil
}

// Bins returns the number of frequencies, from 0 to the Nyquist frequency.
func (w *Welch[F, C]) Bins() int { return w.plan.Bins() }

// Freq returns the frequency of bin k in Hz.
func (w *Welch[F, C]) Freq(k int) float64 { return float64(k) * w.rate / float64(w.plan.Len()) }

// Frames returns how many frames a record of n samples has.
func (w *Welch[F, C]) Frames(n int) int {
	if n < w.plan.Len() {
		return 0
	}
	return (n-w.plan.Len())/w.step + 1
}

// Density writes the density of a record. A record shorter than a frame gives
// zeros.
func (w *Welch[F, C]) Density(dst []float64, src []F) []float64 {
	if dst == nil {
		dst = make([]float64, w.Bins())
	}
	if len(dst) != w.Bins() {
		panic("psd: dst does not have the length of the spectrum")
	}
	clear(dst)
	frames := w.Frames(len(src))
	for i := range frames {
		w.add(dst, src[i*w.step:], 1/float64(frames))
	}
	return dst
}

// add adds the density of the first frame of src, times a weight.
func (w *Welch[F, C]) add(dst []float64, src []F, weight float64) {
	n := w.plan.Len()
	dsp.DetrendLinear(w.frame, src[:n])
	for i, v := range w.window {
		w.frame[i] = F(float64(w.frame[i]) * v)
	}
	w.plan.Forward(w.spectrum, w.frame)
	for k, c := range w.spectrum {
		v := complex128(c)
		power := (real(v)*real(v) + imag(v)*imag(v)) * w.scale * weight
		if k == 0 || 2*k == n { // these have no negative frequency
			power /= 2
		}
		dst[k] += power
	}
}

// Spectrogram returns the density of each frame, one row a frame, and the time of
// its middle in seconds after the first sample.
func (w *Welch[F, C]) Spectrogram(src []F) (times []float64, rows [][]float64) {
	for i := range w.Frames(len(src)) {
		row := make([]float64, w.Bins())
		w.add(row, src[i*w.step:], 1)
		times = append(times, (float64(i*w.step)+float64(w.plan.Len())/2)/w.rate)
		rows = append(rows, row)
	}
	return times, rows
}

// Decibel is 10 log10 of a power, with the least positive float64 for 0.
func Decibel(power float64) float64 { return 10 * math.Log10(math.Max(power, 0x1p-1022)) }
