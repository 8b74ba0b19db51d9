package transporttest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/dispel4go/dispel4go/transport"
)

// Outstander is what a transport may offer besides: the number of frames of
// this rank that have not come back, be they with the caller or on their way.
// It is 0 on every rank once all have called Close and freed what they had.
type Outstander interface{ Outstanding() int }

// Copier is what a transport may offer besides: the number of payload bytes
// (of frames and of parts) that this rank has copied in memory.
type Copier interface{ Copied() int64 }

// A scenario is one thing that all ranks do together.
type scenario struct {
	name string
	run  func(*end) error
}

// scenarios leave the transport open and can be run one after the other.
var scenarios = []scenario{
	{"identity", identity},
	{"alloc", alloc},
	{"order", order},
	{"sizes", sizes},
	{"many_to_one", manyToOne},
	{"exchange", exchange},
	{"parts", parts},
	{"ownership", ownership},
	{"copies", copies},
	{"back_pressure", backPressure},
	{"wake", wake},
	{"goroutines", goroutines},
	{"pollers", pollers},
}

// endings use the transport up.
var endings = []scenario{
	{"close_drains", closeDrains},
	{"close_unpolled", closeUnpolled},
	{"close_ends_poll", closeEndsPoll},
	{"abort", abort},
	{"abort_ends_waiting", abortEndsWaiting},
	{"abort_then_close", abortThenClose},
}

// Run proves a transport whose ranks live in one process, with 1 to 4 ranks.
// open returns n fresh ends in order of rank; it is called for every scenario.
func Run(t *testing.T, open func(t testing.TB, n int) []transport.Transport) {
	t.Helper()
	for n := 1; n <= 4; n++ {
		alone := slices.Concat(scenarios, endings)
		if n == 3 {
			alone = append(alone, scenario{"in_a_row", inARow})
		}
		for _, s := range alone {
			t.Run(fmt.Sprintf("n=%d/%s", n, s.name), func(t *testing.T) {
				if err := play(open(t, n), s.run, t.Logf); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// Rank proves one rank of a transport whose ranks are processes, all of which
// call Rank. It closes the transport.
func Rank(t *testing.T, tr transport.Transport) {
	t.Helper()
	rank(t, tr, slices.Concat(scenarios, []scenario{{"close_drains", closeDrains}}))
}

// RankAbort is the rest of Rank, in a run of its own: it ends in an abort. A
// launcher may well report the run as failed although every rank passes.
func RankAbort(t *testing.T, tr transport.Transport) {
	t.Helper()
	rank(t, tr, []scenario{{"order", order}, {"abort", abort}})
}

// rank runs scenarios until one fails, then closes.
func rank(t *testing.T, tr transport.Transport, list []scenario) {
	e := newEnd(tr, nil, t.Logf)
	for _, s := range list {
		ok := t.Run(s.name, func(t *testing.T) {
			e.logf = t.Logf
			if err := e.perform(s.run); err != nil {
				tr.Abort(err)
				t.Fatal(err)
			}
		})
		if !ok {
			break
		}
	}
	if err := e.finish(); err != nil {
		t.Error(err)
	}
	if n := e.outstanding(); n != 0 {
		t.Errorf("%d frames outstanding after Close", n)
	}
}

// play lets every end run the same scenario and closes them all. It returns
// the first cause: what the others report is mostly that one has aborted.
func play(ends []transport.Transport, run func(*end) error, logf func(string, ...any)) error {
	gate := make(chan struct{}, 1)
	list := make([]*end, len(ends))
	errs := make([]error, len(ends))
	var all sync.WaitGroup
	for i, tr := range ends {
		list[i] = newEnd(tr, gate, logf)
		all.Go(func() {
			if err := list[i].perform(run); err != nil {
				errs[i] = fmt.Errorf("rank %d: %w", i, err)
				tr.Abort(err)
			}
			errs[i] = errors.Join(errs[i], list[i].finish())
		})
	}
	all.Wait()
	for i, e := range list {
		if n := e.outstanding(); n != 0 {
			errs = append(errs, fmt.Errorf("rank %d: %d frames outstanding after Close", i, n))
		}
	}
	return firstCause(errs)
}

// firstCause prefers an error that is not another rank's abort.
func firstCause(errs []error) error {
	var aborted error
	for _, err := range errs {
		var abort *transport.AbortError
		if err != nil && !errors.As(err, &abort) {
			return err
		}
		aborted = errors.Join(aborted, err)
	}
	return aborted
}

// inARow runs all scenarios that leave the transport open on one transport, as
// Rank does.
func inARow(e *end) error {
	for _, s := range scenarios {
		if err := e.perform(s.run); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}
