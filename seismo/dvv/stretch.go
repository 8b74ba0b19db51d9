package dvv

import (
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Lags says which lags count: those of MinS to MaxS seconds, on the sides given.
type Lags struct {
	MinS, MaxS float64
	Side       Side
}

// Side says on which side of zero lags lie.
type Side uint8

// The sides: the wave passes B first at negative lags, A first at positive ones.
const (
	Both Side = iota
	Negative
	Positive
)

// has reports whether lag l in seconds counts.
func (l Lags) has(s float64) bool {
	a := math.Abs(s)
	return a >= l.MinS-1e-9 && a <= l.MaxS+1e-9 && (l.Side == Both || l.Side == Positive && s > 0 || l.Side == Negative && s < 0)
}

// A Change is a change of velocity against the reference.
type Change struct {
	DVV         float64 // dv/v
	Error       float64 // standard deviation of DVV
	Correlation float64 // Stretch: of the record and the stretched reference; MWCS: mean coherence
	Windows     int     // MWCS: windows that count
}

// Stretcher stretches one reference.
type Stretcher struct {
	delta   float64
	offsets []float64   // in time from the middle, of the samples that count
	at      []int       // and their indices
	eps     []float64   // stretchings tried
	refs    [][]float64 // the stretched references of unit energy
	coarse  float64
}

// NewStretcher prepares the stretching of a reference of 2m+1 lags every delta
// seconds by up to maxChange either way, in steps of step (shares). The lags that
// count must be there when stretched.
func NewStretcher(reference []float64, delta float64, lags Lags, maxChange, step float64) (*Stretcher, error) {
	m := len(reference) / 2
	switch {
	case len(reference)%2 == 0 || len(reference) < 9 || !(delta > 0):
		return nil, fmt.Errorf("dvv: a reference of %d lags every %g s: it takes an odd number", len(reference), delta)
	case !(lags.MinS >= 0 && lags.MaxS > lags.MinS):
		return nil, fmt.Errorf("dvv: lags from %g to %g s are none", lags.MinS, lags.MaxS)
	case !(maxChange > 0 && maxChange < 0.5 && step > 0 && step <= maxChange) || maxChange/step > 1e5:
		return nil, fmt.Errorf("dvv: changes up to %g in steps of %g are not within 0 and 0.5", maxChange, step)
	case lags.MaxS*(1+maxChange) > float64(m)*delta+1e-9:
		return nil, fmt.Errorf("dvv: lags up to %g s, stretched by %g, are beyond the last, %g s", lags.MaxS, maxChange, float64(m)*delta)
	}
	s := &Stretcher{delta: delta, coarse: step}
	for i := range reference {
		if t := float64(i-m) * delta; lags.has(t) {
			s.at = append(s.at, i)
			s.offsets = append(s.offsets, t)
		}
	}
	if len(s.at) < 4 {
		return nil, fmt.Errorf("dvv: lags from %g to %g s have %d samples", lags.MinS, lags.MaxS, len(s.at))
	}
	count := int(math.Round(maxChange / step))
	spline := dsp.NewCubicSpline[float64](len(reference))
	whole := make([]float64, len(reference))
	for k := -count; k <= count; k++ {
		e := float64(k) * step
		// The record at lag t is the reference at (1+e) t.
		spline.Interpolate(whole, reference, float64(m)-float64(m)*(1+e), 1+e)
		row, energy := make([]float64, len(s.at)), 0.0
		for i, at := range s.at {
			row[i] = whole[at]
			energy += row[i] * row[i]
		}
		if energy > 0 {
			for i := range row {
				row[i] /= math.Sqrt(energy)
			}
		}
		s.eps, s.refs = append(s.eps, e), append(s.refs, row)
	}
	return s, nil
}

// Stretch returns the change at which a record of the same lags is most like the
// reference, refined between steps by a parabola. Error is that of Weaver et al.
// (2011) for a band of that width about freqHz with the period 1/freqHz.
func (s *Stretcher) Stretch(record []float64, freqHz, bandHz float64) Change {
	energy := 0.0
	row := make([]float64, len(s.at))
	for i, at := range s.at {
		row[i] = record[at]
		energy += row[i] * row[i]
	}
	if energy == 0 {
		return Change{Error: math.Inf(1)}
	}
	all := make([]float64, len(s.eps))
	best := 0
	for k, ref := range s.refs {
		sum := 0.0
		for i, v := range row {
			sum += v * ref[i]
		}
		all[k] = sum / math.Sqrt(energy)
		if all[k] > all[best] {
			best = k
		}
	}
	c := Change{DVV: s.eps[best], Correlation: all[best]}
	if best > 0 && best < len(all)-1 {
		left, right := all[best-1], all[best+1]
		if bend := left - 2*all[best] + right; bend < 0 {
			d := 0.5 * (left - right) / bend
			c.DVV += d * s.coarse
			c.Correlation = min(1, all[best]-0.25*(left-right)*d)
		}
	}
	c.Error = weaver(c.Correlation, s.offsets, freqHz, bandHz)
	return c
}

// weaver is the standard deviation of a stretching (Weaver et al. 2011, eq. 2):
//
//	sqrt(1-X^2)/(2X) sqrt(6 sqrt(pi/2) T / (w^2 (t2^3 - t1^3))),
//
// T being the inverse of the band's width and w the middle frequency.
func weaver(x float64, offsets []float64, freqHz, bandHz float64) float64 {
	if x <= 0 || !(freqHz > 0) || !(bandHz > 0) {
		return math.Inf(1)
	}
	t1, t2 := math.Inf(1), 0.0
	for _, t := range offsets {
		t1, t2 = min(t1, math.Abs(t)), max(t2, math.Abs(t))
	}
	w := 2 * math.Pi * freqHz
	return math.Sqrt(max(0, 1-x*x)) / (2 * x) * math.Sqrt(6*math.Sqrt(math.Pi/2)/bandHz/(w*w*(t2*t2*t2-t1*t1*t1)))
}
