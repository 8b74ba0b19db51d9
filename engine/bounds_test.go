package engine_test

import (
	"sync"
	"sync/atomic"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
)

// hooked lets every task run whenever it can, and tells when one parks or
// waits for the world outside.
type hooked struct {
	park  func(t *engine.Task)
	block func()

	mu     sync.Mutex
	tokens map[*engine.Task]chan struct{}
}

func (s *hooked) token(t *engine.Task) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens == nil {
		s.tokens = map[*engine.Task]chan struct{}{}
	}
	if s.tokens[t] == nil {
		s.tokens[t] = make(chan struct{}, 1)
	}
	return s.tokens[t]
}

func (s *hooked) Enter(*engine.Task)             {}
func (s *hooked) Spawn(_ *engine.Task, f func()) { go f() }
func (s *hooked) Leave(*engine.Task)             {}
func (s *hooked) Yield(*engine.Task)             {}
func (s *hooked) Poll(_ *engine.Task, f func())  { f() }
func (s *hooked) Tick() uint32                   { return 0 }

func (s *hooked) Spin(*engine.Task, int, int64, int64) bool { return false }

func (s *hooked) Nap(_ *engine.Task, kick <-chan struct{}) {
	select {
	case <-kick:
	default:
	}
}

func (s *hooked) Park(t *engine.Task) {
	if s.park != nil {
		s.park(t)
	}
	<-s.token(t)
}

func (s *hooked) Unpark(t *engine.Task) {
	select {
	case s.token(t) <- struct{}{}:
	default:
	}
}

func (s *hooked) Block(_ *engine.Task, f func()) {
	if s.block != nil {
		s.block()
	}
	f()
}

// TestWindowBoundsMemory has a consumer that takes nothing before its producer
// has stopped for want of room, and counts what that one has emitted.
func TestWindowBoundsMemory(t *testing.T) {
	for _, ranks := range []int{1, 2} {
		full := make(chan struct{})
		var once sync.Once
		var emitted, atFull atomic.Int64
		src := from(func(s *source) error {
			emitted.Add(1)
			return numbers(100_000)(s)
		})
		z := through(func(*step, int) error { <-full; return nil })
		plan, err := partition.Make(chain(src, z), partition.Ranks(ranks, 2), partition.Options{Fuse: partition.Off, Budget: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		cfg := engine.Config{Plan: plan, Scheduler: &hooked{park: func(task *engine.Task) {
			if task.Name == "source[0]" { // it has no input to wait for
				once.Do(func() {
					atFull.Store(emitted.Load())
					close(full)
				})
			}
		}}}
		if ranks == 1 {
			_, err = engine.Run(t.Context(), cfg)
		} else {
			_, err = runAll(t, t.Context(), local.New(ranks), cfg, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		// It is full with less than a batch left, and another is on its way.
		const batch = 16<<10 + port.BatchOverhead
		if n := 8 * int(atFull.Load()); n > plan.Window+batch || n < plan.Window-batch {
			t.Errorf("%d ranks: the producer has emitted %d bytes into a window of %d bytes", ranks, n, plan.Window)
		}
	}
}

// TestSlowConsumer has one that takes nothing more before another, from
// another producer, has all its items: only its own producer waits for it.
func TestSlowConsumer(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting) {
		if on.cores == 1 {
			t.Skip("SKIP: on one core nothing else runs while a PE blocks")
		}
		g := d4.NewGraph("slow and quick")
		quick := make(chan struct{})
		slow := d4.Add(g, "slow", through(func(*step, int) error { <-quick; return nil }))
		other := d4.Add(g, "quick", through(func(*step, int) error { return nil }, func(s *step) {
			s.finish = func() error { close(quick); return nil }
		}))
		for k, z := range []*step{slow, other} {
			s := d4.Add(g, "source"+string(rune('1'+k)), from(numbers(100_000)))
			d4.Connect(g, s.Out, z.In)
		}
		if _, err := on.run(t, t.Context(), g); err != nil {
			t.Fatal(err)
		}
	})
}
