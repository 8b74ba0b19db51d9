package seismo

import (
	"fmt"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/plot"
	"github.com/dispel4go/dispel4go/seismo/psd"
)

// Spectrogram draws the density of each trace by time and frequency (psd.Welch), as
// PNG and SVG: put Window or Trim before it, so that a trace is what a picture is to
// show. Traces pass on unchanged.
type Spectrogram struct {
	Traces
	stateless
	FrameS  float64 `help:"length of a frame, whose inverse is the resolution in frequency" unit:"s" min:"0"`
	Overlap float64 `help:"of frames, as a share" min:"0" max:"0.99"`
	FreqMin float64 `help:"lowest frequency that is drawn" unit:"Hz" min:"0"`
	FreqMax float64 `help:"highest; 0 for the Nyquist frequency" unit:"Hz" min:"0"`
	Most    int     `help:"how many pictures each instance draws; further traces are not drawn" min:"1" max:"10000"`

	info  *d4.Instance
	drawn int
}

// NewSpectrogram returns frames of 10 s that overlap by 0.9, at most 20 pictures.
func NewSpectrogram() *Spectrogram {
	s := &Spectrogram{FrameS: 10, Overlap: 0.9, Most: 20}
	s.each(s.trace)
	return s
}

// WritesOutput says that pictures go to the run directory.
func (*Spectrogram) WritesOutput() {}

// Setup checks the parameters.
func (s *Spectrogram) Setup() error {
	if !(s.FrameS > 0) || !(s.Overlap >= 0 && s.Overlap < 1) {
		return fmt.Errorf("frame_s = %g s and overlap = %g: above 0, and within 0 and 1", s.FrameS, s.Overlap)
	}
	if s.FreqMax != 0 && !(s.FreqMax > s.FreqMin) {
		return fmt.Errorf("freq_min = %g Hz is not below freq_max = %g Hz", s.FreqMin, s.FreqMax)
	}
	return nil
}

// Open keeps where to write.
func (s *Spectrogram) Open(i *d4.Instance) error { s.info, s.drawn = i, 0; return nil }

func (s *Spectrogram) trace(t *Trace) error {
	if s.drawn >= s.Most {
		return nil
	}
	if s.FrameS*t.RateHz > float64(len(t.Samples)) {
		return nil // shorter than a frame
	}
	n := int(s.FrameS * t.RateHz)
	w, err := psd.NewWelch[float64, complex128](n, min(int(s.Overlap*float64(n)), n-1), 0.2, t.RateHz)
	if err != nil {
		return fmt.Errorf("frame_s = %g s at %g Hz: %w", s.FrameS, t.RateHz, err)
	}
	times, rows := w.Spectrogram(widen(t.Samples))
	if len(times) == 0 {
		return nil // shorter than a frame
	}
	h := plot.Heat{Title: t.Station.ID + ", from " + clock(t.Start), XLabel: "Time (s)", YLabel: "Frequency (Hz)", ValueLabel: "dB rel. 1 unit²/Hz", X: times}
	top := s.FreqMax
	if top == 0 {
		top = t.RateHz / 2
	}
	for k := 1; k < w.Bins(); k++ {
		if f := w.Freq(k); f >= s.FreqMin && f <= top {
			h.Y = append(h.Y, f)
			row := make([]float64, len(rows))
			for i := range rows {
				row[i] = psd.Decibel(rows[i][k])
			}
			h.Values = append(h.Values, row)
		}
	}
	if len(h.Y) < 2 {
		return nil
	}
	s.drawn++
	return drawBoth(s.info, fmt.Sprintf("spectrogram-%s-%d", t.Station.ID, int64(t.Start)/1e9), h)
}
