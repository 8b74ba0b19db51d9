package seismo

import (
	"fmt"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Filter is what the recursive filters have in common. The causal filter goes
// on across the borders of traces. The zero-phase one runs over each trace by
// itself, forwards and backwards: detrend and taper before it.
type Filter struct {
	Traces
	Corners   int     `help:"order of the filter" min:"1" max:"24"`
	ZeroPhase bool    `help:"filter each trace forwards and backwards, which shifts nothing and doubles the order"`
	Family    string  `help:"butterworth is flat, chebyshev1 ripples within the band and chebyshev2 beyond it, bessel keeps shapes" oneof:"butterworth|chebyshev1|chebyshev2|bessel"`
	RippleDb  float64 `help:"of chebyshev1 within the band" unit:"dB" min:"0"`
	LossDb    float64 `help:"of chebyshev2 beyond the band" unit:"dB" min:"0"`

	design   func(p dsp.Prototype, rate float64) (dsp.Sections, error)
	channels channels[*dsp.Filter[float32]]
}

// by says how the filter is designed.
func (f *Filter) by(design func(p dsp.Prototype, rate float64) (dsp.Sections, error)) {
	f.Corners, f.design = 4, design
	f.Family, f.RippleDb, f.LossDb = "butterworth", 1, 40
	f.each(func(t *Trace) error {
		filter, err := f.channels.of(t)
		switch {
		case err != nil:
			return err
		case f.ZeroPhase:
			filter.ZeroPhase(t.Samples, t.Samples)
		default:
			filter.Process(t.Samples, t.Samples)
		}
		return nil
	})
}

// Open begins with every channel at rest.
func (f *Filter) Open(i *d4.Instance) error {
	f.channels.open(i, func(rate float64) (*dsp.Filter[float32], error) {
		p, err := f.prototype()
		if err != nil {
			return nil, err
		}
		sections, err := f.design(p, rate)
		if err != nil {
			return nil, err
		}
		return dsp.NewFilter[float32](sections), nil
	})
	return nil
}

// prototype is the family of the filter.
func (f *Filter) prototype() (dsp.Prototype, error) {
	switch f.Family {
	case "butterworth", "":
		return dsp.Butterworth(f.Corners), nil
	case "chebyshev1":
		return dsp.Chebyshev1(f.Corners, f.RippleDb), nil
	case "chebyshev2":
		return dsp.Chebyshev2(f.Corners, f.LossDb), nil
	case "bessel":
		return dsp.Bessel(f.Corners), nil
	}
	return dsp.Prototype{}, fmt.Errorf("family = %q is none of butterworth, chebyshev1, chebyshev2, bessel", f.Family)
}

// Bandpass keeps what lies between two frequencies.
type Bandpass struct {
	FreqMin float64 `help:"lower corner" unit:"Hz" min:"0"`
	FreqMax float64 `help:"upper corner, below the Nyquist frequency" unit:"Hz" min:"0"`
	Filter
}

// NewBandpass returns a causal filter from 0.2 to 1.5 Hz with 4 corners.
func NewBandpass() *Bandpass {
	b := &Bandpass{FreqMin: 0.2, FreqMax: 1.5}
	b.by(func(p dsp.Prototype, rate float64) (dsp.Sections, error) {
		if err := belowNyquist("freq_max", b.FreqMax, rate); err != nil {
			return nil, err
		}
		return p.Bandpass(b.FreqMin, b.FreqMax, rate)
	})
	return b
}

// Setup checks the parameters.
func (b *Bandpass) Setup() error { return band(b.FreqMin, b.FreqMax) }

// Bandstop takes out what lies between two frequencies.
type Bandstop struct {
	FreqMin float64 `help:"lower corner" unit:"Hz" min:"0"`
	FreqMax float64 `help:"upper corner, below the Nyquist frequency" unit:"Hz" min:"0"`
	Filter
}

// NewBandstop returns a causal filter that takes out 0.2 to 1.5 Hz with 4 corners.
func NewBandstop() *Bandstop {
	b := &Bandstop{FreqMin: 0.2, FreqMax: 1.5}
	b.by(func(p dsp.Prototype, rate float64) (dsp.Sections, error) {
		if err := belowNyquist("freq_max", b.FreqMax, rate); err != nil {
			return nil, err
		}
		return p.Bandstop(b.FreqMin, b.FreqMax, rate)
	})
	return b
}

// Setup checks the parameters.
func (b *Bandstop) Setup() error { return band(b.FreqMin, b.FreqMax) }

// Lowpass keeps what lies below a frequency.
type Lowpass struct {
	Freq float64 `help:"corner, below the Nyquist frequency" unit:"Hz" min:"0"`
	Filter
}

// NewLowpass returns a causal filter below 1 Hz with 4 corners.
func NewLowpass() *Lowpass {
	l := &Lowpass{Freq: 1}
	l.by(func(p dsp.Prototype, rate float64) (dsp.Sections, error) {
		if err := belowNyquist("freq", l.Freq, rate); err != nil {
			return nil, err
		}
		return p.Lowpass(l.Freq, rate)
	})
	return l
}

// Setup checks the parameters.
func (l *Lowpass) Setup() error { return corner(l.Freq) }

// Highpass keeps what lies above a frequency.
type Highpass struct {
	Freq float64 `help:"corner, below the Nyquist frequency" unit:"Hz" min:"0"`
	Filter
}

// NewHighpass returns a causal filter above 0.1 Hz with 4 corners.
func NewHighpass() *Highpass {
	h := &Highpass{Freq: 0.1}
	h.by(func(p dsp.Prototype, rate float64) (dsp.Sections, error) {
		if err := belowNyquist("freq", h.Freq, rate); err != nil {
			return nil, err
		}
		return p.Highpass(h.Freq, rate)
	})
	return h
}

// Setup checks the parameters.
func (h *Highpass) Setup() error { return corner(h.Freq) }

func corner(freq float64) error {
	if !(freq > 0) {
		return fmt.Errorf("freq = %g Hz is not above 0 Hz", freq)
	}
	return nil
}

// band checks the two ends of a band.
func band(low, high float64) error {
	if !(low > 0) {
		return fmt.Errorf("freq_min = %g Hz is not above 0 Hz: use seismo.Lowpass for a band from 0 on", low)
	}
	if !(low < high) {
		return fmt.Errorf("freq_min = %g Hz is not below freq_max = %g Hz: exchange them or widen the band", low, high)
	}
	return nil
}

func belowNyquist(parameter string, freq, rate float64) error {
	if freq >= rate/2 {
		return fmt.Errorf("%s = %g Hz is not below the Nyquist frequency, %g Hz: lower it, or filter before decimating", parameter, freq, rate/2)
	}
	return nil
}

// Decimate keeps every Factor-th sample behind a causal anti-alias filter
// (dsp.Decimator), across the borders of traces.
type Decimate struct {
	Traces
	Factor int `help:"by which the sampling rate is divided; decimate twice for more than 16" min:"1" max:"16"`

	channels channels[*dsp.Decimator[float32]]
}

// NewDecimate returns a decimation by 4.
func NewDecimate() *Decimate {
	d := &Decimate{Factor: 4}
	d.each(func(t *Trace) error {
		decimator, err := d.channels.of(t)
		if err != nil {
			return err
		}
		skip := 0 // samples before the first that is kept
		for decimator.Len(skip+1) == 0 {
			skip++
		}
		t.Start = t.at(skip)
		t.Samples = decimator.Process(nil, t.Samples)
		t.RateHz /= float64(d.Factor)
		return nil
	})
	return d
}

// Setup checks the parameters.
func (d *Decimate) Setup() error {
	if d.Factor < 1 || d.Factor > dsp.MaxDecimation {
		return fmt.Errorf("factor = %d is not within 1 and %d: decimate twice for more", d.Factor, dsp.MaxDecimation)
	}
	return nil
}

// Open begins with no channels.
func (d *Decimate) Open(i *d4.Instance) error {
	d.channels.open(i, func(float64) (*dsp.Decimator[float32], error) { return dsp.NewDecimator[float32](d.Factor) })
	return nil
}
