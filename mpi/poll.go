package mpi

import (
	"runtime"
	"time"

	"github.com/dispel4go/dispel4go/mpi/internal/abi"
	"github.com/dispel4go/dispel4go/transport"
)

const (
	// looks is how often the library is asked before Go has a say again.
	looks = 16
	// turns is how many times a rank that waits asks before it looks at the
	// clock and lets others run, which takes as long.
	turns = 4
	// spinning is how long a rank that waits asks without a pause, crowded how
	// long it does where the node has fewer cores than ranks.
	spinning = 200 * time.Microsecond
	crowded  = 0
	// A pause is a quarter of the time that the rank has been idle for: so a
	// wait takes a quarter longer than need be, and an idle rank costs little.
	shortest = 20 * time.Microsecond
	longest  = 20 * time.Millisecond
)

// Poll implements transport.Transport. One of the calls that wait makes
// progress, the others wait for it.
func (e *End) Poll(dst []transport.Event, wait bool) ([]transport.Event, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !wait {
		if len(e.events) == 0 && !e.closed {
			e.mu.Unlock()
			e.tryProgress()
			e.mu.Lock()
		}
		dst, _, err := e.reap(dst)
		return dst, err
	}
	e.waiting++
	defer func() {
		e.waiting--
		e.room = false
		e.wakes = max(0, e.wakes-1)
		e.changed.Signal() // another one may have to take over
	}()
	for first := true; ; first = false {
		dst, some, err := e.reap(dst)
		if some || err != nil || !first && (e.room || e.wakes > 0) {
			return dst, err
		}
		if e.driving {
			if e.room || e.wakes > 0 {
				return dst, nil
			}
			e.changed.Wait()
			continue
		}
		e.drive(!first, func() bool { return len(e.events) > 0 || e.room || e.wakes > 0 || e.ended() != nil })
	}
}

// reap moves the events to dst. The error is why there will be no more.
func (e *End) reap(dst []transport.Event) ([]transport.Event, bool, error) {
	if !e.closed && len(e.events) > 0 {
		dst = append(dst, e.events...)
		clear(e.events)
		e.events = e.events[:0]
		return dst, true, nil
	}
	return dst, false, e.ended()
}

// ended is what Poll reports from now on, or nil. It needs the lock mu.
func (e *End) ended() error {
	if e.closed {
		return transport.ErrClosed
	}
	if a := e.world.aborted.Load(); a != nil {
		return a.cause
	}
	return nil
}

// drive makes progress until due, which is asked with the lock mu held; without
// pause it looks once only. It needs the lock mu and that nobody drives.
func (e *End) drive(pause bool, due func() bool) {
	e.driving = true
	var since time.Time // when it was idle first
	for n := 0; ; n++ {
		e.mu.Unlock()
		found := e.progress()
		e.mu.Lock()
		if due() || !pause {
			break
		}
		if found {
			since = time.Time{}
			continue
		}
		if n%turns != 0 {
			continue
		}
		now := time.Now()
		if since.IsZero() {
			since = now
		}
		idle := now.Sub(since)
		e.mu.Unlock()
		if idle < e.world.spin {
			runtime.Gosched()
		} else {
			e.world.alarm.sleep(min(max(idle/4, shortest), longest), func() bool {
				e.mu.Lock()
				defer e.mu.Unlock()
				return due()
			})
		}
		e.mu.Lock()
	}
	e.driving = false
}

// tryProgress makes progress unless somebody else does.
func (e *End) tryProgress() {
	if e.world.calls.TryLock() {
		e.look()
		e.unlock()
	}
}

// progress lets MPI move what it can and takes what has come and what has
// left. It reports whether there was any.
func (e *End) progress() bool {
	e.world.calls.Lock()
	found := e.look()
	e.unlock()
	return found
}

// look needs the lock of calls.
func (e *End) look() bool {
	if e.released {
		return false
	}
	e.flush()
	other := slotAbort
	if e.world.aborted.Load() != nil {
		other = -1
	}
	found, err := e.world.lib.Poll(e.head, depth, len(e.bodies.what), len(e.sends.what), other, looks)
	if err == nil {
		err = e.handle(found)
	}
	some := len(found.Ring)+len(found.Bodies)+len(found.Sends) > 0
	if err == nil && len(e.metering) > 0 {
		err = e.probes()
	}
	if err == nil && len(found.Others) > 0 {
		err = e.world.hear(found.Others[0])
	}
	if err == nil && e.leaving != nil {
		err = e.settle()
	}
	if err != nil {
		e.world.fail(err)
	}
	return some
}

// handle takes what has been found. Sends and bodies come first: what arrives
// in the ring makes requests of its own.
func (e *End) handle(found abi.Found) error {
	var bad error
	check := func(d abi.Done) {
		if err := e.world.lib.Check("MPI_Testsome", d); err != nil && bad == nil {
			bad = err
		}
	}
	e.sends.remove(found.Sends, func(o *outgoing, d abi.Done) {
		check(d)
		e.sent(o)
	})
	e.bodies.remove(found.Bodies, func(a *arrival, d abi.Done) {
		check(d)
		a.missing--
		e.deliver(int(d.Source))
	})
	for _, d := range found.Ring {
		if bad != nil {
			return bad
		}
		bad = e.came(d)
		e.head = (e.head + 1) % depth
	}
	return bad
}

// Wake implements transport.Transport.
func (e *End) Wake() {
	e.mu.Lock()
	// As many as wait can be woken; where none does, the next one once. More
	// would only make later calls return for nothing.
	if e.wakes < max(1, e.waiting) {
		e.wakes++
		e.changed.Broadcast()
	}
	e.mu.Unlock()
	e.world.alarm.ring()
}
