package seismo

import (
	"fmt"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Demean takes the mean off each trace.
type Demean struct {
	Traces
	stateless
}

// NewDemean returns a Demean.
func NewDemean() *Demean {
	d := &Demean{}
	d.each(func(t *Trace) error {
		dsp.Demean(t.Samples, t.Samples)
		return nil
	})
	return d
}

// Detrend takes a trend off each trace: its line of least squares, its mean
// ("constant"), the line through its first and last sample ("simple"), or a
// polynomial or spline of least squares.
type Detrend struct {
	Traces
	stateless
	Method   string  `help:"what the trend is" oneof:"linear|constant|simple|polynomial|spline"`
	Order    int     `help:"of the polynomial, up to 15, or of the spline, 1 to 5" min:"0" max:"15"`
	SpacingS float64 `help:"from one knot of the spline to the next" unit:"s" min:"0"`
}

// NewDetrend returns a Detrend by the line of least squares.
func NewDetrend() *Detrend {
	d := &Detrend{Method: "linear", Order: 3, SpacingS: 600}
	d.each(func(t *Trace) error {
		x := t.Samples
		switch d.Method {
		case "linear":
			dsp.DetrendLinear(x, x)
		case "constant":
			dsp.Demean(x, x)
		case "simple":
			dsp.DetrendSimple(x, x)
		case "polynomial":
			dsp.DetrendPolynomial(x, x, d.Order)
		case "spline":
			dsp.DetrendSpline(x, x, d.Order, d.SpacingS*t.RateHz)
		}
		return nil
	})
	return d
}

// Setup checks the parameters.
func (d *Detrend) Setup() error {
	switch d.Method {
	case "linear", "constant", "simple":
		return nil
	case "polynomial":
		if d.Order < 0 || d.Order > dsp.MaxDetrendOrder {
			return fmt.Errorf("order = %d is not within 0 and %d", d.Order, dsp.MaxDetrendOrder)
		}
		return nil
	case "spline":
		if d.Order < 1 || d.Order > dsp.MaxSplineOrder {
			return fmt.Errorf("order = %d is not within 1 and %d, that of a spline", d.Order, dsp.MaxSplineOrder)
		}
		if !(d.SpacingS > 0) {
			return fmt.Errorf("spacing_s = %g s is not above 0 s", d.SpacingS)
		}
		return nil
	}
	return fmt.Errorf("method = %q is none of linear, constant, simple, polynomial, spline", d.Method)
}

// windows are the shapes of a taper by name.
var windows = map[string]dsp.Window{
	"hann": dsp.Hann, "hamming": dsp.Hamming, "blackman": dsp.Blackman, "bartlett": dsp.Bartlett, "cosine": dsp.Cosine,
	"blackmanharris": dsp.BlackmanHarris, "nuttall": dsp.Nuttall, "flattop": dsp.FlatTop, "bohman": dsp.Bohman,
	"parzen": dsp.Parzen, "triang": dsp.Triangle, "barthann": dsp.BartlettHann,
}

var sides = map[string]dsp.Side{"both": dsp.BothSides, "left": dsp.LeftSide, "right": dsp.RightSide}

// Taper lets each trace begin and end at zero, with halves of a window.
type Taper struct {
	Traces
	stateless
	Fraction float64 `help:"share of the trace that is tapered at each end" min:"0" max:"0.5"`
	MaxS     float64 `help:"longest taper at each end; 0 for no limit" unit:"s" min:"0"`
	Window   string  `help:"its shape" oneof:"hann|hamming|blackman|bartlett|cosine|blackmanharris|nuttall|flattop|bohman|parzen|triang|barthann"`
	Side     string  `help:"which end is tapered" oneof:"both|left|right"`
}

// NewTaper returns a taper of a twentieth of the trace at each end by a Hann window.
func NewTaper() *Taper {
	p := &Taper{Fraction: 0.05, Window: "hann", Side: "both"}
	p.each(func(t *Trace) error {
		n := len(t.Samples)
		limit := p.MaxS
		if limit == 0 {
			limit = float64(n) / t.RateHz
		}
		dsp.Taper(t.Samples, t.Samples, windows[p.Window], dsp.TaperLength(n, p.Fraction, limit, t.RateHz), sides[p.Side])
		return nil
	})
	return p
}

// Setup checks the parameters.
func (p *Taper) Setup() error {
	if !(p.Fraction >= 0 && p.Fraction <= 0.5) {
		return fmt.Errorf("fraction = %g is not within 0 and 0.5: it is the share of one end", p.Fraction)
	}
	if _, ok := windows[p.Window]; !ok {
		return fmt.Errorf("window = %q is none of the windows", p.Window)
	}
	if _, ok := sides[p.Side]; !ok {
		return fmt.Errorf("side = %q is none of both, left, right", p.Side)
	}
	return nil
}

// Clip limits the samples of each trace (temporal normalisation).
type Clip struct {
	Traces
	stateless
	RMS   float64 `param:"rms" help:"limit in root mean squares of the trace (winsorizing; MSNoise takes 3); 0 for none" min:"0"`
	Limit float64 `help:"limit in the unit of the samples; 0 for none" min:"0"`
}

// NewClip returns a limit of three times the root mean square.
func NewClip() *Clip {
	c := &Clip{RMS: 3}
	c.each(func(t *Trace) error {
		if c.RMS > 0 {
			dsp.Winsorize(t.Samples, t.Samples, c.RMS)
		}
		if c.Limit > 0 {
			dsp.Clip(t.Samples, t.Samples, c.Limit)
		}
		return nil
	})
	return c
}

// Setup checks the parameters.
func (c *Clip) Setup() error {
	if !(c.RMS >= 0) || !(c.Limit >= 0) {
		return fmt.Errorf("rms = %g and limit = %g: they must not be negative", c.RMS, c.Limit)
	}
	return nil
}

// Envelope makes each trace the amplitude of its analytic signal.
type Envelope struct {
	Traces
	stateless
	analytic *dsp.Analytic[float32, complex64]
	n        int
}

// NewEnvelope returns an Envelope.
func NewEnvelope() *Envelope {
	e := &Envelope{}
	e.each(func(t *Trace) error {
		if len(t.Samples) == 0 {
			return nil
		}
		if len(t.Samples) != e.n {
			e.n = len(t.Samples)
			e.analytic = dsp.NewAnalytic[float32, complex64](e.n, e.n)
		}
		e.analytic.Envelope(t.Samples, t.Samples)
		return nil
	})
	return e
}

// Integrate integrates each trace by itself, from zero at its first sample: the unit
// gets a second more. Take the mean off before, or a line comes of it.
type Integrate struct {
	Traces
	stateless
}

// NewIntegrate returns an Integrate.
func NewIntegrate() *Integrate {
	p := &Integrate{}
	p.each(func(t *Trace) error {
		dsp.Integrate(t.Samples, t.Samples, 1/t.RateHz)
		return nil
	})
	return p
}

// Differentiate takes the derivative of each trace by central differences, one-sided
// at both ends: the unit gets a second less. A trace of one sample is dropped.
type Differentiate struct {
	Traces
	stateless
}

// NewDifferentiate returns a Differentiate.
func NewDifferentiate() *Differentiate {
	p := &Differentiate{}
	p.each(func(t *Trace) error {
		if len(t.Samples) < 2 {
			t.Samples = nil
			return nil
		}
		dsp.Differentiate(t.Samples, t.Samples, 1/t.RateHz)
		return nil
	})
	return p
}

// OneBit keeps only the sign of the samples.
type OneBit struct {
	Traces
	stateless
}

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
	stateless
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
