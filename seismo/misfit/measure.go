package misfit

import (
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// A Result holds the plain misfits of a record against a reference.
type Result struct {
	L2          float64 // |record - reference| / |reference|
	ShiftS      float64 // by how much the record is late, where they correlate best
	Correlation float64 // there, -1 to 1
	Amplitude   float64 // |record| / |reference|
	L2Aligned   float64 // L2 when the record is taken earlier by ShiftS
}

// Measure compares two records of n samples every delta seconds, looking for time
// shifts up to maxShift seconds. The shift is refined between samples by the parabola
// through the correlation at its peak and beside it. A reference without energy
// gives zeros.
func Measure(record, reference []float64, delta, maxShift float64) Result {
	n := len(record)
	if len(reference) != n || n < 2 {
		panic("misfit: records of different lengths or of fewer than two samples")
	}
	norm := func(x []float64) float64 { return dsp.RMS(x) * math.Sqrt(float64(n)) }
	a, b := norm(record), norm(reference)
	if b == 0 {
		return Result{}
	}
	r := Result{L2: apart(record, reference) / b, Amplitude: a / b}
	reach := min(n-1, int(maxShift/delta+1e-9))
	cc := dsp.NewCorrelator[float64, complex128](n, reach).Correlate(nil, reference, record)
	top := 0
	for i, v := range cc {
		if v > cc[top] {
			top = i
		}
	}
	at, peak := float64(top-reach), cc[top]
	if top > 0 && top < len(cc)-1 {
		left, right := cc[top-1], cc[top+1]
		if bend := left - 2*peak + right; bend < 0 {
			d := 0.5 * (left - right) / bend
			at += d
			peak -= 0.25 * (left - right) * d
		}
	}
	r.ShiftS = at * delta
	if a > 0 {
		r.Correlation = peak / (a * b)
	}
	aligned := make([]float64, n)
	dsp.NewSinc[float64](20, dsp.LanczosKernel).Interpolate(aligned, record, at, 1)
	r.L2Aligned = apart(aligned, reference) / b
	return r
}

// apart is the root of the sum of squared differences.
func apart(x, y []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum += (v - y[i]) * (v - y[i])
	}
	return math.Sqrt(sum)
}

// Window returns the stretches of two records from one time to another, in seconds
// after their first sample, tapered by a tenth of it in all.
func Window(record, reference []float64, delta, from, to float64) (a, b []float64) {
	lo := min(max(0, int(math.Round(from/delta))), len(record))
	hi := min(max(lo, int(math.Round(to/delta))+1), len(record))
	cut := func(x []float64) []float64 { return dsp.CosineTaper(nil, x[lo:hi], 0.1, true, false) }
	return cut(record), cut(reference)
}
