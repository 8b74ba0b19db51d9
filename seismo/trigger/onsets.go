package trigger

import (
	"cmp"
	"slices"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// A Span is from the first sample at or above the upper threshold to the last at
// or above the lower one.
type Span struct{ On, Off int }

// Gate finds spans in a stream of a characteristic function. A record gives the
// same spans whole or in chunks.
type Gate[F dsp.Float] struct {
	on, off F
	max     int  // longest span
	drop    bool // longer ones instead of ending them
	at      int  // the next sample
	open    Span
	rising  bool // within a span
	above   bool // the last sample was at or above on
	held    bool // the span is too long and will be left out
	Peak    F    // the greatest value of the last span returned
	peak    F
}

// NewGate returns a gate with the thresholds on >= off. A span of more than max
// samples is ended there, or left out if drop is set; max 0 is no limit. A new
// span begins when on is crossed again.
func NewGate[F dsp.Float](on, off float64, max int, drop bool) *Gate[F] {
	if !(on >= off) {
		panic("trigger: threshold off above on")
	}
	return &Gate[F]{on: F(on), off: F(off), max: max, drop: drop}
}

// Next takes the next sample; done says that a span has ended before it, or with
// it where it is cut.
func (g *Gate[F]) Next(v F) (span Span, done bool) {
	i := g.at
	g.at++
	crossed := v >= g.on && !g.above
	g.above = v >= g.on
	if !g.rising {
		if crossed {
			g.open, g.rising, g.peak = Span{i, i}, true, v
		}
		return Span{}, false
	}
	if v < g.off {
		return g.close()
	}
	g.open.Off, g.peak = i, max(g.peak, v)
	if g.max > 0 && i-g.open.On > g.max {
		if g.drop {
			g.held = true
			return Span{}, false
		}
		g.open.Off = g.open.On + g.max
		span, done = g.close()
		if crossed {
			g.open, g.rising, g.peak = Span{i, i}, true, v
		}
		return span, done
	}
	return Span{}, false
}

func (g *Gate[F]) close() (Span, bool) {
	g.rising, g.Peak = false, g.peak
	dropped := g.held
	g.held = false
	return g.open, !dropped
}

// Open says whether a span is open, and with which sample it began. What is opened
// later begins later.
func (g *Gate[F]) Open() (on int, open bool) { return g.open.On, g.rising }

// End ends the stream; done says that a span was open.
func (g *Gate[F]) End() (span Span, done bool) {
	if !g.rising {
		return Span{}, false
	}
	return g.close()
}

// Onsets finds the spans of a whole record (ObsPy's trigger_onset); see NewGate.
func Onsets[F dsp.Float](cft []F, on, off float64, max int, drop bool) []Span {
	var all []Span
	if max > 0 {
		g := NewGate[F](on, off, max, drop)
		for _, v := range cft {
			if s, done := g.Next(v); done {
				all = append(all, s)
			}
		}
		if s, done := g.End(); done {
			all = append(all, s)
		}
		return all
	}
	if !(on >= off) {
		panic("trigger: threshold off above on")
	}
	// Without a limit a gate is two loops: one waits for the upper threshold, the
	// other for the lower one.
	for i := 0; ; i++ {
		for i < len(cft) && !(cft[i] >= F(on)) {
			i++
		}
		if i >= len(cft) {
			return all
		}
		begin := i
		for i < len(cft) && !(cft[i] < F(off)) {
			i++
		}
		all = append(all, Span{begin, i - 1})
	}
}

// A Detection is a span of one channel in time, in nanoseconds since 1970.
type Detection struct {
	ID      string // NET.STA.LOC.CHA
	On, Off int64
	Peak    float64 // of the characteristic function
}

// An Event is what several channels have detected together.
type Event struct {
	Time     int64 // of its first detection, in nanoseconds since 1970
	Duration int64 // until the last of them ends
	Sum      float64
	Seen     []Detection // in the order of time, one for each channel
}

// Coincidences finds events in the detections of a network, which it sorts by
// time: those that begin before the ones taken so far have ended, by no more than
// extension nanoseconds, belong together, and each channel counts once. What
// reaches the sum of weights given is an event, unless an earlier one lasts as
// long. Channels that weights does not name count 1; nil is 1 for all.
// (ObsPy's coincidence_trigger.)
func Coincidences(all []Detection, least float64, extension int64, weights map[string]float64) []Event {
	slices.SortFunc(all, func(a, b Detection) int {
		return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Off, b.Off), cmp.Compare(a.ID, b.ID))
	})
	weight := func(id string) float64 {
		if w, ok := weights[id]; ok {
			return w
		}
		return 1
	}
	var events []Event
	var last int64
	for i, first := range all {
		e := Event{Time: first.On, Sum: weight(first.ID), Seen: []Detection{first}}
		off := first.Off
		for _, d := range all[i+1:] {
			if slices.ContainsFunc(e.Seen, func(s Detection) bool { return s.ID == d.ID }) {
				continue
			}
			if d.On > off+extension {
				break
			}
			e.Seen = append(e.Seen, d)
			e.Sum += weight(d.ID)
			off = max(off, d.Off)
		}
		if e.Sum < least || len(events) > 0 && off <= last {
			continue
		}
		e.Duration, last = off-first.On, off
		events = append(events, e)
	}
	return events
}
