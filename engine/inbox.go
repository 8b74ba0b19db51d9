package engine

import (
	"sync"

	"github.com/dispel4go/dispel4go/internal/port"
)

// entry is one thing for an instance to do: a batch of items, or a new promise
// on one of its edges.
type entry struct {
	to    *instance
	edge  int // which of the edges that reach the instance
	batch delivery
	has   promise // when batch is empty
}

// delivery is a batch on its way, from this rank or as received from another.
type delivery struct {
	batch  port.Batch
	remote *received
	sender *outEdge // whose window it is charged to, on this rank
	bytes  int      // charged
}

func (d *delivery) empty() bool { return d.batch == nil && d.remote == nil }

// inbox is where a stage's entries wait. Its length is bounded by the windows
// of those who send.
type inbox struct {
	mu      sync.Mutex
	entries []entry
	asleep  bool // the stage parks, or is about to
}

// push adds an entry and reports whether the stage has to be woken.
func (b *inbox) push(e entry) (wake bool) {
	b.mu.Lock()
	b.entries = append(b.entries, e)
	wake, b.asleep = b.asleep, false
	b.mu.Unlock()
	return wake
}

// take swaps what there is for the used slice; an empty one means that the
// stage has to park, and that the next push wakes it.
func (b *inbox) take(used []entry) []entry {
	clear(used)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.entries) == 0 {
		b.asleep = true
		return used[:0]
	}
	full := b.entries
	b.entries = used[:0]
	b.asleep = false
	return full
}

// quiet reports whether nothing has come since take found nothing.
func (b *inbox) quiet() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asleep
}
