package engine

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/dispel4go/dispel4go/internal/port"
)

// stage runs a chain of fused instances on one goroutine.
type stage struct {
	rank      *rank
	task      *Task
	instances []*instance // upstream first
	inbox     inbox
	taken     *stretch    // out of it
	left      int         // instances that have not ended
	sent      bool        // something was handed over since the outboxes were flushed
	woken     atomic.Bool // since it last parked, or so: that it need not look any longer
	tick      uint32

	current *instance  // whose PE is being called
	doing   string     // what is called
	input   port.Input // through which input
	began   int64      // since when current has the stage, in nanoseconds
}

// start is where the monotonic clock of all stages begins.
var start = time.Now()

func now() int64 { return int64(time.Since(start)) }

// run is the life of the stage. However it ends, every PE that was opened is
// closed: also when one ends the goroutine, for what is deferred still runs.
func (s *stage) run() {
	defer func() {
		s.rank.stageDone()
		s.rank.sched.Leave(s.task)
	}()
	for _, i := range s.instances {
		defer s.guard(i.close)
	}
	s.guard(s.work)
}

// guard calls f and turns a panic into the failure of the run.
func (s *stage) guard(f func()) {
	returned := false
	defer func() {
		if returned {
			return
		}
		x := recover()
		switch x := x.(type) {
		case unwind:
		case overfull:
			s.rank.fail(s.failure(x.error, x.Error()))
		case nil:
			s.rank.fail(s.failure(nil, "the PE ended its goroutine (runtime.Goexit)"))
		default:
			where, stack := whereOf()
			f := s.failure(nil, fmt.Sprintf("panic at %s: %v", where, x))
			f.err, _ = x.(error)
			f.Stack = stack
			s.rank.fail(f)
		}
	}()
	f()
	returned = true
}

func (s *stage) work() {
	for _, i := range s.instances {
		i.opened = true
		s.enter(i, "Open")
		if err := i.pe.Open(i.info); err != nil {
			s.rank.fail(s.failure(err, err.Error()))
			panic(unwind{})
		}
		if err := i.resume(&s.rank.cfg); err != nil {
			s.rank.fail(s.failure(err, err.Error()))
			panic(unwind{})
		}
		s.leave(nil, "")
	}
	head := s.instances[0]
	if head.source != nil {
		for head.next() {
			s.breathe()
		}
	}
	for s.left > 0 {
		s.taken = s.inbox.take()
		if s.taken == nil {
			s.idle() // which may itself have waited for room, and used up a wake
			if s.inbox.quiet() {
				s.park(&head.row.waitIn)
			}
			continue
		}
		for ; s.taken != nil; s.taken = s.taken.free() {
			for k := range s.taken.n {
				e := &s.taken.entries[k]
				if e.has != nil {
					e.to.learn(e.edge, *e.has)
				} else {
					e.to.receive(e.edge, &e.batch)
				}
				s.breathe()
			}
		}
	}
	s.rank.flush(s)
}

// breathe is called between two calls of the engine: it moves what is old, and
// lets others run.
func (s *stage) breathe() {
	if s.rank.failing.Load() {
		panic(unwind{})
	}
	if t := s.rank.sched.Tick(); t != s.tick {
		s.tick = t
		s.idle()
	}
	s.rank.sched.Yield(s.task)
}

// idle moves everything that the stage still holds.
func (s *stage) idle() {
	for _, i := range s.instances {
		if !i.ended {
			i.flush()
			i.show()
		}
	}
	s.rank.flush(s)
}

// park waits until the stage is woken, and adds the time to waited.
func (s *stage) park(waited *int64) {
	if s.rank.failing.Load() {
		panic(unwind{})
	}
	s.rank.flush(s)
	since := now()
	if m := s.rank.remote; m != nil {
		m.help(s, s.woken.Load)
	}
	s.rank.sched.Park(s.task)
	s.woken.Store(false)
	until := now()
	*waited += until - since
	s.began += until - since // nobody's work
	if s.rank.failing.Load() {
		panic(unwind{})
	}
}

func (s *stage) wake() {
	s.woken.Store(true)
	s.rank.sched.Unpark(s.task)
}

func (s *stage) push(e entry) {
	if s.inbox.push(e) {
		s.wake()
	}
}

// await waits until ready yields or the run stops.
func (s *stage) await(ready <-chan struct{}) {
	s.idle()
	since := now()
	stop := s.rank.sources.Done()
	came := false
	if m := s.rank.remote; m != nil {
		came = m.help(s, func() bool {
			select { // one by one: of both together it is ten times as slow
			case <-ready:
				return true
			default:
			}
			select {
			case <-stop:
				return true
			default:
				return false
			}
		})
	}
	if !came {
		s.rank.sched.Block(s.task, func() {
			select {
			case <-ready:
			case <-stop:
			}
		})
	}
	until := now()
	s.instances[0].row.waitIn += until - since
	s.began += until - since
}

// enter notes that a PE is called from now on, and books the time until now on
// whoever was called before. It returns the time.
func (s *stage) enter(i *instance, doing string) int64 {
	t := now()
	if s.current != nil {
		s.current.row.busy += t - s.began
	}
	s.current, s.doing, s.began = i, doing, t
	return t
}

// leave is enter on the way back.
func (s *stage) leave(back *instance, doing string) int64 { return s.enter(back, doing) }

// call calls a method of an instance's PE in which it may emit.
func (s *stage) call(i *instance, doing string, f func() error) {
	was, before, input := s.current, s.doing, s.input
	began := s.enter(i, doing)
	s.input = nil
	for _, o := range i.outs {
		o.Open()
	}
	if err := f(); err != nil {
		s.rank.fail(s.failure(err, err.Error()))
		panic(unwind{})
	}
	for _, o := range i.outs {
		o.Shut()
	}
	s.input = input
	i.row.call(s.leave(was, before)-began, 1)
}

// misused is called by an Emit outside a call of the engine, on whatever
// goroutine it was made.
func (s *stage) misused(i *instance) {
	f := &Failure{PE: i.el.Name, Index: i.index, Rank: s.rank.id, Host: s.rank.host,
		Text: "Emit or Mark outside a call of the engine: a PE may emit only in Next, input functions, Advance and Finish, on the goroutine that called them"}
	s.rank.fail(f)
	runtime.Goexit()
}
