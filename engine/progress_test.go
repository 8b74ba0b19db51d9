package engine_test

import (
	"io"
	"runtime"
	"slices"
	"sync"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
)

// TestLive counts what sources have emitted as what the others have received,
// on all ranks.
func TestLive(t *testing.T) {
	for _, ranks := range []int{1, 3} {
		plan, err := partition.Make(chain(from(numbers(1000)), through(pass)), partition.Ranks(ranks, 1), partition.Options{Fuse: partition.Off})
		if err != nil {
			t.Fatal(err)
		}
		var live *engine.Live
		var wg sync.WaitGroup
		for k, end := range local.New(ranks) {
			cfg := engine.Config{Plan: plan}
			if ranks > 1 {
				cfg.Transport = end
			}
			if k == 0 {
				cfg.Watch = func(l *engine.Live) { live = l }
			}
			wg.Go(func() {
				if _, err := engine.Run(t.Context(), cfg); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if items := live.Items(); !slices.Equal(items, []uint64{1000, 1000}) {
			t.Errorf("%d ranks: %d items", ranks, items)
		}
	}
}

// A stepper emits an item each time that step yields.
type stepper struct {
	d4.Base
	Out  d4.Out[int]
	left int
	step chan struct{}
}

func (s *stepper) Next() error {
	if s.left == 0 {
		return io.EOF
	}
	s.left--
	s.Out.Emit(s.left)
	return d4.Wait(s.step)
}

type waiter struct {
	d4.Base
	In d4.In[int]
}

// TestLiveWhileRunning: a PE on another rank goes on only when rank 0 has
// heard of its first item.
func TestLiveWhileRunning(t *testing.T) {
	step, heard := make(chan struct{}, 2), make(chan struct{})
	g := d4.NewGraph("steps")
	source := d4.Add(g, "source", func() *stepper { return &stepper{left: 2, step: step} })
	sink := d4.Add(g, "sink", func() *waiter {
		return &waiter{In: d4.Input(func(left int) error {
			if left == 0 {
				<-heard
			}
			step <- struct{}{}
			return nil
		})}
	})
	d4.Connect(g, source.Out, sink.In)
	plan, err := partition.Make(g, partition.Ranks(2, 1), partition.Options{Fuse: partition.Off})
	if err != nil {
		t.Fatal(err)
	}
	if plan.RankOf(0, 0) != 0 || plan.RankOf(1, 0) != 1 {
		t.Fatalf("the plan has another placement:\n%s", plan)
	}
	var wg sync.WaitGroup
	for k, end := range local.New(2) {
		cfg := engine.Config{Plan: plan, Transport: end}
		if k == 0 {
			cfg.Watch = func(l *engine.Live) {
				wg.Go(func() {
					for l.Items()[1] == 0 {
						runtime.Gosched()
					}
					close(heard)
				})
			}
		}
		wg.Go(func() {
			if _, err := engine.Run(t.Context(), cfg); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
