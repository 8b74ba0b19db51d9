package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
)

// TestContinueWhereItWas: without anything that keeps items, each comes once.
func TestContinueWhereItWas(t *testing.T) {
	const n, length = 5, 3000
	all := inParts(t, 4, steps{n: n, length: length}, func(src func() *steps, sink func(int)) *d4.Graph {
		g := d4.NewGraph("plain")
		s := d4.Add(g, "source", src, d4.Instances(2))
		m := d4.Add(g, "middle", newStateless(func(int) {}))
		z := d4.Add(g, "sink", newStateless(sink))
		d4.Connect(g, s.Out, m.In)
		d4.Connect(g, m.Out, z.In)
		return g
	})
	if got := all.sorted(); !slices.Equal(got[1:], upTo(n*length-1, nil)) || got[0] != 0 {
		t.Errorf("%d items in all parts, expected each of %d once", len(got), n*length)
	}
}

// TestContinueWithWindows: what is kept of a period when time is up is worked
// out again, and every sum is there once and whole. The source marks at each
// step, or so rarely that it has to go back a long way.
func TestContinueWithWindows(t *testing.T) {
	const n, length, period = 5, 2400, 60
	var want []int
	for k := range length / period {
		sum := 0
		for v := k * period * n; v < (k+1)*period*n; v++ {
			sum += v
		}
		want = append(want, sum)
	}
	for _, every := range []int{1, 50, 700} {
		all := inParts(t, 4, steps{n: n, length: length, every: every}, func(src func() *steps, sink func(int)) *d4.Graph {
			g := d4.NewGraph("windows")
			s := d4.Add(g, "source", src, d4.Instances(2))
			m := d4.Add(g, "middle", newStateless(func(int) {}))
			w := d4.Add(g, "sums", newSums(n, period), d4.Instances(3))
			z := d4.Add(g, "sink", newStateless(sink))
			d4.Connect(g, s.Out, m.In)
			d4.Connect(g, m.Out, w.In)
			d4.Connect(g, w.Out, z.In)
			return g
		})
		sums := make([]int, length/period)
		for _, v := range all.items {
			sums[v>>32] += v & (1<<32 - 1)
		}
		if !slices.Equal(sums, want) || len(all.items) > 3*len(want) {
			t.Errorf("marks every %d steps: %d sums from 3 instances, not the right ones: %v", every, len(all.items), sums)
		}
	}
}

// TestContinueFinished: what has finished before does not finish again.
func TestContinueFinished(t *testing.T) {
	finished := 0
	whole := make(chan struct{})
	all := inParts(t, 1, steps{n: 1, length: 1000}, func(src func() *steps, sink func(int)) *d4.Graph {
		g := d4.NewGraph("finished")
		short := d4.Add(g, "short", from(numbers(10)))
		total := d4.Add(g, "total", through(func(*step, int) error { return nil }, func(s *step) {
			s.finish = func() error { finished++; s.Out.Emit(-1); close(whole); return nil }
		}))
		long := d4.Add(g, "long", func() *steps {
			s := src()
			pause := s.pause
			s.pause = func(instance, step int) bool {
				<-whole
				return pause(instance, step)
			}
			return s
		})
		z, y := d4.Add(g, "sink", newStateless(sink)), d4.Add(g, "totals", newStateless(sink))
		d4.Connect(g, short.Out, total.In)
		d4.Connect(g, total.Out, y.In)
		d4.Connect(g, long.Out, z.In)
		return g
	})
	if finished != 1 || len(all.items) != 1001 {
		t.Errorf("finished %d times, %d items", finished, len(all.items))
	}
}

// TestContinueCutAtOnce: a source that finished in an earlier run has finished
// also where time is up before anything has begun.
func TestContinueCutAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(engine.ErrTimeLimit)
	g := d4.NewGraph("at once")
	s := d4.Add(g, "short", from(numbers(10), func(s *source) {
		s.open = func() error { <-s.info.Context().Done(); return nil }
	}))
	d4.Connect(g, s.Out, d4.Add(g, "sink", newStateless(func(int) { t.Error("an item has come again") })).In)
	plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{})
	if err != nil {
		t.Fatal(err)
	}
	finished := []string{"short", "sink"}
	res, err := engine.Run(ctx, engine.Config{Plan: plan, Rest: &rundir.Rest{Finished: finished}})
	if !errors.Is(err, engine.ErrTimeLimit) || len(res.Rest.Lost) > 0 || !slices.Equal(res.Rest.Finished, finished) {
		t.Errorf("%v, lost %q, finished %q", err, res.Rest.Lost, res.Rest.Finished)
	}
}

// TestContinueCutBeforeMark: a part that is cut short before its source has
// marked does not send the next one back to the beginning.
func TestContinueCutBeforeMark(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	src := steps{n: 2, length: 1000, pause: func(int, int) bool { cancel(engine.ErrTimeLimit); return true }}
	g := d4.NewGraph("before a mark")
	s := d4.Add(g, "source", func() *steps { s := src; return &s }, d4.Instances(2))
	w := d4.Add(g, "sums", newSums(2, 60))
	d4.Connect(g, s.Out, w.In)
	d4.Connect(g, w.Out, d4.Add(g, "sink", newStateless(func(int) {})).In)
	plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := []rundir.Position{{PE: "source", Split: "split0", At: []byte("121")}, {PE: "source", Split: "split1", At: []byte("125")}}
	res, err := engine.Run(ctx, engine.Config{Plan: plan, Positions: at, Rest: &rundir.Rest{Until: map[string]int64{"sums": 180}}})
	if !errors.Is(err, engine.ErrTimeLimit) || len(res.Rest.Lost) > 0 || fmt.Sprint(res.Positions) != fmt.Sprint(at) {
		t.Errorf("%v, lost %q, positions %s, expected %s", err, res.Rest.Lost, res.Positions, at)
	}
}

// TestContinueRankDone: a rank whose sources had ended, and that had said so
// before time was up, does not begin again.
func TestContinueRankDone(t *testing.T) {
	const n, length = 2, 100
	all := &list{}
	var cfg engine.Config
	for part := range 2 {
		ctx, cancel := context.WithCancelCause(t.Context())
		src := steps{n: n, length: length, pause: func(instance, step int) bool {
			return part == 0 && instance == 0 && step == length/2
		}}
		g := d4.NewGraph("done")
		s := d4.Add(g, "source", func() *steps { s := src; return &s }, d4.Instances(2))
		z := d4.Add(g, "sink", newStateless(func(v int) { all.add(v) }), d4.Instances(2))
		d4.Connect(g, s.Out, z.In)
		plan, err := partition.Make(g, partition.Ranks(2, 1), partition.Options{Fuse: partition.All})
		if err != nil {
			t.Fatal(err)
		}
		if on := plan.Chains[0].Ranks; len(plan.Chains) != 1 || !slices.Equal(on, []int{0, 1}) {
			t.Fatalf("the stages are on %v, expected one on each rank", on)
		}
		cfg.Plan = plan
		res, err := runAll(t, ctx, local.New(2), cfg, func(rank int, c *engine.Config) {
			if part == 0 && rank == 1 { // it says what it has used when it has made its account
				c.Used = func() (float64, int64) { cancel(engine.ErrTimeLimit); return 0, 0 }
			}
		})
		cancel(nil)
		if part == 0 && !errors.Is(err, engine.ErrTimeLimit) || part == 1 && err != nil {
			t.Fatalf("part %d: %v", part, err)
		}
		cfg.Rest, cfg.Positions = res.Rest, res.Positions
	}
	if got := all.sorted(); !slices.Equal(got[1:], upTo(n*length-1, nil)) || got[0] != 0 {
		t.Errorf("%d items in all parts, expected each of %d once", len(got), n*length)
	}
	if len(cfg.Positions) > 0 {
		t.Errorf("positions %v of a run that is complete", cfg.Positions)
	}
}

// told is a source of one split that is asked where it is when its rank gives
// its account.
type told struct {
	d4.Base
	Out d4.Out[int]
	at  func()
}

func (s *told) Next() error                  { return io.EOF }
func (s *told) Splits() []string             { return []string{"a", "b"} }
func (s *told) Position(int) ([]byte, error) { s.at(); return nil, nil }
func (s *told) Seek(int, []byte) error       { return nil }

// TestStopTooLate: where time is up when all ranks have made their accounts, the
// run is complete, and every rank says so.
func TestStopTooLate(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var asked atomic.Int32
	g := d4.NewGraph("late")
	d4.Add(g, "source", func() *told { // one on each rank
		return &told{at: func() {
			if asked.Add(1) < 2 {
				return
			}
			cancel(engine.ErrTimeLimit)
			for range 1000 { // who hears of it may say so
				runtime.Gosched()
			}
		}}
	}, d4.Instances(2))
	plan, err := partition.Make(g, partition.Ranks(2, 1), partition.Options{Fuse: partition.Off})
	if err != nil {
		t.Fatal(err)
	}
	res, err := runAll(t, ctx, local.New(2), engine.Config{Plan: plan}, nil)
	if err != nil || res.Partial || asked.Load() != 2 {
		t.Errorf("%v, partial %v, asked %d times", err, res.Partial, asked.Load())
	}
}
