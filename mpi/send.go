package mpi

import (
	"encoding/binary"
	"runtime"
	"time"
	"unsafe"

	"github.com/dispel4go/dispel4go/mpi/internal/abi"
	"github.com/dispel4go/dispel4go/transport"
)

// overhead is what a frame under way costs beside its bytes.
const overhead = 64

// An outgoing is a frame that TrySend has taken, until MPI is done with it.
type outgoing struct {
	to      int
	frame   []byte
	parts   [][]byte
	tag     uint64
	charge  int      // bytes that it counts for at its peer
	probe   bool     // it is one, and its frame is empty
	metered bool     // it goes between probes
	pending int      // requests of its that are not done
	more    []buffer // messages of sizes that had no room in the first
	pins    runtime.Pinner
}

// TrySend implements transport.Transport. It copies the list of parts, not the
// parts. What is under way to a rank counts until MPI has sent it; and since
// MPI may have sent what the receiver has not asked for yet, one in so many
// bytes is sent in a way that takes until the receiver has it.
func (e *End) TrySend(to int, frame []byte, parts [][]byte, tag uint64) bool {
	if to == e.world.rank {
		panic("mpi: a rank sends to itself")
	}
	charge := overhead + len(frame)
	for _, p := range parts {
		charge += len(p)
	}
	e.mu.Lock()
	if e.closed || e.world.aborted.Load() != nil {
		e.mu.Unlock()
		e.Free(frame)
		return true
	}
	p := &e.peers[to]
	if p.charged > 0 && p.charged+charge > e.world.opts.Bound {
		p.refused = true
		e.mu.Unlock()
		return false
	}
	p.charged += charge
	o := e.newOutgoing()
	o.to, o.frame, o.tag, o.charge = to, frame, tag, charge
	o.parts = append(o.parts, parts...)
	e.out = append(e.out, o)
	e.queued.Add(1)
	e.mu.Unlock()
	if e.world.calls.TryLock() {
		e.flush()
		waits := len(e.sends.what) > 0
		e.unlock()
		if waits {
			e.world.alarm.ring() // somebody has to see it through
		}
	}
	return true
}

// unlock gives up the lock of calls. What was queued by those that found it
// taken is sent first, or by who has taken it next.
func (e *End) unlock() {
	for {
		e.world.calls.Unlock()
		if e.queued.Load() == 0 || !e.world.calls.TryLock() {
			return
		}
		e.flush()
	}
}

// newOutgoing needs the lock mu.
func (e *End) newOutgoing() *outgoing {
	if n := len(e.spare); n > 0 {
		o := e.spare[n-1]
		e.spare = e.spare[:n-1]
		return o
	}
	return &outgoing{}
}

// flush gives to MPI what TrySend has taken. It needs the lock of calls.
func (e *End) flush() {
	for e.queued.Load() > 0 {
		e.mu.Lock()
		e.batch, e.out = e.out, e.batch[:0]
		e.queued.Add(-int64(len(e.batch)))
		e.mu.Unlock()
		for i, o := range e.batch {
			e.batch[i] = nil
			e.start(o)
		}
	}
}

// start sends a frame with its parts.
func (e *End) start(o *outgoing) {
	o.pending = 1 // ours, until all requests are made
	if e.world.aborted.Load() == nil {
		var err error
		if o.metered = e.metered(o); o.metered {
			err = e.probe(o.to)
		}
		if err == nil {
			err = e.transmit(o)
		}
		if err != nil {
			e.world.fail(err)
		}
	}
	e.sent(o)
	if err := e.probes(); err != nil {
		e.world.fail(err)
	}
}

func (e *End) transmit(o *outgoing) error {
	b := bufferOf(o.frame)
	h := header{parts: len(o.parts), kind: whole, length: len(o.frame)}
	n := headerBytes + len(o.frame)
	rest := o.parts
	if n > ringBytes {
		h.kind, n = bare, headerBytes
	} else {
		room := min(ringRoom, b.label().room) - len(o.frame)
		var k int
		k, rest = putSizes(b.frame(len(o.frame) + room)[len(o.frame):], rest)
		n += 8 * k
	}
	h.write(b.header())
	since := &e.since[o.to]
	*since += o.charge
	await := *since >= e.world.opts.Bound/8
	if await {
		e.mu.Lock()
		e.peers[o.to].charged += *since - o.charge
		e.mu.Unlock()
		o.charge, *since = *since, 0
	}
	if err := e.message(o, b, n, await); err != nil {
		return err
	}
	for len(rest) > 0 {
		more := e.world.frames.get(ringRoom - slack)
		o.more = append(o.more, more)
		var k int
		k, rest = putSizes(more.frame(ringRoom), rest)
		header{parts: len(o.parts), kind: sizes}.write(more.header())
		if err := e.message(o, more, headerBytes+8*k, false); err != nil {
			return err
		}
	}
	if h.kind == bare {
		if err := e.body(o, unsafe.Pointer(unsafe.SliceData(o.frame)), len(o.frame)); err != nil {
			return err
		}
	}
	for _, p := range o.parts {
		at := unsafe.SliceData(p)
		o.pins.Pin(at)
		if err := e.body(o, unsafe.Pointer(at), len(p)); err != nil {
			return err
		}
	}
	return nil
}

// putSizes writes as many sizes of parts as there is room for. It returns
// their number and the parts that are left.
func putSizes(dst []byte, parts [][]byte) (int, [][]byte) {
	n := min(len(dst)/8, len(parts))
	for i, p := range parts[:n] {
		binary.LittleEndian.PutUint64(dst[8*i:], uint64(len(p)))
	}
	return n, parts[n:]
}

// message sends n bytes of a buffer from its header on to the ring of a rank.
func (e *End) message(o *outgoing, b buffer, n int, await bool) error {
	e.messages[o.to]++
	return e.request(o, b.message(), n, e.tag, await)
}

// body sends memory that the receiver knows the size of, in pieces.
func (e *End) body(o *outgoing, p unsafe.Pointer, n int) error {
	for at := 0; at < n; at += e.world.opts.piece {
		if err := e.request(o, unsafe.Add(p, at), min(n-at, e.world.opts.piece), e.bodyTag, false); err != nil {
			return err
		}
	}
	return nil
}

func (e *End) request(o *outgoing, p unsafe.Pointer, n, tag int, await bool) error {
	done, err := e.world.lib.Send(abi.Sends, e.sends.next(), p, n, o.to, tag, await)
	if err != nil || done {
		return err
	}
	e.sends.add(o)
	o.pending++
	return nil
}

// sent notes that a request is done. With the last one the frame is ours again
// and the parts are the caller's.
func (e *End) sent(o *outgoing) {
	if o.pending--; o.pending > 0 {
		return
	}
	if o.metered {
		o.metered = false
		e.metering = append(e.metering, o.to)
	}
	o.pins.Unpin()
	e.giveBack(bufferOf(o.frame))
	for i, b := range o.more {
		e.world.frames.put(b)
		o.more[i] = buffer{}
	}
	read := len(o.parts) > 0
	clear(o.parts)
	e.mu.Lock()
	p := &e.peers[o.to]
	p.charged -= o.charge
	if o.probe {
		o.probe = false
		p.meter.answered(time.Now())
	}
	if p.refused {
		p.refused, e.room = false, true
	}
	if read && !e.closed {
		e.events = append(e.events, transport.Event{Kind: transport.Read, Rank: o.to, Tag: o.tag})
	}
	o.frame, o.parts, o.more = nil, o.parts[:0], o.more[:0]
	e.spare = append(e.spare, o)
	e.mu.Unlock()
}
