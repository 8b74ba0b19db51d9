package dvv

import (
	"fmt"
	"math"
	"math/cmplx"

	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/fft"
)

// A Delay is by how much a record is late within a window.
type Delay struct {
	LagS      float64 // middle of the window
	DelayS    float64
	ErrorS    float64 // standard deviation
	Coherence float64 // mean within the band, 0 to 1
}

// MWCS measures delays in moving windows by cross-spectra. It serves one goroutine
// at a time.
type MWCS struct {
	delta       float64
	window      int
	step        int
	first, last int // coefficients of the band
	smooth      []float64
	plan        *fft.Real[float64, complex128]
	padded      []float64
	a, b        []complex128
}

// smoothing is half the width of the Hann window over coefficients.
const smoothing = 5

// NewMWCS returns a measurement in windows of windowS seconds every stepS seconds
// within freqMin to freqMax Hz, of records every delta seconds. Windows lose their
// line of least squares and are under a cosine taper over 0.85 of them; spectra are
// padded to four times the next power of two and smoothed by a Hann window over 11
// coefficients, as MSNoise does. Records are to be filtered to the band before.
func NewMWCS(delta, windowS, stepS, freqMin, freqMax float64) (*MWCS, error) {
	m := &MWCS{delta: delta, window: int(windowS/delta + 1e-9), step: int(stepS/delta + 1e-9)}
	if !(delta > 0) || m.window < 8 || m.step < 1 || m.window > 1<<24 {
		return nil, fmt.Errorf("dvv: windows of %g s every %g s with samples every %g s", windowS, stepS, delta)
	}
	size := 1
	for size < m.window {
		size *= 2
	}
	m.plan = fft.NewReal[float64, complex128](4 * size)
	df := 1 / (delta * float64(m.plan.Len()))
	m.first, m.last = int(math.Ceil(freqMin/df-1e-9)), int(math.Floor(freqMax/df+1e-9))
	if !(freqMin > 0) || m.first < 1 || m.last >= m.plan.Bins()-1 || m.last-m.first < 2 {
		return nil, fmt.Errorf("dvv: %g to %g Hz hold no three frequencies of windows of %g s below %g Hz", freqMin, freqMax, windowS, 0.5/delta)
	}
	m.padded = make([]float64, m.plan.Len())
	m.a, m.b = make([]complex128, m.plan.Bins()), make([]complex128, m.plan.Bins())
	for i := range 2*smoothing + 1 {
		m.smooth = append(m.smooth, 0.5-0.5*math.Cos(2*math.Pi*float64(i)/(2*smoothing)))
	}
	total := 0.0
	for _, w := range m.smooth {
		total += w
	}
	for i := range m.smooth {
		m.smooth[i] /= total
	}
	return m, nil
}

// Delays returns the delays of a record against a reference, both of 2m+1 lags.
func (m *MWCS) Delays(record, reference []float64) []Delay {
	if len(record) != len(reference) {
		panic("dvv: record and reference of different lengths")
	}
	middle := float64(len(record) / 2)
	var all []Delay
	for at := 0; at+m.window <= len(record); at += m.step {
		m.spectrum(m.a, reference[at:at+m.window])
		m.spectrum(m.b, record[at:at+m.window])
		d := m.measure()
		d.LagS = (float64(at) + float64(m.window)/2 - middle) * m.delta
		all = append(all, d)
	}
	return all
}

func (m *MWCS) spectrum(dst []complex128, x []float64) {
	clear(m.padded)
	w := m.padded[:m.window]
	dsp.DetrendLinear(w, x)
	dsp.CosineTaper(w, w, 0.85, true, false)
	m.plan.Forward(dst, m.padded)
}

// measure fits the phase of the cross-spectrum conj(reference) record by a line
// through zero: the phase of a record that is late by d is -2 pi f d.
func (m *MWCS) measure() Delay {
	n := m.last - m.first + 1
	cross, coherence := make([]complex128, n), make([]float64, n)
	for k := range n {
		var x complex128
		var pa, pb float64
		for i, w := range m.smooth {
			// Beyond the ends the spectrum is its own mirror image.
			j := m.first + k + i - smoothing
			conj := j < 0
			j = max(j, -j)
			if top := len(m.a) - 1; j > top {
				j, conj = 2*top-j, !conj
			}
			c := cmplx.Conj(m.a[j]) * m.b[j]
			if conj {
				c = cmplx.Conj(c)
			}
			x += complex(w, 0) * c
			pa += w * (real(m.a[j])*real(m.a[j]) + imag(m.a[j])*imag(m.a[j]))
			pb += w * (real(m.b[j])*real(m.b[j]) + imag(m.b[j])*imag(m.b[j]))
		}
		cross[k] = x
		if pa > 0 && pb > 0 {
			coherence[k] = min(1, cmplx.Abs(x)/math.Sqrt(pa*pb))
		}
	}
	phase := unwrap(cross, coherence)
	df := 1 / (m.delta * float64(m.plan.Len()))
	weights, mean := make([]float64, n), 0.0
	var wxx, wxy float64
	omega := func(k int) float64 { return 2 * math.Pi * float64(m.first+k) * df }
	for k, c := range coherence {
		mean += c / float64(n)
		// Clarke et al. (2011): coherence and amplitude of the cross-spectrum.
		c = min(c, 0.99)
		weights[k] = math.Sqrt(c * c / (1 - c*c) * math.Sqrt(cmplx.Abs(cross[k])))
		wxx += weights[k] * omega(k) * omega(k)
		wxy += weights[k] * omega(k) * phase[k]
	}
	if wxx == 0 {
		return Delay{ErrorS: math.Inf(1)}
	}
	slope := wxy / wxx
	var squares, spread float64
	for k := range phase {
		r := phase[k] - slope*omega(k)
		squares += r * r
		w := weights[k] * omega(k) / wxx
		spread += w * w
	}
	return Delay{DelayS: -slope, ErrorS: math.Sqrt(spread * squares / float64(n-1)), Coherence: mean}
}

// unwrap returns the phases of the band so that neighbours differ by less than half
// a turn. It begins where the coherence is greatest and goes both ways; the turns of
// the whole are those that bring it nearest to a line through zero frequency, and so
// to the least delay. Starting at zero frequency instead, where there is no signal,
// puts whole turns into the band by chance: a delay of a period.
func unwrap(cross []complex128, coherence []float64) []float64 {
	phase := make([]float64, len(cross))
	best := 0
	for k, c := range cross {
		phase[k] = cmplx.Phase(c)
		if coherence[k] > coherence[best] {
			best = k
		}
	}
	near := func(v, to float64) float64 { return v - 2*math.Pi*math.Round((v-to)/(2*math.Pi)) }
	for k := best + 1; k < len(phase); k++ {
		phase[k] = near(phase[k], phase[k-1])
	}
	for k := best - 1; k >= 0; k-- {
		phase[k] = near(phase[k], phase[k+1])
	}
	// The whole is moved so that its weighted mean is within half a turn.
	var sum, total float64
	for k, v := range phase {
		sum, total = sum+coherence[k]*v, total+coherence[k]
	}
	if total > 0 {
		turns := 2 * math.Pi * math.Round(sum/total/(2*math.Pi))
		for k := range phase {
			phase[k] -= turns
		}
	}
	return phase
}

// Choice says which delays count in Regress.
type Choice struct {
	Lags
	MinCoherence float64 // 0.5 is usual
	MaxErrorS    float64 // 0 for any
	MaxDelayS    float64 // 0 for any
}

// Regress fits dt = -dv/v t through zero to the delays that count, weighted by the
// inverse of their squared errors. ok is false where fewer than two count.
func Regress(delays []Delay, c Choice) (change Change, ok bool) {
	var kept []Delay
	for _, d := range delays {
		if c.has(d.LagS) && d.Coherence >= c.MinCoherence && !math.IsInf(d.ErrorS, 0) &&
			(c.MaxErrorS == 0 || d.ErrorS <= c.MaxErrorS) && (c.MaxDelayS == 0 || math.Abs(d.DelayS) <= c.MaxDelayS) {
			kept = append(kept, d)
		}
	}
	if len(kept) < 2 {
		return Change{Error: math.Inf(1)}, false
	}
	var wxx, wxy, coherence float64
	weight := func(d Delay) float64 {
		e := max(d.ErrorS, 1e-6)
		return 1 / (e * e)
	}
	for _, d := range kept {
		w := weight(d)
		wxx += w * d.LagS * d.LagS
		wxy += w * d.LagS * d.DelayS
		coherence += d.Coherence / float64(len(kept))
	}
	if wxx == 0 {
		return Change{Error: math.Inf(1)}, false
	}
	slope := wxy / wxx
	chi := 0.0
	for _, d := range kept {
		r := d.DelayS - slope*d.LagS
		chi += weight(d) * r * r
	}
	// The errors of the windows say how they compare, the scatter how large they are.
	scatter := chi / float64(len(kept)-1)
	return Change{DVV: -slope, Error: math.Sqrt(scatter / wxx), Correlation: coherence, Windows: len(kept)}, true
}
