package engine_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/engine/enginetest"
	"github.com/dispel4go/dispel4go/internal/sim"
	"github.com/dispel4go/dispel4go/partition"
)

var (
	simSeed  = flag.Uint64("seed", 0, "play the one schedule of this seed again")
	simSteps = flag.Int("steps", 1_000_000, "schedule steps to play in all")
)

// world is one schedule: how many ranks, what transport, what happens.
type world struct {
	seed  uint64
	ranks int
	fuse  partition.Fuse
	pack  engine.Compress
	opts  sim.Options
}

func newWorld(seed uint64) world {
	rng := rand.New(rand.NewPCG(seed, 2))
	w := world{seed: seed, ranks: 1 + rng.IntN(5), fuse: partition.Fuse(rng.IntN(3))}
	w.opts.Parts = rng.IntN(2) == 0
	w.opts.OneWay = rng.IntN(4) == 0
	if w.ranks > 1 && rng.IntN(5) == 0 {
		w.opts.Crash = 1 + rng.IntN(500)
		w.opts.CrashRank = rng.IntN(w.ranks)
	}
	w.opts.Spin = time.Duration(rng.IntN(2)) // half of them
	w.pack = engine.Compress(rng.IntN(5))
	return w
}

func (w world) String() string {
	return fmt.Sprintf("-seed %d: %d ranks, fuse %s, compress %s, %+v", w.seed, w.ranks, w.fuse, w.pack, w.opts)
}

// run plays the schedule and returns how many steps it had.
func (w world) run(t testing.TB, ctx context.Context, g *d4.Graph) (res *engine.Result, steps int, err error) {
	plan, err := partition.Make(g, partition.Ranks(w.ranks, 1), partition.Options{Fuse: w.fuse, Budget: 256 << 10})
	if err != nil {
		t.Fatal(err)
	}
	if w.opts.Tasks = w.ranks; w.ranks == 1 {
		w.opts.Tasks = plan.Stages()
	}
	s := sim.NewWorld(w.seed, w.ranks, w.opts)
	cfg := engine.Config{Plan: plan, Scheduler: s, Compress: w.pack, Seed: 1, Digest: true, Check: true}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if w.ranks == 1 {
			res, err = engine.Run(ctx, cfg)
		} else {
			res, err = runAll(t, ctx, s.Transports(), cfg, nil)
		}
	}()
	select {
	case <-done:
	case <-s.Stuck():
		t.Fatalf("%s: graph %s hangs: %s", w, g.Name, s.Hung())
	}
	return res, s.Steps(), err
}

// graphOf is the graph that a schedule plays: one of the shapes in turn, or a
// random one.
func graphOf(seed uint64) *d4.Graph {
	if seed%2 == 0 {
		return enginetest.Small(enginetest.Shape(int(seed / 2)))
	}
	return enginetest.Small(enginetest.Random(rand.New(rand.NewPCG(seed, 3)), nil))
}

// TestSchedules plays random schedules over graphs of every shape and random
// ones: none may hang, and results are those of the oracle unless a rank has
// vanished.
func TestSchedules(t *testing.T) {
	steps, runs, crashed := 0, 0, 0
	for seed := uint64(1); steps < *simSteps; seed++ {
		if *simSeed != 0 {
			seed = *simSeed
		}
		w, g := newWorld(seed), graphOf(seed)
		res, n, err := w.run(t, t.Context(), g)
		steps += n
		runs++
		var f *engine.Failure
		switch {
		case err == nil:
			enginetest.Compare(t, res)
		case w.opts.Crash > 0 && errors.As(err, &f):
			crashed++
		default:
			t.Errorf("%v", err)
		}
		if t.Failed() {
			t.Fatalf("%s: graph %s", w, g.Name)
		}
		if *simSeed != 0 {
			return
		}
	}
	t.Logf("%d steps in %d schedules, in %d of them a rank vanished", steps, runs, crashed)
}

// TestSchedulesOfRandomFailures has a PE fail over one of its items in graphs
// without end: the run fails because of it and of nothing else.
func TestSchedulesOfRandomFailures(t *testing.T) {
	for seed := uint64(1); seed < 200; seed++ {
		w, rng := newWorld(seed), rand.New(rand.NewPCG(seed, 4))
		w.opts.Crash = 0
		var got atomic.Int64
		at := 1 + rng.Int64N(60)
		_, _, err := w.run(t, t.Context(), enginetest.Random(rng, func() error {
			if got.Add(1) >= at {
				return errors.New("this was planned")
			}
			return nil
		}))
		var f *engine.Failure
		if !errors.As(err, &f) || f.Text != "this was planned" {
			t.Fatalf("%s: expected the failure that was planned, got %v", w, err)
		}
	}
}

// TestSchedulesOfInterrupts stops graphs without end, by interrupt or time
// limit: all streams end, Finish and all in the one case, cut in the other.
func TestSchedulesOfInterrupts(t *testing.T) {
	for seed := uint64(1); seed < 200; seed++ {
		w, rng := newWorld(seed), rand.New(rand.NewPCG(seed, 5))
		w.opts.Crash = 0
		w.opts.OneWay = false // there the mapping stops a run
		want := engine.ErrInterrupted
		if rng.IntN(2) == 0 {
			want = engine.ErrTimeLimit
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		var got atomic.Int64
		at := 1 + rng.Int64N(60)
		res, _, err := w.run(t, ctx, enginetest.Random(rng, func() error {
			if got.Add(1) == at {
				cancel(want)
			}
			return nil
		}))
		cancel(nil)
		if !errors.Is(err, want) || !res.Partial {
			t.Fatalf("%s: expected %v, got %v", w, want, err)
		}
		for _, row := range res.Rows {
			if row.Ended != (want == engine.ErrInterrupted) {
				t.Fatalf("%s: %s[%d]: ended is %t after %v", w, row.PE, row.Index, row.Ended, err)
			}
		}
	}
}

// TestSchedulesAreReplayed plays schedules twice: equal seeds take equal steps.
func TestSchedulesAreReplayed(t *testing.T) {
	for seed := uint64(1); seed < 40; seed++ {
		w := newWorld(seed)
		w.opts.Crash = 0
		_, first, err := w.run(t, t.Context(), graphOf(seed))
		_, second, again := w.run(t, t.Context(), graphOf(seed))
		if err != nil || again != nil {
			t.Fatalf("%s: %v, %v", w, err, again)
		}
		if first != second {
			t.Errorf("%s: %d steps, then %d", w, first, second)
		}
	}
}

// TestSchedulesOfFailures plays graphs in which a PE fails: the cause is found
// on rank 0 whatever the order of things.
func TestSchedulesOfFailures(t *testing.T) {
	for seed := uint64(1); seed < 150; seed++ {
		w := newWorld(seed)
		w.opts.Crash = 0
		_, _, err := w.run(t, t.Context(), enginetest.Failing(int(seed)))
		var f *engine.Failure
		if !errors.As(err, &f) {
			t.Fatalf("%s: expected a failure, got %v", w, err)
		}
	}
}
