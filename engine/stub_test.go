package engine_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
)

// life is what the PEs of these tests have in common: every call can be set.
type life struct {
	open, finish, close func() error
	info                *d4.Instance
}

func (l *life) Open(i *d4.Instance) error { l.info = i; return maybe(l.open) }
func (l *life) Finish() error             { return maybe(l.finish) }
func (l *life) Close() error              { return maybe(l.close) }

func maybe(f func() error) error {
	if f == nil {
		return nil
	}
	return f()
}

// source is a PE that next makes a source. Call counts the calls, from 1.
type source struct {
	life
	Out  d4.Out[int]
	next func(s *source) error
	call int
}

func (s *source) Next() error { s.call++; return s.next(s) }

// from makes a source out of a function.
func from(next func(s *source) error, set ...func(*source)) func() *source {
	return func() *source {
		s := &source{next: next}
		for _, f := range set {
			f(s)
		}
		return s
	}
}

// numbers emits 1 to n.
func numbers(n int) func(*source) error {
	return func(s *source) error {
		if s.call > n {
			return io.EOF
		}
		s.Out.Emit(s.call)
		return nil
	}
}

// endless emits 1, 2, ... until it is stopped.
func endless(s *source) error { s.Out.Emit(s.call); return nil }

// step is a PE between streams.
type step struct {
	life
	In  d4.In[int]
	Out d4.Out[int]
}

func through(each func(s *step, v int) error, set ...func(*step)) func() *step {
	return func() *step {
		s := &step{}
		s.In = d4.Input(func(v int) error { return each(s, v) })
		for _, f := range set {
			f(s)
		}
		return s
	}
}

// pass passes items on.
func pass(s *step, v int) error { s.Out.Emit(v); return nil }

// list is what all instances of a sink have seen.
type list struct {
	mu    sync.Mutex
	items []int
}

func (l *list) add(v int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.items = append(l.items, v)
	return len(l.items)
}

func (l *list) sorted() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(slices.Values(l.items))
}

// into is a PE that keeps what it gets.
func (l *list) into(s *step, v int) error { l.add(v); return nil }

// chain joins a source, PEs and a sink, one instance each.
func chain(src func() *source, steps ...func() *step) *d4.Graph {
	g := d4.NewGraph("chain")
	out := d4.Add(g, "source", src, d4.Instances(1)).Out
	for k, f := range steps {
		s := d4.Add(g, fmt.Sprintf("step%d", k+1), f, d4.Instances(1))
		d4.Connect(g, out, s.In)
		out = s.Out
	}
	return g
}

// setting is one way to run a graph.
type setting struct {
	ranks, cores int
	fuse         partition.Fuse
	grace        time.Duration
	check        bool
}

func (s setting) String() string {
	return fmt.Sprintf("%d ranks, cores %d, fuse %s", s.ranks, s.cores, s.fuse)
}

// unhurried is the grace of runs in which no call is stuck: it does not matter
// to them how busy the machine is.
const unhurried = time.Minute

// everywhere runs a test under every setting.
func everywhere(t *testing.T, test func(t *testing.T, on setting)) {
	for ranks := 1; ranks <= 3; ranks++ {
		for _, cores := range []int{0, 1} {
			for _, fuse := range []partition.Fuse{partition.Off, partition.All, partition.Auto} {
				on := setting{ranks: ranks, cores: cores, fuse: fuse}
				t.Run(on.String(), func(t *testing.T) { test(t, on) })
			}
		}
	}
}

// run runs a graph, and sees to it that it leaves neither frames nor, unless
// calls are stuck, goroutines behind.
func (s setting) run(t testing.TB, ctx context.Context, g *d4.Graph) (*engine.Result, error) {
	t.Helper()
	plan, err := partition.Make(g, partition.Ranks(s.ranks, max(s.cores, 1)), partition.Options{Fuse: s.fuse, Budget: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	cfg := engine.Config{Plan: plan, Cores: s.cores, Seed: 1, Check: s.check, Grace: cmp.Or(s.grace, unhurried)}
	var res *engine.Result
	if s.ranks == 1 {
		res, err = engine.Run(ctx, cfg)
	} else {
		ends := local.New(s.ranks)
		res, err = runAll(t, ctx, ends, cfg, nil)
		for k, end := range ends {
			if n := end.(*local.End).Outstanding(); n != 0 && !(res != nil && res.Stuck) {
				t.Errorf("rank %d has %d frames outstanding", k, n)
			}
		}
	}
	if res != nil && res.Stuck {
		return res, err
	}
	// Those that have nothing to do any more need a turn to end, which takes a
	// while where the machine is busy.
	for until := time.Now().Add(unhurried); time.Now().Before(until); runtime.Gosched() {
		if runtime.NumGoroutine() <= before {
			return res, err
		}
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
	return res, err
}

// upTo returns 1 to n without what skip holds.
func upTo(n int, skip func(v int) bool) (all []int) {
	for v := 1; v <= n; v++ {
		if skip == nil || !skip(v) {
			all = append(all, v)
		}
	}
	return all
}
