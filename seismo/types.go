package seismo

import (
	"fmt"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// A Station is where a channel records: its name NET.STA.LOC.CHA and its
// place in degrees. KnownKmS is the velocity that went into generated data, 0
// for recordings; it is shown beside what is measured and never used for it.
type Station struct {
	ID       string
	Lat, Lon float64
	KnownKmS float64
}

// A Trace is a stretch of samples of one channel, without gaps.
type Trace struct {
	Station Station
	Start   d4.Time // of the first sample
	RateHz  float64
	Samples []float32 // counts, until something changes them
}

// End is the time of the sample after the last one.
func (t *Trace) End() d4.Time { return t.at(len(t.Samples)) }

// at is the time of sample i.
func (t *Trace) at(i int) d4.Time { return t.Start + span(i, t.RateHz) }

// cut takes the first n samples off.
func (t *Trace) cut(n int) {
	t.Start, t.Samples = t.at(n), t.Samples[n:]
}

// finite refuses NaN and infinities, which would spread.
func (t *Trace) finite() error {
	if i := dsp.FirstNonFinite(t.Samples); i >= 0 {
		return fmt.Errorf("%s at %s: the sample is %v: cut it out of the recording", t.Station.ID, clock(t.at(i)), t.Samples[i])
	}
	return nil
}

// A Spectrum is that of one window of one channel, as dsp.Correlator.Spectrum
// gives it for windows of Samples samples.
type Spectrum struct {
	Station Station
	Start   d4.Time
	RateHz  float64
	Samples int64
	Bins    []complex64
}

// size is the length of the transform that made the spectrum.
func (s *Spectrum) size() int { return 2 * (len(s.Bins) - 1) }

// A Correlation is the stack of the windows that two channels have in common
// from Start on. Lags run from -m to m intervals; at positive ones the wave has
// passed A first.
type Correlation struct {
	A, B      Station
	Start     d4.Time
	Windows   int64
	IntervalS float64
	Lags      []float32
}

// pair is the names of two channels, A before B.
type pair [2]string

func (c *Correlation) pair() pair { return pair{c.A.ID, c.B.ID} }

func comparePairs(x, y pair) int { return slices.Compare(x[:], y[:]) }
