package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dispel4go/dispel4go/engine"
)

// Options say what a world may do to its ranks; the zero value only mixes the
// order of things.
type Options struct {
	Tasks  int  // how many tasks are there before anything runs
	OneWay bool // transports report OneWay
	Parts  bool // transports report Parts
	// Spin is what transports report: where it is not 0, tasks that wait look
	// themselves a few times.
	Spin time.Duration
	// Crash is the step at which CrashRank vanishes; 0 means never.
	Crash     int
	CrashRank int
}

// A World schedules tasks and carries frames. It implements engine.Scheduler.
type World struct {
	opts Options

	mu      sync.Mutex
	rng     *rand.Rand
	entered int
	ready   []*engine.Task
	parked  map[*engine.Task]bool
	current *engine.Task
	outside int // tasks in Block
	steps   int
	tick    uint32
	ends    []*End
	hung    string
	stuck   chan struct{}
}

// NewWorld returns a world of n ranks.
func NewWorld(seed uint64, ranks int, o Options) *World {
	w := &World{opts: o, rng: rand.New(rand.NewPCG(seed, 1)), parked: map[*engine.Task]bool{}, stuck: make(chan struct{})}
	for k := range ranks {
		w.ends = append(w.ends, &End{world: w, rank: k, pairs: make([]pair, ranks)})
	}
	return w
}

// Steps is how many decisions there have been.
func (w *World) Steps() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.steps
}

// Stuck is closed when nothing can go on; Hung then tells who waits.
func (w *World) Stuck() <-chan struct{} { return w.stuck }

// Hung describes the hang, if there was one.
func (w *World) Hung() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hung
}

type state struct {
	turn  chan struct{}
	token bool // an Unpark that came before the Park
}

func stateOf(t *engine.Task) *state { return t.State.(*state) }

// Enter implements engine.Scheduler. The first turn is given when as many
// tasks are there as were announced.
func (w *World) Enter(t *engine.Task) {
	w.enter(t)
	<-stateOf(t).turn
}

// Spawn implements engine.Scheduler. The task is there at once, so that it
// does not depend on Go's scheduler when.
func (w *World) Spawn(t *engine.Task, f func()) {
	w.enter(t)
	go func() {
		<-stateOf(t).turn
		f()
	}()
}

func (w *World) enter(t *engine.Task) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.State == nil {
		t.State = &state{turn: make(chan struct{}, 1)}
		w.entered++
	} else {
		w.outside--
	}
	w.ready = append(w.ready, t)
	if w.entered >= w.opts.Tasks && w.current == nil {
		slices.SortFunc(w.ready, func(a, b *engine.Task) int {
			if a.Rank != b.Rank {
				return a.Rank - b.Rank
			}
			return strings.Compare(a.Name, b.Name)
		})
		w.next()
	}
}

// next decides what happens now: a task runs, or something arrives first.
func (w *World) next() {
	w.current = nil
	for {
		if len(w.ready) == 0 && len(w.arrivals()) == 0 {
			if len(w.parked) > 0 && w.outside == 0 && w.entered >= w.opts.Tasks {
				w.hang()
			}
			return
		}
		w.steps++
		if w.steps == w.opts.Crash {
			w.crash(w.opts.CrashRank)
		}
		arrivals := w.arrivals()
		n := len(w.ready)
		if n == 0 && len(arrivals) == 0 {
			continue // the crash has taken all there was
		}
		// Arrivals together are as likely as one task.
		pick := n
		if n > 0 {
			pick = w.rng.IntN(n + min(1, len(arrivals)))
		}
		if pick < n {
			t := w.ready[pick]
			w.ready = slices.Delete(w.ready, pick, pick+1)
			w.current = t
			stateOf(t).turn <- struct{}{}
			return
		}
		arrivals[w.rng.IntN(len(arrivals))].arrive()
	}
}

func (w *World) hang() {
	var names []string
	for t := range w.parked {
		names = append(names, fmt.Sprintf("%s on rank %d", t.Name, t.Rank))
	}
	slices.Sort(names)
	w.hung = fmt.Sprintf("after %d steps nothing can go on; waiting: %s", w.steps, strings.Join(names, ", "))
	close(w.stuck)
}

// Leave implements engine.Scheduler.
func (w *World) Leave(*engine.Task) {
	w.mu.Lock()
	w.next()
	w.mu.Unlock()
}

// Park implements engine.Scheduler.
func (w *World) Park(t *engine.Task) {
	w.mu.Lock()
	w.park(t)
	w.mu.Unlock()
	<-stateOf(t).turn
}

// park gives the turn away; the caller then waits for its own.
func (w *World) park(t *engine.Task) {
	s := stateOf(t)
	if s.token {
		s.token = false
		w.ready = append(w.ready, t)
	} else {
		w.parked[t] = true
	}
	w.next()
}

// Unpark implements engine.Scheduler.
func (w *World) Unpark(t *engine.Task) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unpark(t)
	w.kick()
}

// kick sets a world in motion that was at rest when someone outside woke a
// task.
func (w *World) kick() {
	if w.current == nil && w.entered >= w.opts.Tasks && w.hung == "" {
		w.next()
	}
}

func (w *World) unpark(t *engine.Task) {
	if t.State == nil {
		return // has not entered: it will look before it parks
	}
	if w.parked[t] {
		delete(w.parked, t)
		w.ready = append(w.ready, t)
	} else {
		stateOf(t).token = true
	}
}

// Yield implements engine.Scheduler.
func (w *World) Yield(t *engine.Task) {
	w.mu.Lock()
	w.ready = append(w.ready, t)
	w.next()
	w.mu.Unlock()
	<-stateOf(t).turn
}

// Block implements engine.Scheduler.
func (w *World) Block(t *engine.Task, f func()) {
	w.mu.Lock()
	w.outside++
	w.next()
	w.mu.Unlock()
	f()
	w.Enter(t)
}

// Poll implements engine.Scheduler: the transport is the world's own.
func (w *World) Poll(_ *engine.Task, f func()) { f() }

// Nap implements engine.Scheduler: others run meanwhile, as many as it happens.
func (w *World) Nap(t *engine.Task, kick <-chan struct{}) {
	w.Yield(t)
	select {
	case <-kick:
	default:
	}
}

// Spin implements engine.Scheduler: patience is a matter of luck.
func (w *World) Spin(t *engine.Task, _ int, _, _ int64) bool {
	w.Yield(t)
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rng.IntN(3) > 0
}

// Tick implements engine.Scheduler: time passes as it likes.
func (w *World) Tick() uint32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rng.IntN(8) == 0 {
		w.tick++
	}
	return w.tick
}

// crash takes a rank away: nothing of it arrives any more, and everybody is
// told.
func (w *World) crash(rank int) {
	for _, e := range w.ends {
		for to := range e.pairs {
			if e.rank == rank || to == rank {
				e.pairs[to] = pair{}
			}
		}
		e.abort(rank, "the rank has vanished")
	}
}
