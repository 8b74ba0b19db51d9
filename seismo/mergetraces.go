package seismo

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/merge"
)

// Merge puts the traces of each channel together: in the order of time, overlaps
// resolved and gaps filled by rule (ObsPy's merge with the methods -1, 0 and 1; see
// package merge). Traces may come in any order behind the mark: what lies before it
// is final and emitted. Counted are gaps, filled ones among them, overlaps, and
// differing ones among them.
type Merge struct {
	Traces
	Method  string  `help:"what becomes of overlaps whose samples differ: they stay (cleanup), become gaps (discard), or the later trace counts (later)" oneof:"cleanup|discard|later"`
	Fill    string  `help:"what becomes of gaps" oneof:"none|value|latest|interpolate"`
	Value   float64 `help:"for fill = value, in the unit of the samples"`
	MaxGapS float64 `help:"longest gap that is filled; longer ones stay" unit:"s" min:"0" max:"1e6"`
	BridgeS float64 `help:"later: how long the line from one trace to the other is" unit:"s" min:"0" max:"1e6"`
	Limit

	options  merge.Options
	channels map[string]*pieces
	counts   struct{ gaps, filled, overlaps, differing *atomic.Int64 }
}

// pieces are what is not final yet of a channel. The first may be a sample that has
// been emitted, for what is to be filled behind it.
type pieces struct {
	station Station
	rate    float64
	all     []merge.Piece[float32]
	came    []stretchOfTime // the traces that they are of
	emitted bool
	due     d4.Time // after the last sample emitted
}

// stretchOfTime is from the first sample of a trace to after its last.
type stretchOfTime struct{ from, to d4.Time }

var mergeMethods = map[string]merge.Method{"cleanup": merge.Cleanup, "discard": merge.Discard, "later": merge.Later}
var fills = map[string]merge.Fill{"none": merge.None, "value": merge.Value, "latest": merge.Latest, "interpolate": merge.Between}

// NewMerge returns a merge in which later traces count and gaps stay.
func NewMerge() *Merge {
	m := &Merge{Limit: Limit{MaxMiB: 1024}, Method: "later", Fill: "none", MaxGapS: 10}
	m.take(m.trace)
	return m
}

// Setup checks the parameters.
func (m *Merge) Setup() error {
	if _, ok := mergeMethods[m.Method]; !ok {
		return fmt.Errorf("method = %q is none of cleanup, discard, later", m.Method)
	}
	if _, ok := fills[m.Fill]; !ok {
		return fmt.Errorf("fill = %q is none of none, value, latest, interpolate", m.Fill)
	}
	if !(m.MaxGapS >= 0) || !(m.BridgeS >= 0) {
		return fmt.Errorf("max_gap_s = %g s and bridge_s = %g s: they must not be negative", m.MaxGapS, m.BridgeS)
	}
	m.options = merge.Options{Method: mergeMethods[m.Method], Fill: fills[m.Fill], Value: m.Value}
	return nil
}

// Open begins with no channels.
func (m *Merge) Open(i *d4.Instance) error {
	m.channels = map[string]*pieces{}
	m.counts.gaps, m.counts.filled = i.Counter("gaps"), i.Counter("filled")
	m.counts.overlaps, m.counts.differing = i.Counter("overlaps"), i.Counter("differing")
	return nil
}

func (m *Merge) trace(t *Trace) error {
	c := m.channels[t.Station.ID]
	if c == nil {
		c = &pieces{station: t.Station, rate: t.RateHz}
		m.channels[t.Station.ID] = c
	}
	if c.rate != t.RateHz {
		return fmt.Errorf("two sampling rates, %g Hz and now %g Hz: give each a run of its own", c.rate, t.RateHz)
	}
	c.all = append(c.all, merge.Piece[float32]{Start: int64(t.Start), Samples: t.Samples})
	c.came = append(c.came, stretchOfTime{t.Start, t.End()})
	return m.keep(4 * len(t.Samples))
}

// Advance emits what lies before the mark: no trace that is still to come begins
// there.
func (m *Merge) Advance(t d4.Time) (d4.Time, error) {
	if t <= d4.Never/2 || t >= d4.Forever/2 {
		return t, nil
	}
	pass := t
	for _, id := range slices.Sorted(maps.Keys(m.channels)) {
		c := m.channels[id]
		if err := m.emit(c, t); err != nil {
			return pass, err
		}
		from, left := c.rest()
		if left {
			pass = min(pass, from)
		}
		// What ends with the last sample emitted, half an interval before the next, is done with.
		c.came = slices.DeleteFunc(c.came, func(s stretchOfTime) bool { return !left || s.to <= from+span(1, c.rate)/2 })
		// A trace that is still to come may close a gap that is short enough.
		if m.options.Fill != merge.None && t-c.due <= seconds(m.MaxGapS)+span(1, c.rate) {
			pass = min(pass, c.due)
		}
	}
	return pass, nil
}

// Suspend asks for the traces to come again of which there are samples that have not been
// emitted. Some that have may then come again as well.
func (m *Merge) Suspend() (d4.Time, error) {
	if m.options.Fill != merge.None && m.MaxGapS > 0 {
		return d4.Forever, errors.New("a gap where the run is cut would not be filled: set fill to none")
	}
	again := d4.Forever
	for _, c := range m.channels {
		from, left := c.rest()
		for _, t := range c.came {
			if left && t.to > from+span(1, c.rate)/2 {
				again = min(again, t.from)
			}
		}
	}
	return again, nil
}

// rest is the time of the first sample that has not been emitted, if there is one.
func (c *pieces) rest() (from d4.Time, left bool) {
	from = d4.Forever
	for k, p := range c.all {
		switch {
		case k > 0 || !c.emitted:
			from = min(from, d4.Time(p.Start))
		case len(p.Samples) > 1:
			from = min(from, d4.Time(p.Start)+span(1, c.rate))
		}
	}
	return from, from < d4.Forever
}

// Finish emits the rest.
func (m *Merge) Finish() error {
	for _, id := range slices.Sorted(maps.Keys(m.channels)) {
		if err := m.emit(m.channels[id], d4.Forever); err != nil {
			return err
		}
	}
	return nil
}

// emit merges what there is of a channel, emits what lies before t and keeps the
// rest, with the last sample emitted before it.
func (m *Merge) emit(c *pieces, t d4.Time) error {
	o := m.options
	o.MaxGap, o.Bridge = max(1, int(m.MaxGapS*c.rate+1e-6)), int(m.BridgeS*c.rate+1e-6)
	if m.MaxGapS == 0 {
		o.Fill = merge.None
	}
	runs, report := merge.Merge(c.all, c.rate, o)
	m.counts.filled.Add(int64(report.Filled))
	m.counts.overlaps.Add(int64(report.Overlaps))
	m.counts.differing.Add(int64(report.Differing))
	for _, p := range c.all {
		m.keep(-4 * len(p.Samples)) // to keep less is no error
	}
	c.all = nil
	known := 0 // samples of the run that have been emitted
	if c.emitted {
		known = 1
	}
	c.emitted = false
	for _, p := range runs {
		n := len(p.Samples)
		if end := d4.Time(p.Start) + span(n, c.rate); end > t {
			n = max(known, int(math.Ceil(float64(t-d4.Time(p.Start))/1e9*c.rate-1e-6)))
		}
		n = min(max(n, 0), len(p.Samples))
		if n > known {
			start := d4.Time(p.Start) + span(known, c.rate)
			if c.due != 0 && math.Round(float64(start-c.due)/1e9*c.rate) > 0 {
				m.counts.gaps.Add(1)
			}
			m.Out.Emit(Trace{Station: c.station, Start: start, RateHz: c.rate, Samples: slices.Clone(p.Samples[known:n])})
			c.due = d4.Time(p.Start) + span(n, c.rate)
		}
		known = 0
		if t == d4.Forever {
			continue
		}
		if n > 0 { // what stands before has been dealt with
			c.all, c.emitted = nil, true
		}
		keep := max(0, n-1)
		c.all = append(c.all, merge.Piece[float32]{Start: p.Start + int64(span(keep, c.rate)), Samples: slices.Clone(p.Samples[keep:])})
	}
	for _, p := range c.all {
		if err := m.keep(4 * len(p.Samples)); err != nil {
			return err
		}
	}
	return nil
}

// Trim keeps the samples of each trace from one time to another, both within, to the
// nearest sample.
type Trim struct {
	Traces
	stateless
	From string `help:"first time, as 2022-01-02T00:00:00Z; all before if empty"`
	To   string `help:"last time; all after if empty"`

	from, to d4.Time
}

// NewTrim returns a Trim that keeps all.
func NewTrim() *Trim {
	p := &Trim{}
	p.each(func(t *Trace) error {
		cut := merge.Trim(merge.Piece[float32]{Start: int64(t.Start), Samples: t.Samples}, t.RateHz, int64(p.from), int64(p.to))
		t.Start, t.Samples = d4.Time(cut.Start), slices.Clone(cut.Samples)
		return nil
	})
	return p
}

// Setup reads the times.
func (p *Trim) Setup() (err error) {
	if p.from, err = clockTime("from", p.From, d4.Never); err != nil {
		return err
	}
	if p.to, err = clockTime("to", p.To, d4.Forever); err != nil {
		return err
	}
	if p.from > p.to {
		return fmt.Errorf("from = %s is after to = %s: exchange them", p.From, p.To)
	}
	return nil
}

// Align moves the samples of each trace onto whole intervals since 1970, by windowed
// sinc functions: clocks of recorders differ by parts of an interval, and
// correlations would be late by as much.
type Align struct {
	Traces
	stateless
	Width int `help:"half width of the kernel, in samples" min:"1" max:"1000"`

	moved *atomic.Int64
}

// NewAlign returns an Align with a kernel of 20 samples.
func NewAlign() *Align {
	p := &Align{Width: 20}
	p.each(func(t *Trace) error {
		aligned, shift := merge.Align(merge.Piece[float32]{Start: int64(t.Start), Samples: t.Samples}, t.RateHz, p.Width)
		if shift != 0 {
			p.moved.Add(1)
		}
		t.Start, t.Samples = d4.Time(aligned.Start), aligned.Samples
		return nil
	})
	return p
}

// Setup checks the parameters.
func (p *Align) Setup() error {
	if p.Width < 1 {
		return fmt.Errorf("width = %d is less than 1", p.Width)
	}
	return nil
}

// Open prepares the counter of traces that were moved.
func (p *Align) Open(i *d4.Instance) error { p.moved = i.Counter("moved"); return nil }
