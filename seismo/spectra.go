package seismo

import (
	"fmt"
	"math"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Spectra transforms each trace, which is to be a whole window, into its
// spectrum. Zeros behind the window keep its end and its beginning apart in the
// correlations that are made of spectra.
type Spectra struct {
	d4.Base
	In      d4.In[Trace]
	Out     d4.Out[Spectrum]
	MaxLagS float64 `help:"longest lag to be correlated later, for which windows are padded with zeros" unit:"s" min:"0" max:"1e6"`

	rate       float64 // that the correlator was made for
	n          int
	correlator *dsp.Correlator[float32, complex64]
}

// NewSpectra returns spectra for lags up to 45 s.
func NewSpectra() *Spectra {
	s := &Spectra{MaxLagS: 45}
	s.In = d4.Input(s.trace)
	return s
}

// Setup checks the parameters.
func (s *Spectra) Setup() error { return maxLag(s.MaxLagS) }

func (s *Spectra) trace(t Trace) error {
	if err := t.finite(); err != nil {
		return err
	}
	if len(t.Samples) == 0 {
		return nil
	}
	if t.RateHz != s.rate || len(t.Samples) != s.n {
		s.rate, s.n = t.RateHz, len(t.Samples)
		s.correlator = dsp.NewCorrelator[float32, complex64](s.n, lagsOf(s.MaxLagS, s.rate))
	}
	s.Out.Emit(Spectrum{Station: t.Station, Start: t.Start, RateHz: t.RateHz, Samples: int64(s.n), Bins: s.correlator.Spectrum(nil, t.Samples)})
	return nil
}

// Whiten makes the amplitudes of spectra flat between two frequencies and clears
// the rest; cosines lead into the band and out of it.
type Whiten struct {
	d4.Base
	In       d4.In[Spectrum]
	Out      d4.Out[Spectrum]
	FreqMin  float64 `help:"lower end of the band" unit:"Hz" min:"0"`
	FreqMax  float64 `help:"upper end of the band" unit:"Hz" min:"0"`
	Edge     float64 `help:"width of the cosines beside the band: they reach from freq_min*(1-edge) to freq_max/(1-edge)" min:"0" max:"0.9"`
	SmoothHz float64 `help:"divide by the running mean of the amplitudes over this width; 0 for each by its own, which leaves the phase only" unit:"Hz" min:"0"`

	rate     float64 // that the whitener was made for
	bins     int
	whitener *dsp.Whitener[complex64]
}

// NewWhiten returns a whitening from 0.2 to 1.5 Hz that leaves the phase only.
func NewWhiten() *Whiten {
	w := &Whiten{FreqMin: 0.2, FreqMax: 1.5, Edge: 0.2}
	w.In = d4.Input(w.spectrum)
	return w
}

// Setup checks the parameters.
func (w *Whiten) Setup() error {
	if !(w.Edge >= 0 && w.Edge < 1) {
		return fmt.Errorf("edge = %g is not within 0 and 1", w.Edge)
	}
	if !(w.SmoothHz >= 0) {
		return fmt.Errorf("smooth_hz = %g Hz is negative", w.SmoothHz)
	}
	return band(w.FreqMin, w.FreqMax)
}

func (w *Whiten) spectrum(s Spectrum) error {
	if s.RateHz != w.rate || len(s.Bins) != w.bins {
		if err := w.plan(&s); err != nil {
			return fmt.Errorf("%s at %s: %w", s.Station.ID, clock(s.Start), err)
		}
	}
	w.whitener.Whiten(s.Bins, s.Bins)
	w.Out.Emit(s)
	return nil
}

// plan prepares for spectra like s.
func (w *Whiten) plan(s *Spectrum) (err error) {
	if err := belowNyquist("freq_max", w.FreqMax, s.RateHz); err != nil {
		return err
	}
	corners := [4]float64{w.FreqMin * (1 - w.Edge), w.FreqMin, w.FreqMax, min(w.FreqMax/(1-w.Edge), s.RateHz/2)}
	half := int(w.SmoothHz / 2 / s.RateHz * float64(s.size()))
	w.rate, w.bins = s.RateHz, len(s.Bins)
	w.whitener, err = dsp.NewWhitener[complex64](s.size(), s.RateHz, corners, half)
	return err
}

// maxLag checks the parameter of that name.
func maxLag(s float64) error {
	if !(s >= 0 && s <= 1e6) {
		return fmt.Errorf("max_lag_s = %g s is not within 0 and 1e6 s", s)
	}
	return nil
}

// lagsOf is the number of lags on either side of 0, the longest within s.
func lagsOf(s, rate float64) int { return int(math.Floor(s*rate + 1e-6)) }
