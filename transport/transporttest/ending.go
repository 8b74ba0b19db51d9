package transporttest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dispel4go/dispel4go/transport"
)

// shut closes the transport for good and checks what holds afterwards.
func (e *end) shut() error {
	e.closed = true
	if err := e.Close(); err != nil {
		return fmt.Errorf("closing: %w", err)
	}
	for range 2 {
		if events, err := e.Poll(nil, true); !errors.Is(err, transport.ErrClosed) || len(events) > 0 {
			return fmt.Errorf("after Close Poll gives %d events and %v", len(events), err)
		}
	}
	return e.takesAndDrops()
}

// takesAndDrops checks that TrySend takes what it will not send.
func (e *end) takesAndDrops() error {
	for to := range e.others() {
		if !e.TrySend(to, e.Alloc(100), nil, 0) {
			return errors.New("a frame is refused after the end")
		}
		if e.Capabilities().Parts && !e.TrySend(to, e.Alloc(1), makeParts([]int{5000}, 1), 1) {
			return errors.New("parts are refused after the end")
		}
	}
	return nil
}

// closeDrains: what has been sent before Close arrives, however large.
func closeDrains(e *end) error {
	var sizes []int
	if e.Capabilities().Parts {
		sizes = []int{100000, 3}
	}
	const count = 20
	size := func(i int) int { return e.clip(1 + i*i*2000) }
	if e.rank == 0 {
		for to := range e.others() {
			for i := range count {
				seed := seedOf(0, to, i)
				if err := e.send(to, e.pattern(size(i), seed), makeParts(sizes, seed), seed); err != nil {
					return err
				}
			}
		}
		return e.shut()
	}
	for i := range count {
		m, err := e.next()
		if err != nil {
			return fmt.Errorf("number %d: %w", i, err)
		}
		seed := seedOf(0, e.rank, i)
		err = checkFrame(m, size(i), seed)
		e.Free(m.frame)
		if err := errors.Join(err, checkParts(m.parts, sizes, seed)); err != nil {
			return fmt.Errorf("number %d: %w", i, err)
		}
	}
	return e.shut()
}

// closeUnpolled: frames that nobody polls keep nobody from closing.
func closeUnpolled(e *end) error {
	for to := range e.others() {
		e.sendOrFree(to, 1000, nil)
		if e.Capabilities().Parts {
			e.sendOrFree(to, 10, []int{50000})
		}
	}
	return e.shut()
}

// sendOrFree tries once to send.
func (e *end) sendOrFree(to, n int, sizes []int) {
	if frame := e.Alloc(n); !e.TrySend(to, frame, makeParts(sizes, 1), 1) {
		e.Free(frame)
	}
}

// closeEndsPoll: a Poll that waits returns when this rank closes.
func closeEndsPoll(e *end) error {
	polled := make(chan error)
	go func() {
		for {
			events, err := e.Poll(nil, true)
			for _, ev := range events {
				if ev.Kind == transport.Received {
					e.Free(ev.Frame)
				}
			}
			if err != nil {
				polled <- err
				return
			}
		}
	}()
	err := e.shut()
	if got := <-polled; !errors.Is(got, transport.ErrClosed) {
		return errors.Join(err, fmt.Errorf("a Poll that waited during Close: %v", got))
	}
	return err
}

// awaitAbort polls until there is an error, which must be the abort expected.
func (e *end) awaitAbort(rank int, cause string) error {
	var err error
	for err == nil {
		err = e.poll(true)
	}
	var abort *transport.AbortError
	if !errors.As(err, &abort) {
		return fmt.Errorf("no abort but: %w", err)
	}
	if abort.Rank != rank || !strings.Contains(abort.Cause, cause) {
		return fmt.Errorf("abort by rank %d (%q), not by rank %d (%q)", abort.Rank, abort.Cause, rank, cause)
	}
	return nil
}

// abort: one rank aborts, twice; every rank learns of the first cause, each
// time it polls, and TrySend takes and drops from then on.
func abort(e *end) error {
	const cause = "the disk is full"
	if e.rank == e.size-1 {
		e.Abort(errors.New(cause))
		e.Abort(errors.New("another thing"))
	}
	for range 2 {
		if err := e.awaitAbort(e.size-1, cause); err != nil {
			return err
		}
	}
	if err := e.takesAndDrops(); err != nil {
		return err
	}
	return e.finish()
}

// abortEndsWaiting: ranks that wait for room learn of an abort.
func abortEndsWaiting(e *end) error {
	const cause = "no room, for ever"
	if e.rank == e.size-1 {
		if e.size > 1 && e.gate != nil {
			<-e.gate // rank 0 has been refused
		}
		e.Abort(errors.New(cause))
		return errors.Join(e.awaitAbort(e.size-1, cause), e.finish())
	}
	if e.rank == 0 {
		size := e.clip(64 << 10)
		var frame []byte
		for range flood / size {
			frame = e.Alloc(size)
			if !e.TrySend(e.size-1, frame, nil, 0) {
				break
			}
			frame = nil
		}
		e.gate <- struct{}{}
		if frame != nil {
			defer e.Free(frame)
		}
	}
	return errors.Join(e.awaitAbort(e.size-1, cause), e.finish())
}

// abortThenClose: after an abort Close waits for nobody, even with parts on
// their way to a rank that never polls.
func abortThenClose(e *end) error {
	if e.rank == 0 {
		for to := range e.others() {
			if e.Capabilities().Parts {
				e.sendOrFree(to, 10, []int{50000})
			}
			e.sendOrFree(to, 1000, nil)
		}
		e.Abort(errors.New("enough"))
		err := e.shut()
		e.gate <- struct{}{}
		return err
	}
	if e.rank == 1 {
		<-e.gate // without polling
	}
	if err := e.awaitAbort(0, "enough"); err != nil {
		return err
	}
	return e.shut()
}
