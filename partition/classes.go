package partition

import (
	"slices"

	"github.com/dispel4go/dispel4go/internal/port"
)

// Stages that run the same PEs cost the same and have the same streams, so a
// placement is no more than how many of each kind a rank has. A class is such
// a kind: the stages of a chain, but for the first one where a stream brings
// all its items to that, and for those that were measured to have more to do
// than others (skew.go).
type class struct {
	chain  int
	stages []int   // of the chain, in order
	n      int     // of stages
	weight float64 // CPU seconds of each
	keeps  int64   // bytes that the PEs of each may keep
	root   bool    // it must be on rank 0
}

// A tie is what each stage of one class sends to each of another, in bytes.
type tie struct {
	a, b  int // classes
	bytes float64
}

// even is what a rank may have of its share of the work: what balances better is
// worth no byte.
const even = 1.03

// A problem is what a placement is made for.
type problem struct {
	ranks   []Rank
	classes []class
	ties    []tie
	tiesOf  [][]int // of each class
	row     []int   // the class of every stage, chain by chain

	nodes   [][]int   // ranks of each node, that of rank 0 first
	nodeOf  []int     // the node of a rank, an index into nodes
	powerOf []float64 // CPU seconds that a node does in a second
	shared  bool      // there are ranks that share processors
	costs   Costs
	sure    bool      // everything was measured, so that time counts before balance
	total   float64   // CPU seconds in all
	power   float64   // of all cores
	room    []float64 // CPU seconds that each rank may have
	tight   bool      // the memory of a rank is known, and there are PEs that keep something

	// For loads.
	all      []RankLoad
	heaviest []float64 // CPU seconds of a stage of each rank
	onA, onB []float64 // stages of two classes on each node
}

// problemOf makes the problem of placing the plan's chains.
func problemOf(p *Plan) *problem {
	q := &problem{ranks: p.Ranks, costs: p.options.Costs, sure: p.model.measured}
	alone := make([]bool, len(p.Chains))
	for _, e := range p.Graph.Edges {
		if c := p.ChainOf[e.To]; e.Grouping.Kind() == port.KindAllToOne && p.ChainOf[e.From] != c && p.Counts[e.To] > 1 {
			alone[c] = true
		}
	}
	of := make([][]int, len(p.Chains)) // the classes of each chain
	uneven := make([]*portions, len(p.Counts))
	loads := p.loads()
	for c, chain := range p.Chains {
		n := len(chain.Ranks)
		keeps, weight := int64(0), 0.0
		var weights []float64 // of each stage, where they differ
		for _, at := range chain.Elements {
			keeps += p.limit(at)
			weight += loads[at] / float64(n)
			// Who is fused to others gets what they have got.
			if _, settled := p.settled(chain.Elements[0]); settled {
				uneven[at] = p.uneven(at, n)
			}
			if uneven[at] != nil {
				weights = make([]float64, n)
			}
		}
		for k := range weights {
			for _, at := range chain.Elements {
				part := 1 / float64(n)
				if uneven[at] != nil {
					part = uneven[at].work[k]
				}
				weights[k] += float64(loads[at] * part) // rounded, or the sum would be another on another machine
			}
		}
		row := make([]int, n)
		for _, stages := range kinds(n, weights, alone[c]) {
			each := class{chain: c, stages: stages, n: len(stages), weight: weight, keeps: keeps, root: p.rooted(c)}
			if weights != nil {
				each.weight = mean(weights, stages)
			}
			for _, k := range stages {
				row[k] = len(q.classes)
			}
			of[c] = append(of[c], len(q.classes))
			q.classes = append(q.classes, each)
		}
		q.row = append(q.row, row...)
	}
	for i, e := range p.Graph.Edges {
		a, b := p.ChainOf[e.From], p.ChainOf[e.To]
		if a == b {
			continue
		}
		bytes := p.delivered(i) * p.model.size[i]
		for _, from := range of[a] {
			sent := bytes / float64(len(p.Chains[a].Ranks)) // by each stage
			if u := uneven[e.From]; u != nil {
				sent = bytes * mean(u.out, q.classes[from].stages)
			}
			for _, to := range of[b] {
				got := sent / float64(len(p.Chains[b].Ranks))
				switch u := uneven[e.To]; {
				case e.Grouping.Kind() == port.KindAllToOne:
					got = sent
				case u != nil && e.Grouping.Kind() != port.KindOneToAll:
					got = sent * mean(u.in, q.classes[to].stages)
				}
				if got > 0 {
					q.ties = append(q.ties, tie{from, to, got})
				}
				if e.Grouping.Kind() == port.KindAllToOne {
					break // only the first stage gets anything
				}
			}
		}
	}
	q.finish()
	return q
}

// finish works out what follows from ranks, classes and ties.
func (q *problem) finish() {
	q.tiesOf = make([][]int, len(q.classes))
	for i, t := range q.ties {
		q.tiesOf[t.a] = append(q.tiesOf[t.a], i)
		q.tiesOf[t.b] = append(q.tiesOf[t.b], i)
	}
	number := map[int]int{}
	q.nodeOf = make([]int, len(q.ranks))
	heaviest := 0.0
	for r, rank := range q.ranks {
		n, ok := number[rank.Node]
		if !ok {
			n = len(q.nodes)
			number[rank.Node] = n
			q.nodes = append(q.nodes, nil)
			q.powerOf = append(q.powerOf, 0)
		}
		q.nodes[n] = append(q.nodes[n], r)
		q.nodeOf[r] = n
		own := rank.power() * rank.part()
		q.powerOf[n] += own
		q.power += own
		q.shared = q.shared || rank.part() < 1
	}
	for _, c := range q.classes {
		q.total += float64(c.n) * c.weight
		heaviest = max(heaviest, c.weight)
	}
	for _, r := range q.ranks {
		q.room = append(q.room, max(even*q.total*r.power()*r.part()/q.power, heaviest))
		q.tight = q.tight || r.Memory > 0 && slices.ContainsFunc(q.classes, func(c class) bool { return c.keeps > 0 })
	}
}

// A placement is how many stages of each class a rank has.
type placement [][]int // by class, by rank

func (q *problem) empty() placement {
	x := make(placement, len(q.classes))
	for c := range x {
		x[c] = make([]int, len(q.ranks))
	}
	return x
}

// write puts the placement into the plan: the stages of a class lie in the
// order of the ranks.
func (q *problem) write(x placement, p *Plan) {
	for c, on := range x {
		class := &q.classes[c]
		next := 0
		for r, n := range on {
			for range n {
				p.Chains[class.chain].Ranks[class.stages[next]] = r
				next++
			}
		}
	}
}

// read is the placement that a plan has.
func (q *problem) read(p *Plan) placement {
	x := q.empty()
	for c, class := range q.classes {
		for _, k := range class.stages {
			x[c][p.Chains[class.chain].Ranks[k]]++
		}
	}
	return x
}
