package mpi

import (
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

// hear takes what another rank says that has aborted. It needs the lock of calls.
func (w *World) hear(d abi.Done) error {
	if err := w.lib.Check("MPI_Test", d); err != nil {
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

// Abort ends the run on every rank, as End.Abort does, also where no transport
// is open.
func (w *World) Abort(cause error) {
	w.calls.Lock()
	defer w.calls.Unlock()
	w.abort(cause)
}

// lastTurn is how long after a rank a launcher ends the others, however busy the
// machine is.
const lastTurn = 200 * time.Millisecond

// fail is abort over an error of MPI. Where a launcher ends all ranks, because one of
// them has vanished, who is left for a moment may find a peer gone. That is no cause to
// be told: its own turn comes first.
func (w *World) fail(err error) {
	if w.aborted.Load() == nil {
		time.Sleep(lastTurn)
	}
	w.abort(err)
}

// abort is Abort. It needs the lock of calls.
func (w *World) abort(cause error) {
	if cause == nil {
		cause = errors.New("no cause given")
	}
	why := &transport.AbortError{Rank: w.rank, Cause: cause.Error()}
	if !w.end(why) {
		return
	}
	w.opts.Report(why)
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
// whether all of them can end MPI as usual, having nothing under way. If some
// do not come in time all are ended.
func (w *World) part(a *abortion) (clean bool) {
	clean = w.open == nil || w.open.drain(a.until)
	w.calls.Lock()
	defer w.calls.Unlock()
	t := &talk{w: w, b: w.frames.get(1), until: a.until}
	for to := range w.size {
		_, told, err := w.lib.Test(abi.Others, slotTell+to)
		clean = clean && told && err == nil
	}
	if w.rank == 0 {
		for from := 1; from < w.size; from++ {
			clean = t.receive(from, tagPart) && clean
		}
		for to := 1; to < w.size; to++ {
			t.send(to, tagLeave, clean)
		}
	} else {
		t.send(0, tagPart, clean)
		clean = t.receive(0, tagLeave)
	}
	if t.failed {
		w.calls.Unlock()
		w.kill()
		w.calls.Lock()
	}
	w.frames.put(t.b)
	return clean
}

// A talk is a few messages of one word each, until it fails or is too late.
// Then nothing more happens.
type talk struct {
	w      *World
	b      buffer
	until  time.Time
	failed bool
}

func (t *talk) send(to, tag int, word bool) {
	if t.failed {
		return
	}
	t.b.frame(1)[0] = 0
	if word {
		t.b.frame(1)[0] = 1
	}
	_, err := t.w.lib.Send(abi.Others, slotTalk, t.b.message(), headerBytes+1, to, tag, false)
	t.finish(err)
}

func (t *talk) receive(from, tag int) bool {
	if t.failed {
		return false
	}
	t.finish(t.w.lib.Recv(abi.Others, slotTalk, t.b.message(), headerBytes+1, from, tag))
	return !t.failed && t.b.frame(1)[0] == 1
}

// finish waits until what has been started is done.
func (t *talk) finish(err error) {
	for done := false; err == nil && !done; {
		if time.Now().After(t.until) {
			t.failed = true
			return
		}
		if _, done, err = t.w.lib.Test(abi.Others, slotTalk); !done {
			time.Sleep(shortest)
		}
	}
	t.failed = err != nil
}
