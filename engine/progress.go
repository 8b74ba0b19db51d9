package engine

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/dispel4go/dispel4go/internal/wire"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
)

// progress is what other ranks have told of themselves.
type progress struct {
	mu   sync.Mutex
	told map[int]news // by rank
}

// news are how far a rank is, and what it has taken of its node.
type news struct {
	Items []uint64 // by PE
	CPU   float64  // seconds
	Peak  int64    // bytes
}

// hear notes what a rank tells of so many PEs.
func (p *progress) hear(rank int, content []byte, pes int) error {
	var n news
	if err := accountMode.Unmarshal(content, &n); err != nil {
		return fmt.Errorf("%w: progress: %w", wire.ErrCorrupt, err)
	}
	if len(n.Items) != pes {
		return fmt.Errorf("%w: progress of %d PEs, not %d", wire.ErrCorrupt, len(n.Items), pes)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.told == nil {
		p.told = map[int]news{}
	}
	p.told[rank] = n
	return nil
}

// addTo adds what was told to items.
func (p *progress) addTo(items []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, told := range p.told {
		for at, n := range told.Items {
			items[at] += n
		}
	}
}

// usage adds what was told to all, which has those of this rank.
func (p *progress) usage(all []rundir.Usage, ranks []partition.Rank) []rundir.Usage {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, rank := range slices.Sorted(maps.Keys(p.told)) {
		if n := p.told[rank]; n.CPU > 0 {
			all = append(all, rundir.Usage{Rank: rank, Host: ranks[rank].Host, Cores: ranks[rank].Cores, CPU: n.CPU, Peak: n.Peak})
		}
	}
	return all
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
	n := news{Items: m.r.items()}
	if used := m.r.cfg.Used; used != nil {
		n.CPU, n.Peak = used()
	}
	content, err := cbor.Marshal(n)
	if err != nil {
		return // cannot be: they are numbers
	}
	m.boxes[0].write(func(w *wire.Writer) { w.Progress(content) })
}
