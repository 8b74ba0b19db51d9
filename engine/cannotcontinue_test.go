package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
)

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
