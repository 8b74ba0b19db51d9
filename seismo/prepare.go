package seismo

import (
	"fmt"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// byChannel keeps all traces of a channel on one instance, in order, so that
// filters can go on where they were.
func byChannel(t Trace) string { return t.Station.ID }

// stream is what a PE keeps for one channel.
type stream[S any] struct {
	state S
	rate  float64
	due   d4.Time
}

// channels finds the state of a trace's channel. It makes a new one at the
// beginning and after a gap, and refuses a channel that changes its rate.
type channels[S any] struct {
	open  map[string]*stream[S]
	gaps  func()
	fresh func(rate float64) (S, error)
}

func (c *channels[S]) of(t *Trace) (S, error) {
	s := c.open[t.Station.ID]
	if s != nil && s.rate != t.RateHz {
		return s.state, fmt.Errorf("%s has two sampling rates, %g and %g Hz", t.Station.ID, s.rate, t.RateHz)
	}
	half := d4.Time(0.5e9 / t.RateHz)
	if s == nil || t.Start-s.due > half || s.due-t.Start > half {
		if s != nil {
			c.gaps()
		}
		state, err := c.fresh(t.RateHz)
		if err != nil {
			return state, err
		}
		s = &stream[S]{state: state, rate: t.RateHz}
		c.open[t.Station.ID] = s
	}
	s.due = t.End()
	return s.state, nil
}

// counting returns a function that counts gaps in the run's trace.
func counting(i *d4.Instance) func() { return func() { i.Counter("gaps").Add(1) } }

// Bandpass filters causally, channel by channel, across trace borders.
type Bandpass struct {
	d4.Base
	In      d4.In[Trace]
	Out     d4.Out[Trace]
	FreqMin float64 `help:"lower corner" unit:"Hz" min:"0"`
	FreqMax float64 `help:"upper corner" unit:"Hz" min:"0"`
	Corners int     `help:"order of the Butterworth filter" min:"1" max:"24"`

	channels channels[*dsp.Filter[float32]]
}

// NewBandpass returns a filter from 0.2 to 1.5 Hz of order 4.
func NewBandpass() *Bandpass {
	b := &Bandpass{FreqMin: 0.2, FreqMax: 1.5, Corners: 4}
	b.In = d4.InputBy(b.trace, byChannel)
	return b
}

// Open prepares the channels.
func (b *Bandpass) Open(i *d4.Instance) error {
	b.channels = channels[*dsp.Filter[float32]]{open: map[string]*stream[*dsp.Filter[float32]]{}, gaps: counting(i),
		fresh: func(rate float64) (*dsp.Filter[float32], error) {
			sections, err := dsp.Bandpass(b.Corners, b.FreqMin, b.FreqMax, rate)
			if err != nil {
				return nil, err
			}
			return dsp.NewFilter[float32](sections), nil
		}}
	return nil
}

func (b *Bandpass) trace(t Trace) error {
	if at := dsp.FirstNonFinite(t.Samples); at >= 0 {
		return fmt.Errorf("%s: sample %d is %v; cut it out before filtering", t.Station.ID, at, t.Samples[at])
	}
	f, err := b.channels.of(&t)
	if err != nil {
		return err
	}
	f.Process(t.Samples, t.Samples)
	b.Out.Emit(t)
	return nil
}

// Decimate keeps every Factor-th sample behind an anti-alias filter, across
// trace borders.
type Decimate struct {
	d4.Base
	In     d4.In[Trace]
	Out    d4.Out[Trace]
	Factor int `help:"by which the sampling rate is divided" min:"1" max:"16"`

	channels channels[*dsp.Decimator[float32]]
}

// NewDecimate returns a decimation by 4.
func NewDecimate() *Decimate {
	d := &Decimate{Factor: 4}
	d.In = d4.InputBy(d.trace, byChannel)
	return d
}

// Open prepares the channels.
func (d *Decimate) Open(i *d4.Instance) error {
	d.channels = channels[*dsp.Decimator[float32]]{open: map[string]*stream[*dsp.Decimator[float32]]{}, gaps: counting(i),
		fresh: func(float64) (*dsp.Decimator[float32], error) { return dsp.NewDecimator[float32](d.Factor) }}
	return nil
}

func (d *Decimate) trace(t Trace) error {
	f, err := d.channels.of(&t)
	if err != nil {
		return err
	}
	t.Samples = f.Process(nil, t.Samples)
	t.RateHz /= float64(d.Factor)
	if len(t.Samples) > 0 {
		d.Out.Emit(t)
	}
	return nil
}

// Spectra turns traces of exactly Window seconds into spectra: detrend,
// normalise, taper, transform, whiten. Other traces are counted as short.
type Spectra struct {
	d4.Base
	In        d4.In[Trace]
	Out       d4.Out[Spectrum]
	WindowS   float64 `help:"length of a window" unit:"s" min:"1"`
	MaxLagS   float64 `help:"longest lag to be correlated later" unit:"s" min:"0"`
	Normalize string  `help:"temporal normalisation" oneof:"none|one_bit|running_mean"`
	MeanS     float64 `help:"width of the running mean" unit:"s" min:"0.1"`
	Taper     float64 `help:"share of the window that is tapered at each end" min:"0" max:"0.5"`
	Whiten    bool    `help:"make the spectrum flat between freq_min and freq_max"`
	FreqMin   float64 `help:"where whitening begins" unit:"Hz" min:"0"`
	FreqMax   float64 `help:"where whitening ends" unit:"Hz" min:"0"`

	info       *d4.Instance
	rate       float64
	n          int
	correlator *dsp.Correlator[float32, complex64]
	whitener   *dsp.Whitener[complex64]
	mean       *dsp.RunningMean
}

// NewSpectra returns windows of 120 s for lags up to 45 s, one-bit, whitened
// from 0.2 to 1.5 Hz.
func NewSpectra() *Spectra {
	s := &Spectra{WindowS: 120, MaxLagS: 45, Normalize: "one_bit", MeanS: 10, Taper: 0.05, Whiten: true, FreqMin: 0.2, FreqMax: 1.5}
	s.In = d4.Input(s.trace)
	return s
}

// Open keeps where to count.
func (s *Spectra) Open(i *d4.Instance) error { s.info = i; return nil }

// plan makes the transforms for a sampling rate.
func (s *Spectra) plan(rate float64) (err error) {
	s.rate, s.n = rate, int(s.WindowS*rate+0.5)
	s.correlator = dsp.NewCorrelator[float32, complex64](s.n, int(s.MaxLagS*rate))
	s.mean = dsp.NewRunningMean(max(1, int(s.MeanS*rate/2)))
	if s.Whiten {
		s.whitener, err = dsp.NewWhitener[complex64](s.correlator.Size(), rate,
			[4]float64{0.8 * s.FreqMin, s.FreqMin, s.FreqMax, min(1.25*s.FreqMax, rate/2)}, 0)
	}
	return err
}

func (s *Spectra) trace(t Trace) error {
	if t.RateHz != s.rate {
		if err := s.plan(t.RateHz); err != nil {
			return err
		}
	}
	if len(t.Samples) != s.n {
		s.info.Counter("short").Add(1)
		return nil
	}
	x := t.Samples
	dsp.DetrendLinear(x, x)
	switch s.Normalize {
	case "one_bit":
		dsp.OneBit(x, x)
	case "running_mean":
		dsp.Normalize(s.mean, x, x)
	}
	dsp.Taper(x, x, dsp.Hann, int(s.Taper*float64(s.n)), dsp.BothSides)
	bins := s.correlator.Spectrum(nil, x)
	if s.Whiten {
		s.whitener.Whiten(bins, bins)
	}
	// Windows of all channels begin at multiples of their length, to within
	// the sample that the channel's own grid allows.
	window := d4.Time(s.WindowS * 1e9)
	start := (t.Start + window/2) / window * window
	s.Out.Emit(Spectrum{Station: t.Station, Start: start, RateHz: t.RateHz, Samples: int64(s.n), Bins: bins})
	return nil
}
