package engine

import (
	"sync"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

// outEdge is one edge as one sending instance has it: its credit, and the way
// to each instance at the other end. It is the port.Sender of the stream.
type outEdge struct {
	from  *instance
	edge  *edge
	reads bool // the receiving input is ReadOnly

	parted bool // items may have parts

	mu      sync.Mutex
	win     window
	waiting bool
}

// edge is one edge as a rank has it: what those upstream have promised, and
// the instances here that it reaches.
type edge struct {
	index int // in Graph.Edges
	fused bool
	dest  []*instance // every instance of the destination; nil where it is elsewhere
	here  []*instance // those on this rank
	at    int         // which of their edges this is
	away  []int       // other ranks with instances of the destination

	mu   sync.Mutex
	ups  *upstreams
	rest atomic.Int32 // ups.idle, to look at without the lock
}

// Least returns the instance with the fewest bytes outstanding.
func (o *outEdge) Least() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.win.least()
}

// Lends reports whether an instance only reads what it is given: it is on
// another rank, which reads what is sent, or its input is ReadOnly.
func (o *outEdge) Lends(to int) bool { return o.reads || o.edge.dest[to] == nil }

// Send hands a batch over, waiting for room.
func (o *outEdge) Send(to int, b port.Batch) {
	s := o.from.stage
	bytes := b.Bytes()
	oneWay := o.edge.dest[to] == nil && s.rank.oneWay
	if !oneWay {
		o.wait(s, to, bytes)
	}
	if s.rank.failing.Load() {
		panic(unwind{})
	}
	s.sent = true
	if dest := o.edge.dest[to]; dest != nil {
		s.rank.deliver(o.edge, o.from.index, dest, delivery{batch: b, sender: o, bytes: bytes})
		return
	}
	s.rank.remote.send(s, o, to, b, bytes)
}

// wait charges the window as soon as the batch fits.
func (o *outEdge) wait(s *stage, to, bytes int) {
	o.mu.Lock()
	for !o.win.fits(bytes) {
		o.waiting = true
		o.mu.Unlock()
		s.park(&o.from.row.waitOut)
		o.mu.Lock()
	}
	o.waiting = false
	o.win.charge(to, bytes)
	o.mu.Unlock()
}

// credit takes back what was charged when its items have reached the PE.
func (o *outEdge) credit(to, bytes int) {
	o.mu.Lock()
	o.win.credit(to, bytes)
	wake := o.waiting && o.win.roomy()
	if wake {
		o.waiting = false
	}
	o.mu.Unlock()
	if wake {
		o.from.stage.wake()
	}
}

// deliver puts a batch into the inbox of an instance of this rank.
func (r *rank) deliver(e *edge, from int, to *instance, d delivery) {
	if e.rest.Load() > 0 {
		r.promise(e, func(u *upstreams) (bool, bool) { return u.item(from), false })
	}
	to.stage.push(entry{to: to, edge: e.at, batch: d})
}

// promise changes what is known of an edge's upstreams, and tells the
// instances here if that makes a difference to them. It reports whether an end
// came twice.
func (r *rank) promise(e *edge, change func(*upstreams) (changed, extra bool)) (extra bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	changed, extra := change(e.ups)
	e.rest.Store(int32(e.ups.idle))
	if changed {
		has := e.ups.passed
		for _, i := range e.here {
			i.stage.push(entry{to: i, edge: e.at, has: &has})
		}
	}
	return extra
}

// pass tells everyone at the other end of the edge what its sender promises.
func (o *outEdge) pass(p promise) {
	e, r, from := o.edge, o.from.stage.rank, o.from.index
	if e.fused {
		e.dest[from].learn(e.at, p)
		return
	}
	if len(e.here) > 0 {
		r.promise(e, func(u *upstreams) (bool, bool) { return p.tell(u, from) })
	}
	for _, to := range e.away {
		r.remote.promise(o.from.stage, to, e.index, from, p)
	}
}

// tell applies the promise of one upstream.
func (p promise) tell(u *upstreams, from int) (changed, extra bool) {
	switch {
	case p.ended:
		return u.end(from, p.cut)
	case p.idle:
		return u.rest(from), false
	case p.mark != d4.Never:
		return u.mark(from, p.mark), false
	}
	return false, false
}
