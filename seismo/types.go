package seismo

import d4 "github.com/dispel4go/dispel4go"

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
func (t *Trace) End() d4.Time {
	return t.Start + d4.Time(float64(len(t.Samples))/t.RateHz*1e9+0.5)
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

// A Correlation is the stack of the windows that two channels have in common.
// Lags run from -m to m intervals; at positive ones the wave has passed A
// first.
type Correlation struct {
	A, B      Station
	Windows   int64
	IntervalS float64
	Lags      []float32
}
