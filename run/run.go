// Package run is the one way in which the command line, tests and programs of
// users run a graph.
//
// Graph runs one on a mapping and leaves a run directory where one is asked
// for. Main wraps a program around it: signals stop sources or end the run, and
// errors become exit codes.
package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"sync"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/transport"
)

// Options of a run; the zero value runs on all cores of this process.
type Options struct {
	Name      string // of the run; the graph's if empty
	Mapping   string // "", "auto" or "local"
	Ranks     int    // to play in this process; 0 means 1
	Cores     int    // of each rank; 0 means all there are, shared by the ranks
	Fuse      partition.Fuse
	Memory    int64 // bytes of items on their way for each rank; 0 means the default
	Seed      uint64
	TimeLimit time.Duration // 0: none
	NoDigest  bool
	Check     bool

	Dir     bool   // leave a run directory
	DirPath string // where; empty for runs/NAME-TIME
	Record  rundir.Run
	Level   slog.Leveler
	// Watch is called every second or so with the items that each PE has had.
	Watch func(items map[string]uint64, elapsed time.Duration)
}

// A Result is what a run came to.
type Result struct {
	*engine.Result
	Summary map[string]any // what PEs had to say of the whole
	Dir     string         // the run directory, if there is one
	Wall    time.Duration
}

// A Summarizer is a PE on rank 0 that has something to say of the whole run.
type Summarizer interface{ Summary() map[string]any }

// ErrUsage is wrapped by errors that are the caller's, found before the run.
var ErrUsage = errors.New("cannot run")

// Plan makes the plan that Graph would run.
func Plan(g *d4.Graph, o Options) (*partition.Plan, error) {
	ranks := max(o.Ranks, 1)
	p, err := partition.Make(g, partition.Ranks(ranks, coresOf(o)), partition.Options{Fuse: o.Fuse, Budget: o.Memory})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUsage, err)
	}
	return p, nil
}

func coresOf(o Options) int {
	if o.Cores > 0 {
		return o.Cores
	}
	return max(1, runtime.GOMAXPROCS(0)/max(o.Ranks, 1))
}

// Graph runs a graph. The error is nil, a *engine.Failure, or wraps ErrUsage,
// engine.ErrInterrupted or engine.ErrTimeLimit; with all but ErrUsage there is
// a result, which may be partial.
func Graph(ctx context.Context, g *d4.Graph, o Options) (*Result, error) {
	switch o.Mapping {
	case "", "auto", "local":
	default:
		return nil, fmt.Errorf("%w: there is no mapping %q in this program; there is local", ErrUsage, o.Mapping)
	}
	plan, err := Plan(g, o)
	if err != nil {
		return nil, err
	}
	if !o.Dir {
		for i, e := range g.Elements {
			if _, ok := e.Proto.(d4.OutputWriter); ok {
				return nil, fmt.Errorf("%w: %s writes outputs, which needs a run directory", ErrUsage, g.Elements[i].Name)
			}
		}
	}
	cfg := engine.Config{Plan: plan, Seed: max(o.Seed, 1), Digest: !o.NoDigest, Check: o.Check}
	if o.Cores > 0 {
		cfg.Cores = o.Cores
	}
	var dir *rundir.Dir
	lives := &lives{}
	if o.Dir {
		if dir, err = start(plan, &o, lives); err != nil {
			return nil, err
		}
		cfg.Log = slog.New(dir.Log(o.Level))
		cfg.Folder = dir.Outputs()
	}
	cfg.Watch = lives.add
	if o.TimeLimit > 0 {
		limited, cancel := context.WithCancelCause(ctx)
		timer := time.AfterFunc(o.TimeLimit, func() { cancel(engine.ErrTimeLimit) })
		defer timer.Stop()
		defer cancel(nil)
		ctx = limited
	}
	began := time.Now()
	stop := watch(o.Watch, lives, plan.Graph, began)
	res, err := ranks(ctx, cfg, max(o.Ranks, 1))
	stop()
	out := &Result{Result: res, Summary: map[string]any{}, Wall: time.Since(began)}
	if res == nil {
		out.Result = &engine.Result{Plan: plan}
	}
	for _, e := range g.Elements {
		if s, ok := out.PE(e.Proto).(Summarizer); ok && err == nil {
			maps.Copy(out.Summary, s.Summary())
		}
	}
	if dir != nil {
		out.Dir = dir.Path()
		if end := finish(dir, out, err); end != nil && err == nil {
			err = end
		}
	}
	return out, err
}

// ranks runs all ranks of the plan in this process.
func ranks(ctx context.Context, cfg engine.Config, n int) (*engine.Result, error) {
	if n == 1 {
		return engine.Run(ctx, cfg)
	}
	ends := local.New(n)
	results, errs := make([]*engine.Result, n), make([]error, n)
	var wg sync.WaitGroup
	for k, end := range ends {
		c := cfg
		c.Transport = transport.Transport(end)
		wg.Go(func() { results[k], errs[k] = engine.Run(ctx, c) })
	}
	wg.Wait()
	for k, err := range errs { // rank 0 has the first cause, if it heard of one
		var f *engine.Failure
		if errors.As(err, &f) && f.PE != "" {
			return results[0], errs[k]
		}
	}
	return results[0], errs[0]
}

// start makes the run directory.
func start(plan *partition.Plan, o *Options, l *lives) (*rundir.Dir, error) {
	name := o.Name
	if name == "" {
		name = plan.Graph.Name
	}
	dir, err := rundir.Create(o.DirPath, time.Now(), name, "")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUsage, err)
	}
	digest := plan.Digest()
	rec := o.Record
	rec.Name, rec.Plan, rec.PlanDigest = name, plan.String(), fmt.Sprintf("%x", digest)
	rec.Mapping, rec.Ranks, rec.Seed = "local", len(plan.Ranks), max(o.Seed, 1)
	for _, r := range plan.Ranks {
		rec.Cores += r.Cores
	}
	rec.Command = os.Args
	return dir, dir.Start(rec, func(r *rundir.Run) { r.Items = l.items(plan.Graph) })
}

// finish writes the last state of the run directory.
func finish(dir *rundir.Dir, out *Result, err error) error {
	return dir.End(out.Rows, out.Errors, func(r *rundir.Run) {
		r.State = rundir.Complete
		switch {
		case errors.Is(err, engine.ErrInterrupted), errors.Is(err, engine.ErrTimeLimit):
			r.State = rundir.Partial
		case err != nil:
			r.State = rundir.Failed
		}
		if err != nil {
			r.Cause = err.Error()
		}
		r.Result.Sinks, r.Result.Summary = out.Sinks, out.Summary
		r.Positions = out.Positions
	})
}

// lives are the ranks that can be looked at.
type lives struct {
	mu  sync.Mutex
	all []*engine.Live
}

func (l *lives) add(x *engine.Live) {
	l.mu.Lock()
	l.all = append(l.all, x)
	l.mu.Unlock()
}

func (l *lives) items(g *d4.Graph) map[string]uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	items := map[string]uint64{}
	for _, x := range l.all {
		for at, n := range x.Items() {
			items[g.Elements[at].Name] += n
		}
	}
	return items
}

func watch(f func(map[string]uint64, time.Duration), l *lives, g *d4.Graph, began time.Time) (stop func()) {
	if f == nil {
		return func() {}
	}
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		beat := time.NewTicker(time.Second)
		defer beat.Stop()
		for {
			select {
			case <-beat.C:
				f(l.items(g), time.Since(began))
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-gone }
}
