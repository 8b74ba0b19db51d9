package mpi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dispel4go/dispel4go/internal/launch"
	"github.com/dispel4go/dispel4go/mpi/internal/abi"
	"github.com/dispel4go/dispel4go/transport"
)

// An Error is what an MPI call has returned instead of success: the call, its
// code, the class of the code in the library's numbers, the library's text.
type Error = abi.Error

// ErrNone is in the error of Init when no MPI library could be opened. What
// was tried is in the text.
var ErrNone = abi.ErrNone

// Variable is the environment variable that chooses the library where Options
// does not.
const Variable = abi.Variable

// A Launcher is a command of this machine that starts ranks.
type Launcher = abi.Launcher

// Launchers lists the launchers in the folders of the variable PATH, then in
// the folders given. It runs each to ask for its version.
func Launchers(ctx context.Context, folders ...string) []Launcher {
	return abi.Launchers(ctx, folders...)
}

// DefaultBound is how many bytes may be under way to a rank unless Options
// says otherwise.
const DefaultBound = 8 << 20

// DefaultGrace is how long after an abort ranks may take to come to Finalize
// unless Options says otherwise.
const DefaultGrace = time.Second

// Options say what Init is to do. The zero value is right for most.
type Options struct {
	// Library is the path of the library, or its binary interface: openmpi,
	// mpich, std (that of MPI 5). Empty: what Variable says, else the library
	// that belongs to the launcher.
	Library string
	// Bound is how many bytes may be under way to a rank before TrySend
	// refuses; a frame of any size may be where nothing is. 0: DefaultBound.
	Bound int
	// Grace is how long after an abort a rank may take to come to Finalize
	// before all are ended. 0: DefaultGrace.
	Grace time.Duration
	// Report is told why this rank aborts, once. Nil: a line on stderr.
	Report func(*transport.AbortError)

	// piece is the longest message for a part; tests make it small.
	piece int
}

// A World is this rank's part in what the launcher has started.
type World struct {
	lib        *abi.Library
	thread     chan func() // runs what MPI wants on the thread of Init
	opts       Options
	rank, size int
	nodes      []int
	hosts      []string // by node
	spin       time.Duration
	frames     pool
	alarm      *alarm

	// calls is held around calls of MPI, and for all that End says it guards.
	calls    sync.Mutex
	hearing  buffer // where an abort would arrive
	finished bool

	aborted atomic.Pointer[abortion]
	mu      sync.Mutex
	open    *End // the transport that is not closed, or the last one
	epoch   int
}

// Init starts MPI. It fails if no library is found, or if the library sees
// another number of ranks than the launcher has started, as one of another
// installation would: each rank would be alone then.
func Init(opts Options) (*World, error) {
	started, err := launch.Current()
	if err != nil {
		return nil, err
	}
	// Launchers bind few ranks to a core each; what computes and what polls
	// would take turns of 10 ms there.
	if runtime.GOMAXPROCS(0) < 2 {
		runtime.GOMAXPROCS(2)
	}
	if opts.Bound == 0 {
		opts.Bound = DefaultBound
	}
	if opts.Grace == 0 {
		opts.Grace = DefaultGrace
	}
	if opts.Report == nil {
		opts.Report = func(a *transport.AbortError) { fmt.Fprintln(os.Stderr, "dispel4go:", a) }
	}
	if opts.piece == 0 {
		opts.piece = 1 << 30
	}
	lib, err := abi.Open(opts.Library)
	if err != nil {
		return nil, err
	}
	w := &World{lib: lib, opts: opts, thread: make(chan func())}
	go func() {
		runtime.LockOSThread()
		for f := range w.thread {
			f()
		}
	}()
	if err := w.onThread(func() error { return lib.Init(ringBytes) }); err != nil {
		return nil, fmt.Errorf("mpi: %s (%s): %w", lib.Path(), lib.Version(), err)
	}
	if err := w.meet(started); err != nil {
		return nil, errors.Join(err, w.onThread(lib.Finalize))
	}
	return w, nil
}

// onThread runs f on the thread that MPI_Init was called on.
func (w *World) onThread(f func() error) error {
	done := make(chan error)
	w.thread <- func() { done <- f() }
	return <-done
}

// meet finds out who else there is.
func (w *World) meet(started launch.Launch) error {
	var err error
	if w.rank, err = w.lib.Rank(); err != nil {
		return err
	}
	if w.size, err = w.lib.Size(); err != nil {
		return err
	}
	if started.Size > 0 && started.Size != w.size {
		return fmt.Errorf("mpi: %s started %d ranks, but %s (%s) sees %d: it does not belong to this launcher; choose another with %s%s",
			started.Kind, started.Size, w.lib.Path(), w.lib.Version(), w.size, Variable, started.Kind.Serving())
	}
	places, err := w.lib.Places(started.LocalSize == w.size)
	if err != nil {
		return err
	}
	w.nodes = make([]int, w.size)
	here, cpus := 0, map[int]bool{}
	for rank, p := range places {
		if p.Lowest == rank {
			w.nodes[rank] = len(w.hosts)
			w.hosts = append(w.hosts, p.Host)
		} else {
			w.nodes[rank] = w.nodes[p.Lowest]
		}
		if p.Lowest == places[w.rank].Lowest {
			here++
			cpus[p.CPU] = true
		}
	}
	w.spin = spinning
	if here > runtime.NumCPU() && here > len(cpus) { // else each has been bound to its own
		w.spin = crowded
	}
	if w.alarm, err = newAlarm(); err != nil {
		return err
	}
	return w.listen()
}

// Rank is this rank's number.
func (w *World) Rank() int { return w.rank }

// Size is the number of ranks.
func (w *World) Size() int { return w.size }

// Node numbers the host of a rank, from 0 in order of first appearance.
func (w *World) Node(rank int) int { return w.nodes[rank] }

// Host is the name of the host of a rank.
func (w *World) Host(rank int) string { return w.hosts[w.nodes[rank]] }

// A Library is an MPI library of this machine.
type Library = abi.Description

// Library describes the one that was opened.
func (w *World) Library() Library { return w.lib.Describe() }

// Outstanding counts the buffers outside Go and the requests of MPI that are in
// use, but for those by which this rank listens for an abort: none are between
// runs.
func (w *World) Outstanding() (buffers, requests int) {
	w.calls.Lock()
	defer w.calls.Unlock()
	w.frames.mu.Lock()
	defer w.frames.mu.Unlock()
	buffers, requests = w.frames.out, w.lib.Active()
	if !w.finished {
		buffers, requests = buffers-1, requests-1
	}
	return buffers, requests
}

// Aborted tells whether some rank has aborted, which has told why.
func (w *World) Aborted() bool { return w.aborted.Load() != nil }

// Transport opens the transport of a run. The one before must be closed. All
// ranks open as many, in the same order.
func (w *World) Transport() (*End, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.open != nil && !w.open.isClosed():
		return nil, errors.New("mpi: the transport of the run before is not closed")
	case w.aborted.Load() != nil:
		return nil, w.aborted.Load().cause
	}
	e, err := newEnd(w, w.epoch)
	if err != nil {
		return nil, err
	}
	w.open = e
	w.epoch++
	return e, nil
}

// Finalize ends MPI on all ranks. It waits for them, except after an abort:
// then it waits for those that come in time, and the others are ended. This
// rank's exit code should not be 0 then.
func (w *World) Finalize() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.finished {
		return nil
	}
	w.finished = true
	clean := true
	if a := w.aborted.Load(); a != nil {
		clean = w.part(a)
		a.timer.Stop()
	} else if w.open != nil && !w.open.isClosed() {
		w.finished = false
		return errors.New("mpi: Finalize before the transport is closed")
	}
	w.alarm.close()
	if !clean {
		return nil // messages that nobody will take are under way
	}
	w.calls.Lock()
	defer w.calls.Unlock()
	err := w.lib.Cancel(abi.Others, slotAbort)
	w.frames.put(w.hearing)
	ended := make(chan error, 1)
	w.thread <- func() { ended <- w.lib.Finalize() }
	select {
	case failed := <-ended:
		return errors.Join(err, failed)
	case <-time.After(leavingTime):
		return errors.Join(err, fmt.Errorf("mpi: all is done, but MPI_Finalize has not returned within %v: %s", leavingTime, w.lib.Describe()))
	}
}

// leavingTime is how long MPI_Finalize may take: some versions hang in it where
// ranks are on several nodes.
const leavingTime = 30 * time.Second
