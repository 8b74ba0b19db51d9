package local

import "github.com/dispel4go/dispel4go/transport"

// A verdict is what an inbox says to a frame.
type verdict uint8

const (
	taken   verdict = iota
	refused         // there is no room
	dropped         // nobody will poll any more
)

// TrySend implements transport.Transport. It copies the list of parts, so
// that the caller may use its own again at once, but not the parts.
func (e *End) TrySend(to int, frame []byte, parts [][]byte, tag uint64) bool {
	if to == e.rank {
		panic("local: a rank sends to itself")
	}
	if len(parts) > 0 && !e.world.caps.Parts {
		panic("local: parts given to a transport without them")
	}
	if e.world.aborted.Load() != nil {
		e.Free(frame)
		return true
	}
	if !e.lend(len(parts)) {
		e.Free(frame)
		return true
	}
	switch e.world.ends[to].accept(e.rank, frame, parts, tag) {
	case taken:
		e.alive.Add(-1)
	case refused:
		if len(parts) > 0 {
			e.unlend()
		}
		return false
	case dropped:
		e.Free(frame)
		if len(parts) > 0 {
			e.giveBack(to, tag)
		}
	}
	return true
}

// lend notes that a frame with so many parts is about to leave. It reports
// whether this end is still open.
func (e *End) lend(parts int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if parts > 0 && !e.closed {
		e.lent++
	}
	return !e.closed
}

// unlend takes lend back.
func (e *End) unlend() {
	e.mu.Lock()
	e.lent--
	if e.closed {
		e.changed.Broadcast()
	}
	e.mu.Unlock()
}

// accept queues a frame if there is room for it.
func (e *End) accept(from int, frame []byte, parts [][]byte, tag uint64) verdict {
	size := overhead + len(frame)
	for _, p := range parts {
		size += len(p)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return dropped
	}
	pair := &e.pairs[from]
	if pair.queued > 0 && pair.queued+size > e.world.bound {
		pair.refused = true
		return refused
	}
	pair.queued += size
	ev := transport.Event{Kind: transport.Received, Rank: from, Frame: frame, Tag: tag}
	if len(parts) > 0 {
		// The list becomes the receiver's: Poll replaces what is in it.
		ev.Parts = make([][]byte, len(parts))
		copy(ev.Parts, parts)
	}
	e.queue = append(e.queue, ev)
	e.alive.Add(1)
	e.changed.Signal()
	return taken
}

// giveBack reports that the parts which went to a rank under a tag are free.
func (e *End) giveBack(to int, tag uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lent--
	if e.closed {
		e.changed.Broadcast() // Close may wait for this
		return
	}
	e.queue = append(e.queue, transport.Event{Kind: transport.Read, Rank: to, Tag: tag})
	e.changed.Signal()
}

// makeRoom ends a Poll of a rank that was refused.
func (e *End) makeRoom() {
	e.mu.Lock()
	e.room = true
	e.changed.Signal()
	e.mu.Unlock()
}

// Wake implements transport.Transport.
func (e *End) Wake() {
	e.mu.Lock()
	// As many as wait can be woken; where none does, the next one once. More
	// would only make later calls return for nothing.
	if e.wakes < max(1, e.waiting) {
		e.wakes++
		e.changed.Signal()
	}
	e.mu.Unlock()
}

// Poll implements transport.Transport. It takes all that is queued. A call
// that returns events returns no error with them: the next one does.
func (e *End) Poll(dst []transport.Event, wait bool) ([]transport.Event, error) {
	first := len(dst)
	dst, senders, err := e.take(dst, wait)
	if err != nil {
		return dst, err
	}
	for _, rank := range senders {
		e.world.ends[rank].makeRoom()
	}
	for i := range dst[first:] {
		ev := &dst[first+i]
		if ev.Kind != transport.Received {
			continue
		}
		tag := ev.Tag
		ev.Tag = 0
		if len(ev.Parts) == 0 {
			continue
		}
		for k, part := range ev.Parts {
			own := make([]byte, len(part))
			copy(own, part)
			ev.Parts[k] = own
			e.moved.Add(int64(len(part)))
		}
		e.world.ends[ev.Rank].giveBack(e.rank, tag)
	}
	return dst, nil
}

// take waits if told to and moves the queue to dst. It returns the senders
// that wait for the room it has made.
func (e *End) take(dst []transport.Event, wait bool) ([]transport.Event, []int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for {
		if e.closed {
			return dst, nil, transport.ErrClosed
		}
		if len(e.queue) > 0 {
			break
		}
		if err := e.world.aborted.Load(); err != nil {
			return dst, nil, err
		}
		if !wait || e.room || e.wakes > 0 {
			break
		}
		e.waiting++
		e.changed.Wait()
		e.waiting--
	}
	if wait {
		e.room = false
		e.wakes = max(0, e.wakes-1)
	}
	var senders []int
	for _, ev := range e.queue {
		pair := &e.pairs[ev.Rank]
		pair.queued = 0
		if pair.refused {
			pair.refused = false
			senders = append(senders, ev.Rank)
		}
	}
	dst = append(dst, e.queue...)
	clear(e.queue)
	e.queue = e.queue[:0]
	return dst, senders, nil
}
