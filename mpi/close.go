package mpi

import (
	"errors"
	"time"
	"unsafe"

	"github.com/dispel4go/dispel4go/mpi/internal/abi"
	"github.com/dispel4go/dispel4go/transport"
)

// A leaving is an End on its way out: the ranks add up how many messages have
// been sent to each, and each stays until it has received so many.
type leaving struct {
	mine, sum unsafe.Pointer // numbers of 8 bytes, outside Go: one a rank, and one
	known     bool           // the sum has arrived
}

// Close implements transport.Transport. It waits until every rank has called
// it and every frame has come where it was sent. After an abort it returns at
// once. The error is that of MPI, if that has failed.
func (e *End) Close() error {
	if !e.shut() || e.world.aborted.Load() != nil {
		return nil
	}
	e.world.calls.Lock()
	e.flush() // before the messages are counted
	l := &leaving{mine: abi.Alloc(8 * len(e.messages)), sum: abi.Alloc(8)}
	copy(unsafe.Slice((*uint64)(l.mine), len(e.messages)), e.messages)
	e.leaving = l
	err := e.world.lib.Sum(abi.Others, slotSum, l.mine, l.sum)
	if err != nil {
		e.world.fail(err)
	}
	e.unlock()
	e.mu.Lock()
	e.drive(true, func() bool { return e.settled.Load() || e.world.aborted.Load() != nil })
	e.mu.Unlock()
	if !e.settled.Load() {
		return err
	}
	e.world.calls.Lock()
	defer e.world.calls.Unlock()
	abi.Free(l.mine)
	abi.Free(l.sum)
	return e.release()
}

// shut lets nobody send or poll any more. It reports whether it was open, and
// returns when nobody makes progress, which is then the caller's to do.
func (e *End) shut() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	was := !e.closed
	e.closed = true
	for _, ev := range e.events {
		if ev.Kind == transport.Received {
			e.Free(ev.Frame)
		}
	}
	e.events = nil
	e.changed.Broadcast()
	e.world.alarm.ring()
	for was && e.driving {
		e.changed.Wait()
	}
	return was
}

// settle notes whether this rank is through. It needs the lock of calls.
func (e *End) settle() error {
	if l := e.leaving; !l.known {
		_, done, err := e.world.lib.Test(abi.Others, slotSum)
		if err != nil {
			return err
		}
		l.known = done
	}
	if e.leaving.known && e.got == *(*uint64)(e.leaving.sum) && e.quiet() {
		e.settled.Store(true)
	}
	return nil
}

// quiet reports whether MPI has nothing to do for this End but to wait for
// messages. It needs the lock of calls.
func (e *End) quiet() bool {
	return len(e.sends.what) == 0 && len(e.bodies.what) == 0 && e.queued.Load() == 0
}

// release takes back the receives that were posted ahead. It needs the lock of
// calls.
func (e *End) release() error {
	if e.released {
		return nil
	}
	e.released = true
	var errs []error
	for slot, b := range e.ring {
		errs = append(errs, e.world.lib.Cancel(abi.Ring, slot))
		e.world.frames.put(b)
	}
	return errors.Join(errs...)
}

// drain is Close after an abort: it lets what is under way come to an end, for
// half the time there is. It reports whether nothing is left.
func (e *End) drain(until time.Time) bool {
	e.shut()
	half := time.Now().Add(time.Until(until) / 2)
	for {
		e.world.calls.Lock()
		e.look()
		quiet := e.quiet()
		e.world.calls.Unlock()
		if quiet || time.Now().After(half) {
			break
		}
		time.Sleep(shortest)
	}
	e.world.calls.Lock()
	defer e.world.calls.Unlock()
	quiet := e.quiet() && (e.leaving == nil || e.leaving.known)
	return e.release() == nil && quiet
}
