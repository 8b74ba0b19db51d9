package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
)

// steps is a source of numbers in time: in each step every split has one, whose
// time is that of the step, and then it marks.
type steps struct {
	d4.Base
	Out    d4.Out[int]
	n      int                           // splits
	length int                           // steps
	every  int                           // only each so many steps is marked
	pause  func(instance, step int) bool // whether to wait here for the end of time
	info   *d4.Instance
	at     []int
}

func (s *steps) Open(i *d4.Instance) error {
	s.info, s.at = i, make([]int, s.n)
	return nil
}

func (s *steps) Splits() (names []string) {
	for k := range s.n {
		names = append(names, fmt.Sprint("split", k))
	}
	return names
}

func (s *steps) Next() error {
	step := s.length
	for k := s.info.Index; k < s.n; k += s.info.Count {
		step = min(step, s.at[k])
	}
	switch {
	case step == s.length:
		return io.EOF
	case s.pause != nil && s.pause(s.info.Index, step):
		return d4.Wait(nil)
	}
	for k := s.info.Index; k < s.n; k += s.info.Count {
		s.at[k]++
		s.Out.Emit(step*s.n + k)
	}
	if (step+1)%max(s.every, 1) == 0 {
		s.Out.Mark(d4.Time(step + 1))
	}
	return nil
}

func (s *steps) Position(k int) ([]byte, error) {
	return strconv.AppendInt(nil, int64(s.at[k]), 10), nil
}
func (s *steps) Seek(k int, position []byte) (err error) {
	s.at[k], err = strconv.Atoi(string(position))
	return err
}

// sums is a PE that keeps back: the sum of all numbers in each period of so many
// steps, emitted when the period is over.
type sums struct {
	d4.Base
	In     d4.In[int]
	Out    d4.Out[int]
	n      d4.Time // numbers in a step
	period d4.Time // steps
	done   d4.Time
	sums   map[d4.Time]int
}

func newSums(n, period int) func() *sums {
	return func() *sums {
		s := &sums{n: d4.Time(n), period: d4.Time(period), sums: map[d4.Time]int{}}
		s.In = d4.InputBy(func(v int) error {
			if at := d4.Time(v) / s.n; at >= s.done {
				s.sums[at/s.period] += v
			}
			return nil
		}, func(v int) int { return v })
		return s
	}
}

func (s *sums) Advance(t d4.Time) (d4.Time, error) {
	for _, k := range slices.Sorted(maps.Keys(s.sums)) {
		if (k+1)*s.period <= t {
			s.Out.Emit(int(k)<<32 + s.sums[k])
			delete(s.sums, k)
		}
	}
	s.done = max(s.done, t/s.period*s.period)
	return min(t, s.done), nil
}

func (s *sums) Finish() error               { _, err := s.Advance(d4.Forever / 2); return err }
func (s *sums) Suspend() (d4.Time, error)   { return s.done, nil }
func (s *sums) Continue(done d4.Time) error { s.done = done; return nil }

// stateless passes numbers on, and counts them for the test.
type stateless struct {
	d4.Stateless
	In  d4.In[int]
	Out d4.Out[int]
}

func newStateless(see func(int)) func() *stateless {
	return func() *stateless {
		s := &stateless{}
		s.In = d4.Input(func(v int) error { see(v); s.Out.Emit(v); return nil })
		return s
	}
}

// inParts runs a graph that make makes of a source: it is cut short again and
// again, when the instances of the source have come to different steps, and
// continued on other ranks. It returns what reached the sink in all parts.
func inParts(t *testing.T, parts int, src steps, makeGraph func(src func() *steps, sink func(int)) *d4.Graph) *list {
	t.Helper()
	var cuts []int
	for part := range parts {
		cuts = append(cuts, (part+1)*src.length/(parts+1))
	}
	return cutAt(t, cuts, src, makeGraph)
}

// cutAt is inParts for parts that are cut short at these steps.
func cutAt(t *testing.T, cuts []int, src steps, makeGraph func(src func() *steps, sink func(int)) *d4.Graph) *list {
	t.Helper()
	parts := len(cuts)
	all := &list{}
	var rest *rundir.Rest
	var positions []rundir.Position
	for part := range parts + 1 {
		ctx, cancel := context.WithCancelCause(t.Context())
		mine := src
		mine.pause = func(instance, step int) bool {
			if part == parts || step != cuts[part]+7*instance {
				return false
			}
			if instance == 0 {
				cancel(engine.ErrTimeLimit)
			}
			return true
		}
		g := makeGraph(func() *steps { s := mine; return &s }, func(v int) { all.add(v) })
		ranks := 1 + part%3
		plan, err := partition.Make(g, partition.Ranks(ranks, 2), partition.Options{Budget: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		cfg := engine.Config{Plan: plan, Rest: rest, Positions: positions}
		var res *engine.Result
		if ranks == 1 {
			res, err = engine.Run(ctx, cfg)
		} else {
			res, err = runAll(t, ctx, local.New(ranks), cfg, nil)
		}
		cancel(nil)
		switch {
		case part < parts && !errors.Is(err, engine.ErrTimeLimit), part == parts && err != nil:
			t.Fatalf("part %d: %v", part, err)
		case part < parts && len(res.Rest.Lost) > 0:
			t.Fatalf("part %d: lost %q", part, res.Rest.Lost)
		}
		rest, positions = res.Rest, res.Positions
	}
	return all
}

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

// forgetful is stateless but for instance 1, which cannot say what it keeps.
type forgetful struct {
	stateless
	index int
}

func (f *forgetful) Open(i *d4.Instance) error { f.index = i.Index; return nil }
func (f *forgetful) Suspend() (d4.Time, error) {
	if f.index == 1 {
		return 0, errors.New("it has forgotten")
	}
	return d4.Forever, nil
}

// unopened is a source that knows nothing before Open, which fails on instance 0.
type unopened struct {
	steps
	stopped bool // it is opened when the run has been stopped
	t       *testing.T
}

func (u *unopened) Open(i *d4.Instance) error {
	if u.stopped {
		<-i.Context().Done()
	}
	if i.Index == 0 {
		return errors.New("there is nothing here")
	}
	return u.steps.Open(i)
}

func (u *unopened) Splits() []string {
	if u.info == nil {
		u.t.Error("asked for its splits, but it has not been opened")
	}
	return u.steps.Splits()
}

// TestFailedSourcesAreNotAsked: nobody goes on from a run that failed, whether
// it had been stopped before or not.
func TestFailedSourcesAreNotAsked(t *testing.T) {
	for _, ranks := range []int{1, 2} {
		for _, stopped := range []bool{false, true} {
			ctx, cancel := context.WithCancelCause(t.Context())
			g := d4.NewGraph("failed")
			s := d4.Add(g, "source", func() *unopened { return &unopened{steps{n: 2, length: 1 << 40}, stopped, t} }, d4.Instances(2))
			d4.Connect(g, s.Out, d4.Add(g, "sink", newStateless(func(int) {})).In)
			plan, err := partition.Make(g, partition.Ranks(ranks, 2), partition.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if stopped {
				cancel(engine.ErrTimeLimit)
			}
			cfg := engine.Config{Plan: plan}
			if ranks == 1 {
				_, err = engine.Run(ctx, cfg)
			} else {
				_, err = runAll(t, ctx, local.New(ranks), cfg, nil)
			}
			cancel(nil)
			if err == nil || !strings.Contains(err.Error(), "there is nothing here") {
				t.Errorf("%d ranks, stopped %t: expected what Open said, got %v", ranks, stopped, err)
			}
		}
	}
}

// TestCannotContinue: what would be lost, or come twice, is named.
func TestCannotContinue(t *testing.T) {
	pass := func(int) {}
	for name, c := range map[string]struct {
		graph func(g *d4.Graph, stop func(int))
		want  string
	}{
		"a PE that does not say": {func(g *d4.Graph, stop func(int)) {
			s := d4.Add(g, "source", func() *steps { return &steps{n: 1, length: 1 << 40} })
			d4.Connect(g, s.Out, d4.Add(g, "keeps", through(func(_ *step, v int) error { stop(v); return nil })).In)
		}, "keeps: what it keeps until its streams end would be lost"},
		"one instance of several": {func(g *d4.Graph, stop func(int)) {
			s := d4.Add(g, "source", func() *steps { return &steps{n: 1, length: 1 << 40} })
			d4.Connect(g, s.Out, d4.Add(g, "keeps", func() *forgetful {
				f := &forgetful{}
				f.In = d4.Input(func(v int) error { stop(v); return nil })
				return f
			}, d4.Instances(3)).In)
		}, "keeps: it has forgotten"},
		"a source": {func(g *d4.Graph, stop func(int)) {
			s := d4.Add(g, "endless", from(endless))
			d4.Connect(g, s.Out, d4.Add(g, "sink", newStateless(stop)).In)
		}, "endless: it is a source that cannot go on where it was"},
		"a sink beside a window": {func(g *d4.Graph, stop func(int)) {
			s := d4.Add(g, "source", func() *steps { return &steps{n: 1, length: 1 << 40} })
			d4.Connect(g, s.Out, d4.Add(g, "beside", newStateless(stop)).In)
			w := d4.Add(g, "sums", newSums(1, 1<<40))
			d4.Connect(g, s.Out, w.In)
			d4.Connect(g, w.Out, d4.Add(g, "sink", newStateless(pass)).In)
		}, "beside: it would get again what it has had from source"},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		g := d4.NewGraph(name)
		c.graph(g, func(v int) {
			if v == 100 {
				cancel(engine.ErrTimeLimit)
			}
		})
		plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := engine.Run(ctx, engine.Config{Plan: plan})
		if !errors.Is(err, engine.ErrTimeLimit) || strings.Join(res.Rest.Lost, "; ") != c.want {
			t.Errorf("%s: %v, lost %q, expected %q", name, err, res.Rest.Lost, c.want)
		}
		cancel(nil)
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

// rewound is a source of numbers with a second output, at which each tenth step comes once.
type rewound struct {
	steps
	Once10 d4.Out[int]
	told   int // steps before this have been there
}

func (r *rewound) Unrepeatable() []string { return []string{"once10"} }

func (r *rewound) Next() error {
	step := r.at[0]
	err := r.steps.Next()
	if err == nil && step%10 == 0 && step >= r.told {
		r.Once10.Emit(step)
	}
	return err
}

// Position tells besides how far it has ever been: a part may end before where it began.
func (r *rewound) Position(k int) ([]byte, error) {
	return fmt.Appendf(nil, "%d %d", r.at[k], max(r.at[k], r.told)), nil
}

func (r *rewound) Rewind(k int, position, last []byte) error {
	_, err := fmt.Sscan(string(position), &r.at[k])
	var at int
	_, failed := fmt.Sscan(string(last), &at, &r.told)
	return errors.Join(err, failed)
}

// TestContinueOnce: where windows send a source back, an output whose items do not come
// again has each once, and needs no marks, also where a part ends before it has come to
// where the one before was; a window behind it is told that it cannot be.
func TestContinueOnce(t *testing.T) {
	const length, period = 2400, 60
	aside := &list{}
	all := cutAt(t, []int{480, 1045, 1025, 1041, 1920}, steps{n: 1, length: length}, func(src func() *steps, sink func(int)) *d4.Graph {
		g := d4.NewGraph("once")
		s := d4.Add(g, "source", func() *rewound { return &rewound{steps: *src()} })
		w := d4.Add(g, "sums", newSums(1, period), d4.Instances(2))
		z, a := d4.Add(g, "sink", newStateless(sink)), d4.Add(g, "aside", newStateless(func(v int) { aside.add(v) }))
		d4.Connect(g, s.Out, w.In)
		d4.Connect(g, w.Out, z.In)
		d4.Connect(g, s.Once10, a.In)
		return g
	})
	sum := 0
	for _, v := range all.items {
		sum += v & (1<<32 - 1)
	}
	got := aside.sorted()
	for k := range got {
		got[k] /= 10
	}
	if sum != length*(length-1)/2 || len(got) != length/10 || got[0] != 0 || !slices.Equal(got[1:], upTo(length/10-1, nil)) {
		t.Errorf("the sum is %d, and aside are %d: %v", sum, len(got), got)
	}

	ctx, cancel := context.WithCancelCause(t.Context())
	g := d4.NewGraph("window aside")
	s := d4.Add(g, "source", func() *rewound { return &rewound{steps: steps{n: 1, length: 1 << 40}} })
	w := d4.Add(g, "sums", newSums(1, period))
	d4.Connect(g, s.Out, d4.Add(g, "sink", newStateless(func(v int) {
		if v == 100 {
			cancel(engine.ErrTimeLimit)
		}
	})).In)
	d4.Connect(g, s.Once10, w.In)
	plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := engine.Run(ctx, engine.Config{Plan: plan})
	cancel(nil)
	if want := "sums: it needs again what comes once, at the output once10 of source"; !errors.Is(err, engine.ErrTimeLimit) || !slices.Contains(res.Rest.Lost, want) {
		t.Errorf("%v, lost %q", err, res.Rest.Lost)
	}
}
