package mpi

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/dispel4go/dispel4go/internal/garbage"
	"github.com/dispel4go/dispel4go/mpi/internal/abi"
	"github.com/dispel4go/dispel4go/transport"
)

// A source is what is on its way from another rank: frames in the order sent,
// of which the first may still lack bodies, and the last sizes of parts.
type source struct{ arrivals []*arrival }

// An arrival is a frame whose message has come.
type arrival struct {
	frame   []byte
	parts   [][]byte
	sizes   int // of parts that have not been told yet
	missing int // bodies, in pieces, that have not come yet
	pins    runtime.Pinner
}

func (a *arrival) complete() bool { return a.sizes == 0 && a.missing == 0 }

// small frames are copied out of the ring, so that a frame that is kept does
// not keep a buffer of many times its size.
const small = ringRoom / 16

// post posts the receive of a slot of the ring.
func (e *End) post(slot int) error {
	return e.world.lib.Recv(abi.Ring, slot, e.ring[slot].message(), ringBytes, abi.Any, e.tag)
}

// came takes a message out of the ring.
func (e *End) came(d abi.Done) error {
	if err := e.world.lib.Check("MPI_Test", d); err != nil {
		return err
	}
	slot := int(d.Slot)
	b := e.ring[slot]
	h, n, err := readHeader(b.header(), int(d.Count))
	if err != nil {
		return err
	}
	e.got++
	s := &e.sources[d.Source]
	if h.kind == nothing {
		return e.post(slot)
	}
	if h.kind == sizes {
		if len(s.arrivals) == 0 || s.arrivals[len(s.arrivals)-1].sizes < n {
			return fmt.Errorf("mpi: rank %d announces parts of no frame", d.Source)
		}
	} else {
		s.arrivals = append(s.arrivals, e.newArrival(h.parts))
	}
	a := s.arrivals[len(s.arrivals)-1]
	if h.kind == bare {
		a.frame = e.take(h.length).frame(h.length)
		if err := e.await(a, unsafe.Pointer(unsafe.SliceData(a.frame)), h.length, int(d.Source)); err != nil {
			return err
		}
	}
	list := b.frame(int(d.Count) - headerBytes)
	for list = list[len(list)-8*n:]; len(list) > 0; list = list[8:] {
		if err := e.part(a, int(binary.LittleEndian.Uint64(list)), int(d.Source)); err != nil {
			return err
		}
	}
	a.sizes -= n
	if h.kind == whole {
		if h.length <= small {
			a.frame = e.take(h.length).frame(h.length)
			copy(a.frame, b.frame(h.length))
			e.copied.Add(int64(h.length))
		} else {
			a.frame = b.frame(h.length)
			e.alive.Add(1)
			e.ring[slot] = e.world.frames.get(ringRoom - slack)
		}
	}
	e.deliver(int(d.Source))
	return e.post(slot)
}

// part makes room for a part, which will be the caller's.
func (e *End) part(a *arrival, n, from int) error {
	if n <= 0 {
		return fmt.Errorf("mpi: rank %d announces a part of %d bytes", from, n)
	}
	p := garbage.Bytes(n)
	at := unsafe.SliceData(p)
	a.pins.Pin(at)
	a.parts = append(a.parts, p)
	return e.await(a, unsafe.Pointer(at), n, from)
}

// await posts the receives of a body.
func (e *End) await(a *arrival, p unsafe.Pointer, n, from int) error {
	for at := 0; at < n; at += e.world.opts.piece {
		if err := e.world.lib.Recv(abi.Bodies, e.bodies.next(), unsafe.Add(p, at), min(n-at, e.world.opts.piece), from, e.bodyTag); err != nil {
			return err
		}
		e.bodies.add(a)
		a.missing++
	}
	return nil
}

// newArrival returns one whose sizes of parts are not known yet.
func (e *End) newArrival(parts int) *arrival {
	a := &arrival{}
	if n := len(e.idle); n > 0 {
		a = e.idle[n-1]
		e.idle = e.idle[:n-1]
	}
	a.sizes = parts
	return a
}

// deliver hands over the frames of a rank that are complete, in order.
func (e *End) deliver(from int) {
	s := &e.sources[from]
	n := 0
	for n < len(s.arrivals) && s.arrivals[n].complete() {
		n++
	}
	if n == 0 {
		return
	}
	e.mu.Lock()
	for _, a := range s.arrivals[:n] {
		a.pins.Unpin()
		if e.closed {
			e.Free(a.frame)
			continue
		}
		e.events = append(e.events, transport.Event{Kind: transport.Received, Rank: from, Frame: a.frame, Parts: a.parts})
	}
	e.mu.Unlock()
	for _, a := range s.arrivals[:n] {
		a.frame, a.parts = nil, nil
		e.idle = append(e.idle, a)
	}
	rest := copy(s.arrivals, s.arrivals[n:])
	clear(s.arrivals[rest:])
	s.arrivals = s.arrivals[:rest]
}
