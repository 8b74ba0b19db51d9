package seismo

import (
	"fmt"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Demean takes the mean off each trace.
type Demean struct{ Traces }

// NewDemean returns a Demean.
func NewDemean() *Demean {
	d := &Demean{}
	d.each(func(t *Trace) error {
		dsp.Demean(t.Samples, t.Samples)
		return nil
	})
	return d
}

// Detrend takes the line of least squares off each trace, its mean included.
type Detrend struct{ Traces }

// NewDetrend returns a Detrend.
func NewDetrend() *Detrend {
	d := &Detrend{}
	d.each(func(t *Trace) error {
		dsp.DetrendLinear(t.Samples, t.Samples)
		return nil
	})
	return d
}

// Taper lets each trace begin and end at zero, with halves of a Hann window.
type Taper struct {
	Traces
	Fraction float64 `help:"share of the trace that is tapered at each end" min:"0" max:"0.5"`
	MaxS     float64 `help:"longest taper at each end; 0 for no limit" unit:"s" min:"0"`
}

// NewTaper returns a taper of a twentieth of the trace at each end.
func NewTaper() *Taper {
	p := &Taper{Fraction: 0.05}
	p.each(func(t *Trace) error {
		n := len(t.Samples)
		limit := p.MaxS
		if limit == 0 {
			limit = float64(n) / t.RateHz
		}
		dsp.Taper(t.Samples, t.Samples, dsp.Hann, dsp.TaperLength(n, p.Fraction, limit, t.RateHz), dsp.BothSides)
		return nil
	})
	return p
}

// Setup checks the parameters.
func (p *Taper) Setup() error {
	if !(p.Fraction >= 0 && p.Fraction <= 0.5) {
		return fmt.Errorf("fraction = %g is not within 0 and 0.5: it is the share of one end", p.Fraction)
	}
	return nil
}

// OneBit keeps only the sign of the samples.
type OneBit struct{ Traces }

// NewOneBit returns a OneBit.
func NewOneBit() *OneBit {
	o := &OneBit{}
	o.each(func(t *Trace) error {
		dsp.OneBit(t.Samples, t.Samples)
		return nil
	})
	return o
}

// RunningMean divides the samples by the running mean of their absolute values
// (Bensen et al. 2007). At the ends of a trace the mean is over what is there.
type RunningMean struct {
	Traces
	WidthS float64 `help:"over how long the mean is taken; half the longest period of interest is usual" unit:"s" min:"0"`

	mean *dsp.RunningMean
	rate float64 // that it was made for
}

// NewRunningMean returns a mean over 10 s.
func NewRunningMean() *RunningMean {
	r := &RunningMean{WidthS: 10}
	r.each(func(t *Trace) error {
		if t.RateHz != r.rate {
			r.rate, r.mean = t.RateHz, dsp.NewRunningMean(int(r.WidthS*t.RateHz/2))
		}
		dsp.Normalize(r.mean, t.Samples, t.Samples)
		return nil
	})
	return r
}

// Setup checks the parameters.
func (r *RunningMean) Setup() error {
	if !(r.WidthS >= 0) {
		return fmt.Errorf("width_s = %g s is negative", r.WidthS)
	}
	return nil
}
