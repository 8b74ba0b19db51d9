package transporttest

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/dispel4go/dispel4go/transport"
)

// A message is a received frame.
type message struct {
	from  int
	frame []byte
	parts [][]byte
}

// An end is one rank's view of a scenario: it polls, sorts what comes by
// scenario, and checks what holds for every event. One goroutine uses it.
type end struct {
	transport.Transport
	rank, size int
	logf       func(string, ...any)

	// gate lets ranks of one process wait without a frame; nil elsewhere.
	gate chan struct{}

	scene  int            // the number of the scenario we are in
	reach  []int          // by rank: how many barriers have come from it
	queue  []message      // of this scenario
	early  []message      // of the next one
	read   map[uint64]int // tag -> how often it was reported read
	closed bool           // the scenario closes by itself
	events []transport.Event
}

func newEnd(tr transport.Transport, gate chan struct{}, logf func(string, ...any)) *end {
	return &end{
		Transport: tr, rank: tr.Rank(), size: tr.Size(), logf: logf, gate: gate,
		reach: make([]int, tr.Size()), read: map[uint64]int{},
	}
}

// barrierText is what a barrier's frame holds; no scenario sends it.
var barrierText = []byte("transporttest: I have come to the end of this scenario.")

// perform runs one scenario and meets the others at its end. A scenario that
// has closed or aborted the transport has no such end.
func (e *end) perform(run func(*end) error) error {
	if err := run(e); err != nil || e.closed {
		return err
	}
	return e.barrier()
}

// barrier returns when every rank has called it.
func (e *end) barrier() error {
	for to := range e.others() {
		if err := e.send(to, e.frameOf(barrierText), nil, 0); err != nil {
			return err
		}
	}
	for e.waitsFor() >= 0 {
		if err := e.poll(true); err != nil {
			return fmt.Errorf("at the barrier, waiting for rank %d: %w", e.waitsFor(), err)
		}
	}
	if len(e.queue) > 0 {
		return fmt.Errorf("%d frames more than were sent, the first from rank %d", len(e.queue), e.queue[0].from)
	}
	if len(e.read) > 0 {
		return fmt.Errorf("parts reported read that nobody waits for: tags %v", e.read)
	}
	e.scene++
	e.queue, e.early = e.early, e.queue
	return nil
}

// waitsFor is a rank that has not reached the end of this scenario, or -1.
func (e *end) waitsFor() int {
	for rank := range e.others() {
		if e.reach[rank] <= e.scene {
			return rank
		}
	}
	return -1
}

// finish closes the transport unless the scenario has.
func (e *end) finish() error {
	for _, m := range append(e.queue, e.early...) {
		e.Free(m.frame)
	}
	e.queue, e.early = nil, nil
	if e.closed {
		return nil
	}
	e.closed = true
	return e.Close()
}

// outstanding is what the transport says of its frames, or 0.
func (e *end) outstanding() int {
	if o, ok := e.Transport.(Outstander); ok {
		return o.Outstanding()
	}
	return 0
}

// others yields every rank but this one, beginning with the next.
func (e *end) others() func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := 1; i < e.size; i++ {
			if !yield((e.rank + i) % e.size) {
				return
			}
		}
	}
}

// frameOf returns a frame with a copy of content.
func (e *end) frameOf(content []byte) []byte {
	frame := e.Alloc(len(content))
	copy(frame, content)
	return frame
}

// send sends, polling while there is no room.
func (e *end) send(to int, frame []byte, parts [][]byte, tag uint64) error {
	for !e.TrySend(to, frame, parts, tag) {
		if err := e.poll(true); err != nil {
			e.Free(frame)
			return err
		}
	}
	return nil
}

// next returns the next message of this scenario. The caller frees its frame.
func (e *end) next() (message, error) {
	for len(e.queue) == 0 {
		if e.waitsFor() < 0 {
			return message{}, errors.New("a frame is lost: everybody else has come to the end")
		}
		if err := e.poll(true); err != nil {
			return message{}, err
		}
	}
	m := e.queue[0]
	e.queue = e.queue[1:]
	return m, nil
}

// awaitRead polls until the parts sent under tag have been read, once.
func (e *end) awaitRead(tag uint64) error {
	for e.read[tag] == 0 {
		if err := e.poll(true); err != nil {
			return err
		}
	}
	if n := e.read[tag]; n != 1 {
		return fmt.Errorf("tag %d reported read %d times", tag, n)
	}
	delete(e.read, tag)
	return nil
}

// poll polls once and sorts what has come. Like the caller of any transport it
// looks at the events before the error.
func (e *end) poll(wait bool) error {
	events, err := e.Poll(e.events[:0], wait)
	e.events = events
	for _, ev := range events {
		if bad := e.sort(ev); bad != nil {
			return bad
		}
	}
	return err
}

// sort checks one event and puts it where it belongs.
func (e *end) sort(ev transport.Event) error {
	if ev.Rank < 0 || ev.Rank >= e.size || ev.Rank == e.rank {
		return fmt.Errorf("an event of rank %d reached rank %d of %d", ev.Rank, e.rank, e.size)
	}
	switch ev.Kind {
	case transport.Read:
		if ev.Frame != nil || ev.Parts != nil {
			return errors.New("a report of parts read has a frame or parts")
		}
		e.read[ev.Tag]++
		return nil
	case transport.Received:
	default:
		return fmt.Errorf("event of kind %d", ev.Kind)
	}
	for i, p := range ev.Parts {
		if len(p) == 0 || len(p) != cap(p) {
			return fmt.Errorf("part %d from rank %d has length %d and capacity %d", i, ev.Rank, len(p), cap(p))
		}
	}
	if bytes.Equal(ev.Frame, barrierText) {
		e.Free(ev.Frame)
		e.reach[ev.Rank]++
		return nil
	}
	m := message{ev.Rank, ev.Frame, ev.Parts}
	if e.reach[ev.Rank] > e.scene {
		e.early = append(e.early, m)
	} else {
		e.queue = append(e.queue, m)
	}
	return nil
}
