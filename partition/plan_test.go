package partition_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/partition"
)

// randomGraph makes a valid graph of up to a dozen PEs.
func randomGraph(r *rand.Rand) *d4.Graph {
	g := d4.NewGraph("random")
	n := 1 + r.IntN(12)
	for i := range n {
		kind := []string{"node", "node", "node", "limited", "single", "root"}[r.IntN(6)]
		if i == 0 || r.IntN(4) == 0 {
			kind = []string{"source", "splits"}[r.IntN(2)]
		}
		var opts []d4.Option
		if kind != "single" && kind != "root" && r.IntN(2) == 0 {
			opts = append(opts, d4.Instances(1+r.IntN(6)))
		}
		if r.IntN(3) == 0 {
			opts = append(opts, d4.Weight(r.Float64()))
		}
		source := kind == "source" || kind == "splits"
		if !source && r.IntN(5) == 0 {
			opts = append(opts, d4.WithOnError(d4.Skip, 0))
		}
		name := fmt.Sprint("pe", i)
		if err := add(g, kind, name, 1, 2, nil, opts...); err != nil {
			panic(err)
		}
		if source {
			continue
		}
		for range 1 + r.IntN(3) {
			by := []d4.Grouping{nil, nil, nil, d4.RoundRobin, d4.OneToAll, d4.AllToOne, d4.By(func(n int) int { return n })}[r.IntN(7)]
			if err := g.ConnectPorts(fmt.Sprint("pe", r.IntN(i)), fmt.Sprintf("out[%d]", r.IntN(2)), name, "in[0]", by); err != nil {
				panic(err)
			}
		}
	}
	return g
}

func randomRanks(r *rand.Rand) []partition.Rank {
	ranks := partition.Ranks(1+r.IntN(8), 1)
	for i := range ranks {
		ranks[i].Cores = 1 + r.IntN(4)
		ranks[i].Node = i / 2
	}
	return ranks
}

func randomOptions(r *rand.Rand) partition.Options {
	return partition.Options{Fuse: partition.Fuse(r.IntN(3)), Budget: []int64{0, 1 << 20, 4 << 10}[r.IntN(3)]}
}

// TestRandomPlans: what holds for every plan.
func TestRandomPlans(t *testing.T) {
	for seed := range uint64(1000) {
		g := randomGraph(rand.New(rand.NewPCG(seed, 1)))
		r := rand.New(rand.NewPCG(seed, 2))
		ranks, o := randomRanks(r), randomOptions(r)
		p, err := partition.Make(g, ranks, o)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		checkPlan(t, p, o)
		// The same again, from a graph made again.
		again, err := partition.Make(randomGraph(rand.New(rand.NewPCG(seed, 1))), ranks, o)
		if err != nil || again.String() != p.String() || again.Digest() != p.Digest() {
			t.Errorf("made again it is another plan: %v", err)
		}
		if t.Failed() {
			t.Fatalf("seed %d, options %+v:\n%s", seed, o, p)
		}
	}
}

func checkPlan(t *testing.T, p *partition.Plan, o partition.Options) {
	g := p.Graph
	// Every element is in one chain, and every instance on one rank.
	in := map[int]int{}
	for c, chain := range p.Chains {
		for _, at := range chain.Elements {
			if _, twice := in[at]; twice || p.ChainOf[at] != c {
				t.Errorf("%s is in chain %d and %d", g.Elements[at].Name, c, p.ChainOf[at])
			}
			in[at] = c
			if len(chain.Ranks) != p.Counts[at] {
				t.Errorf("%s: %d instances on %d ranks", g.Elements[at].Name, p.Counts[at], len(chain.Ranks))
			}
			for k := range chain.Ranks {
				if r := p.RankOf(at, k); r != chain.Ranks[k] || r < 0 || r >= len(p.Ranks) {
					t.Errorf("%s[%d] is on rank %d", g.Elements[at].Name, k, r)
				}
			}
		}
	}
	if len(in) != len(g.Elements) {
		t.Errorf("%d of %d PEs are placed", len(in), len(g.Elements))
	}
	// Counts are what the graph says, singles are single, roots are on rank 0.
	for at, e := range g.Elements {
		_, rooted := e.Proto.(d4.RootPlaced)
		switch n := p.Counts[at]; {
		case n < 1 || e.Instances > 0 && n != e.Instances || e.Instances == 0 && (e.Single || rooted) && n != 1:
			t.Errorf("%s has %d instances", e.Name, n)
		case rooted && p.RankOf(at, 0) != 0:
			t.Errorf("%s is on rank %d", e.Name, p.RankOf(at, 0))
		}
	}
	checkFused(t, p, o)
	checkEnds(t, p)
	checkMemory(t, p)
	checkBalance(t, p)
}

// fusable reports whether an edge may be a call: one to one, and neither end
// keeps errors to itself.
func fusable(p *partition.Plan, e d4.Edge) bool {
	from, to := p.Graph.Elements[e.From], p.Graph.Elements[e.To]
	return from.OnError == d4.Fail && to.OnError == d4.Fail && p.Counts[e.From] == p.Counts[e.To] &&
		(p.Counts[e.To] == 1 || e.Grouping.Kind() == port.KindBalanced)
}

// checkFused: a PE is called by those in its chain only if nothing else feeds
// it and every edge is one to one; and with --fuse all wherever that is so.
func checkFused(t *testing.T, p *partition.Plan, o partition.Options) {
	for at, e := range p.Graph.Elements {
		inside, feeders, legal := 0, map[int]bool{}, true
		edges := 0
		for i, edge := range p.Graph.Edges {
			if edge.To != at {
				continue
			}
			edges++
			feeders[p.ChainOf[edge.From]] = true
			legal = legal && fusable(p, edge)
			if p.Fused(i) {
				inside++
			}
		}
		may := edges > 0 && legal && len(feeders) == 1
		head := p.Chains[p.ChainOf[at]].Elements[0] == at
		switch {
		case inside != 0 && (inside != edges || !may):
			t.Errorf("%s must not be fused", e.Name)
		case head != (inside == 0):
			t.Errorf("%s is the head of its chain: %v, but %d of its edges are calls", e.Name, head, inside)
		case may && inside == 0 && o.Fuse == partition.All:
			t.Errorf("%s could be fused", e.Name)
		case inside > 0 && o.Fuse == partition.Off:
			t.Errorf("%s is fused", e.Name)
		}
	}
}

// checkEnds counts, stage by stage, who can send to whom.
func checkEnds(t *testing.T, p *partition.Plan) {
	for i, e := range p.Graph.Edges {
		for to := range p.Counts[e.To] {
			n := 0
			for from := range p.Counts[e.From] {
				if !p.Fused(i) || from == to {
					n++
				}
			}
			if got := p.Upstreams(i); got != n {
				t.Errorf("edge %d: instance %d waits for %d ends, but %d can send to it", i, to, got, n)
			}
		}
	}
}

func checkMemory(t *testing.T, p *partition.Plan) {
	const least = 4 << 10
	kept := p.Kept()
	for r := range p.Ranks {
		bound, keeps := int64(0), int64(0)
		for i, e := range p.Graph.Edges {
			if !p.Fused(i) && slices.Contains(p.Chains[p.ChainOf[e.To]].Ranks, r) {
				bound += int64(p.Counts[e.From] * p.Window)
			}
		}
		for at, e := range p.Graph.Elements {
			if l, ok := e.Proto.(d4.Limited); ok {
				for k := range p.Counts[at] {
					if p.RankOf(at, k) == r {
						keeps += l.MemoryLimit(p.Counts[at])
					}
				}
			}
		}
		if p.Bound(r) != bound || kept[r] != keeps {
			t.Errorf("rank %d: bound %d, want %d; kept %d, want %d", r, p.Bound(r), bound, kept[r], keeps)
		}
		if bound > p.Budget && p.Window != least {
			t.Errorf("rank %d: bound %d above the budget of %d with a window of %d", r, bound, p.Budget, p.Window)
		}
	}
	if p.Window < least || p.Window > 4<<20 {
		t.Errorf("window %d", p.Window)
	}
}

// checkBalance: no rank has more than 3 % above its share of the work, or one
// stage, more than what Graham's rule guarantees where stages are unequal: its
// share and a stage.
func checkBalance(t *testing.T, p *partition.Plan) {
	loads := p.Predict().Ranks
	total, power, heaviest, rooted := 0.0, 0, 0.0, 0.0
	for _, c := range p.Chains {
		w, root := 0.0, false
		for _, at := range c.Elements {
			w += p.Predict().Loads[at] / float64(p.Counts[at])
			_, is := p.Graph.Elements[at].Proto.(d4.RootPlaced)
			root = root || is
		}
		total += w * float64(len(c.Ranks))
		if heaviest = max(heaviest, w); root {
			rooted += w
		}
	}
	for _, r := range p.Ranks {
		power += r.Cores
	}
	for i, r := range p.Ranks {
		share := total * float64(r.Cores) / float64(power)
		if most := 1.03 * (share + float64(r.Cores)*heaviest + rooted); loads[i].CPU > most {
			t.Errorf("rank %d has %v, its share is %v and the heaviest stage %v", i, loads[i].CPU, share, heaviest)
		}
	}
}

// TestDigest: the digest changes when and only when the plan does.
func TestDigest(t *testing.T) {
	type variant struct {
		a, b    string // names
		n       int
		by      d4.Grouping
		onError d4.OnError
		hold    int
		calls   int
		weight  float64
		readers []d4.InputOption
		kind    string
		ranks   []partition.Rank
		opts    partition.Options
	}
	base := variant{a: "a", b: "b", n: 4, hold: d4.DefaultHold, calls: -1, kind: "node", ranks: partition.Ranks(2, 2)}
	digest := func(v variant) [32]byte {
		t.Helper()
		g := d4.NewGraph("g")
		if err := add(g, "source", v.a, 0, 1, nil, d4.Calls(v.calls)); err != nil {
			t.Fatal(err)
		}
		if err := add(g, v.kind, v.b, 1, 1, v.readers, d4.Instances(v.n), d4.WithOnError(v.onError, 0), d4.Hold(v.hold), d4.Weight(v.weight)); err != nil {
			t.Fatal(err)
		}
		if err := g.ConnectPorts(v.a, "out[0]", v.b, "in[0]", v.by); err != nil {
			t.Fatal(err)
		}
		p, err := partition.Make(g, v.ranks, v.opts)
		if err != nil {
			t.Fatal(err)
		}
		return p.Digest()
	}
	hosts := partition.Ranks(2, 2)
	hosts[1].Host, hosts[1].Node = "other", 1
	for name, change := range map[string]func(*variant){
		"other hosts":                   func(v *variant) { v.ranks = hosts },
		"a weight that moves nothing":   func(v *variant) { v.weight = 4e-6 },
		"a budget that changes nothing": func(v *variant) { v.opts.Budget = 1 << 30 },
		"fuse that fuses nothing":       func(v *variant) { v.opts.Fuse = partition.All },
		"the default grouping named":    func(v *variant) { v.by = d4.Balanced },
	} {
		v := base
		change(&v)
		if digest(v) != digest(base) {
			t.Errorf("%s: another digest", name)
		}
	}
	seen := map[[32]byte]string{digest(base): "the first"}
	for name, change := range map[string]func(*variant){
		"name":              func(v *variant) { v.b = "c" },
		"type":              func(v *variant) { v.kind = "limited" },
		"instances":         func(v *variant) { v.n = 5 },
		"grouping":          func(v *variant) { v.by = d4.RoundRobin },
		"declared grouping": func(v *variant) { v.readers = []d4.InputOption{d4.RoundRobin} },
		"key":               func(v *variant) { v.by = d4.By(func(n int) int { return n }) },
		"ReadOnly":          func(v *variant) { v.readers = []d4.InputOption{d4.ReadOnly} },
		"on_error":          func(v *variant) { v.onError = d4.Skip },
		"hold":              func(v *variant) { v.hold = 1 },
		"calls":             func(v *variant) { v.calls = 3 },
		"ranks":             func(v *variant) { v.ranks = partition.Ranks(3, 2) },
		"window":            func(v *variant) { v.opts.Budget = 10000 },
		"fused":             func(v *variant) { v.n, v.opts.Fuse = 1, partition.All },
		"not fused":         func(v *variant) { v.n, v.opts.Fuse = 1, partition.Off },
	} {
		v := base
		change(&v)
		d := digest(v)
		if other, ok := seen[d]; ok {
			t.Errorf("%s: the same digest as %s", name, other)
		}
		seen[d] = name
	}
}

// TestDigestOfRandomPlans: the plans of one graph have one digest exactly when
// they decide the same.
func TestDigestOfRandomPlans(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 3))
		g := randomGraph(r)
		var plans []*partition.Plan
		for range 6 {
			p, err := partition.Make(g, randomRanks(r), randomOptions(r))
			if err != nil {
				t.Fatal(err)
			}
			plans = append(plans, p)
		}
		for _, a := range plans {
			for _, b := range plans {
				same := reflect.DeepEqual(a.Counts, b.Counts) && reflect.DeepEqual(a.Chains, b.Chains) && a.Window == b.Window
				if same != (a.Digest() == b.Digest()) {
					t.Fatalf("seed %d: the same %v, digests %x and %x:\n%s\n%s", seed, same, a.Digest(), b.Digest(), a, b)
				}
			}
		}
	}
}

func TestParseFuse(t *testing.T) {
	for _, f := range []partition.Fuse{partition.Auto, partition.Off, partition.All} {
		if got, err := partition.ParseFuse(f.String()); got != f || err != nil {
			t.Errorf("%s: %v, %v", f, got, err)
		}
	}
	if _, err := partition.ParseFuse("on"); err == nil || err.Error() != `fuse is auto, off or all, not "on"` {
		t.Errorf("%v", err)
	}
}
