package partition

import (
	"cmp"
	"fmt"
	"slices"
)

// Placement says by what rule stages are placed. All but Best are there to
// compare with.
type Placement uint8

// The rules.
const (
	// Best is the best placement that is found.
	Best Placement = iota
	// RoundRobin deals the stages over the ranks, chain by chain.
	RoundRobin
	// Contiguous cuts the row of all stages, chain by chain, into equal parts.
	Contiguous
	// Storm is what Storm does if nobody tells it otherwise: it deals the
	// stages over the ranks, first one of each node, then the next of each.
	Storm
	// Naive has instances in proportion to what a PE was measured to cost and
	// deals the stages, after "Naive Assignment" of Liang, Filgueira and Yan,
	// "Adaptive Optimizations for Stream-based Workflows", WORKS 2020.
	Naive
	// Staging makes a stage of all neighbours that can be one, and has
	// instances in proportion to what stages cost, after "Staging" of the same.
	Staging
)

var placementNames = []string{"best", "round_robin", "contiguous", "storm", "naive", "staging"}

// String is the name used by flags.
func (p Placement) String() string { return placementNames[p] }

// ParsePlacement is the inverse of String.
func ParsePlacement(s string) (Placement, error) {
	if i := slices.Index(placementNames, s); i >= 0 {
		return Placement(i), nil
	}
	return 0, fmt.Errorf("placement is best, round_robin, contiguous, storm, naive or staging, not %q", s)
}

// place puts the stages on ranks.
func (p *Plan) place() {
	q := problemOf(p)
	var x placement
	switch p.options.Placement {
	case RoundRobin, Naive, Staging:
		x = q.dealt(q.inRow())
	case Storm:
		x = q.dealt(q.acrossNodes())
	case Contiguous:
		x = q.contiguous()
	default:
		x = q.best()
	}
	q.write(x, p)
}

// best is the best of all placements where these are few; otherwise of what the
// graph partitioner and the plain rules make.
func (q *problem) best() placement {
	if x := q.exact(); x != nil {
		return x
	}
	best := q.spread()
	q.fit(best)
	least := q.score(best)
	for _, x := range append(q.onFewer(), q.divided(), q.contiguous(), q.dealt(q.inRow()), q.dealt(q.acrossNodes())) {
		q.fit(x)
		if s := q.score(x); s.better(least) {
			best, least = x, s
		}
	}
	return best
}

// onFewer are placements on the first half of the nodes, the first quarter, and
// so on, then of the ranks of the first: if moving bytes is known to take
// longer than computing, one of them is the best.
func (q *problem) onFewer() (all []placement) {
	if !q.sure {
		return nil
	}
	try := func(ranks []int) {
		sub := &problem{classes: q.classes, ties: q.ties, costs: q.costs, sure: true}
		for _, r := range ranks {
			sub.ranks = append(sub.ranks, q.ranks[r])
		}
		sub.finish()
		on, x := sub.divided(), q.empty()
		for c := range on {
			for i, r := range ranks {
				x[c][r] = on[c][i]
			}
		}
		all = append(all, x)
	}
	for n := len(q.nodes) / 2; n > 0; n /= 2 {
		try(slices.Concat(q.nodes[:n]...))
	}
	for n := len(q.nodes[0]) / 2; n > 0; n /= 2 {
		try(q.nodes[0][:n])
	}
	return all
}

func (q *problem) inRow() []int {
	order := make([]int, len(q.ranks))
	for r := range order {
		order[r] = r
	}
	return order
}

// acrossNodes are the ranks, the first of each node before the second of any.
func (q *problem) acrossNodes() []int {
	order := q.inRow()
	place := make([]int, len(order))
	for _, ranks := range q.nodes {
		for i, r := range ranks {
			place[r] = i
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(place[a], place[b]) })
	return order
}

// dealt gives each rank a stage in turn.
func (q *problem) dealt(order []int) placement {
	x := q.empty()
	next := 0
	for _, c := range q.row {
		if q.classes[c].root {
			x[c][0]++
			continue
		}
		x[c][order[next%len(order)]]++
		next++
	}
	return x
}

// contiguous gives each rank its share of the work from the row of all stages.
func (q *problem) contiguous() placement {
	x := q.empty()
	share := func(r int) float64 { return q.ranks[r].power() * q.ranks[r].part() / q.power }
	r, done, end := 0, 0.0, share(0)
	for _, c := range q.row {
		class := &q.classes[c]
		for r < len(q.ranks)-1 && done+class.weight/2 >= end*q.total {
			r++
			end += share(r)
		}
		done += class.weight
		if class.root {
			x[c][0]++
		} else {
			x[c][r]++
		}
	}
	return x
}

// spread gives every stage, the heaviest first, to the rank that is through
// with it the earliest (longest processing time first; Graham 1969).
func (q *problem) spread() placement {
	x := q.empty()
	load := make([]float64, len(q.ranks))
	var rest []int
	for c, class := range q.classes {
		if class.root {
			x[c][0] = class.n
			load[0] += float64(class.n) * class.weight
		} else {
			rest = append(rest, c)
		}
	}
	slices.SortStableFunc(rest, func(a, b int) int { return cmp.Compare(q.classes[b].weight, q.classes[a].weight) })
	for _, c := range rest {
		w := q.classes[c].weight
		h := newEarliest(len(q.ranks), func(r int) float64 { return (load[r] + w) / q.ranks[r].power() })
		for range q.classes[c].n {
			r := h.first()
			x[c][r]++
			load[r] += w
			h.renew((load[r] + w) / q.ranks[r].power())
		}
	}
	return x
}

// An earliest is a heap of ranks by when they would be through; of those that
// are equal the first rank is first.
type earliest struct {
	rank []int
	at   []float64
}

func newEarliest(n int, at func(int) float64) *earliest {
	h := &earliest{make([]int, n), make([]float64, n)}
	for r := range n {
		h.rank[r], h.at[r] = r, at(r)
	}
	for i := n/2 - 1; i >= 0; i-- {
		h.down(i)
	}
	return h
}

func (h *earliest) first() int { return h.rank[0] }

// renew says when the first would be through now.
func (h *earliest) renew(at float64) {
	h.at[0] = at
	h.down(0)
}

func (h *earliest) before(i, j int) bool {
	return h.at[i] < h.at[j] || h.at[i] == h.at[j] && h.rank[i] < h.rank[j]
}

func (h *earliest) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(h.at) {
			return
		}
		if child+1 < len(h.at) && h.before(child+1, child) {
			child++
		}
		if !h.before(child, i) {
			return
		}
		h.rank[i], h.rank[child] = h.rank[child], h.rank[i]
		h.at[i], h.at[child] = h.at[child], h.at[i]
		i = child
	}
}
