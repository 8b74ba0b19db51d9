package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/storm"
)

// How often a child tells what it has done, and looks whether it is to stop.
const (
	tellEvery = 2 * time.Second
	lookEvery = 250 * time.Millisecond
)

// StormChild reports whether Storm has started this program: Main then runs one
// stage of a topology, whatever the program does otherwise.
func StormChild() bool { return len(os.Args) == 2 && os.Args[1] == storm.Arg }

// A stormChild is this program as Storm has started it.
type stormChild struct {
	*storm.Child
	job stormJob
}

// asStormChild runs f as the submitter does, up to the call of Graph, which
// does not return. It ends when Storm closes its pipe.
func asStormChild(f func(context.Context) error) {
	in, out, err := takePipes()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(ExitFailed)
	}
	widen(in, out)
	child, err := storm.Adopt(in, out)
	if err != nil {
		fmt.Fprintln(os.Stderr, Line(err))
		os.Exit(ExitFailed)
	}
	go func() {
		<-child.Gone()
		os.Exit(ExitFailed)
	}()
	c := &stormChild{Child: child}
	err = c.prepare()
	if err == nil {
		err = f(context.WithValue(context.Background(), sessionKey{}, &session{child: c}))
	}
	if err == nil {
		err = errors.New("the program has ended without a run: does it do something else on this node than where it was started?")
	}
	c.giveUp(err)
}

// prepare takes over what the submitter was started with.
func (c *stormChild) prepare() error {
	text, err := c.Conf(jobKey)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), &c.job); err != nil {
		return fmt.Errorf("the topology's %s: %w", jobKey, err)
	}
	os.Args = append(os.Args[:1:1], c.job.Args...)
	for _, v := range c.job.Settings {
		name, value, _ := strings.Cut(v, "=")
		os.Setenv(name, value)
	}
	if err := os.Chdir(c.job.Dir); err != nil {
		return fmt.Errorf("the folder that the run was started in is not on this node: %w", err)
	}
	return nil
}

// giveUp tells Storm why there will be no run, and waits for the end.
func (c *stormChild) giveUp(err error) {
	fmt.Fprintln(os.Stderr, Line(err))
	c.Fail(Line(err))
	select {}
}

// run runs this program's stage. It does not return.
func (c *stormChild) run(ctx context.Context, g *d4.Graph, o Options) {
	c.job.Options.put(&o)
	plan, err := stormPlan(g, o)
	if err == nil {
		err = c.compare(plan, o)
	}
	if err != nil {
		c.giveUp(err)
	}
	crowd(len(plan.Ranks), o.Storm.Workers)
	s := &stormStage{child: c, plan: plan, dir: c.job.RunDir}
	end, err := c.Begin(plan, s.report)
	if err != nil {
		c.giveUp(err)
	}
	s.rank, s.host = end.Rank(), end.Host(end.Rank())
	s.notes, err = storm.OpenNotes(s.dir, s.rank)
	if s.notes == nil {
		c.giveUp(err)
	}
	if c.job.Detach && s.rank == 0 {
		go s.watch(ctx)
	}
	if err != nil {
		s.report(err)
		select {}
	}
	s.work(ctx, end, o)
	select {}
}

// crowd makes room where a JVM starts at least as many programs as there are
// processors: the goroutines of each then take turns on one, which saves waking
// threads for every frame. What GOMAXPROCS says in the environment stays.
func crowd(ranks, jvms int) {
	if os.Getenv("GOMAXPROCS") == "" && ranks/max(jvms, 1) >= runtime.GOMAXPROCS(0) {
		runtime.GOMAXPROCS(1)
	}
}

// compare sees to it that this program runs what the submitter has.
func (c *stormChild) compare(plan *partition.Plan, o Options) error {
	same, err := same(o)
	if err != nil {
		return err
	}
	here, there := strings.Join(same, ", "), strings.Join(c.job.Same, ", ")
	if digest := fmt.Sprintf("%x", plan.Digest()); here != there || digest != c.job.Plan {
		return fmt.Errorf("this node has another program or job file (%s, plan %.16s) than the submitter (%s, plan %.16s): put them on a shared file system, or ship the program (--ship)",
			here, digest, there, c.job.Plan)
	}
	return nil
}

// A stormStage is the stage that a child runs.
type stormStage struct {
	child *stormChild
	plan  *partition.Plan
	dir   string
	rank  int
	host  string
	notes *storm.Notebook
	once  sync.Once
	live  live
}

// report tells the first cause of a failure to whoever watches.
func (s *stormStage) report(cause error) {
	s.once.Do(func() {
		var f *engine.Failure
		if !errors.As(cause, &f) {
			f = &engine.Failure{Rank: s.rank, Host: s.host, Text: cause.Error()}
		}
		if f.PE == "" { // it is of no use to know only the rank's number
			f.PE, f.Index = s.first()
		}
		if err := s.notes.Write(storm.Note{Failure: f}); err != nil {
			s.child.Fail(fmt.Sprintf("%v; and it could not be noted: %v", f, err))
		}
	})
}

// first is the first PE of the stage, and its instance.
func (s *stormStage) first() (pe string, index int) {
	for _, chain := range s.plan.Chains {
		for k, on := range chain.Ranks {
			if on == s.rank {
				return s.plan.Graph.Elements[chain.Elements[0]].Name, k
			}
		}
	}
	return "", 0
}

// work runs the stage and leaves what came of it.
func (s *stormStage) work(ctx context.Context, end *storm.End, o Options) {
	printed, err := storm.Output(s.dir, s.rank)
	if err != nil {
		s.report(err)
		return
	}
	os.Stdout = printed
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.live.graph = s.plan.Graph
	tell, look := time.NewTicker(tellEvery), time.NewTicker(lookEvery)
	defer tell.Stop()
	defer look.Stop()
	quiet := follow(tell.C, func(time.Time) { s.tell() })
	defer follow(look.C, func(time.Time) {
		if why := storm.Stopped(s.dir); why != nil {
			cancel(why)
		}
	})()
	log := slog.New(slog.NewJSONHandler(s.notes.Log(), &slog.HandlerOptions{Level: o.Level}))
	res, err := engine.Run(ctx, engine.Config{Plan: s.plan, Transport: end, Seed: max(o.Seed, 1), Compress: o.Compress,
		Log: log, Folder: rundir.NewOutputs(s.dir), Digest: !o.NoDigest, Check: o.Check, Watch: s.live.follow})
	quiet()
	var failed *engine.Failure
	if errors.As(err, &failed) || res == nil {
		s.report(err)
	}
	if res == nil {
		return
	}
	s.tell()
	if err := s.leave(res, failed == nil); err != nil {
		s.report(err)
	}
}

// tell tells how far the stage is.
func (s *stormStage) tell() { s.notes.Write(storm.Note{Items: s.live.counts()}) }

// leave leaves the account, after the states that the submitter wants.
func (s *stormStage) leave(res *engine.Result, well bool) error {
	left := &storm.Left{Account: res.Accounts[0]}
	for _, e := range s.plan.Graph.Elements {
		pe := res.PE(e.Proto)
		if pe == nil || !well {
			continue
		}
		if says := summaryOf(pe); says != nil {
			if left.Summary == nil {
				left.Summary = map[string]map[string]any{}
			}
			left.Summary[e.Name] = says
		}
		if !homely(pe) {
			continue
		}
		state, err := pe.(d4.StateSaver).SaveState(-1)
		if err == nil {
			err = storm.SaveState(s.dir, e.Name, state)
		}
		if err != nil {
			return fmt.Errorf("the state of %s: %w", e.Name, err)
		}
	}
	return s.notes.Write(storm.Note{Left: left})
}

// watch does for a detached run what the submitter does otherwise: it sees to
// the run directory and, in the end, kills the topology and with it this
// program.
func (s *stormStage) watch(ctx context.Context) {
	job := s.child.job
	live := &live{graph: s.plan.Graph}
	w := &stormWatch{nimbus: job.Nimbus, name: job.Topology, plan: s.plan, dir: s.dir, began: time.Now(), ranks: make([]stormRank, len(s.plan.Ranks))}
	look := w.items
	live.look.Store(&look)
	dir, err := rundir.TakeOver(s.dir, func(r *rundir.Run) { r.Items = live.items() })
	if err != nil {
		s.report(err)
		return
	}
	w.log, w.out = dir.LogLine, io.Discard
	printed, err := os.OpenFile(filepath.Join(dir.Path(), "stdout.txt"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err == nil {
		w.out = printed
		w.client, err = storm.DialLeader(ctx, w.nimbus)
	}
	var out *Result
	if err == nil {
		limit, done := limited(ctx, job.Options.TimeLimit)
		defer done()
		out, err = w.watch(limit)
	} else {
		out = &Result{Result: &engine.Result{Plan: s.plan}}
	}
	if failed := finish(dir, out, err); failed != nil {
		fmt.Fprintln(os.Stderr, failed)
	}
	if failed := w.end(); failed != nil {
		fmt.Fprintln(os.Stderr, failed)
	}
}
