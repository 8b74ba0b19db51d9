package sim

import (
	"fmt"

	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/transport"
)

// End is one rank's end of the world's transport.
type End struct {
	world  *World
	rank   int
	pairs  []pair // by destination
	events []transport.Event
	poller *engine.Task // parked in Poll
	woken  bool
	closed bool
	failed *transport.AbortError
	alive  int // frames with the rank
}

// pair is what is on its way from one rank to another.
type pair struct {
	events  []transport.Event
	refused bool // the sender was told that there is no room
}

const pairRoom = 4 // frames on their way between two ranks

var _ transport.Transport = (*End)(nil)

// Transports returns the ends of all ranks.
func (w *World) Transports() []transport.Transport {
	all := make([]transport.Transport, len(w.ends))
	for i, e := range w.ends {
		all[i] = e
	}
	return all
}

// arrival is something that can happen next.
type arrival struct{ from, to *End }

func (w *World) arrivals() (all []arrival) {
	for _, from := range w.ends {
		for to := range from.pairs {
			if p := &from.pairs[to]; len(p.events) > 0 || p.refused {
				all = append(all, arrival{from, w.ends[to]})
			}
		}
	}
	return all
}

// arrive lets the next frame through, or tells the sender that there is room.
func (a arrival) arrive() {
	p := &a.from.pairs[a.to.rank]
	if len(p.events) > 0 {
		a.to.events = append(a.to.events, p.events[0])
		p.events = p.events[1:]
		a.to.unpark()
	}
	if p.refused {
		p.refused = false
		a.from.woken = true
		a.from.unpark()
	}
}

func (e *End) unpark() {
	if e.poller != nil {
		e.world.unpark(e.poller)
		e.poller = nil
	}
}

// Rank implements transport.Transport.
func (e *End) Rank() int { return e.rank }

// Size implements transport.Transport.
func (e *End) Size() int { return len(e.world.ends) }

// Node implements transport.Transport: two ranks share a node.
func (e *End) Node(rank int) int { return rank / 2 }

// Host implements transport.Transport.
func (e *End) Host(rank int) string { return fmt.Sprintf("node%d", rank/2) }

// Capabilities implements transport.Transport.
func (e *End) Capabilities() transport.Capabilities {
	return transport.Capabilities{Parts: e.world.opts.Parts, OneWay: e.world.opts.OneWay, Spin: e.world.opts.Spin}
}

// Alloc implements transport.Transport.
func (e *End) Alloc(n int) []byte {
	e.world.mu.Lock()
	defer e.world.mu.Unlock()
	e.alive++
	return make([]byte, n)
}

// Free implements transport.Transport.
func (e *End) Free(frame []byte) {
	e.world.mu.Lock()
	defer e.world.mu.Unlock()
	e.alive--
	clear(frame) // whoever still looks at it will notice
}

// Outstanding is the number of frames that were allocated or received and
// neither sent nor freed.
func (e *End) Outstanding() int {
	e.world.mu.Lock()
	defer e.world.mu.Unlock()
	return e.alive
}

// TrySend implements transport.Transport.
func (e *End) TrySend(to int, frame []byte, parts [][]byte, tag uint64) bool {
	w := e.world
	w.mu.Lock()
	defer w.mu.Unlock()
	p := &e.pairs[to]
	if e.failed != nil || e.closed {
		e.alive--
		return true
	}
	if len(p.events) >= pairRoom || w.rng.IntN(8) == 0 {
		p.refused = true
		return false
	}
	e.alive--
	copies := make([][]byte, len(parts))
	for i, part := range parts {
		copies[i] = append(make([]byte, 0, len(part)), part...)
	}
	p.events = append(p.events, transport.Event{Kind: transport.Received, Rank: e.rank, Frame: frame, Parts: copies, Tag: tag})
	return true
}

// Poll implements transport.Transport.
func (e *End) Poll(dst []transport.Event, wait bool) ([]transport.Event, error) {
	w := e.world
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for _, event := range e.events {
			if event.Kind == transport.Received {
				e.alive++
				if len(event.Parts) > 0 {
					e.pairs[event.Rank].events = append(e.pairs[event.Rank].events,
						transport.Event{Kind: transport.Read, Rank: e.rank, Tag: event.Tag})
				}
				event.Tag = 0
			}
			dst = append(dst, event)
		}
		some := len(e.events) > 0
		e.events = nil
		switch {
		case e.failed != nil:
			return dst, e.failed
		case e.closed:
			return dst, transport.ErrClosed
		case some || e.woken || !wait:
			e.woken = false
			return dst, nil
		}
		t := w.current
		e.poller = t
		w.park(t)
		w.mu.Unlock()
		<-stateOf(t).turn
		w.mu.Lock()
	}
}

// Wake implements transport.Transport.
func (e *End) Wake() {
	e.world.mu.Lock()
	defer e.world.mu.Unlock()
	e.woken = true
	e.unpark()
	e.world.kick()
}

// Abort implements transport.Transport.
func (e *End) Abort(cause error) {
	e.world.mu.Lock()
	defer e.world.mu.Unlock()
	for _, other := range e.world.ends {
		other.abort(e.rank, cause.Error())
	}
}

func (e *End) abort(rank int, cause string) {
	if e.failed == nil {
		e.failed = &transport.AbortError{Rank: rank, Cause: cause}
	}
	e.unpark()
}

// Close implements transport.Transport. What was sent still arrives.
func (e *End) Close() error {
	e.world.mu.Lock()
	defer e.world.mu.Unlock()
	e.closed = true
	e.unpark()
	return nil
}
