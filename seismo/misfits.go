package seismo

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/plot"
	"github.com/dispel4go/dispel4go/seismo/misfit"
)

// A WaveformMisfit is how far two windows of a channel are apart (package misfit).
type WaveformMisfit struct {
	Channel     string
	Start       d4.Time
	L2          float64 // of their difference over that of the observed
	ShiftS      float64 // by how much the synthetic is late, where they correlate best
	Correlation float64 // there
	Amplitude   float64 // of the synthetic over the observed
	L2Aligned   float64 // L2 when the synthetic is taken earlier by ShiftS
	EM, PM      float64 // envelope and phase misfit by time and frequency (Kristekova et al.), as one number each
	EG, PG      float64 // and as goodness of fit, 10 for alike
}

// Misfit compares synthetic with observed windows of the same channel and time, that
// are alike in rate and length: relative L2 norm, time shift and amplitude, and the
// time-frequency envelope and phase misfits with the observed as reference. Windows
// without a partner are counted ("alone"). Prepare both alike: filter, resample and
// window them the same way.
type Misfit struct {
	d4.Base
	Observed  d4.In[Trace]
	Synthetic d4.In[Trace]
	Out       d4.Out[WaveformMisfit]

	MaxShiftS float64 `help:"greatest time shift that is looked for" unit:"s" min:"0"`
	FromS     float64 `help:"begin of the stretch of each window that is compared" unit:"s" min:"0"`
	ToS       float64 `help:"end of the stretch; 0 for the end of the window" unit:"s" min:"0"`
	FreqMin   float64 `help:"lowest frequency of the time-frequency misfits" unit:"Hz" min:"0"`
	FreqMax   float64 `help:"highest frequency" unit:"Hz" min:"0"`
	Freqs     int     `help:"number of frequencies" min:"1" max:"1000"`
	Wavelet   float64 `help:"w0 of the Morlet wavelet: the greater, the finer in frequency and the coarser in time" min:"1" max:"100"`
	Pictures  int     `help:"how many of the windows of each instance are drawn: waveforms and misfits by time and frequency" min:"0" max:"1000"`
	Limit
	progress

	info     *d4.Instance
	waiting  [2]pending[Trace] // observed, synthetic
	alone    *atomic.Int64
	wavelet  *misfit.Wavelet
	n        int
	rate     float64
	pictures int
}

// NewMisfit returns a comparison from 0.1 to 5 Hz with shifts up to 5 s.
func NewMisfit() *Misfit {
	m := &Misfit{MaxShiftS: 5, FreqMin: 0.1, FreqMax: 5, Freqs: 40, Wavelet: 6, Limit: Limit{MaxMiB: 512}}
	byChannel := func(t Trace) string { return t.Station.ID }
	m.Observed = d4.InputBy(func(t Trace) error { return m.take(0, t) }, byChannel)
	m.Synthetic = d4.InputBy(func(t Trace) error { return m.take(1, t) }, byChannel)
	return m
}

// WritesOutput says that pictures go to the run directory.
func (*Misfit) WritesOutput() {}

// Setup checks the parameters.
func (m *Misfit) Setup() error {
	if m.ToS != 0 && !(m.ToS > m.FromS) {
		return fmt.Errorf("from_s = %g s is not below to_s = %g s", m.FromS, m.ToS)
	}
	return band(m.FreqMin, m.FreqMax)
}

// Open begins with nothing waiting.
func (m *Misfit) Open(i *d4.Instance) error {
	m.info, m.alone, m.pictures = i, i.Counter("alone"), 0
	m.waiting, m.progress = [2]pending[Trace]{{}, {}}, atStart
	return nil
}

func (m *Misfit) take(which int, t Trace) error {
	if err := t.finite(); err != nil {
		return err
	}
	if t.Start < m.done {
		return nil
	}
	m.waiting[which][t.Start] = append(m.waiting[which][t.Start], t)
	return m.keep(4 * len(t.Samples))
}

// Advance compares what is complete.
func (m *Misfit) Advance(t d4.Time) (d4.Time, error) {
	m.pass(t)
	return t, m.before(t)
}

// Finish compares the rest.
func (m *Misfit) Finish() error { return m.before(d4.Forever) }

// before compares the windows of both inputs that are older than t.
func (m *Misfit) before(t d4.Time) error {
	times := map[d4.Time]bool{}
	for _, w := range m.waiting {
		for at := range w {
			if at < t {
				times[at] = true
			}
		}
	}
	for _, at := range slices.Sorted(maps.Keys(times)) {
		if err := m.window(m.waiting[0][at], m.waiting[1][at]); err != nil {
			return err
		}
		delete(m.waiting[0], at)
		delete(m.waiting[1], at)
	}
	return nil
}

// window compares the windows of one time.
func (m *Misfit) window(observed, synthetic []Trace) error {
	byChannel := func(a, b Trace) int { return strings.Compare(a.Station.ID, b.Station.ID) }
	slices.SortStableFunc(observed, byChannel)
	slices.SortStableFunc(synthetic, byChannel)
	for _, all := range [][]Trace{observed, synthetic} {
		for i, t := range all {
			m.keep(-4 * len(t.Samples)) // to keep less is no error
			if i > 0 && all[i-1].Station.ID == t.Station.ID {
				return fmt.Errorf("%s at %s: two windows of one time: cut them with seismo.Window", t.Station.ID, clock(t.Start))
			}
		}
	}
	matched := 0
	for _, o := range observed {
		i, ok := slices.BinarySearchFunc(synthetic, o, byChannel)
		if !ok {
			continue
		}
		matched++
		if err := m.compare(&o, &synthetic[i]); err != nil {
			return fmt.Errorf("%s at %s: %w", o.Station.ID, clock(o.Start), err)
		}
	}
	m.alone.Add(int64(len(observed) + len(synthetic) - 2*matched))
	return nil
}

func (m *Misfit) compare(o, s *Trace) error {
	if o.RateHz != s.RateHz || len(o.Samples) != len(s.Samples) {
		return fmt.Errorf("%d samples at %g Hz observed and %d at %g Hz synthetic: resample and window both alike", len(o.Samples), o.RateHz, len(s.Samples), s.RateHz)
	}
	delta := 1 / o.RateHz
	to := cmp.Or(m.ToS, float64(len(o.Samples))*delta)
	synthetic, observed := misfit.Window(widen(s.Samples), widen(o.Samples), delta, m.FromS, to)
	if len(observed) < 8 {
		return fmt.Errorf("from_s = %g s to to_s = %g s holds %d samples", m.FromS, to, len(observed))
	}
	if m.wavelet == nil || m.n != len(observed) || m.rate != o.RateHz {
		if m.wavelet != nil {
			m.keep(-misfit.WaveletBytes(m.n, m.Freqs)) // to keep less is no error
			m.wavelet = nil
		}
		err := m.keep(misfit.WaveletBytes(len(observed), m.Freqs))
		if err != nil {
			return fmt.Errorf("wavelets for %d samples at %d frequencies: %w, lower freqs, or shorten from_s to to_s", len(observed), m.Freqs, err)
		}
		if m.wavelet, err = misfit.NewWavelet(len(observed), delta, m.FreqMin, m.FreqMax, m.Freqs, m.Wavelet); err != nil {
			return err
		}
		m.n, m.rate = len(observed), o.RateHz
	}
	c := m.wavelet.Compare(synthetic, observed, true)
	r := misfit.Measure(synthetic, observed, delta, m.MaxShiftS)
	m.Out.Emit(WaveformMisfit{Channel: o.Station.ID, Start: o.Start, L2: r.L2, ShiftS: r.ShiftS, Correlation: r.Correlation,
		Amplitude: r.Amplitude, L2Aligned: r.L2Aligned, EM: c.EM(), PM: c.PM(), EG: c.EG(), PG: c.PG()})
	if m.pictures >= m.Pictures {
		return nil
	}
	m.pictures++
	return m.draw(o, observed, synthetic, c)
}

// draw draws the waveforms, and the misfits by time and frequency.
func (m *Misfit) draw(o *Trace, observed, synthetic []float64, c *misfit.Comparison) error {
	name := fmt.Sprintf("misfit-%s-%s", strings.Trim(strings.ReplaceAll(o.Station.ID, "..", "."), "."), strings.NewReplacer(":", "", "-", "").Replace(clock(o.Start)))
	times := make([]float64, len(observed))
	for i := range times {
		times[i] = m.FromS + float64(i)/o.RateHz
	}
	waves := plot.Lines{Title: fmt.Sprintf("%s, EM %.2f, PM %.2f", o.Station.ID, c.EM(), c.PM()), XLabel: "Time (s)", YLabel: "Ground motion",
		Series: []plot.Series{{Name: "observed", X: times, Y: observed}, {Name: "synthetic", X: times, Y: synthetic}}}
	if err := drawBoth(m.info, name+"-waveforms", waves); err != nil {
		return err
	}
	for _, p := range []struct {
		name, label string
		values      [][]float64
	}{{"envelope", "Envelope misfit", c.TFEM(misfit.Global)}, {"phase", "Phase misfit", c.TFPM(misfit.Global)}} {
		if len(c.Freqs) < 2 {
			break
		}
		heat := plot.Heat{Title: o.Station.ID, XLabel: "Time (s)", YLabel: "Frequency (Hz)", ValueLabel: p.label, X: times, Y: c.Freqs, Values: p.values, LogY: true, Signed: true}
		if err := drawBoth(m.info, name+"-"+p.name, heat); err != nil {
			return err
		}
	}
	return nil
}
