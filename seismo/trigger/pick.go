package trigger

import (
	"errors"
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// AIC writes Akaike's information criterion for the record changing at each
// sample (Maeda 1985):
//
//	AIC[k] = (k+1) log var x[0..k] + (n-k-2) log var x[k+1..n-1],
//
// which is least where the noise ends (ObsPy's aic_simple: the last value is
// repeated, the first has no variance before it and only its second term).
// Stretches of no variance give -Inf. dst may not be src; records of fewer than
// three samples give zeros.
func AIC[F dsp.Float](dst, src []F) []F {
	dst = sized(dst, len(src))
	n := len(src)
	if n < 3 {
		clear(dst)
		return dst
	}
	// Both ways at once: the n-th sample from an end has as many before it.
	before, after := make([]float64, n), make([]float64, n)
	var forward, backward spread
	for i := range n {
		share := 1 / float64(i+1)
		before[i] = forward.add(float64(src[i]), share) * share
		after[n-1-i] = backward.add(float64(src[n-1-i]), share) * share
	}
	before[0], after[n-1] = 1, 1 // whose logarithms do not count
	logs(before)
	logs(after)
	for k := range n - 1 {
		dst[k] = F(float64(k+1)*before[k] + float64(n-k-2)*after[k+1])
	}
	dst[n-1] = dst[n-2]
	return dst
}

// spread is the sum of the squares of a stream about its mean (Welford 1962).
type spread struct{ mean, sum float64 }

// add takes the n-th value, share being 1/n, and returns the sum.
func (w *spread) add(v, share float64) float64 {
	d := v - w.mean
	w.mean += d * share
	w.sum += d * (v - w.mean)
	return w.sum
}

// ARAIC returns the sample of src that begins a wave: the least of
//
//	(k-m) log var e1[m..k] + (n-m-k) log var e2[k..n-m]
//
// where e1 are the errors of predicting forwards by the model of m coefficients
// that fits the first fit samples, the noise, and e2 of predicting backwards by
// that which fits the last fit samples, the signal (Sleeman and van Eck 1999).
// The models are Burg's. ok is false where the record is shorter than
// 2*fit or fit not above 2*m.
func ARAIC[F dsp.Float](src []F, m, fit int) (sample int, ok bool) {
	n := len(src)
	if m < 1 || fit <= 2*m || n < 2*fit {
		return 0, false
	}
	x := make([]float64, n)
	mean := dsp.Mean(src)
	for i, v := range src {
		x[i] = float64(v) - mean
	}
	noise, signal := burg(x[:fit], m), burg(x[n-fit:], m)
	// Sums of the squared errors from the ends to k.
	forward, backward := make([]float64, n+1), make([]float64, n+1)
	for k := range n {
		forward[k+1] = forward[k]
		if k >= m {
			e := x[k]
			for j, a := range noise {
				e += a * x[k-1-j]
			}
			forward[k+1] += e * e
		}
	}
	for k := n - 1; k >= 0; k-- {
		backward[k] = backward[k+1]
		if k < n-m {
			e := x[k]
			for j, a := range signal {
				e += a * x[k+1+j]
			}
			backward[k] += e * e
		}
	}
	best := math.Inf(1)
	for k := fit / 2; k < n-fit/2; k++ {
		before, after := float64(k-m), float64(n-m-k)
		aic := before*math.Log(forward[k]/before) + after*math.Log(backward[k]/after)
		if aic < best {
			best, sample, ok = aic, k, true
		}
	}
	return sample, ok
}

// burg returns the coefficients a of the model x[k] = -sum a[j] x[k-1-j] + e[k]
// (Burg 1967).
func burg(x []float64, m int) []float64 {
	f, b := append([]float64(nil), x...), append([]float64(nil), x...)
	a := make([]float64, 0, m)
	for k := range m {
		var num, den float64
		for i := k + 1; i < len(x); i++ {
			num += f[i] * b[i-1]
			den += f[i]*f[i] + b[i-1]*b[i-1]
		}
		r := 0.0
		if den > 0 {
			r = -2 * num / den
		}
		for i := len(x) - 1; i > k; i-- {
			f[i], b[i] = f[i]+r*b[i-1], b[i-1]+r*f[i]
		}
		next := make([]float64, k+1)
		for j, v := range a {
			next[j] = v + r*a[k-1-j]
		}
		next[k] = r
		a = next
	}
	return a
}

// ErrNoOnset is returned by Picker.Pick where nothing rises above the noise.
var ErrNoOnset = errors.New("trigger: no onset")

// A Picker picks P on the vertical and S on the horizontals in three steps: the
// greatest STA/LTA, the least AIC around it, and that of autoregressive models
// around that (after Akazawa 2004; ObsPy's ar_pick narrows down in like manner, in
// float32, and differs by some samples). Lengths are in seconds.
type Picker struct {
	RateHz           float64 // sampling rate
	FreqMin, FreqMax float64 // band, Hz
	STA, LTA         float64 // windows for P
	STAS, LTAS       float64 // and for S
	Order            int     // coefficients of the models
	Fit              float64 // length that a model is fitted to
	Ratio            float64 // least STA/LTA of an onset
	S                bool    // S is wanted too
}

// DefaultPicker returns a picker for local earthquakes.
func DefaultPicker(rateHz float64) Picker {
	return Picker{RateHz: rateHz, FreqMin: 1, FreqMax: math.Min(20, 0.4*rateHz), STA: 0.1, LTA: 1, STAS: 0.2, LTAS: 4, Order: 4, Fit: 0.5, Ratio: 3, S: true}
}

// Pick returns the seconds from the first sample to the onsets of P and, if it is
// wanted, S; s is 0 where there is none. The error is ErrNoOnset, or tells which
// parameter is out of range. The records have one length and are only read.
func (p Picker) Pick(z, n, e []float64) (onsetP, onsetS float64, err error) {
	if len(z) != len(n) || len(z) != len(e) {
		panic("trigger: components of different lengths")
	}
	if p.Order < 1 || !(p.STA > 0 && p.LTA > p.STA && p.STAS > 0 && p.LTAS > p.STAS && p.Fit > 0) {
		return 0, 0, fmt.Errorf("trigger: a picker with windows of %g, %g, %g, %g and %g s and %d coefficients", p.STA, p.LTA, p.STAS, p.LTAS, p.Fit, p.Order)
	}
	sections, err := dsp.Bandpass(2, p.FreqMin, p.FreqMax, p.RateHz)
	if err != nil {
		return 0, 0, err
	}
	filter := dsp.NewFilter[float64](sections)
	band := func(x []float64) []float64 {
		filter.Reset()
		y := dsp.DetrendLinear(nil, x)
		return filter.Process(y, y)
	}
	z = band(z)
	first, ok := p.onset(z, p.STA, p.LTA, 0)
	if !ok {
		return 0, 0, ErrNoOnset
	}
	onsetP = float64(first) / p.RateHz
	if !p.S {
		return onsetP, 0, nil
	}
	n, e = band(n), band(e)
	h := n
	if dsp.RMS(e) > dsp.RMS(n) { // the larger horizontal
		h = e
	}
	if second, ok := p.onset(h, p.STAS, p.LTAS, first+int(2*p.STAS*p.RateHz)); ok && second > first {
		onsetS = float64(second) / p.RateHz
	}
	return onsetP, onsetS, nil
}

// onset finds the onset from sample from on.
func (p Picker) onset(x []float64, sta, lta float64, from int) (int, bool) {
	nsta, nlta := max(1, int(sta*p.RateHz)), max(2, int(lta*p.RateHz))
	if from >= len(x) {
		return 0, false
	}
	cft := Recursive[float64](nsta, nlta).Process(nil, x)
	if from > 0 {
		// After P the average is that of its coda: a plain ratio of neighbours finds
		// what rises above it.
		cft = EnergyRatio(nil, x, min(nsta, len(x)/2))
	}
	at := from
	for i := from; i < len(x); i++ {
		if cft[i] > cft[at] {
			at = i
		}
	}
	if cft[at] < p.Ratio {
		return 0, false
	}
	fit := max(int(p.Fit*p.RateHz), 2*p.Order+1)
	for _, reach := range []int{max(nlta, 3*fit), 2 * fit} {
		lo, hi := max(from-fit, at-reach, 0), min(len(x), at+reach/2)
		window := x[lo:hi]
		if k, ok := ARAIC(window, p.Order, min(fit, len(window)/2)); ok {
			at = lo + k
			continue
		}
		at = lo + least(AIC(nil, window))
	}
	return at, true
}

// least is the index of the least finite value.
func least(x []float64) int {
	best, v := 0, math.Inf(1)
	for i, y := range x {
		if y < v && !math.IsInf(y, -1) {
			best, v = i, y
		}
	}
	return best
}
