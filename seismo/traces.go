package seismo

import (
	"fmt"
	"math"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
)

// Traces are the ports of a PE that makes one trace of one. All traces of a
// channel reach the same instance, so that they stay in their order whatever
// number of instances there are. NaN and infinite samples are errors.
type Traces struct {
	d4.Base
	In  d4.In[Trace]
	Out d4.Out[Trace]
}

// each says what is done with each trace before it is emitted. One that is left
// without samples is not.
func (p *Traces) each(f func(t *Trace) error) {
	p.take(func(t *Trace) error {
		if err := f(t); err != nil {
			return err
		}
		if len(t.Samples) > 0 {
			p.Out.Emit(*t)
		}
		return nil
	})
}

// take says what is done with each trace; its errors get the name of the channel
// and the time.
func (p *Traces) take(f func(t *Trace) error) {
	byChannel := func(t Trace) string { return t.Station.ID }
	p.In = d4.InputBy(func(t Trace) error {
		if err := t.finite(); err != nil {
			return err
		}
		if err := f(&t); err != nil {
			return fmt.Errorf("%s at %s: %w", t.Station.ID, clock(t.Start), err)
		}
		return nil
	}, byChannel)
}

// channels keeps a state for each channel, so that what a PE does goes on across
// the borders of traces. A gap, which is counted, begins a new state. What
// overlaps the trace before is cut off and counted.
type channels[S any] struct {
	all            map[string]*channel[S]
	fresh          func(rate float64) (S, error)
	lost           func(S) // told of a state before a gap, if not nil
	gaps, overlaps *atomic.Int64
}

type channel[S any] struct {
	state S
	rate  float64
	due   d4.Time // where the next sample belongs
}

// open begins with no channels.
func (c *channels[S]) open(i *d4.Instance, fresh func(rate float64) (S, error)) {
	*c = channels[S]{all: map[string]*channel[S]{}, fresh: fresh, gaps: i.Counter("gaps"), overlaps: i.Counter("overlaps")}
}

// of returns the state for a trace, which it may make shorter.
func (c *channels[S]) of(t *Trace) (state S, err error) {
	ch := c.all[t.Station.ID]
	if ch != nil && ch.rate != t.RateHz {
		return state, fmt.Errorf("two sampling rates, %g Hz and now %g Hz: give each a run of its own", ch.rate, t.RateHz)
	}
	if ch != nil {
		switch late := math.Round(float64(t.Start-ch.due) / 1e9 * t.RateHz); {
		case late > 0:
			c.gaps.Add(1)
			if c.lost != nil {
				c.lost(ch.state)
			}
			ch = nil
		case late < 0:
			c.overlaps.Add(1)
			t.cut(int(min(-late, float64(len(t.Samples)))))
		}
	}
	if ch == nil {
		if state, err = c.fresh(t.RateHz); err != nil {
			return state, err
		}
		ch = &channel[S]{state: state, rate: t.RateHz}
		c.all[t.Station.ID] = ch
	}
	if len(t.Samples) > 0 {
		ch.due = t.End()
	}
	return ch.state, nil
}
