package local

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dispel4go/dispel4go/transport"
)

// DefaultBound is how many bytes may be queued from one rank to another unless
// Bound says otherwise.
const DefaultBound = 8 << 20

// spinning is for how long a rank that waits had better look where each has a
// core: about what it takes to be put to sleep and woken a few times.
const spinning = 50 * time.Microsecond

// An Option changes what New makes.
type Option func(*world)

// WithoutParts makes a transport without the capability Parts. TrySend then
// panics when it is given any.
func WithoutParts() Option { return func(w *world) { w.caps.Parts = false } }

// OneWay makes a transport that declares the capability OneWay.
func OneWay() Option { return func(w *world) { w.caps.OneWay = true } }

// Nodes plays several hosts, named node0, node1 and so on, with ranksPerNode
// ranks each, the last one with what remains. By default all ranks are on one
// node that has the name of this host.
func Nodes(ranksPerNode int) Option {
	if ranksPerNode < 1 {
		panic("local: less than one rank per node")
	}
	return func(w *world) { w.ranksPerNode = ranksPerNode }
}

// Bound sets how many bytes may be queued from one rank to another before
// TrySend refuses. A frame counts with its parts and 64 bytes more; one of any
// size fits where nothing is queued.
func Bound(bytes int) Option { return func(w *world) { w.bound = bytes } }

// New returns the ends of a transport of n ranks, in order of rank.
func New(n int, opts ...Option) []transport.Transport {
	if n < 1 {
		panic("local: less than one rank")
	}
	w := &world{bound: DefaultBound, caps: transport.Capabilities{Parts: true}}
	if n <= runtime.NumCPU() {
		w.caps.Spin = spinning
	}
	for _, opt := range opts {
		opt(w)
	}
	if w.ranksPerNode == 0 {
		w.ranksPerNode = n
		w.host = hostName()
	}
	w.ends = make([]*End, n)
	ends := make([]transport.Transport, n)
	for rank := range ends {
		e := &End{world: w, rank: rank, pairs: make([]pair, n)}
		e.changed.L = &e.mu
		w.ends[rank], ends[rank] = e, e
	}
	return ends
}

// hostName is the name of this host, or localhost where it has none.
func hostName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "localhost"
	}
	return name
}

// A world is what the ends of one transport share.
type world struct {
	caps         transport.Capabilities
	bound        int
	ranksPerNode int
	host         string // of the only node, or "" where nodes are played
	ends         []*End
	frames       pool
	aborted      atomic.Pointer[transport.AbortError]
}

// An End is one rank's end of a transport within this process. It implements
// transport.Transport, and counts what a test wants to know.
type End struct {
	world *world
	rank  int
	alive atomic.Int64 // frames that are here: allocated or queued
	moved atomic.Int64 // bytes of parts copied

	mu      sync.Mutex
	changed sync.Cond
	queue   []transport.Event // Received ones with the sender's parts and its tag
	pairs   []pair            // by sender
	lent    int               // frames sent with parts that have not been read
	room    bool              // a rank that refused has room now
	wakes   int               // calls of Poll that Wake has yet to end
	waiting int               // calls of Poll that wait
	closed  bool
}

// A pair is what an inbox knows of one sender.
type pair struct {
	queued  int  // bytes, as Bound counts them
	refused bool // the sender wants to hear of room
}

// overhead is what a queued frame costs beside its bytes; without it, frames
// of no length could be queued without end.
const overhead = 64

// Rank implements transport.Transport.
func (e *End) Rank() int { return e.rank }

// Size implements transport.Transport.
func (e *End) Size() int { return len(e.world.ends) }

// Node implements transport.Transport.
func (e *End) Node(rank int) int { return rank / e.world.ranksPerNode }

// Host implements transport.Transport.
func (e *End) Host(rank int) string {
	if e.world.host != "" {
		return e.world.host
	}
	return "node" + strconv.Itoa(e.Node(rank))
}

// Capabilities implements transport.Transport.
func (e *End) Capabilities() transport.Capabilities { return e.world.caps }

// Outstanding is the number of frames that are at this rank: from Alloc and
// not yet sent or freed, from Poll and not yet freed, or waiting for Poll.
func (e *End) Outstanding() int { return int(e.alive.Load()) }

// Copied is the number of payload bytes that this rank has copied.
func (e *End) Copied() int64 { return e.moved.Load() }

// Alloc implements transport.Transport.
func (e *End) Alloc(n int) []byte {
	e.alive.Add(1)
	return e.world.frames.get(n)
}

// Free implements transport.Transport.
func (e *End) Free(frame []byte) {
	if cap(frame) == 0 {
		return
	}
	e.alive.Add(-1)
	e.world.frames.put(frame)
}

// Abort implements transport.Transport. A nil cause counts as one without a
// text of its own.
func (e *End) Abort(cause error) {
	if cause == nil {
		cause = errors.New("no cause given")
	}
	err := &transport.AbortError{Rank: e.rank, Cause: cause.Error()}
	if !e.world.aborted.CompareAndSwap(nil, err) {
		return
	}
	for _, end := range e.world.ends {
		// The lock orders this with a Poll that has just found nothing.
		end.mu.Lock()
		end.changed.Broadcast()
		end.mu.Unlock()
	}
}

// Close implements transport.Transport. It waits until every part that this
// rank lent has been read, or its receiver has closed; it waits for nothing
// else. A second call returns nil at once.
func (e *End) Close() error {
	e.mu.Lock()
	dropped := e.queue
	again := e.closed
	e.queue, e.closed = nil, true
	e.changed.Broadcast()
	e.mu.Unlock()
	if again {
		return nil
	}
	for _, ev := range dropped {
		if ev.Kind == transport.Received {
			e.Free(ev.Frame)
			if len(ev.Parts) > 0 {
				e.world.ends[ev.Rank].giveBack(e.rank, ev.Tag)
			}
		}
	}
	e.mu.Lock()
	for e.lent > 0 && e.world.aborted.Load() == nil {
		e.changed.Wait()
	}
	e.mu.Unlock()
	return nil
}
