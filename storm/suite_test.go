package storm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/engine/enginetest"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/transport"
)

// runFake runs a plan on a fake cluster, every stage in this process. watch is
// given each end; it may be nil.
func runFake(t testing.TB, ctx context.Context, plan *partition.Plan, cfg engine.Config, watch func(*End)) (*engine.Result, *fakeStorm, error) {
	t.Helper()
	var mu sync.Mutex
	var work sync.WaitGroup
	results, errs := make([]*engine.Result, len(plan.Ranks)), make([]error, len(plan.Ranks))
	ready := make(chan struct{}) // closed when there is a cluster
	var f *fakeStorm
	start := func(Component) (io.WriteCloser, io.ReadCloser, error) {
		stdin, stdout, in, out := pipes()
		work.Go(func() {
			child, err := Adopt(in, out)
			<-ready
			if f.over() {
				return // it was killed before it had begun
			}
			if err != nil {
				t.Error(err)
				return
			}
			end, err := child.Begin(plan, func(error) { f.end(nil) }) // the submitter kills the topology
			if err != nil {
				t.Error(err)
				f.end(nil)
				return
			}
			if watch != nil {
				watch(end)
			}
			c := cfg
			c.Plan, c.Transport = plan, end
			res, err := engine.Run(ctx, c)
			mu.Lock()
			results[end.Rank()], errs[end.Rank()] = res, err
			mu.Unlock()
		})
		return stdin, stdout, nil
	}
	f, err := newFakeStorm(Render(plan, "program", Arg), map[string]any{}, start)
	if err != nil {
		t.Fatal(err)
	}
	close(ready)
	f.begin()
	work.Wait()
	if err := f.wait(); err != nil {
		t.Error(err)
	}
	var failed error
	for _, err := range errs {
		var failure *engine.Failure
		if errors.As(err, &failure) && (failed == nil || failure.PE != "") {
			failed = failure
		} else if failed == nil {
			failed = err
		}
	}
	if failed != nil {
		return nil, f, failed
	}
	return enginetest.Join(results), f, nil
}

// TestSuite runs the engine's suite on a cluster of pipes.
func TestSuite(t *testing.T) {
	for _, fuse := range []partition.Fuse{partition.Off, partition.All} {
		t.Run(fmt.Sprint("fuse ", fuse), func(t *testing.T) {
			enginetest.Run(t, func(t testing.TB, ctx context.Context, g *d4.Graph) (*engine.Result, error) {
				p, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{Fuse: fuse, Budget: 1 << 20})
				res, _, err := runFake(t, ctx, planFor(t, p, err), engine.Config{Seed: 1, Digest: true, Check: true}, nil)
				return res, err
			})
		})
	}
}

// TestGoneEarly: a child that begins when Storm is gone already learns of it too.
func TestGoneEarly(t *testing.T) {
	p, err := partition.Make(heavy(1, 1, nil), partition.Ranks(1, 1), partition.Options{Fuse: partition.Off})
	plan := planFor(t, p, err)
	var f *fakeStorm
	var work sync.WaitGroup
	start := func(Component) (io.WriteCloser, io.ReadCloser, error) {
		stdin, stdout, in, out := pipes()
		work.Go(func() {
			child, err := Adopt(in, out)
			f.end(nil)
			if err != nil {
				return // one of the others was faster
			}
			<-child.Gone()
			end, err := child.Begin(plan, func(error) {})
			if err != nil {
				t.Error(err)
				return
			}
			var gone *transport.AbortError
			if _, err := end.Poll(nil, true); !errors.As(err, &gone) {
				t.Errorf("rank %d is told %v", end.Rank(), err)
			}
		})
		return stdin, stdout, nil
	}
	if f, err = newFakeStorm(Render(plan, "program", Arg), map[string]any{}, start); err != nil {
		t.Fatal(err)
	}
	f.begin()
	work.Wait()
	f.wait()
}

// heavy is a chain of a source, a PE that makes much of little, and a sink that
// takes nothing before the gate is open.
func heavy(each, size int, gate <-chan struct{}) *d4.Graph {
	g := d4.NewGraph("heavy")
	s := d4.Add(g, "source", func() *source { return &source{} }, d4.Instances(1), d4.Calls(2))
	m := d4.Add(g, "more", func() *more {
		m := &more{}
		m.In = d4.Input(func(int) error {
			for range each {
				m.Out.Emit(make([]byte, size))
			}
			return nil
		})
		return m
	}, d4.Instances(1))
	z := d4.Add(g, "sink", func() *sink {
		z := &sink{}
		z.In = d4.Input(func([]byte) error { <-gate; return nil })
		return z
	}, d4.Instances(1))
	d4.Connect(g, s.Out, m.In)
	d4.Connect(g, m.Out, z.In)
	return g
}

type source struct {
	d4.Base
	Out d4.Out[int]
}

func (s *source) Next() error { s.Out.Emit(1); return nil }

type more struct {
	d4.Base
	In  d4.In[int]
	Out d4.Out[[]byte]
}

type sink struct {
	d4.Base
	In d4.In[[]byte]
}

// TestBackPressure: behind a sink that takes nothing, a bolt that emits without
// end stops, though Storm itself would take all of it. So does what is
// delivered to the sink. A frame of many pieces is no exception.
func TestBackPressure(t *testing.T) {
	for _, size := range []int{60 << 10, 1 << 20} {
		const all = 64 << 20 // bytes; several times what may be on its way
		gate := make(chan struct{})
		g := heavy(all/size, size, gate)
		p, err := partition.Make(g, partition.Ranks(1, 1), partition.Options{Fuse: partition.Off, Budget: 1 << 20})
		plan := planFor(t, p, err)
		ends := make([]*End, len(plan.Ranks))
		var begun sync.WaitGroup
		begun.Add(len(ends))
		held := 0
		go func() { // opens the gate when nothing moves any more
			begun.Wait()
			bolt, last := ends[1], ends[2]
			for done := false; !done; runtime.Gosched() {
				bolt.mu.Lock()
				done = bolt.starved() && bolt.refused && len(bolt.leaving) > 0 || bolt.closed
				bolt.mu.Unlock()
			}
			last.mu.Lock()
			held = last.holding + last.queued
			last.mu.Unlock()
			close(gate)
		}()
		res, f, err := runFake(t, t.Context(), plan, engine.Config{Seed: 1}, func(e *End) { ends[e.rank] = e; begun.Done() })
		if err != nil {
			t.Fatal(err)
		}
		if items := res.Sinks["sink"].Items; items != 2*uint64(all/size) {
			t.Errorf("items of %d bytes: %d arrived, of %d", size, items, 2*(all/size))
		}
		// What one tick allows, and what was written before it was heard.
		if most := f.most * min(size, maxPiece); most > 2*sendRate(plan)+4*maxPiece {
			t.Errorf("items of %d bytes: Storm has had to keep %d bytes for the bolt", size, most)
		}
		if bound := int(min(max(plan.Bound(2), 64<<10), maxHeld)) + maxArrived + 2*(size+1<<17); held > bound {
			t.Errorf("items of %d bytes: the sink's rank holds %d bytes", size, held)
		}
	}
}
