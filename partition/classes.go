package partition

import (
	"github.com/dispel4go/dispel4go/internal/port"
)

// Stages that run the same PEs cost the same and have the same streams, so a
// placement is no more than how many of each kind a rank has. A class is such
// a kind: the stages of a chain, but for the first one where a stream brings
// all its items to that.
type class struct {
	chain  int
	n      int     // stages
	weight float64 // CPU seconds of each
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

	nodes  [][]int // ranks of each node, that of rank 0 first
	nodeOf []int   // the node of a rank, an index into nodes
	costs  Costs
	sure   bool      // everything was measured, so that time counts before balance
	total  float64   // CPU seconds in all
	power  float64   // of all cores
	room   []float64 // CPU seconds that each rank may have

	// For loads.
	all      []RankLoad
	heaviest []float64 // CPU seconds of a stage of each rank
	onA, onB []float64 // stages of two classes on each node
}

// problemOf makes the problem of placing the plan's chains.
func problemOf(p *Plan) *problem {
	q := &problem{ranks: p.Ranks, costs: p.options.Costs, sure: p.model.measured}
	first := make([]int, len(p.Chains)) // class of a chain's first stage; the others' is the same or the next
	apart := make([]bool, len(p.Chains))
	for _, e := range p.Graph.Edges {
		if c := p.ChainOf[e.To]; e.Grouping.Kind() == port.KindAllToOne && p.ChainOf[e.From] != c && p.Counts[e.To] > 1 {
			apart[c] = true
		}
	}
	loads := p.loads()
	for c, chain := range p.Chains {
		first[c] = len(q.classes)
		n := len(chain.Ranks)
		each := class{chain: c, n: n, root: p.rooted(c)}
		one := each
		for _, at := range chain.Elements {
			each.weight += loads[at] / float64(n)
		}
		if apart[c] {
			one.n, each.n, one.weight = 1, n-1, each.weight
			q.classes = append(q.classes, one)
		}
		q.classes = append(q.classes, each)
	}
	last := func(c int) int {
		if apart[c] {
			return first[c] + 1
		}
		return first[c]
	}
	join := func(a, b int, bytes float64) {
		if bytes > 0 {
			q.ties = append(q.ties, tie{a, b, bytes})
		}
	}
	for i, e := range p.Graph.Edges {
		a, b := p.ChainOf[e.From], p.ChainOf[e.To]
		if a == b {
			continue
		}
		bytes := p.delivered(i) * p.model.size[i] / float64(len(p.Chains[a].Ranks))
		for from := first[a]; from <= last(a); from++ {
			if e.Grouping.Kind() == port.KindAllToOne {
				join(from, first[b], bytes)
				continue
			}
			for to := first[b]; to <= last(b); to++ {
				join(from, to, bytes/float64(len(p.Chains[b].Ranks)))
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
		}
		q.nodes[n] = append(q.nodes[n], r)
		q.nodeOf[r] = n
		q.power += rank.power()
	}
	for _, c := range q.classes {
		q.total += float64(c.n) * c.weight
		heaviest = max(heaviest, c.weight)
	}
	for _, r := range q.ranks {
		q.room = append(q.room, max(even*q.total*r.power()/q.power, heaviest))
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

// write puts the placement into the plan: the stages of a chain lie in the
// order of the ranks.
func (q *problem) write(x placement, p *Plan) {
	next := make([]int, len(p.Chains))
	for c, on := range x {
		chain := q.classes[c].chain
		for r, n := range on {
			for range n {
				p.Chains[chain].Ranks[next[chain]] = r
				next[chain]++
			}
		}
	}
}

// read is the placement that a plan has.
func (q *problem) read(p *Plan) placement {
	x := q.empty()
	next := make([]int, len(p.Chains))
	for c, class := range q.classes {
		for range class.n {
			x[c][p.Chains[class.chain].Ranks[next[class.chain]]]++
			next[class.chain]++
		}
	}
	return x
}
