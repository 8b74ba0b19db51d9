package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/internal/launch"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
)

// A Result is what a run came to.
type Result struct {
	*engine.Result
	Summary map[string]any // what PEs had to say of the whole
	Dir     string         // the run directory, if there is one
	// Total is what reached the sinks in all parts, where the run continued another.
	Total map[string]rundir.Sink
	Usage []rundir.Usage // what each rank has taken of its node
	Wall  time.Duration
	// Rank is this process's. Where it is not 0 the result is only its own
	// part, and the run directory is rank 0's affair.
	Rank int
	// Detached is the name of a topology that goes on without this program. There
	// is then no result yet but the plan.
	Detached string
}

// A Summarizer is a PE that has something to say of the whole run, by name and
// fit for JSON. It is asked when the run is over; instance 0 is, where it ran
// on rank 0. What two PEs call the same gets the PE's name before it.
type Summarizer interface{ Summary() map[string]any }

// Graph runs a graph. The error is nil, a *engine.Failure, or wraps ErrUsage,
// engine.ErrInterrupted or engine.ErrTimeLimit, or tells that the run directory
// could not be written. There is a result unless it wraps ErrUsage; it is
// partial where there is an error. Cancelling ctx stops sources and lets the
// rest finish.
func Graph(ctx context.Context, g *d4.Graph, o Options) (*Result, error) {
	if err := stuckIn(ctx); err != nil {
		return nil, err
	}
	l, err := launch.Current()
	if err != nil {
		return nil, Usage(err)
	}
	if o.Mapping, err = mapping(o.Mapping, l); err != nil {
		return nil, err
	}
	if err := mayWrite(g, o); err != nil {
		return nil, err
	}
	if o.Pilot > 0 {
		if err := pilot(ctx, g, &o); err != nil {
			return nil, err
		}
	}
	began := time.Now()
	if s := sessionOf(ctx); s != nil && s.child != nil {
		s.child.run(ctx, g, o)
	}
	if o.Mapping == "storm" {
		return onStorm(ctx, g, o, began)
	}
	var m *member // nil where all ranks are in this process
	if o.Mapping == "mpi" {
		if m, err = join(ctx, o); err != nil {
			return nil, err
		}
	}
	live := &live{graph: g}
	plan, dir, from, err := begin(g, &o, m, l.Job, began, live)
	if err != nil {
		return nil, err
	}
	cfg := engine.Config{Plan: plan, Cores: o.Cores, Seed: max(o.Seed, 1), Compress: o.Compress, Digest: !o.NoDigest, Check: o.Check, Log: o.Log, Watch: live.follow, Used: usedSince(),
		Rest: from.Rest, Positions: from.Positions, Grace: o.grace}
	switch {
	case dir != nil:
		cfg.Log, cfg.Folder = slog.New(dir.Log(o.Level)), dir.Outputs()
	case o.Dir: // rank 0 has made it
		cfg.Folder = rundir.NewOutputs(o.DirPath)
		if o.RankLogs {
			log, file, err := rundir.RankLog(o.DirPath, m.end.Rank(), o.Level)
			if err != nil {
				return nil, m.abandon(err)
			}
			defer file.Close()
			cfg.Log = slog.New(log)
		}
	}
	if m != nil {
		if m.end.Size() > 1 {
			cfg.Transport = m.end
			if cfg.Same, err = same(o); err != nil {
				return nil, unbegun(dir, m.abandon(err))
			}
		}
		if m.end.Rank() != 0 {
			o.Progress, cfg.Watch = nil, nil
		}
	}
	ctx, done := limited(ctx, o.TimeLimit)
	defer done()
	unwatch := show(o.Progress, live, began)
	res, err := ranks(ctx, cfg)
	unwatch()
	if res == nil { // it failed before there was anything to account for
		res = &engine.Result{Plan: plan}
	}
	out := &Result{Result: res, Wall: time.Since(began), Usage: live.usage()}
	if m != nil {
		out.Rank = m.end.Rank()
		err = errors.Join(err, m.end.Close(), m.leave())
	}
	if err == nil || errors.Is(err, engine.ErrInterrupted) {
		out.Summary = summary(g, func(e *d4.Element) map[string]any { return summaryOf(res.PE(e.Proto)) })
	}
	if dir != nil {
		out.Dir = dir.Path()
		if failed := finish(dir, out, err); err == nil {
			err = failed
		}
	}
	noteStuck(ctx, res, err)
	return out, err
}

// limited returns a context that ends when time is up; 0 is no limit.
func limited(ctx context.Context, limit time.Duration) (context.Context, func()) {
	if limit <= 0 {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(limit, func() { cancel(engine.ErrTimeLimit) })
	return ctx, func() { timer.Stop(); cancel(nil) }
}

// begin makes the plan, and the run directory if this is the rank for it.
// Over MPI rank 0 does both and tells the others.
func begin(g *d4.Graph, o *Options, m *member, jobID string, now time.Time, l *live) (plan *partition.Plan, dir *rundir.Dir, from former, err error) {
	first := m == nil || m.end.Rank() == 0
	switch {
	case m == nil:
		plan, err = Plan(g, *o)
	case first:
		plan, err = planOn(g, m.ranks, *o)
	}
	if err == nil && first && o.Continue != "" {
		from, err = find(o, jobID)
	}
	if err == nil && first && o.Dir {
		dir, err = create(plan, o, jobID, now)
	}
	if m != nil && o.Dir && m.nodes() > 1 {
		if err = m.reach(dir, err); err != nil {
			if dir != nil {
				os.RemoveAll(dir.Path())
			}
			return nil, nil, former{}, err
		}
		if first { // ranks that do not see the directory get other stages
			plan, err = planOn(g, m.ranks, *o)
		}
	}
	switch {
	case dir == nil:
	case err == nil:
		err = start(dir, plan, o, l)
	default:
		os.RemoveAll(dir.Path()) // we made it, and it would be no run directory
	}
	if err != nil {
		dir = nil
	}
	if m == nil {
		return plan, dir, from, err
	}
	w := word{Ranks: m.ranks, Profile: o.Profile, From: from}
	if dir != nil {
		w.Dir, err = filepath.Abs(dir.Path())
	}
	if w, err = m.tell(w, err); err != nil {
		return nil, nil, former{}, unbegun(dir, err)
	}
	settle(m.ranks[m.end.Rank()].Cores)
	if !first {
		o.DirPath, o.Profile = w.Dir, w.Profile
		if plan, err = planOn(g, m.ranks, *o); err != nil {
			return nil, nil, former{}, m.abandon(err)
		}
	}
	return plan, dir, w.From, nil
}

// unbegun says in the run directory, if there is one, why there was no run.
func unbegun(dir *rundir.Dir, err error) error {
	if dir == nil {
		return err
	}
	return errors.Join(err, finish(dir, &Result{Result: &engine.Result{}}, err))
}

// same is what all ranks must have in common beside the plan.
func same(o Options) ([]string, error) {
	p, err := program()
	if err != nil {
		return nil, err
	}
	return []string{p, "job " + o.Record.JobDigest, fmt.Sprintf("seed %d", max(o.Seed, 1))}, nil
}

// mayWrite refuses PEs that write outputs in a run that has no place for them.
func mayWrite(g *d4.Graph, o Options) error {
	var names []string
	for _, e := range g.Elements {
		if _, ok := e.Proto.(d4.OutputWriter); ok && !o.Dir {
			names = append(names, e.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return Usage(fmt.Errorf("a run directory is needed: %s would write into it", strings.Join(names, ", ")))
}

// ranks runs all ranks of the plan that are in this process and returns what
// the first of them knows.
func ranks(ctx context.Context, cfg engine.Config) (*engine.Result, error) {
	n := len(cfg.Plan.Ranks)
	if n == 1 || cfg.Transport != nil {
		return engine.Run(ctx, cfg)
	}
	results, errs := make([]*engine.Result, n), make([]error, n)
	var wg sync.WaitGroup
	for k, end := range local.New(n) {
		c := cfg
		c.Transport = end
		if k != 0 {
			c.Watch, c.Used = nil, nil // all are in this process
		}
		wg.Go(func() { results[k], errs[k] = engine.Run(ctx, c) })
	}
	wg.Wait()
	// A rank that fails before it has joined the others can tell them that it
	// did, but not all of why.
	for _, err := range errs {
		if f := (*engine.Failure)(nil); errors.As(err, &f) && f.PE != "" {
			return results[0], err
		}
	}
	return results[0], errs[0]
}

// summary puts together what the PEs say.
func summary(g *d4.Graph, of func(*d4.Element) map[string]any) map[string]any {
	all := map[string]any{}
	for _, e := range g.Elements {
		for name, value := range of(e) {
			if _, taken := all[name]; taken {
				name = e.Name + "." + name
			}
			all[name] = value
		}
	}
	return all
}

// summaryOf asks a PE; nil if it has nothing to say.
func summaryOf(pe d4.PE) map[string]any {
	if s, ok := pe.(Summarizer); ok {
		return s.Summary()
	}
	return nil
}

// create makes the run directory.
func create(plan *partition.Plan, o *Options, jobID string, now time.Time) (*rundir.Dir, error) {
	dir, err := rundir.Create(o.DirPath, now, cmp.Or(o.Name, plan.Graph.Name), jobID)
	if err != nil {
		return nil, Usage(err)
	}
	if o.DirPath != "" && o.Continue == "" && filepath.Clean(o.DirPath) != filepath.Clean(dir.Path()) {
		fmt.Fprintf(os.Stderr, "%s is there already, and nothing is written over: this run is in %s\n", o.DirPath, dir.Path())
	}
	return dir, nil
}

// start writes what is known of the run.
func start(dir *rundir.Dir, plan *partition.Plan, o *Options, l *live) error {
	rec := o.Record
	rec.Plan, rec.PlanDigest, rec.Predicted = plan.String(), fmt.Sprintf("%x", plan.Digest()), rundir.PredictedBy(plan)
	rec.Graph, rec.Single, rec.Bound = rundir.GraphOf(plan), plan.Singles(), plan.NodeMemory()
	rec.Mapping, rec.Ranks, rec.Seed = o.Mapping, len(plan.Ranks), max(o.Seed, 1)
	for _, r := range plan.Ranks {
		rec.Cores += r.Cores
	}
	rec.Command = os.Args
	if err := dir.Start(rec, func(r *rundir.Run) { r.Items, r.Usage = l.items(), l.usage() }); err != nil {
		os.RemoveAll(dir.Path()) // we made it, and it would be no run directory
		return Usage(err)
	}
	return nil
}

// finish writes the last state of the run directory.
func finish(dir *rundir.Dir, out *Result, err error) error {
	return dir.End(out.Rows, out.Errors, func(r *rundir.Run) {
		r.State = StateOf(err)
		if err != nil {
			r.Cause = err.Error()
		}
		if out.Usage != nil {
			r.Usage = out.Usage
		}
		r.Items, r.Positions, r.Rest = items(out.Rows), out.Positions, out.Rest
		r.Result.Sinks, r.Result.Summary = out.Sinks, out.Summary
		if r.Continues != "" {
			r.Total = rundir.Total(r.Total, out.Sinks)
			out.Total = r.Total
		}
	})
}

// items are those that each PE has had, or emitted if it is a source.
func items(rows []rundir.Row) map[string]uint64 {
	in, out := map[string]uint64{}, map[string]uint64{}
	for _, row := range rows {
		in[row.PE] += row.ItemsIn
		out[row.PE] += row.ItemsOut
	}
	for pe, n := range in {
		if n == 0 {
			in[pe] = out[pe]
		}
	}
	return in
}

// StateOf is how a run ended that came to err.
func StateOf(err error) rundir.State {
	switch {
	case err == nil:
		return rundir.Complete
	case errors.Is(err, engine.ErrInterrupted), errors.Is(err, engine.ErrTimeLimit):
		return rundir.Partial
	}
	return rundir.Failed
}
