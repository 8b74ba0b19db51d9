package storm

import (
	"errors"
	"sync"
	"time"
	"unsafe"

	"github.com/dispel4go/dispel4go/transport"
)

// How much an End keeps, in bytes.
const (
	maxLeaving = 1 << 20 // taken by TrySend, and not yet given to Storm
	maxArrived = 1 << 20 // read from Storm, and not yet delivered
	keptFrames = 16
	keptSize   = 256 << 10 // of each of them at most
)

// An End is the end of a rank that Storm has started as a component's instance:
// a transport whose frames travel as tuples of direct streams, along the edges
// of the graph only. Its queues are bounded: TrySend refuses what Storm has not
// yet taken, and Poll delivers only so much as has been freed, so that a slow
// stage is felt upstream through Storm's own queues.
type End struct {
	rank   int
	host   string
	tasks  []int // that Storm knows the ranks by
	ranks  map[int]int
	bolt   bool
	epoch  uint64 // of this program, by chance
	bound  int    // bytes that may be delivered and not freed
	rate   int    // bytes that a bolt may send between two ticks of Storm's clock
	report func(error)
	ready  chan struct{} // has one when something may be leaving

	mu      sync.Mutex
	changed sync.Cond
	senders []sender // by rank; the reader's own
	arrived []transport.Event
	queued  int           // bytes of arrived
	held    map[*byte]int // frames delivered and not freed, by where they begin
	holding int           // bytes of them
	leaving []parcel
	pending int      // bytes of leaving
	at      int      // how much of the first has left
	sent    []uint64 // pieces, by rank
	since   int      // bytes that a bolt has sent since the last tick
	refused bool     // TrySend has had no room
	room    bool     // and now has
	wakes   int      // calls of Poll that Wake has yet to end
	polling int      // calls of Poll that wait
	aborted *transport.AbortError
	closed  bool
	meter   meter
	frames  [][]byte // for reuse
}

// A parcel is a frame on its way.
type parcel struct {
	to    int
	frame []byte
}

func newEnd(rank int, host string, tasks []int, bolt bool, bound, rate int, epoch uint64, report func(error)) *End {
	e := &End{rank: rank, host: host, tasks: tasks, ranks: map[int]int{}, bolt: bolt, epoch: epoch, bound: bound, rate: rate, report: report,
		ready: make(chan struct{}, 1), senders: make([]sender, len(tasks)), held: map[*byte]int{}, sent: make([]uint64, len(tasks))}
	e.changed.L = &e.mu
	for rank, task := range tasks {
		e.ranks[task] = rank
	}
	return e
}

// Rank implements transport.Transport.
func (e *End) Rank() int { return e.rank }

// Size implements transport.Transport.
func (e *End) Size() int { return len(e.tasks) }

// Node implements transport.Transport. Which ranks share a host is Storm's
// affair, and makes little difference: whatever leaves goes through two pipes
// and a JVM as text. So each counts as on a node of its own.
func (e *End) Node(rank int) int { return rank }

// Host implements transport.Transport. Only its own is known.
func (e *End) Host(rank int) string {
	if rank == e.rank {
		return e.host
	}
	return "elsewhere"
}

// Capabilities implements transport.Transport.
func (e *End) Capabilities() transport.Capabilities { return transport.Capabilities{OneWay: true} }

// Alloc implements transport.Transport.
func (e *End) Alloc(n int) []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.alloc(n)
}

func (e *End) alloc(n int) []byte {
	for k := len(e.frames) - 1; k >= 0; k-- {
		if f := e.frames[k]; cap(f) >= n {
			last := len(e.frames) - 1
			e.frames[k], e.frames[last] = e.frames[last], nil
			e.frames = e.frames[:last]
			return f[:n]
		}
	}
	return make([]byte, n)
}

// Free implements transport.Transport.
func (e *End) Free(frame []byte) {
	if cap(frame) == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	first := unsafe.SliceData(frame)
	if n, ok := e.held[first]; ok {
		delete(e.held, first)
		e.holding -= n
		e.changed.Broadcast()
	}
	e.keep(frame)
}

func (e *End) keep(frame []byte) {
	if len(e.frames) < keptFrames && cap(frame) <= keptSize {
		e.frames = append(e.frames, frame)
	}
}

// TrySend implements transport.Transport.
func (e *End) TrySend(to int, frame []byte, parts [][]byte, _ uint64) bool {
	if to == e.rank || len(parts) > 0 {
		panic("storm: a frame to itself, or with parts")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.aborted != nil || e.closed:
		e.keep(frame)
		return true
	case e.pending > 0 && e.pending+len(frame) > maxLeaving:
		e.refused = true
		return false
	}
	e.leaving = append(e.leaving, parcel{to, frame})
	e.pending += len(frame)
	e.meter.begin(time.Now())
	e.signal()
	return true
}

// signal tells whoever gives pieces to Storm to look again.
func (e *End) signal() {
	select {
	case e.ready <- struct{}{}:
	default:
	}
}

// next returns the next piece to give to Storm and the task that it is for;
// there may be none, or none yet. The data is valid until left is called.
func (e *End) next() (p piece, task int, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.leaving) == 0 || e.starved() {
		return piece{}, 0, false
	}
	first := e.leaving[0]
	data := first.frame[e.at:min(len(first.frame), e.at+maxPiece)]
	return piece{epoch: e.epoch, number: e.sent[first.to], length: uint64(len(first.frame)), data: data}, e.tasks[first.to], true
}

// left notes that the piece which next returned has been given to Storm.
func (e *End) left(p piece) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.leaving) == 0 {
		return // aborted meanwhile
	}
	first := e.leaving[0]
	e.at += len(p.data)
	e.sent[first.to]++
	if e.bolt {
		if e.since += len(p.data); e.starved() {
			e.changed.Broadcast() // the reader must go on to the next tick
		}
	}
	whole := e.at == len(first.frame)
	e.meter.done(len(p.data), whole && len(e.leaving) == 1, time.Now())
	if !whole {
		return
	}
	e.at, e.leaving[0] = 0, parcel{}
	e.leaving = e.leaving[1:]
	e.pending -= len(first.frame)
	e.keep(first.frame)
	e.room = e.room || e.refused
	e.refused = false
	e.changed.Broadcast()
}

// starved reports whether a bolt has to wait for a tick before it sends more.
//
// Storm keeps what a bolt emits and a full queue does not take, in memory and
// without bound; it only stops handing the bolt new tuples. The ticks of its
// clock are among these, so when one has come, all that was emitted before has
// found its place. While it waits for one, a bolt reads on, for the tick stands
// behind what is in its queue already.
func (e *End) starved() bool { return e.bolt && e.since >= e.rate }

// tick notes a tick of Storm's clock.
func (e *End) tick() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.since = 0
	e.signal()
}

// arrive takes in a tuple, waiting for room.
func (e *End) arrive(m *message) error {
	from, ok := e.ranks[m.Task]
	if !ok || len(m.Tuple) != 1 {
		return errMessage
	}
	p, err := readPiece(m.Tuple[0], e.Alloc)
	if err != nil {
		return err
	}
	frame, err := e.senders[from].take(p)
	if err != nil {
		return err
	}
	if frame == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.queued >= maxArrived && !(e.starved() && len(e.leaving) > 0) && e.aborted == nil && !e.closed {
		e.changed.Wait()
	}
	if e.aborted != nil || e.closed {
		return nil
	}
	e.arrived = append(e.arrived, transport.Event{Kind: transport.Received, Rank: from, Frame: frame})
	e.queued += len(frame)
	e.changed.Broadcast()
	return nil
}

// Poll implements transport.Transport.
func (e *End) Poll(dst []transport.Event, wait bool) ([]transport.Event, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for {
		n := len(dst)
		if dst = e.deliver(dst); len(dst) > n {
			break
		}
		switch {
		case e.closed:
			return dst, transport.ErrClosed
		case e.aborted != nil:
			return dst, e.aborted
		}
		if !wait || e.room || e.wakes > 0 {
			break
		}
		e.polling++
		e.changed.Wait()
		e.polling--
	}
	if wait {
		e.room = false
		e.wakes = max(0, e.wakes-1)
	}
	return dst, nil
}

// deliver moves what has arrived to dst, as far as the bound allows; one frame
// of any size fits where nothing is held.
func (e *End) deliver(dst []transport.Event) []transport.Event {
	n := 0
	for ; n < len(e.arrived); n++ {
		frame := e.arrived[n].Frame
		if e.holding > 0 && e.holding+len(frame) > e.bound {
			break
		}
		e.held[unsafe.SliceData(frame)] = len(frame)
		e.holding += len(frame)
		e.queued -= len(frame)
		dst = append(dst, e.arrived[n])
		e.arrived[n] = transport.Event{}
	}
	if n > 0 {
		e.arrived = e.arrived[n:]
		e.changed.Broadcast()
	}
	return dst
}

// Wake implements transport.Transport.
func (e *End) Wake() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.wakes < max(1, e.polling) {
		e.wakes++
		e.changed.Broadcast()
	}
}

// Abort implements transport.Transport as far as one end can: it ends this
// rank and reports the cause, and who watches the topology ends the others.
func (e *End) Abort(cause error) {
	if cause == nil {
		cause = errors.New("no cause given")
	}
	e.mu.Lock()
	if e.aborted != nil {
		e.mu.Unlock()
		return
	}
	e.aborted = &transport.AbortError{Rank: e.rank, Cause: cause.Error()}
	e.leaving, e.pending, e.at = nil, 0, 0
	e.changed.Broadcast()
	e.mu.Unlock()
	e.report(cause)
}

// Close implements transport.Transport. It waits until Storm has taken what
// TrySend took.
func (e *End) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.leaving) > 0 && e.aborted == nil {
		e.changed.Wait()
	}
	e.closed = true
	e.arrived, e.queued = nil, 0
	e.changed.Broadcast()
	e.signal()
	return nil
}

// over reports whether nothing will leave any more.
func (e *End) over() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed || e.aborted != nil
}

// lose is Abort for when there is nobody left to report to.
func (e *End) lose(cause error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.aborted == nil {
		e.aborted = &transport.AbortError{Rank: e.rank, Cause: cause.Error()}
		e.leaving, e.pending, e.at = nil, 0, 0
		e.changed.Broadcast()
	}
}
