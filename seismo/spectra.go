package seismo

import (
	"fmt"
	"math"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Spectra transforms each trace, which is to be a whole window, into its
// spectrum. Zeros behind the window keep its end and its beginning apart in the
// correlations that are made of spectra. Where lags are short beside the window,
// spectra of blocks of it make the same correlations several times faster.
type Spectra struct {
	d4.Stateless
	In      d4.In[Trace]
	Out     d4.Out[Spectrum]
	MaxLagS float64 `help:"longest lag to be correlated later, for which windows are padded with zeros" unit:"s" min:"0" max:"1e6"`

	Blocks int `help:"blocks that a window is cut into; 1 keeps it whole, as Whiten needs it; 0 for as many as make correlating quickest" min:"0" max:"100000"`

	rate       float64 // that the correlators were made for
	n          int
	correlator *dsp.Correlator[float32, complex64]
	blocks     *dsp.BlockCorrelator[float32, complex64] // instead, if it is cut
}

// NewSpectra returns spectra of whole windows for lags up to 45 s.
func NewSpectra() *Spectra {
	s := &Spectra{MaxLagS: 45, Blocks: 1}
	s.In = d4.Input(s.trace)
	return s
}

// Setup checks the parameters.
func (s *Spectra) Setup() error {
	if s.Blocks < 0 {
		return fmt.Errorf("blocks = %d is negative", s.Blocks)
	}
	return maxLag(s.MaxLagS)
}

func (s *Spectra) trace(t Trace) error {
	if err := t.finite(); err != nil {
		return err
	}
	if len(t.Samples) == 0 {
		return nil
	}
	if t.RateHz != s.rate || len(t.Samples) != s.n {
		s.plan(len(t.Samples), t.RateHz)
	}
	out := Spectrum{Station: t.Station, Start: t.Start, RateHz: t.RateHz, Samples: int64(s.n)}
	if s.blocks == nil {
		out.Bins = s.correlator.Spectrum(nil, t.Samples)
	} else {
		out.Blocks, out.Lags = int64(s.blocks.Blocks()), int64(lagsOf(s.MaxLagS, s.rate))
		out.Bins = s.blocks.Spectra(nil, t.Samples)
	}
	s.Out.Emit(out)
	return nil
}

// plan prepares for windows of n samples.
func (s *Spectra) plan(n int, rate float64) {
	s.n, s.rate, s.correlator, s.blocks = n, rate, nil, nil
	lags, blocks := lagsOf(s.MaxLagS, rate), min(s.Blocks, n)
	if blocks == 0 {
		blocks = dsp.Blocks(n, lags)
	}
	if blocks == 1 {
		s.correlator = dsp.NewCorrelator[float32, complex64](n, lags)
	} else {
		s.blocks = dsp.NewBlockCorrelator[float32, complex64](n, lags, blocks)
	}
}

// Whiten makes the amplitudes of spectra flat between two frequencies and clears
// the rest; cosines lead into the band and out of it. How wide they are and what
// coefficients are divided by differs between tools: method takes another's definition
// (dsp.NewWhitening).
type Whiten struct {
	d4.Stateless
	In       d4.In[Spectrum]
	Out      d4.Out[Spectrum]
	FreqMin  float64 `help:"lower end of the band" unit:"Hz" min:"0"`
	FreqMax  float64 `help:"upper end of the band" unit:"Hz" min:"0"`
	Method   string  `help:"whose definition: ours, or that of a tool, whose edges are 50 or 100 coefficients and more, whatever edge is" oneof:"ours|msnoise|seisnoise|noisepy"`
	Edge     float64 `help:"width of the cosines beside the band: they reach from freq_min*(1-edge) to freq_max/(1-edge)" min:"0" max:"0.9"`
	SmoothHz float64 `help:"divide by the running mean of the amplitudes over this width; 0 for each by its own, which leaves the phase only; ours and noisepy" unit:"Hz" min:"0"`

	rate     float64 // that the whitener was made for
	bins     int
	whitener *dsp.Whitener[complex64]
}

// whitenings are the definitions of tools.
var whitenings = map[string]dsp.Whitening{"msnoise": dsp.MSNoise, "seisnoise": dsp.SeisNoise, "noisepy": dsp.NoisePy}

// NewWhiten returns a whitening from 0.2 to 1.5 Hz that leaves the phase only.
func NewWhiten() *Whiten {
	w := &Whiten{Method: "ours", FreqMin: 0.2, FreqMax: 1.5, Edge: 0.2}
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
	if _, ok := whitenings[w.Method]; !ok && w.Method != "ours" {
		return fmt.Errorf("method = %q is none of ours, msnoise, seisnoise, noisepy", w.Method)
	}
	return band(w.FreqMin, w.FreqMax)
}

func (w *Whiten) spectrum(s Spectrum) error {
	if s.Blocks > 0 {
		return fmt.Errorf("%s at %s: the window is in %d blocks, and only whole ones can be whitened: set blocks = 1 in seismo.Spectra", s.Station.ID, clock(s.Start), s.Blocks)
	}
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
	w.rate, w.bins = s.RateHz, len(s.Bins)
	if tool, ok := whitenings[w.Method]; ok {
		smooth := int(math.Round(w.SmoothHz / s.RateHz * float64(s.size())))
		w.whitener, err = dsp.NewWhitening[complex64](tool, s.size(), s.RateHz, w.FreqMin, w.FreqMax, smooth)
		return err
	}
	corners := [4]float64{w.FreqMin * (1 - w.Edge), w.FreqMin, w.FreqMax, min(w.FreqMax/(1-w.Edge), s.RateHz/2)}
	half := int(w.SmoothHz / 2 / s.RateHz * float64(s.size()))
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
