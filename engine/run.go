package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/garbage"
	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/transport"
)

// A Config says what a rank runs, and on what.
type Config struct {
	Plan *partition.Plan
	// Transport is this rank's end; nil where the plan has one rank.
	Transport transport.Transport
	// Cores bounds how many stages run at a time; 0 means as many as Go runs.
	// With 1 they take turns in a fixed order.
	Cores int
	// Scheduler replaces the one that Cores would choose, for tests.
	Scheduler Scheduler

	// Same is what all ranks must have in common beside the plan, such as the
	// digests of job file and program: other ranks are refused.
	Same []string

	// Rest and Positions say where an earlier run was cut short that this one
	// continues; Rest is nil where there is none.
	Rest      *rundir.Rest
	Positions []rundir.Position

	Seed   uint64
	Log    *slog.Logger // may be nil
	Folder d4.Folder    // of outputs; may be nil
	// Digest asks for the digests of what reaches sinks.
	Digest bool
	// Compress says how batches to other ranks are compressed.
	Compress Compress
	// Check verifies that ReadOnly inputs change nothing, and asks for the
	// digest of what each instance received.
	Check bool
	// Grace is how long a failed run waits for calls of PEs to return; 0
	// means a second and a half, so that all that still answer are gone within two;
	// for a rank that does not answer it waits several times as long.
	Grace time.Duration
	// Used, if not nil, says what this process has taken so far: seconds on a
	// core, and bytes of memory at most.
	Used func() (cpu float64, peak int64)
	// Watch, if not nil, is called once with a way to look at the run: at all
	// ranks on rank 0, at its own elsewhere.
	Watch func(*Live)
}

func (c *Config) grace() time.Duration {
	if c.Grace > 0 {
		return c.Grace
	}
	return 1500 * time.Millisecond
}

// A Live run can be looked at from any goroutine.
type Live struct{ r *rank }

// Items returns, for each PE of the graph, how many items its instances have
// received, or emitted where it is a source. Of other ranks it is what they told
// last, some time ago.
func (l *Live) Items() []uint64 {
	items := l.r.items()
	if l.r.remote != nil {
		l.r.remote.told.addTo(items)
	}
	return items
}

// Usage returns what each rank has taken of its node, as far as that is told. Of
// other ranks it is what they told last.
func (l *Live) Usage() (all []rundir.Usage) {
	r := l.r
	if r.cfg.Used != nil {
		cpu, peak := r.cfg.Used()
		all = append(all, rundir.Usage{Rank: r.id, Host: r.host, Cores: r.plan.Ranks[r.id].Cores, CPU: cpu, Peak: peak})
	}
	if r.remote != nil {
		all = r.remote.told.usage(all, r.plan.Ranks)
	}
	return all
}

// A Result is what a run came to. It is whole on rank 0; on other ranks it is
// their own part.
type Result struct {
	Plan      *partition.Plan
	Rows      []rundir.Row           // in the order of the graph, then by index
	Sinks     map[string]rundir.Sink // by name of PE
	Errors    []rundir.ItemError     // items that were skipped
	Positions []rundir.Position      // where stopped sources are, or have to go on
	Rest      *rundir.Rest           // what else a continued run has to know; nil if time was not up
	Partial   bool                   // the run was stopped before its streams ended
	Stuck     bool                   // calls of PEs were left behind; the process must end

	// Accounts are what it was made of, one for each rank that it knows of.
	Accounts []Account

	pes map[d4.PE]d4.PE
}

// PE returns instance 0 of the PE that Add returned as proto, if it ran on
// this rank, else nil.
func (r *Result) PE(proto d4.PE) d4.PE { return r.pes[proto] }

// Run runs this rank's part of a plan and returns when the run is over on all
// ranks. Cancelling ctx stops the sources and lets the rest finish. The error
// is nil, a *Failure, or wraps ErrInterrupted or ErrTimeLimit.
func Run(ctx context.Context, cfg Config) (*Result, error) {
	garbage.Spare()
	r, err := newRank(cfg)
	if r != nil {
		defer r.release()
	}
	if err != nil {
		if cfg.Transport != nil { // the others wait to hear from this rank
			cfg.Transport.Abort(err)
			cfg.Transport.Close()
		}
		return nil, err
	}
	if r.remote != nil {
		return r.remote.run(ctx)
	}
	if cfg.Watch != nil {
		cfg.Watch(&Live{r})
	}
	unwatch := context.AfterFunc(ctx, func() { r.stop(errors.Is(context.Cause(ctx), ErrTimeLimit)) })
	defer unwatch()
	r.launch()
	stuck := r.wait()
	a := r.account(stuck)
	return r.result([]Account{a}), r.outcome()
}

// outcome is what Run returns as its error.
func (r *rank) outcome() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.cause != nil:
		return r.cause
	case r.limit.Load():
		return fmt.Errorf("%w: results are partial", ErrTimeLimit)
	case r.stopping.Load():
		return fmt.Errorf("%w: results are partial", ErrInterrupted)
	}
	return nil
}

// An Account is what a rank has to tell when its stages are done.
type Account struct {
	Rank    int
	Rows    []rundir.Row
	Sinks   []SinkPart
	Errors  []rundir.ItemError
	Rests   []Rest // where the run was stopped, and sources in any case where others may be
	Stopped bool   // sources were stopped before they had ended
	Limit   bool   // because time was up
	Stuck   bool   // calls of PEs were left behind
	Digests bool   // those of Sinks have been worked out
}

// A SinkPart is what reached one instance of a sink.
type SinkPart struct {
	PE     string
	Items  uint64
	Digest port.Digest
}

// account collects it. When calls are stuck, their instances are left out:
// they may still be writing.
func (r *rank) account(stuck bool) Account {
	r.mu.Lock()
	r.accounted = true
	a := Account{Rank: r.id, Stuck: stuck, Stopped: r.stopped(), Limit: r.limit.Load() && !r.failing.Load(), Digests: r.cfg.Digest}
	a.Errors = slices.Clone(r.errors)
	r.mu.Unlock()
	if stuck {
		return a
	}
	for _, s := range r.stages {
		for _, i := range s.instances {
			a.Rows = append(a.Rows, i.account())
			if r.isSink(i.element) && len(i.ins) > 0 {
				part := SinkPart{PE: i.el.Name}
				for _, in := range i.ins {
					items, d := in.Received()
					part.Items += items
					part.Digest.Add(d)
				}
				a.Sinks = append(a.Sinks, part)
			}
			// Nobody goes on from a run that failed, and some may never have been
			// opened. Other ranks may be stopped yet, and then it matters that sources
			// here are through.
			if !r.failing.Load() && (r.stopped() || r.remote != nil && i.course.source != nil) {
				a.Rests = append(a.Rests, i.rest())
			}
		}
	}
	return a
}

func (i *instance) account() rundir.Row {
	row := rundir.Row{PE: i.el.Name, Index: i.index, Stage: i.stage.task.Name, Rank: i.stage.rank.id, Host: i.stage.rank.host,
		Calls: i.row.calls, Busy: float64(i.row.busy) / 1e9, WaitIn: float64(i.row.waitIn) / 1e9, WaitOut: float64(i.row.waitOut) / 1e9,
		P50: i.row.quantile(0.5), P95: i.row.quantile(0.95), Max: float64(i.row.longest) / 1e9,
		Skipped: i.row.Skipped, Retried: i.row.Retried, Ended: i.ended && !i.state.cut, Counters: i.counts.values()}
	var digest port.Digest
	for _, in := range i.ins {
		items, d := in.Received()
		row.ItemsIn += items
		digest.Add(d)
	}
	if i.stage.rank.cfg.Check {
		row.Digest = digest.String()
	}
	if p := i.row.packing; p.packed > 0 || p.unpack > 0 {
		row.Packed, row.Pack, row.Unpack = p.packed, float64(p.pack)/1e9, float64(p.unpack)/1e9
		row.Ratio = float64(p.plain) / float64(max(p.packed, 1))
	}
	for _, o := range i.outs {
		items, bytes := o.Emitted()
		row.ItemsOut += items
		row.BytesOut += bytes
	}
	return row
}

// result puts the accounts of ranks together.
func (r *rank) result(accounts []Account) *Result {
	res := Join(r.plan, accounts, map[d4.PE]d4.PE{})
	res.Partial = res.Partial || r.stopped()
	for n, e := range r.plan.Graph.Elements {
		if r.instances[n] != nil && r.instances[n][0] != nil && !res.Stuck {
			res.pes[e.Proto] = r.instances[n][0].pe
		}
	}
	return res
}

// Join makes one result out of the accounts of all ranks, also for mappings
// whose ranks cannot send them to rank 0. The pes are the instances 0 that are
// at hand, by the PE that Add returned.
func Join(plan *partition.Plan, accounts []Account, pes map[d4.PE]d4.PE) *Result {
	res := &Result{Plan: plan, Accounts: accounts, Sinks: map[string]rundir.Sink{}, pes: pes}
	res.gather()
	return res
}

// gather works the accounts out.
func (res *Result) gather() {
	var rests []Rest
	limit := false
	digests := map[string]port.Digest{}
	for _, a := range res.Accounts {
		res.Partial = res.Partial || a.Stopped
		res.Rows = append(res.Rows, a.Rows...)
		res.Errors = append(res.Errors, a.Errors...)
		rests, limit = append(rests, a.Rests...), limit || a.Limit
		res.Stuck = res.Stuck || a.Stuck
		for _, part := range a.Sinks {
			s, d := res.Sinks[part.PE], digests[part.PE]
			s.Items += part.Items
			d.Add(part.Digest)
			digests[part.PE] = d
			if a.Digests {
				s.Digest = d.String()
			}
			res.Sinks[part.PE] = s
		}
	}
	switch {
	case limit && !res.Stuck:
		res.Rest, res.Positions = newContinuation(res.Plan.Graph, rests).plan()
	case res.Partial:
		for _, r := range rests {
			res.Positions = append(res.Positions, r.Last...)
		}
	}
	order := map[string]int{}
	for n, e := range res.Plan.Graph.Elements {
		order[e.Name] = n
	}
	slices.SortFunc(res.Rows, func(a, b rundir.Row) int {
		if a.PE != b.PE {
			return order[a.PE] - order[b.PE]
		}
		return a.Index - b.Index
	})
}
