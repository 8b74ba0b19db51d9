package seismo

import (
	"fmt"
	"math"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/moveout"
)

// A Station is where a channel records: its name NET.STA.LOC.CHA and its
// place in degrees. KnownKmS is the velocity that went into generated data, 0
// for recordings; it is shown beside what is measured and never used for it.
type Station struct {
	ID       string
	Lat, Lon float64
	KnownKmS float64
}

// placed refuses a station whose place is not known, for what cannot do without.
func (s *Station) placed() error {
	if s.unplaced() {
		return fmt.Errorf("%s has no coordinates: set stations_path of the source to StationXML that has its station", s.ID)
	}
	return nil
}

// unplaced reports whether sources have found no place for it. At 0, 0 is nothing but sea.
func (s *Station) unplaced() bool { return s.Lat == 0 && s.Lon == 0 || math.IsNaN(s.Lat+s.Lon) }

// distance is in km, NaN where a place is not known.
func distance(a, b *Station) float64 {
	if a.unplaced() || b.unplaced() {
		return math.NaN()
	}
	return moveout.Distance(a.Lat, a.Lon, b.Lat, b.Lon)
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

// A Spectrum is that of one window of Samples samples of one channel. With no
// blocks it is whole, as dsp.Correlator.Spectrum gives it; else it is in so many
// blocks, for so many lags to either side, as dsp.BlockCorrelator.Spectra gives
// them.
type Spectrum struct {
	Station Station
	Start   d4.Time
	RateHz  float64
	Samples int64
	Bins    []complex64
	Blocks  int64
	Lags    int64
}

// bins is the number of coefficients of one transform.
func (s *Spectrum) bins() int {
	if s.Blocks > 0 {
		return len(s.Bins) / int(2*s.Blocks)
	}
	return len(s.Bins)
}

// parts is the number of transforms that are correlated one by one.
func (s *Spectrum) parts() int { return max(1, int(s.Blocks)) }

// lead and trail are a transform as the first and as the second of a pair.
func (s *Spectrum) lead(part int) []complex64 { return s.Bins[part*s.bins():][:s.bins()] }

func (s *Spectrum) trail(part int) []complex64 {
	if s.Blocks > 0 {
		part += int(s.Blocks)
	}
	return s.lead(part)
}

// size is the length of the transform that made the spectrum.
func (s *Spectrum) size() int { return 2 * (s.bins() - 1) }

// lags is for how many lags the spectrum was made.
func (s *Spectrum) lags() int {
	if s.Blocks > 0 {
		return int(s.Lags)
	}
	return s.size() - int(s.Samples)
}

// like reports whether two spectra can be multiplied, if they are equally long.
func (s *Spectrum) like(o *Spectrum) bool {
	return s.RateHz == o.RateHz && s.Blocks == o.Blocks && (s.Blocks == 0 || s.Lags == o.Lags && s.Samples == o.Samples)
}

// whole reports whether the bins are all there.
func (s *Spectrum) whole() bool {
	if s.Blocks <= 0 {
		return s.Blocks == 0
	}
	return s.Samples > 0 && s.Lags >= 0 && s.Blocks <= s.Samples && int64(len(s.Bins)) == 2*s.Blocks*int64(s.correlator().Bins())
}

// correlator returns a plan for the blocks.
func (s *Spectrum) correlator() *dsp.BlockCorrelator[float32, complex64] {
	return dsp.NewBlockCorrelator[float32, complex64](int(s.Samples), int(s.Lags), int(s.Blocks))
}

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

// hasLags refuses a correlation that nothing can be made of.
func (c *Correlation) hasLags() error {
	if len(c.Lags) == 0 || !(c.IntervalS > 0) {
		return fmt.Errorf("%s-%s at %s: a correlation of %d lags, one every %g s", c.A.ID, c.B.ID, clock(c.Start), len(c.Lags), c.IntervalS)
	}
	return nil
}

// check refuses a correlation that cannot be worked on, wherever it comes from.
func (c *Correlation) check() error {
	if err := c.hasLags(); err != nil {
		return err
	}
	if i := dsp.FirstNonFinite(c.Lags); i >= 0 {
		return fmt.Errorf("%s-%s at %s: lag %d is %v: leave the correlation out", c.A.ID, c.B.ID, clock(c.Start), i, c.Lags[i])
	}
	return nil
}

// finite refuses a correlation of samples so large that their products are no float32. As
// each lag is a sum of all coefficients, one that is none shows in two as well as in all.
func (c *Correlation) finite() error {
	for _, k := range []int{0, len(c.Lags) / 2} {
		if v := c.Lags[k]; v-v != 0 {
			return fmt.Errorf("%s-%s at %s: the correlation is %v, as samples or their products are beyond float32: normalise them first, as with seismo.OneBit or seismo.Clip", c.A.ID, c.B.ID, clock(c.Start), v)
		}
	}
	return nil
}

// pair is the names of two channels, A before B.
type pair [2]string

func (c *Correlation) pair() pair { return pair{c.A.ID, c.B.ID} }

func comparePairs(x, y pair) int { return slices.Compare(x[:], y[:]) }
