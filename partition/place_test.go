package partition_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/partition"
)

// A dumb is the model of a plan once more, stage by stage and pair by pair.
type dumb struct {
	plan   *partition.Plan
	stages []stage
	bytes  [][]float64 // from each stage to each
	room   []float64
	power  map[int]float64 // of each node
}

type stage struct {
	chain, index int
	cpu          float64
	root         bool
}

func newDumb(p *partition.Plan) *dumb {
	d := &dumb{plan: p}
	o := p.Predict()
	total, heaviest, power := 0.0, 0.0, 0.0
	number := map[[2]int]int{}
	for c, chain := range p.Chains {
		for k := range chain.Ranks {
			s := stage{chain: c, index: k}
			for _, at := range chain.Elements {
				s.cpu += o.Loads[at] / float64(p.Counts[at])
				if _, ok := p.Graph.Elements[at].Proto.(d4.RootPlaced); ok {
					s.root = true
				}
			}
			number[[2]int{c, k}] = len(d.stages)
			d.stages = append(d.stages, s)
			total += s.cpu
			heaviest = max(heaviest, s.cpu)
		}
	}
	d.bytes = make([][]float64, len(d.stages))
	for i := range d.bytes {
		d.bytes[i] = make([]float64, len(d.stages))
	}
	for i, e := range p.Graph.Edges {
		if p.Fused(i) {
			continue
		}
		to := p.Counts[e.To]
		if e.Grouping.Kind() == port.KindAllToOne {
			to = 1
		}
		for a := range p.Counts[e.From] {
			for b := range to {
				d.bytes[number[[2]int{p.ChainOf[e.From], a}]][number[[2]int{p.ChainOf[e.To], b}]] += o.Edges[i] / float64(p.Counts[e.From]*to)
			}
		}
	}
	own := func(r partition.Rank) float64 {
		if r.Part > 0 {
			return r.Part * float64(r.Cores)
		}
		return float64(r.Cores)
	}
	d.power = map[int]float64{}
	for _, r := range p.Ranks {
		power += own(r)
		d.power[r.Node] += own(r)
	}
	for _, r := range p.Ranks {
		d.room = append(d.room, max(1.03*total*own(r)/power, heaviest))
	}
	return d
}

// measure works out what a placement comes to: how far above its room the
// fullest rank is, how long the slowest takes, bytes between nodes and ranks.
func (d *dumb) measure(on []int) (loads []partition.RankLoad, score [4]float64) {
	ranks := d.plan.Ranks
	loads = make([]partition.RankLoad, len(ranks))
	heaviest := make([]float64, len(ranks))
	for i, s := range d.stages {
		loads[on[i]].Stages++
		loads[on[i]].CPU += s.cpu
		heaviest[on[i]] = max(heaviest[on[i]], s.cpu)
		for j, bytes := range d.bytes[i] {
			from, to := on[i], on[j]
			switch {
			case from == to:
			case ranks[from].Node == ranks[to].Node:
				loads[from].RankOut += bytes
				loads[to].RankIn += bytes
				score[3] += bytes
			default:
				loads[from].NodeOut += bytes
				loads[to].NodeIn += bytes
				score[2] += bytes
			}
		}
	}
	score[0] = 1
	c := partition.DefaultCosts
	onNode := map[int]float64{}
	for r := range loads {
		onNode[ranks[r].Node] += loads[r].CPU
	}
	for r := range loads {
		l := &loads[r]
		busy := max(l.CPU/float64(ranks[r].Cores), heaviest[r])
		if l.CPU > 0 {
			busy = max(busy, onNode[ranks[r].Node]/d.power[ranks[r].Node])
		}
		l.Seconds = busy + c.Rank*(l.RankIn+l.RankOut) + c.Node*(l.NodeIn+l.NodeOut)
		score[0] = max(score[0], l.CPU/d.room[r])
		score[1] = max(score[1], l.Seconds)
	}
	return loads, score
}

// full is how many bytes PEs may keep more than ranks have memory.
func (d *dumb) full(on []int) (full int64) {
	kept := make([]int64, len(d.plan.Ranks))
	for i, s := range d.stages {
		for _, at := range d.plan.Chains[s.chain].Elements {
			if l, ok := d.plan.Graph.Elements[at].Proto.(d4.Limited); ok {
				kept[on[i]] += l.MemoryLimit(d.plan.Counts[at])
			}
		}
	}
	for r, k := range kept {
		if m := d.plan.Ranks[r].Memory; m > 0 {
			full += max(0, k-m)
		}
	}
	return full
}

func (d *dumb) on() (on []int) {
	for _, s := range d.stages {
		on = append(on, d.plan.Chains[s.chain].Ranks[s.index])
	}
	return on
}

// worse compares scores in the order of what counts; times that are within 3 %
// may be on either side of a step.
func worse(a, b [4]float64, sameStep bool) bool {
	near := func(x, y, by float64) bool { return x <= y*by+1e-12 }
	switch {
	case !near(a[0], b[0], 1+1e-6):
		return true
	case !near(b[0], a[0], 1+1e-6):
		return false
	case !near(a[1], b[1], 1.031):
		return true
	case !sameStep || math.Abs(a[1]-b[1]) > 1e-9*b[1]:
		return false
	case !near(a[2], b[2], 1+1e-6):
		return true
	}
	return near(b[2], a[2], 1+1e-6) && !near(a[3], b[3], 1+1e-6)
}

func smallGraph(r *rand.Rand, stages int) *d4.Graph {
	g := d4.NewGraph("small")
	for i := 0; stages > 0; i++ {
		n := 1 + r.IntN(min(3, stages))
		stages -= n
		kind, name := []string{"node", "greedy"}[r.IntN(2)], fmt.Sprint("pe", i)
		if i == 0 {
			kind = "splits"
		} else if n == 1 && r.IntN(4) == 0 {
			kind = "root"
		}
		if err := add(g, kind, name, 1, 1, nil, d4.Instances(n), d4.Weight(float64(r.IntN(4))*1e-6)); err != nil {
			panic(err)
		}
		for range min(i, 1+r.IntN(2)) {
			by := []d4.Grouping{nil, d4.RoundRobin, d4.OneToAll, d4.AllToOne}[r.IntN(4)]
			if err := g.ConnectPorts(fmt.Sprint("pe", r.IntN(i)), "out[0]", name, "in[0]", by); err != nil {
				panic(err)
			}
		}
	}
	return g
}

// TestPlacementIsExact: up to 10 stages on 3 ranks no placement is better, nor
// fits the memory better, and what is predicted is what adding up all pairs of stages gives.
func TestPlacementIsExact(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 4))
		g := smallGraph(r, 2+r.IntN(7+int(seed%2)*2))
		ranks := partition.Ranks(1+r.IntN(3), 1)
		for i := range ranks {
			ranks[i].Cores, ranks[i].Node = 1+r.IntN(2), i/(1+r.IntN(2))
			ranks[i].Memory = int64(r.IntN(4)) << 20
			ranks[i].Part = float64(r.IntN(3)) / 2
		}
		p, err := partition.Make(g, ranks, partition.Options{Fuse: partition.Off, Overcommit: true})
		if err != nil {
			t.Fatal(err)
		}
		d := newDumb(p)
		loads, ours := d.measure(d.on())
		for i, l := range p.Predict().Ranks {
			for _, pair := range [][2]float64{{l.CPU, loads[i].CPU}, {l.Seconds, loads[i].Seconds}, {l.RankIn, loads[i].RankIn}, {l.RankOut, loads[i].RankOut},
				{l.NodeIn, loads[i].NodeIn}, {l.NodeOut, loads[i].NodeOut}, {float64(l.Stages), float64(loads[i].Stages)}} {
				if math.Abs(pair[0]-pair[1]) > 1e-9*(1+pair[1]) {
					t.Fatalf("seed %d: rank %d is predicted to have %+v, pair by pair it is %+v", seed, i, l, loads[i])
				}
			}
		}
		if _, err := partition.Make(g, ranks, partition.Options{Fuse: partition.Off}); (err != nil) != (d.full(d.on()) > 0) {
			t.Fatalf("seed %d: more than there is memory for is refused: %v\n%s", seed, err, p)
		}
		full := d.full(d.on())
		on := make([]int, len(d.stages))
		var try func(i int)
		try = func(i int) {
			if i == len(on) {
				if d.full(on) > full {
					return
				}
				if _, s := d.measure(on); d.full(on) < full || worse(ours, s, true) {
					t.Fatalf("seed %d: %v has the score %v, ours %v\n%s", seed, on, s, ours, p)
				}
				return
			}
			for r := range ranks {
				if d.stages[i].root && r > 0 {
					break
				}
				on[i] = r
				try(i + 1)
			}
		}
		try(0)
	}
}

// TestMemoryIsFound: where many placements keep to the memory one is found.
func TestMemoryIsFound(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 6))
		g := d4.NewGraph("greedy")
		if err := add(g, "splits", "read", 0, 1, nil, d4.Instances(20), d4.Weight(r.Float64())); err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			name := fmt.Sprint("keep", i)
			if err := add(g, "greedy", name, 1, 0, nil, d4.Instances(1+r.IntN(10)), d4.Weight(r.Float64())); err != nil {
				t.Fatal(err)
			}
			g.ConnectPorts("read", "out[0]", name, "in[0]", nil)
		}
		ranks := cluster(3, 3)
		keep := 0
		for _, e := range g.Elements[1:] {
			keep += e.Instances
		}
		for keep > 0 { // as much memory as they need, and no more
			n := min(keep, 1+r.IntN(8))
			ranks[r.IntN(len(ranks))].Memory += int64(n) << 20
			keep -= n
		}
		for i := range ranks {
			ranks[i].Memory++ // or that of some would not be known
		}
		if _, err := partition.Make(g, ranks, partition.Options{Fuse: partition.Off}); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// TestSkew: what each instance of a next run has to do is what adding up, part by part of
// the keys, what was measured gives; stages that differ by less than a tenth are not told apart.
func TestSkew(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		measured, n := 2+r.IntN(6), 2+r.IntN(9)
		if seed%2 == 0 {
			n = measured
		}
		work := partition.Work{Instances: measured, ItemsIn: 0, ItemsOut: 10, BytesOut: 80}
		for range measured {
			x := float64(int(1) << r.IntN(5))
			work.Each = append(work.Each, partition.Share{Seconds: x, ItemsIn: 3 * x, ItemsOut: 1})
			work.Seconds, work.ItemsIn = work.Seconds+x, work.ItemsIn+3*x
		}
		cpu, items := make([]float64, n), make([]float64, n)
		for part := range measured * n {
			e := work.Each[part/n]
			cpu[part/measured] += e.Seconds / float64(n)
			items[part/measured] += e.ItemsIn / float64(n)
		}
		g := d4.NewGraph("skewed")
		for _, err := range []error{add(g, "splits", "read", 0, 1, nil, d4.Instances(3)), add(g, "node", "count", 1, 0, nil, d4.Instances(n)),
			g.ConnectPorts("read", "out[0]", "count", "in[0]", d4.By(func(n int) int { return n }))} {
			if err != nil {
				t.Fatal(err)
			}
		}
		profile := partition.Profile{"read": {Instances: 1, ItemsOut: work.ItemsIn, BytesOut: 8 * work.ItemsIn, Seconds: 1}, "count": work}
		p, err := partition.Make(g, cluster(2, 2), partition.Options{Fuse: partition.Off, Profile: profile})
		if err != nil {
			t.Fatal(err)
		}
		near := 0.1
		if n == measured {
			near = 1e-9
		}
		for rank, l := range p.Predict().Ranks {
			seconds, in, here := 0.0, 0.0, 0.0
			for k := range 3 {
				if p.RankOf(0, k) == rank {
					seconds += 1.0 / 3
					here++
				}
			}
			for k := range n {
				if p.RankOf(1, k) == rank {
					seconds += cpu[k]
					in += 8 * items[k] * (3 - here) / 3
				}
			}
			if math.Abs(l.CPU-seconds) > near*seconds+1e-9 || math.Abs(l.RankIn+l.NodeIn-in) > near*in+1e-9 {
				t.Errorf("seed %d: %d instances after %d: rank %d is predicted %+v, part by part it has %v s and %v bytes in", seed, n, measured, rank, l, seconds, in)
			}
		}
	}
}

// TestBestBeatsTheRules: no rule makes a better plan, on one node or several.
func TestBestBeatsTheRules(t *testing.T) {
	better := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 5))
		g := randomGraph(r)
		ranks, o := randomRanks(r), randomOptions(r)
		score := func(rule partition.Placement) [4]float64 {
			o.Placement = rule
			p, err := partition.Make(g, ranks, o)
			if err != nil {
				t.Fatal(err)
			}
			d := newDumb(p)
			_, s := d.measure(d.on())
			return s
		}
		best := score(partition.Best)
		for _, rule := range []partition.Placement{partition.RoundRobin, partition.Contiguous, partition.Storm} {
			s := score(rule)
			if worse(best, s, false) {
				t.Errorf("seed %d: %s has the score %v, ours %v", seed, rule, s, best)
			}
			if worse(s, best, false) {
				better++
			}
		}
	}
	if better < 300 {
		t.Errorf("it is clearly better than a rule only %d times of 900", better)
	}
}

// TestStaysInNodes: of pipelines side by side each is on one node, and on one
// rank if they are as many.
func TestStaysInNodes(t *testing.T) {
	g := d4.NewGraph("pipelines")
	for k := range 12 {
		for i, kind := range []string{"splits", "node", "node", "node"} {
			if err := add(g, kind, fmt.Sprintf("p%d-%d", k, i), 1, 1, nil, d4.Instances(1)); err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				g.ConnectPorts(fmt.Sprintf("p%d-%d", k, i-1), "out[0]", fmt.Sprintf("p%d-%d", k, i), "in[0]", nil)
			}
		}
	}
	ranks := partition.Ranks(12, 1)
	for i := range ranks {
		ranks[i].Node = i % 3 // as a launcher may number them
	}
	p, err := partition.Make(g, ranks, partition.Options{Fuse: partition.Off})
	if err != nil {
		t.Fatal(err)
	}
	if o := p.Predict(); o.NodeBytes != 0 || o.RankBytes != 0 {
		t.Errorf("%v bytes between nodes, %v between ranks:\n%s", o.NodeBytes, o.RankBytes, p)
	}
}

func cluster(nodes, ranksEach int) []partition.Rank {
	ranks := partition.Ranks(nodes*ranksEach, 1)
	for i := range ranks {
		ranks[i].Node, ranks[i].Host = i/ranksEach, fmt.Sprint("node", i/ranksEach)
	}
	return ranks
}

func largeGraph(t testing.TB) *d4.Graph {
	g := d4.NewGraph("large")
	if err := add(g, "splits", "read", 0, 1, nil, d4.Instances(50_000)); err != nil {
		t.Fatal(err)
	}
	if err := add(g, "node", "work", 1, 1, nil, d4.Instances(50_000)); err != nil {
		t.Fatal(err)
	}
	if err := g.ConnectPorts("read", "out[0]", "work", "in[0]", nil); err != nil {
		t.Fatal(err)
	}
	return g
}

// TestLargePlan: 100,000 instances, two PEs with a stream from all to all, on
// 10,000 ranks of 200 nodes. Every rank has its ten, and what stays in a node
// is within a hundredth of what can: as many of each PE on all. What is allocated for it, freed
// or not, is less than 1 GiB; how long it takes BenchmarkMake says.
func TestLargePlan(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p, err := partition.Make(largeGraph(t), cluster(200, 50), partition.Options{Fuse: partition.Off})
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<30 {
		t.Errorf("%d bytes were allocated", n)
	}
	o := p.Predict()
	for r, l := range o.Ranks {
		if l.Stages != 10 {
			t.Fatalf("rank %d has %d stages", r, l.Stages)
		}
	}
	if all := o.Edges[0]; o.NodeBytes > all*(1-1.0/200)*1.0001 || o.RankBytes > all/200*(1-1.0/50)*1.01 {
		t.Errorf("of %v bytes %v pass between nodes and %v between ranks", all, o.NodeBytes, o.RankBytes)
	}
	for c := range p.Chains {
		if ranks := p.Chains[c].Ranks; !slices.IsSorted(ranks) {
			t.Errorf("the stages of chain %d are not in the order of ranks", c)
		}
	}
}

// BenchmarkMake plans 100,000 instances on 10,000 ranks of 200 nodes.
func BenchmarkMake(b *testing.B) {
	g, ranks := largeGraph(b), cluster(200, 50)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := partition.Make(g, ranks, partition.Options{Fuse: partition.Off}); err != nil {
			b.Fatal(err)
		}
	}
}
