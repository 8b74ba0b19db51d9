package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/storm"
)

// jobKey is where a topology's configuration says what a child has to run.
const jobKey = "dispel4go.job"

// A stormJob is what the submitter tells the programs that Storm starts. They
// run the same main function, with the same command line, up to the same call of
// Graph.
type stormJob struct {
	Args     []string // without the program
	Dir      string   // where it was started
	Settings []string // NAME=VALUE, those of our own variables that are set
	Options  stormOptions
	RunDir   string
	Plan     string   // digest
	Same     []string // as for engine.Config
	Nimbus   string
	Topology string
	Detach   bool
}

// stormOptions are those of Options that the children must have from the
// submitter.
type stormOptions struct {
	Name      string
	Cores     int
	Workers   int
	Fuse      partition.Fuse
	Placement partition.Placement
	Profile   partition.Profile
	Compress  engine.Compress
	Memory    int64
	Seed      uint64
	TimeLimit time.Duration
	NoDigest  bool
	Check     bool
	Level     slog.Level
}

// put makes them those of o.
func (s stormOptions) put(o *Options) {
	o.Mapping, o.Name, o.Cores, o.Fuse, o.Compress, o.Memory, o.Seed = "storm", s.Name, s.Cores, s.Fuse, s.Compress, s.Memory, s.Seed
	o.Placement, o.Profile = s.Placement, s.Profile
	o.TimeLimit, o.NoDigest, o.Check, o.Level = s.TimeLimit, s.NoDigest, s.Check, s.Level
	o.Storm.Workers = s.Workers
}

// stormPlan makes the plan for a cluster: for as many cores as its JVMs are
// said to have, every stage by itself.
func stormPlan(g *d4.Graph, o Options) (*partition.Plan, error) {
	if o.NodeMemory > 0 {
		return nil, Usage(errors.New("node memory on Storm: its JVMs are given memory by the cluster, see topology.worker.max.heap.size.mb and --storm-conf"))
	}
	if _, set := o.Storm.Conf["topology.workers"]; set {
		return nil, Usage(errors.New("topology.workers in the configuration for Storm: the plan has to know it too, use --workers"))
	}
	if o.Cores == 0 {
		o.Cores = runtime.GOMAXPROCS(0)
	}
	p, err := planOn(g, partition.Ranks(1, o.Cores*max(o.Storm.Workers, 1)), o)
	if err != nil {
		return nil, err
	}
	return p.Apart("storm"), nil
}

// onStorm runs a graph on a Storm cluster: it submits a topology, watches it,
// and ends it when the run is over.
func onStorm(ctx context.Context, g *d4.Graph, o Options, began time.Time) (*Result, error) {
	s := sessionOf(ctx)
	switch {
	case s == nil:
		return nil, Usage(errors.New("a run on Storm belongs inside run.Main: Storm starts this program again, which has to know what it is to do"))
	case s.submitted:
		return nil, Usage(errors.New("a second run on Storm in one program: Storm starts this program again, and it can come only as far as the first"))
	case !o.Dir:
		return nil, Usage(errors.New("a run on Storm needs a run directory (Options.Dir), on a file system that all nodes share"))
	}
	if name := o.Storm.Topology; name != topologyName(name) {
		return nil, Usage(fmt.Errorf("%q cannot be the name of a topology on Storm, which has no %s: choose another (--topology)", name, strings.Join(strings.Split(notInNames, ""), " ")))
	}
	s.submitted = true
	if o.Cores == 0 {
		o.Cores = runtime.GOMAXPROCS(0)
	}
	plan, err := stormPlan(g, o)
	if err != nil {
		return nil, err
	}
	same, err := same(o)
	if err != nil {
		return nil, err
	}
	if o.Storm.Nimbus == "" {
		o.Storm.Nimbus = storm.DefaultNimbus
	}
	client, err := storm.DialLeader(ctx, o.Storm.Nimbus)
	if err != nil {
		return nil, fmt.Errorf("%w: is that Nimbus's Thrift port, --nimbus HOST:PORT?", err)
	}
	defer client.Close()
	if err := fitCluster(ctx, client, o); err != nil {
		return nil, err
	}
	w := &stormWatch{client: client, nimbus: o.Storm.Nimbus, plan: plan, out: os.Stdout, began: began, ranks: make([]stormRank, len(plan.Ranks))}
	live := &live{graph: g}
	look := w.items
	live.look.Store(&look)
	dir, err := create(plan, &o, "", began)
	if err == nil {
		err = start(dir, plan, &o, live)
	}
	if err != nil {
		return nil, err
	}
	w.dir, w.log = dir.Path(), dir.LogLine
	w.name = topologyOf(plan, o, began)
	var submitted atomic.Bool
	kill := func() {
		if !submitted.Load() {
			fmt.Fprintf(os.Stderr, "the topology %s was about to be submitted and may yet start: storm status tells, storm kill %s ends it\n", w.name, w.name)
			if o.Storm.Topology != "" {
				return // one of that name may be somebody else's
			}
		}
		w.end()
	}
	s.urgent.Store(&kill)
	defer s.urgent.Store(nil)
	// An interrupted submission may have come through all the same; so it goes
	// on to its end, within its time limit, and an interruption comes after it.
	out, err := w.submit(context.WithoutCancel(ctx), o, same)
	submitted.Store(err == nil)
	if err != nil {
		out.Wall = time.Since(began)
		return out, errors.Join(err, finish(dir, out, err))
	}
	if o.Storm.Detach && ctx.Err() != nil {
		err = interruption(ctx)
		return out, errors.Join(err, w.end(), finish(dir, out, err))
	}
	if o.Storm.Detach {
		out.Detached = w.name
		return out, dir.HandOver()
	}
	ctx, done := limited(ctx, o.TimeLimit)
	defer done()
	unwatch := show(o.Progress, live, began)
	out, err = w.watch(ctx)
	unwatch()
	if failed := finish(dir, out, err); err == nil {
		err = failed
	}
	return out, errors.Join(err, w.end())
}

// submit starts the topology. There is a result with nothing but the plan.
func (w *stormWatch) submit(ctx context.Context, o Options, same []string) (*Result, error) {
	none := &Result{Result: &engine.Result{Plan: w.plan}, Dir: w.dir}
	if err := storm.PrepareNotes(w.dir); err != nil {
		return none, err
	}
	dir, err := filepath.Abs(w.dir)
	if err != nil {
		return none, err
	}
	work, err := os.Getwd()
	if err != nil {
		return none, err
	}
	program, err := os.Executable()
	if err != nil {
		return none, err
	}
	level := slog.LevelInfo
	if o.Level != nil {
		level = o.Level.Level()
	}
	job := stormJob{Args: os.Args[1:], Dir: work, RunDir: dir, Plan: fmt.Sprintf("%x", w.plan.Digest()), Same: same,
		Nimbus: o.Storm.Nimbus, Topology: w.name, Detach: o.Storm.Detach,
		Options: stormOptions{o.Name, o.Cores, o.Storm.Workers, o.Fuse, o.Placement, o.Profile, o.Compress, o.Memory, o.Seed, o.TimeLimit, o.NoDigest, o.Check, level}}
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "D4_") {
			job.Settings = append(job.Settings, v)
		}
	}
	text, err := json.Marshal(job)
	if err != nil {
		return none, err
	}
	conf := storm.Conf(w.plan, o.Storm)
	conf[jobKey] = string(text)
	command, arg := program, storm.Arg
	var files map[string][]byte
	if o.Storm.Ship {
		content, err := os.ReadFile(program)
		if err != nil {
			return none, err
		}
		files, command, arg = storm.Ship(content)
	}
	jar, err := storm.Jar(files)
	if err != nil {
		return none, err
	}
	at, err := w.client.Upload(ctx, jar)
	if err != nil {
		return none, err
	}
	err = w.client.Submit(ctx, w.name, at, conf, storm.Render(w.plan, command, arg))
	if errors.Is(err, &storm.Exception{Kind: storm.AlreadyAlive}) {
		err = Usage(fmt.Errorf("a topology %s is running: choose another name (--topology), or end it (storm kill %s)", w.name, w.name))
	}
	return none, err
}

// topologyOf names the topology: as the user says, or as no other is named.
func topologyOf(p *partition.Plan, o Options, began time.Time) string {
	switch {
	case o.Storm.Topology != "":
		return o.Storm.Topology
	case o.Name == "":
		o.Name = p.Graph.Name
	}
	return topologyName(fmt.Sprintf("%s-%s-%04x", o.Name, began.Format("20060102-150405"), rand.N(1<<16)))
}

// notInNames is what Storm does not take in the name of a topology.
const notInNames = `./:\`

// topologyName is a name without that.
func topologyName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(notInNames, r) {
			return '-'
		}
		return r
	}, name)
}
