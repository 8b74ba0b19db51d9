package transporttest

import (
	"encoding/binary"
	"fmt"

	"github.com/dispel4go/dispel4go/transport"
)

// flood is how many bytes a transport may take for a rank that does not poll
// before the suite calls it unbounded.
const flood = 512 << 20

// backPressure: a rank that does not poll fills up; the frame that was refused
// stays with the caller; once there is room, Poll returns and nothing is lost.
// Ranks that are processes cannot wait without polling: there the receiver
// polls all the time and being refused is not demanded.
func backPressure(e *end) error {
	size := e.clip(64 << 10)
	switch {
	case e.size == 1 || e.rank > 1:
		return nil
	case e.rank == 1:
		if e.gate != nil {
			<-e.gate
		}
		return e.countFrames(size)
	}
	var refused []byte
	sent := 0
	for ; sent < flood/size; sent++ {
		frame := e.pattern(size, seedOf(0, 1, sent))
		if !e.TrySend(1, frame, nil, 0) {
			refused = frame
			break
		}
	}
	if e.gate != nil {
		e.gate <- struct{}{}
	}
	if refused != nil {
		if err := checkFrame(message{0, refused, nil}, size, seedOf(0, 1, sent)); err != nil {
			return fmt.Errorf("a refused frame has changed: %w", err)
		}
		if err := e.send(1, refused, nil, 0); err != nil {
			return err
		}
		sent++
	} else if e.gate != nil {
		return fmt.Errorf("%d MiB sent to a rank that does not poll, and none refused", flood>>20)
	}
	for range 10 { // a few more, each of which may have to wait
		if err := e.send(1, e.pattern(size, seedOf(0, 1, sent)), nil, 0); err != nil {
			return err
		}
		sent++
	}
	return e.send(1, e.frameOf(binary.LittleEndian.AppendUint64(nil, uint64(sent))), nil, 0)
}

// countFrames receives frames from rank 0 until one of 8 bytes says how many
// there were.
func (e *end) countFrames(size int) error {
	for i := 0; ; i++ {
		m, err := e.next()
		if err != nil {
			return err
		}
		if len(m.frame) == 8 {
			sent := binary.LittleEndian.Uint64(m.frame)
			e.Free(m.frame)
			if uint64(i) != sent {
				return fmt.Errorf("%d frames arrived of %d", i, sent)
			}
			return nil
		}
		err = checkFrame(m, size, seedOf(0, 1, i))
		e.Free(m.frame)
		if err != nil {
			return fmt.Errorf("number %d: %w", i, err)
		}
	}
}

// wake: a Wake ends a Poll that waits, be it called before or during it; and
// of several that wait, each Wake ends one.
func wake(e *end) error {
	for range 100 {
		e.Wake()
		if err := e.poll(true); err != nil {
			return err
		}
		called := make(chan struct{})
		go func() {
			e.Wake()
			close(called)
		}()
		err := e.poll(true)
		<-called
		if err != nil {
			return err
		}
	}
	type result struct {
		events []transport.Event
		err    error
	}
	const waiting = 3
	results := make(chan result, waiting)
	for range waiting {
		go func() {
			events, err := e.Poll(nil, true)
			results <- result{events, err}
		}()
	}
	var first error
	for range waiting {
		e.Wake()
		r := <-results
		for _, ev := range r.events {
			if err := e.sort(ev); err != nil && first == nil {
				first = err
			}
		}
		if first == nil {
			first = r.err
		}
	}
	return first
}
