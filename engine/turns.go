package engine

import (
	"container/heap"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A Scheduler decides which of a rank's tasks run. The engine is written
// against it so that the same code runs freely on all cores, in a fixed order
// on one, and in any order that a test can think of.
type Scheduler interface {
	// Enter makes the calling goroutine task t, and returns when it may run;
	// Spawn starts f as task t on a goroutine of its own. Leave is called last.
	Enter(t *Task)
	Spawn(t *Task, f func())
	Leave(t *Task)
	// Park gives the turn up until Unpark is called for t; an Unpark that came
	// before counts. It may return early.
	Park(t *Task)
	// Unpark makes t runnable. It is called by any goroutine and never blocks.
	Unpark(t *Task)
	// Yield lets others run that should.
	Yield(t *Task)
	// Block calls f, which may wait for the world outside, without a turn.
	Block(t *Task, f func())
	// Poll calls f, which may wait for the rank's transport, without a turn.
	Poll(t *Task, f func())
	// Nap gives the turn up for about a millisecond, or until there is
	// something in kick, which it takes.
	Nap(t *Task, kick <-chan struct{})
	// Spin lets others run and reports whether t, which has looked n times since
	// began, should look again or had better park; limit is for how long it
	// may, in nanoseconds of the engine's clock.
	Spin(t *Task, n int, began, limit int64) bool
	// Tick is a coarse clock: it changes every millisecond or so.
	Tick() uint32
}

// A Task is a goroutine of the engine: a stage, or the rank's own.
type Task struct {
	Rank, Order int // Order: a higher one is further downstream; sources have 0
	Name        string

	// Apart is true of a task that runs beside those that share the cores: it
	// calls no PE, and has to go on where one does not return.
	Apart bool

	// State is the scheduler's own.
	State  any
	token  chan struct{} // free running: an Unpark not yet used
	parked bool
	ready  bool // has an Unpark to its credit
	since  uint64
	turn   chan struct{}
}

// NewTask returns a task that has not entered.
func NewTask(rank, order int, name string) *Task {
	return &Task{Rank: rank, Order: order, Name: name, token: make(chan struct{}, 1), turn: make(chan struct{}, 1)}
}

// free runs every task whenever it can: Go's scheduler decides.
type free struct{}

func (free) Enter(*Task)             {}
func (free) Spawn(_ *Task, f func()) { go f() }
func (free) Leave(*Task)             {}
func (free) Park(t *Task)            { <-t.token }
func (free) Yield(*Task)             {}
func (free) Block(_ *Task, f func()) { f() }
func (free) Poll(_ *Task, f func())  { f() }
func (free) Tick() uint32            { return wall.now() }

// Spin lets others run after the first look, because they may have been given
// something to do before, and then now and then: it costs as much as a look.
func (free) Spin(_ *Task, n int, began, limit int64) bool {
	if n%spins != 1 {
		return true
	}
	runtime.Gosched()
	return now()-began < limit
}

func (free) Nap(_ *Task, kick <-chan struct{}) {
	select {
	case <-kick:
	case <-time.After(nap):
	}
}

func (free) Unpark(t *Task) {
	select {
	case t.token <- struct{}{}:
	default:
	}
}

// nap is how long the rank's own task leaves it to the stages to look.
const nap = time.Millisecond

// spins is how many looks there are for each time that others may run.
const spins = 4

// turns lets so many tasks run at a time as there are cores, and prefers those
// furthest downstream, so that what is under way is finished first. With one
// core that is a fixed order.
type turns struct {
	mu      sync.Mutex
	cores   int // not in use
	waiting queue
	queued  uint64       // so far
	crowd   atomic.Int32 // len(waiting), for a look without the lock
}

// queue is a heap: first comes the task furthest downstream, among equals the
// one that has waited longest.
type queue []*Task

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].Order > q[j].Order || q[i].Order == q[j].Order && q[i].since < q[j].since
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(t any)   { *q = append(*q, t.(*Task)) }
func (q *queue) Pop() any {
	t := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return t
}

func newTurns(cores int) *turns { return &turns{cores: cores} }

func (s *turns) Tick() uint32 { return wall.now() }

func (s *turns) Enter(t *Task) {
	if t.Apart {
		return
	}
	s.mu.Lock()
	if s.cores > 0 {
		s.cores--
		s.mu.Unlock()
		return
	}
	s.queue(t)
	s.mu.Unlock()
	<-t.turn
}

func (s *turns) Spawn(t *Task, f func()) {
	go func() {
		s.Enter(t)
		f()
	}()
}

func (s *turns) queue(t *Task) {
	t.since = s.queued
	s.queued++
	heap.Push(&s.waiting, t)
	s.crowd.Store(int32(len(s.waiting)))
}

// pass gives a core to the first that waits, or keeps it free.
func (s *turns) pass() {
	if len(s.waiting) == 0 {
		s.cores++
		return
	}
	t := heap.Pop(&s.waiting).(*Task)
	s.crowd.Store(int32(len(s.waiting)))
	t.turn <- struct{}{}
}

func (s *turns) Leave(t *Task) {
	if t.Apart {
		return
	}
	s.mu.Lock()
	s.pass()
	s.mu.Unlock()
}

func (s *turns) Park(t *Task) {
	s.mu.Lock()
	if t.ready {
		t.ready = false
		s.mu.Unlock()
		s.Yield(t)
		return
	}
	t.parked = true
	s.pass()
	s.mu.Unlock()
	<-t.turn
}

func (s *turns) Unpark(t *Task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !t.parked {
		t.ready = true
		return
	}
	t.parked = false
	s.queue(t)
	if s.cores > 0 {
		s.cores--
		s.pass()
	}
}

func (s *turns) Yield(t *Task) {
	if s.crowd.Load() == 0 {
		return
	}
	s.mu.Lock()
	if len(s.waiting) == 0 || s.waiting[0].Order < t.Order {
		s.mu.Unlock()
		return
	}
	s.queue(t)
	s.pass()
	s.mu.Unlock()
	<-t.turn
}

func (s *turns) Nap(t *Task, kick <-chan struct{}) { s.Block(t, func() { free{}.Nap(t, kick) }) }

// Spin ends as soon as somebody waits for the core.
func (s *turns) Spin(t *Task, n int, began, limit int64) bool {
	return s.crowd.Load() == 0 && free{}.Spin(t, n, began, limit)
}

// Poll is Block: the transport is outside as well.
func (s *turns) Poll(t *Task, f func()) { s.Block(t, f) }

func (s *turns) Block(t *Task, f func()) {
	s.Leave(t)
	f()
	s.Enter(t)
}
