package engine

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
)

// rank is one rank of a run: its stages, its part of every edge, and its ways
// to the others.
type rank struct {
	id, size int
	host     string
	oneWay   bool
	cfg      Config
	plan     *partition.Plan
	log      *slog.Logger
	sched    Scheduler

	instances [][]*instance // by element and index; nil where they are elsewhere
	edges     []*edge
	stages    []*stage
	remote    *remote // nil where there is one rank

	alive   context.Context // done when the run fails
	kill    context.CancelFunc
	sources context.Context // done also when sources are to stop
	halt    context.CancelFunc

	failing  atomic.Bool
	stopping atomic.Bool
	limit    atomic.Bool // stopped by the time limit
	left     atomic.Int32
	done     chan struct{} // closed when all stages are

	mu        sync.Mutex
	cause     *Failure
	until     time.Time // when calls should have returned, after a failure
	errors    []rundir.ItemError
	accounted bool // too late to stop
}

func newRank(cfg Config) (*rank, error) {
	r := &rank{size: 1, cfg: cfg, plan: cfg.Plan, log: cfg.Log, done: make(chan struct{})}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if cfg.Transport != nil {
		r.id, r.size = cfg.Transport.Rank(), cfg.Transport.Size()
		r.host, r.oneWay = cfg.Transport.Host(r.id), cfg.Transport.Capabilities().OneWay
	} else {
		r.host, _ = os.Hostname()
	}
	if len(r.plan.Ranks) != r.size {
		return nil, fmt.Errorf("the plan is for %d ranks, but there are %d", len(r.plan.Ranks), r.size)
	}
	r.sched = cfg.Scheduler
	if r.sched == nil {
		wall.use()
		r.sched = free{}
		if cfg.Cores > 0 {
			r.sched = newTurns(cfg.Cores)
		}
	}
	r.alive, r.kill = context.WithCancel(context.Background())
	r.sources, r.halt = context.WithCancel(r.alive)
	if r.size > 1 {
		r.remote = newRemote(r, cfg.Transport)
	}
	if err := r.build(); err != nil {
		return r, err
	}
	return r, nil
}

// release gives back what newRank took.
func (r *rank) release() {
	r.kill()
	if r.cfg.Scheduler == nil {
		wall.release()
	}
}

// build makes the instances of this rank, joins their ports, and puts them
// into stages.
func (r *rank) build() error {
	g := r.plan.Graph
	r.instances = make([][]*instance, len(g.Elements))
	r.edges = make([]*edge, len(g.Edges))
	for at := range g.Elements {
		r.instances[at] = make([]*instance, r.plan.Counts[at])
	}
	for order, chain := range r.plan.Chains {
		for k, on := range chain.Ranks {
			if on != r.id {
				continue
			}
			s := &stage{rank: r, left: len(chain.Elements)}
			s.task = NewTask(r.id, r.order(order), fmt.Sprintf("%s[%d]", g.Elements[chain.Elements[0]].Name, k))
			for _, at := range chain.Elements {
				i, err := r.instance(s, at, k)
				if err != nil {
					return &Failure{PE: g.Elements[at].Name, Index: k, Rank: r.id, Host: r.host, Call: "Setup", Text: err.Error(), err: err}
				}
				s.instances = append(s.instances, i)
				r.instances[at][k] = i
			}
			r.stages = append(r.stages, s)
		}
	}
	at := make([]int, len(g.Elements)) // edges so far that reach each element
	for n, e := range g.Edges {
		r.edges[n] = r.edge(n, at[e.To])
		at[e.To]++
		for _, i := range r.edges[n].here {
			i.in = append(i.in, inEdge{input: i.inputOf(e.In), edge: r.edges[n]})
			i.has = append(i.has, promise{mark: d4.Never})
		}
	}
	for _, s := range r.stages {
		for _, i := range s.instances {
			r.bind(i)
		}
	}
	r.left.Store(int32(len(r.stages)))
	if len(r.stages) == 0 {
		close(r.done)
	}
	return nil
}

// order is how far downstream a chain's stages are. Sources are alike, so that
// one without end lets the others have their turns.
func (r *rank) order(chain int) int {
	if r.plan.Graph.Elements[r.plan.Chains[chain].Elements[0]].IsSource() {
		return 0
	}
	return 1 + chain
}

func (r *rank) instance(s *stage, element, index int) (*instance, error) {
	el := r.plan.Graph.Elements[element]
	pe, err := el.Make()
	if err != nil {
		return nil, err
	}
	i := &instance{stage: s, element: element, index: index, el: el, pe: pe, calls: -1}
	i.state.mark, i.row.passed, i.again = d4.Never, d4.Never, d4.Forever
	i.source, _ = pe.(d4.Source)
	i.advance, _ = pe.(d4.Advancer)
	if n := r.plan.Counts[element]; el.Calls >= 0 {
		i.calls = el.Calls / n
		if index < el.Calls%n {
			i.calls++
		}
	}
	ports, err := port.Find(pe)
	if err != nil {
		return nil, err
	}
	if len(ports) != len(el.Ports) {
		return nil, fmt.Errorf("an instance has %d ports, the graph knows %d: the factory must make the same ports every time", len(ports), len(el.Ports))
	}
	for _, p := range ports {
		if p.In != nil {
			i.ins, i.names = append(i.ins, p.In), append(i.names, p.Name)
		} else {
			i.outs = append(i.outs, p.Out)
		}
	}
	ctx := r.alive
	if i.source != nil {
		ctx = r.sources
	}
	name := fnv.New64a()
	fmt.Fprint(name, el.Name)
	i.info = &d4.Instance{Name: el.Name, Index: index, Count: r.plan.Counts[element], Rank: r.id, Node: r.host, Seed: r.cfg.Seed,
		Log:  r.log.With("pe", el.Name, "instance", index, "rank", r.id),
		Rand: rand.New(rand.NewPCG(r.cfg.Seed, name.Sum64()+uint64(index)))}
	i.info.Bind(ctx, r.cfg.Folder, i.counts.get)
	return i, nil
}

// inputOf turns the index of a port into that of an input.
func (i *instance) inputOf(portIndex int) int {
	n := 0
	for _, p := range i.el.Ports[:portIndex] {
		if p.In != nil {
			n++
		}
	}
	return n
}

// edge makes this rank's part of an edge, the at-th that reaches its element.
func (r *rank) edge(n, at int) *edge {
	def := r.plan.Graph.Edges[n]
	e := &edge{index: n, at: at, fused: r.plan.Fused(n), dest: r.instances[def.To]}
	e.ups = newUpstreams(r.plan.Counts[def.From])
	seen := map[int]bool{r.id: true}
	for k, i := range e.dest {
		on := r.plan.RankOf(def.To, k)
		if i != nil {
			e.here = append(e.here, i)
		} else if !seen[on] {
			seen[on] = true
			e.away = append(e.away, on)
		}
	}
	return e
}

// bind joins an instance's ports with their edges.
func (r *rank) bind(i *instance) {
	g := r.plan.Graph
	for k, in := range i.ins {
		in.Bind(&inHost{i: i, input: k})
		in.Digest(r.cfg.Check || r.cfg.Digest && r.isSink(i.element))
		in.Check(r.cfg.Check)
	}
	streams := make([][]port.Stream, len(i.outs))
	for n, e := range g.Edges {
		if e.From != i.element {
			continue
		}
		to := g.Elements[e.To].Ports[e.In].In
		out := e.Out - i.inputOf(e.Out)
		st := port.Stream{To: to, Grouping: e.Grouping, N: r.plan.Counts[e.To]}
		st.First = i.index % st.N
		o := &outEdge{from: i, edge: r.edges[n], reads: to.ReadOnly(), parted: to.Codec().Shares()}
		if r.plan.Fused(n) {
			dest := r.instances[e.To][i.index]
			st.Fused, st.N = dest.ins[dest.inputOf(e.In)], 1
		} else {
			o.win = newWindow(r.plan.Window, st.N, e.Grouping.Kind() == port.KindBalanced)
			st.Sender = o
		}
		streams[out] = append(streams[out], st)
		i.edges, i.outOf = append(i.edges, o), append(i.outOf, out)
	}
	for k, o := range i.outs {
		o.Bind(outHost{i}, streams[k])
		o.Shut()
	}
	if i.source != nil {
		i.course.begin(i)
	}
}

// isSink reports whether nothing is connected behind an element.
func (r *rank) isSink(element int) bool {
	for _, e := range r.plan.Graph.Edges {
		if e.From == element {
			return false
		}
	}
	return true
}

// launch starts the stages.
func (r *rank) launch() {
	for _, s := range r.stages {
		r.sched.Spawn(s.task, s.run)
	}
}

func (r *rank) stageDone() {
	if r.left.Add(-1) == 0 {
		close(r.done)
		if r.remote != nil {
			r.remote.wake()
		}
	}
}

// fail ends the run with the first cause there is.
func (r *rank) fail(f *Failure) {
	if r.failHere(f) && r.remote != nil {
		r.remote.fail(f)
	}
}

// failHere notes the cause and stops this rank; others are not told.
func (r *rank) failHere(f *Failure) (first bool) {
	r.mu.Lock()
	first = r.cause == nil
	if first {
		r.cause, r.until = f, time.Now().Add(r.cfg.grace())
	}
	r.mu.Unlock()
	if !first {
		return false
	}
	// The report of a run directory knows these words.
	r.log.Error("run failed", "cause", f.Error(), "stack", f.Stack)
	r.failing.Store(true)
	r.kill()
	for _, s := range r.stages {
		s.wake()
	}
	return true
}

// stop makes the sources of this rank stop. When it has made its account that
// changes nothing any more: all its streams have ended by themselves.
func (r *rank) stop(limit bool) {
	r.mu.Lock()
	late := r.accounted
	if !late {
		r.note(limit)
	}
	r.mu.Unlock()
	if late {
		return
	}
	r.halt()
	for _, s := range r.stages {
		s.wake()
	}
}

// note notes that the run was stopped.
func (r *rank) note(limit bool) {
	if limit {
		r.limit.Store(true)
	}
	r.stopping.Store(true)
}

func (r *rank) stopped() bool { return r.stopping.Load() }

// flush moves what a stage has sent to other ranks.
func (r *rank) flush(s *stage) {
	if s.sent && r.remote != nil {
		s.sent = false
		r.remote.flush()
	}
}

func (r *rank) skipped(e rundir.ItemError) {
	r.mu.Lock()
	r.errors = append(r.errors, e)
	r.mu.Unlock()
	r.log.Warn("item skipped", "pe", e.PE, "instance", e.Index, "error", e.Error)
}

// wait returns when all stages have ended, or some time after the run failed.
// It reports whether calls were left behind that do not return.
func (r *rank) wait() (stuck bool) {
	select {
	case <-r.done:
		return false
	case <-r.alive.Done():
	}
	r.mu.Lock()
	grace := time.NewTimer(time.Until(r.until))
	r.mu.Unlock()
	defer grace.Stop()
	select {
	case <-r.done:
		return false
	case <-grace.C:
		return true
	}
}
