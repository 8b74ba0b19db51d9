package engine

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

// instance is one copy of a PE.
type instance struct {
	stage   *stage
	element int
	index   int
	el      *d4.Element
	pe      d4.PE
	source  d4.Source
	advance d4.Advancer
	info    *d4.Instance

	ins   []port.Input
	names []string // of ins
	outs  []port.Output
	edges []*outEdge // going out, in the graph's order
	outOf []int      // the output of each of them

	in    []inEdge  // coming in
	has   []promise // on each of them
	state promise   // on all of them together
	calls int       // of Next still allowed; -1: any number

	course course  // of a source
	again  d4.Time // from when on its items would have to come again
	lost   string  // why it cannot go on in another run
	over   bool    // it has finished in an earlier run

	opened bool
	ended  bool
	row    row
	live   atomic.Uint64 // items received or, by a source, emitted, for Live
	counts counters
}

// inEdge is an edge that reaches the instance.
type inEdge struct {
	input int // which of ins
	edge  *edge
}

// inHost is told when the instance's PE is called through one of its inputs.
type inHost struct {
	i     *instance
	input int
	was   *instance
	doing string
	prev  port.Input
	n     int
	began int64
}

// Enter makes the instance the one that the stage is in.
func (h *inHost) Enter(n int) {
	s := h.i.stage
	h.was, h.doing, h.prev, h.n = s.current, s.doing, s.input, n
	h.began = s.enter(h.i, h.i.names[h.input])
	s.input = h.i.ins[h.input]
	if h.i.state.idle {
		h.i.awake()
	}
	for _, o := range h.i.outs {
		o.Open()
	}
}

// Leave goes back to whoever was there before.
func (h *inHost) Leave(err error) {
	i, s := h.i, h.i.stage
	if err != nil {
		s.rank.fail(s.failure(err, err.Error()))
		panic(unwind{})
	}
	for _, o := range i.outs {
		o.Shut()
	}
	i.row.call(s.leave(h.was, h.doing)-h.began, h.n)
	s.input = h.prev
	i.live.Add(uint64(h.n))
}

// outHost is what an instance's outputs ask of it.
type outHost struct{ i *instance }

// Tick is the coarse clock.
func (h outHost) Tick() uint32 { return h.i.stage.rank.sched.Tick() }

// Mark passes a mark on to the streams of an output.
func (h outHost) Mark(o port.Output, t d4.Time) {
	if h.i.source != nil {
		h.i.course.marked(slices.Index(h.i.outs, o), t)
	}
	h.i.promiseFrom(o, promise{mark: t})
}

// Idle passes on that the output promises nothing.
func (h outHost) Idle(o port.Output) {
	h.i.promiseFrom(o, promise{mark: d4.Never, idle: true})
}

// Overfull ends a call that emits more than it may hold.
func (h outHost) Overfull(bytes int) {
	panic(overfull{fmt.Errorf("one call emitted more than %d bytes, which on_error = %s has to hold back until it returns; raise hold", h.i.el.Hold, h.i.el.OnError)})
}

// Misused ends the run because of an Emit outside a call, and the goroutine
// that made it.
func (h outHost) Misused() {
	h.i.stage.misused(h.i)
}

type overfull struct{ error }

func (i *instance) promiseFrom(o port.Output, p promise) {
	for k, e := range i.edges {
		if i.outs[i.outOf[k]] == o {
			e.pass(p)
		}
	}
}

// pass promises p on all outputs, after what they hold.
func (i *instance) pass(p promise) {
	i.flush()
	for _, e := range i.edges {
		e.pass(p)
	}
}

func (i *instance) flush() {
	for _, o := range i.outs {
		o.Flush()
	}
}

// show lets those who look at the run see what a source has emitted.
func (i *instance) show() {
	if i.source == nil {
		return
	}
	all := uint64(0)
	for _, o := range i.outs {
		items, _ := o.Emitted()
		all += items
	}
	i.live.Store(all)
}

// learn takes in a promise on one of the edges that reach the instance, and
// draws the consequences.
func (i *instance) learn(edge int, p promise) {
	if i.ended {
		return
	}
	if p.ended {
		i.has[edge].mark = max(i.has[edge].mark, p.mark) // of a fused edge p knows none
		i.has[edge].end(p.cut)
	} else {
		i.has[edge] = p
	}
	was := i.state
	i.state = combine(was, i.has)
	risen := i.state.mark > was.mark
	if risen {
		i.rise()
	}
	switch {
	case i.state.ended:
		i.finish()
	case i.state.idle && !was.idle && !risen:
		i.pass(promise{mark: d4.Never, idle: true})
	}
}

// rise tells the PE how far the mark has risen, and passes on what it promises.
func (i *instance) rise() {
	pass := i.state.mark
	if i.advance != nil {
		pass = i.advanced(i.state.mark)
	}
	if pass > i.row.passed {
		i.row.passed = pass
		i.pass(promise{mark: pass})
	}
}

// awake notes that items have come on a stream that was idle. Where batches
// are delivered, upstreams has seen to it already; a fused one calls directly.
func (i *instance) awake() {
	for k, e := range i.in {
		if e.edge.fused {
			i.has[k].idle, i.state.idle = false, false
		}
	}
}

// advanced calls Advance and returns what the PE passes on.
func (i *instance) advanced(t d4.Time) (pass d4.Time) {
	i.stage.call(i, "Advance", func() (err error) {
		pass, err = i.advance.Advance(t)
		if err == nil && (pass > t || pass < i.row.passed) {
			err = fmt.Errorf("it returned %d, which must be at most %d and not below the %d it passed on before", pass, t, i.row.passed)
		}
		return err
	})
	return pass
}

// finish ends the instance: Finish unless the stream was cut short, then the
// end for everyone downstream, then Close.
func (i *instance) finish() {
	if i.ended {
		return
	}
	i.ended = true
	switch {
	case i.state.cut:
		i.suspend()
	case !i.over:
		i.stage.call(i, "Finish", i.pe.Finish)
	}
	i.flush()
	i.show()
	for _, e := range i.edges {
		e.pass(promise{mark: d4.Never, ended: true, cut: i.state.cut}) // who hears of it knows the mark
	}
	i.close()
	i.stage.left--
}

// close calls Close once.
func (i *instance) close() {
	if !i.opened {
		return
	}
	i.opened = false
	for _, o := range i.outs {
		o.Shut() // a call that failed has left them open
	}
	s := i.stage
	was, doing := s.current, s.doing
	s.enter(i, "Close")
	if err := i.pe.Close(); err != nil {
		s.rank.fail(s.failure(err, err.Error()))
	}
	s.leave(was, doing)
}

// next calls the source's Next once and reports whether it is to be called
// again.
func (i *instance) next() (more bool) {
	s := i.stage
	if i.calls == 0 || i.over { // not cut short, whatever has come meanwhile
		i.finish()
		return false
	}
	if s.rank.stopped() {
		i.state.cut = s.rank.limit.Load()
		i.finish()
		return false
	}
	i.calls = max(i.calls-1, -1)
	var result error
	s.call(i, "Next", func() error {
		result = i.source.Next()
		var waits port.WaitError
		switch {
		case result == nil || result == io.EOF || errors.As(result, &waits):
			return nil
		case s.rank.stopped():
			return nil // it gave up waiting because its context is done
		}
		return result
	})
	i.course.called(i)
	var waits port.WaitError
	switch {
	case result == io.EOF:
		i.finish()
		return false
	case errors.As(result, &waits):
		s.await(waits.C)
	}
	return true
}
