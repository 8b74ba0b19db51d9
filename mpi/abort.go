package mpi

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/dispel4go/dispel4go/mpi/internal/abi"
	"github.com/dispel4go/dispel4go/transport"
)

// Tags of what concerns all runs. Those of a run come after them.
const (
	tagAbort = iota + 1 // to everyone: rank, cause
	tagPart             // to rank 0: whether this rank is clean
	tagLeave            // from rank 0: whether all are
	tagFirst            // of the runs
)

// Slots of the list Others.
const (
	slotAbort = iota // receives an abort
	slotSum          // the sum of an End that closes
	slotTalk         // whatever is sent and received after an abort
	slotTell         // the abort, to each rank
)

// causeBytes is how much of a cause other ranks are told.
const causeBytes = 4 << 10

// An abortion is why the world ends, and when.
type abortion struct {
	cause *transport.AbortError
	until time.Time   // when the others should have come to Finalize
	timer *time.Timer // ends them
}

// listen posts the receive of an abort.
func (w *World) listen() error {
	w.lib.Reserve(abi.Others, slotTell+w.size)
	w.hearing = w.frames.get(causeBytes)
	return w.lib.Recv(abi.Others, slotAbort, w.hearing.message(), causeBytes, abi.Any, tagAbort)
}

// hear looks whether another rank has aborted. It needs the lock of calls.
func (w *World) hear() error {
	if w.aborted.Load() != nil {
		return nil
	}
	d, came, err := w.lib.Test(abi.Others, slotAbort)
	if err != nil || !came {
		return err
	}
	text := w.hearing.frame(causeBytes)[:max(0, int(d.Count)-headerBytes)]
	w.end(&transport.AbortError{Rank: int(d.Source), Cause: string(text)})
	// Another rank may have aborted at the same time.
	return w.lib.Recv(abi.Others, slotAbort, w.hearing.message(), causeBytes, abi.Any, tagAbort)
}

// end notes why the world ends. It reports whether this is the first cause.
func (w *World) end(cause *transport.AbortError) bool {
	a := &abortion{cause: cause, until: time.Now().Add(w.opts.Grace)}
	a.timer = time.AfterFunc(w.opts.Grace, w.kill)
	if !w.aborted.CompareAndSwap(nil, a) {
		a.timer.Stop()
		return false
	}
	return true
}

// abort ends the world because of this rank. The caller holds the lock of
// calls, or locks is true.
func (w *World) abort(cause error, locks bool) {
	if cause == nil {
		cause = errors.New("no cause given")
	}
	why := &transport.AbortError{Rank: w.rank, Cause: cause.Error()}
	if !w.end(why) {
		return
	}
	w.opts.Report(why)
	if locks {
		w.calls.Lock()
		defer w.calls.Unlock()
	}
	text := why.Cause[:min(len(why.Cause), causeBytes-headerBytes)]
	b := w.frames.get(len(text)) // never given back: it may never have left
	copy(b.frame(len(text)), text)
	for i := 1; i < w.size; i++ {
		to := (w.rank + i) % w.size
		if _, err := w.lib.Send(abi.Others, slotTell+to, b.message(), headerBytes+len(text), to, tagAbort, false); err != nil {
			return // the timer will end them
		}
	}
}

// kill ends all ranks at once.
func (w *World) kill() {
	// A rank that sits in a call of MPI keeps the lock.
	for range 100 {
		if w.calls.TryLock() {
			break
		}
		time.Sleep(time.Millisecond)
	}
	_ = w.lib.Abort(1) // if it returns there is nothing more to be done
}

// part waits after an abort until every rank has come to Finalize. It reports
// whether all of them can end MPI as usual, having nothing under way. Ranks
// that do not come in time are ended, with all others.
func (w *World) part(a *abortion) (clean bool) {
	quiet := true
	if e := w.open; e != nil {
		quiet = e.drain(a.until)
	}
	w.calls.Lock()
	defer w.calls.Unlock()
	mine := w.frames.get(8)
	word := mine.frame(8)
	put := func(ok bool) {
		binary.LittleEndian.PutUint64(word, 0)
		if ok {
			word[0] = 1
		}
	}
	await := func(what func() error) bool {
		if what() != nil {
			return false
		}
		for time.Now().Before(a.until) {
			if _, done, err := w.lib.Test(abi.Others, slotTalk); err != nil || done {
				return err == nil
			}
			w.calls.Unlock()
			time.Sleep(100 * time.Microsecond)
			w.calls.Lock()
		}
		return false
	}
	at := mine.message()
	recv := func(from, tag int) bool {
		return await(func() error { return w.lib.Recv(abi.Others, slotTalk, at, headerBytes+8, from, tag) })
	}
	send := func(to, tag int) bool {
		return await(func() error {
			_, err := w.lib.Send(abi.Others, slotTalk, at, headerBytes+8, to, tag, false)
			return err
		})
	}
	ok := true
	if w.rank == 0 {
		for range w.size - 1 {
			ok = ok && recv(abi.Any, tagPart)
			quiet = quiet && word[0] == 1
		}
		put(quiet)
		for to := 1; ok && to < w.size; to++ {
			ok = send(to, tagLeave)
		}
	} else {
		put(quiet)
		ok = send(0, tagPart) && recv(0, tagLeave)
		quiet = word[0] == 1
	}
	if !ok {
		w.calls.Unlock()
		w.kill()
		w.calls.Lock()
	}
	w.frames.put(mine)
	return ok && quiet
}
