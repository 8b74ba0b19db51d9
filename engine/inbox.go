package engine

import (
	"sync"

	"github.com/dispel4go/dispel4go/internal/port"
)

// entry is one thing for an instance to do: a batch of items, or a new promise
// on one of its edges.
type entry struct {
	to    *instance
	edge  int      // which of the edges that reach the instance
	has   *promise // nil where there is a batch
	batch delivery
}

// delivery is a batch on its way, from this rank or as received from another.
type delivery struct {
	batch  port.Batch
	remote *received
	sender *outEdge // whose window it is charged to, on this rank
	bytes  int      // charged
}

// inbox is where a stage's entries wait. What they take is bounded by the
// windows of those who send.
type inbox struct {
	mu          sync.Mutex
	first, last *stretch
	asleep      bool // the stage parks, or is about to
}

// stretch is some entries of an inbox. Inboxes are made of them, and not of
// slices that grow, because thousands may be full at a time.
type stretch struct {
	entries [16]entry
	n       int
	next    *stretch
}

var stretches = sync.Pool{New: func() any { return new(stretch) }}

// free gives a stretch back, and returns the one behind it.
func (x *stretch) free() (next *stretch) {
	next = x.next
	clear(x.entries[:x.n])
	x.n, x.next = 0, nil
	stretches.Put(x)
	return next
}

// push adds an entry and reports whether the stage has to be woken.
func (b *inbox) push(e entry) (wake bool) {
	b.mu.Lock()
	switch last := b.last; {
	case last == nil:
		b.last = stretches.Get().(*stretch)
		b.first = b.last
	case last.n == len(last.entries):
		b.last = stretches.Get().(*stretch)
		last.next = b.last
	}
	b.last.entries[b.last.n] = e
	b.last.n++
	wake, b.asleep = b.asleep, false
	b.mu.Unlock()
	return wake
}

// take takes what there is; nothing means that the stage has to park, and that
// the next push wakes it.
func (b *inbox) take() *stretch {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.first
	b.first, b.last = nil, nil
	b.asleep = all == nil
	return all
}

// quiet reports whether nothing has come since take found nothing.
func (b *inbox) quiet() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asleep
}
