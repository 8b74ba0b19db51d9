package mpi

import (
	"sync"
	"sync/atomic"

	"github.com/dispel4go/dispel4go/mpi/internal/abi"
	"github.com/dispel4go/dispel4go/transport"
)

// depth is how many receives are posted ahead.
const depth = 16

// An End is this rank's end of the transport of one run. It implements
// transport.Transport, and counts what a test wants to know.
type End struct {
	world         *World
	tag, bodyTag  int
	alive, copied atomic.Int64

	// The lock world.calls guards what concerns MPI.
	ring     [depth]buffer // receives, in the order posted
	head     int           // the first of them
	sources  []source
	bodies   requests[*arrival]
	sends    requests[*outgoing]
	messages []uint64 // sent to the ring of each rank
	since    []int    // bytes sent to each since the last one that was awaited
	got      uint64   // messages received
	batch    []*outgoing
	metering []int      // ranks that a second probe is for
	idle     []*arrival // ready to be used again
	leaving  *leaving
	released bool // no receives are posted any more

	settled atomic.Bool // every message has been received, and this rank may leave

	queued atomic.Int64 // length of out

	mu      sync.Mutex
	changed sync.Cond // for those that wait while another one drives
	events  []transport.Event
	out     []*outgoing // taken but not yet given to MPI
	spare   []*outgoing // ready to be used again
	peers   []peer
	room    bool // a rank that was refused has room now
	wakes   int  // calls of Poll that Wake has yet to end
	waiting int  // calls of Poll that wait
	driving bool // one of them makes progress
	closed  bool
}

// A peer is what this rank knows of its way to another.
type peer struct {
	charged int    // bytes under way, as Options.Bound counts them
	refused bool   // somebody wants to hear of room
	meter   *meter // nil where it is on this node
}

func newEnd(w *World, epoch int) (*End, error) {
	e := &End{
		world: w, tag: tagFirst + 2*(epoch%2),
		sources: make([]source, w.size), messages: make([]uint64, w.size), since: make([]int, w.size), peers: make([]peer, w.size),
	}
	// A rank may be in the next run while we close this one, but no further.
	e.bodyTag = e.tag + 1
	e.changed.L = &e.mu
	e.bodies = requests[*arrival]{lib: w.lib, list: abi.Bodies}
	e.sends = requests[*outgoing]{lib: w.lib, list: abi.Sends}
	for to := range e.peers {
		if w.nodes[to] != w.nodes[w.rank] {
			e.peers[to].meter = &meter{}
		}
	}
	w.calls.Lock()
	defer w.calls.Unlock()
	w.lib.Reserve(abi.Ring, depth)
	for slot := range e.ring {
		e.ring[slot] = w.frames.get(ringRoom - slack)
		if err := e.post(slot); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// Rank implements transport.Transport.
func (e *End) Rank() int { return e.world.rank }

// Size implements transport.Transport.
func (e *End) Size() int { return e.world.size }

// Node implements transport.Transport.
func (e *End) Node(rank int) int { return e.world.Node(rank) }

// Host implements transport.Transport.
func (e *End) Host(rank int) string { return e.world.Host(rank) }

// Capabilities implements transport.Transport. Frames of any size are moved.
func (e *End) Capabilities() transport.Capabilities {
	return transport.Capabilities{Parts: true, Spin: e.world.spin}
}

// Outstanding is the number of frames that are at this rank: from Alloc and
// not yet sent or freed, being sent, being received, waiting for Poll, or from
// Poll and not yet freed.
func (e *End) Outstanding() int { return int(e.alive.Load()) }

// Copied is the number of payload bytes that this rank has copied in memory.
func (e *End) Copied() int64 { return e.copied.Load() }

// Alloc implements transport.Transport.
func (e *End) Alloc(n int) []byte { return e.take(n).frame(n) }

// Free implements transport.Transport.
func (e *End) Free(frame []byte) {
	if cap(frame) > 0 {
		e.giveBack(bufferOf(frame))
	}
}

func (e *End) take(n int) buffer {
	e.alive.Add(1)
	return e.world.frames.get(n)
}

func (e *End) giveBack(b buffer) {
	e.alive.Add(-1)
	e.world.frames.put(b)
}

// Abort implements transport.Transport. The other ranks are told; those that
// have not come to Finalize after Options.Grace are ended, as is this one.
func (e *End) Abort(cause error) {
	e.world.Abort(cause)
	e.rouse()
}

func (e *End) isClosed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}

// rouse lets every call that waits look again.
func (e *End) rouse() {
	e.mu.Lock()
	e.changed.Broadcast()
	e.mu.Unlock()
	e.world.alarm.ring()
}
