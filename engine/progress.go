package engine

import (
	"fmt"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/dispel4go/dispel4go/internal/wire"
)

// progress is what other ranks have told of their items.
type progress struct {
	mu    sync.Mutex
	items map[int][]uint64 // by rank, then by PE
}

// hear notes what a rank tells of so many PEs.
func (p *progress) hear(rank int, content []byte, pes int) error {
	var items []uint64
	if err := accountMode.Unmarshal(content, &items); err != nil {
		return fmt.Errorf("%w: progress: %w", wire.ErrCorrupt, err)
	}
	if len(items) != pes {
		return fmt.Errorf("%w: progress of %d PEs, not %d", wire.ErrCorrupt, len(items), pes)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.items == nil {
		p.items = map[int][]uint64{}
	}
	p.items[rank] = items
	return nil
}

// addTo adds what was told to items.
func (p *progress) addTo(items []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, told := range p.items {
		for at, n := range told {
			items[at] += n
		}
	}
}

// items counts those of this rank, by PE.
func (r *rank) items() []uint64 {
	items := make([]uint64, len(r.instances))
	for at, all := range r.instances {
		for _, i := range all {
			if i != nil {
				items[at] += i.live.Load()
			}
		}
	}
	return items
}

// every is how often a rank tells rank 0 how far it is: seldom enough that
// rank 0 hears a thousand times a second at most.
func (m *remote) every() time.Duration {
	return 500*time.Millisecond + time.Duration(m.r.size)*time.Millisecond
}

// report tells rank 0 how far this one is.
func (m *remote) report() {
	content, err := cbor.Marshal(m.r.items())
	if err != nil {
		return // cannot be: they are numbers
	}
	m.boxes[0].write(func(w *wire.Writer) { w.Progress(content) })
}
