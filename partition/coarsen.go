package partition

import "math/rand/v2"

// A level is a graph that another was contracted to, and what each vertex of
// that one has become.
type level struct {
	graph *csr
	into  []int32
}

// coarsen contracts heavy edges until few vertices are left or no more can be
// joined, and returns the coarser graphs, the finest of them first. Only
// vertices with the same label are joined, if there are labels.
func coarsen(g *csr, few int, labels []int32, random *rand.Rand) []level {
	c := &contractor{
		limit:  1 + 3*(g.total()/int64(2*few)),
		order:  make([]int32, g.size()),
		weight: make([]int64, g.size()),
		seen:   make([]int32, g.size()),
	}
	var levels []level
	for any := false; g.size() > few; {
		n, into := c.match(g, labels, any, random)
		if n > g.size()*19/20 {
			if any {
				break
			}
			any = true
			continue
		}
		any = any || n > g.size()*3/4
		coarse := c.contract(g, into, n)
		if labels != nil {
			of := make([]int32, n)
			for v, to := range into {
				of[to] = labels[v]
			}
			labels = of
		}
		levels = append(levels, level{coarse, into})
		g = coarse
	}
	return levels
}

// coarsest is the graph that is left.
func coarsest(g *csr, levels []level) *csr {
	if len(levels) == 0 {
		return g
	}
	return levels[len(levels)-1].graph
}

// A contractor holds what contracting needs.
type contractor struct {
	limit  int64   // no vertex becomes heavier than this by joining
	order  []int32 // in which vertices are matched, then vertices by what they become
	weight []int64 // of what vertices become
	seen   []int32
}

// match says what each vertex becomes in a coarser graph, and how many there
// are. In random order every vertex is joined with the neighbour where the
// square of the edge's weight over the product of the vertices' is greatest
// (the rating expansion*2 of Holtgrewe, Sanders and Schulz, "Engineering a
// scalable high quality graph partitioner", IPDPS 2010). Neighbours are free
// ones, or any: a matching of a star has but one edge.
func (c *contractor) match(g *csr, labels []int32, any bool, random *rand.Rand) (int, []int32) {
	n := g.size()
	order := c.order[:n]
	for i := range order {
		order[i] = int32(i)
	}
	shuffle(order, random)
	into := make([]int32, n)
	for v := range into {
		into[v] = -1
	}
	count := int32(0)
	for _, v := range order {
		if into[v] >= 0 {
			continue
		}
		w := g.weight[v]
		best, rating := int32(-1), 0.0
		for _, h := range g.edges(v) {
			u := h.to
			if labels != nil && labels[u] != labels[v] {
				continue
			}
			joined := g.weight[u]
			if to := into[u]; to >= 0 {
				if !any {
					continue
				}
				joined = c.weight[to]
			}
			if w+joined > c.limit {
				continue
			}
			r := float64(h.weight)
			if r = r * r / float64(max(joined, 1)); r > rating {
				best, rating = u, r
			}
		}
		switch {
		case best < 0:
			into[v] = count
			c.weight[count] = w
			count++
		case into[best] >= 0:
			into[v] = into[best]
			c.weight[into[v]] += w
		default:
			into[v], into[best] = count, count
			c.weight[count] = w + g.weight[best]
			count++
		}
	}
	return int(count), into
}

// contract makes the coarser graph.
func (c *contractor) contract(g *csr, into []int32, n int) *csr {
	coarse := &csr{weight: make([]int64, n), first: make([]int32, n+1), half: make([]half, 0, len(g.half)), root: -1}
	if g.root >= 0 {
		coarse.root = into[g.root]
	}
	end := make([]int32, n+1) // where those that become a vertex end
	for v, to := range into {
		coarse.weight[to] += g.weight[v]
		end[to+1]++
	}
	for i := range n {
		end[i+1] += end[i]
	}
	members := c.order[:g.size()]
	for v, to := range into {
		members[end[to]] = int32(v)
		end[to]++
	}
	seen := c.seen[:n] // 1 + where the edge to a vertex is
	clear(seen)
	from := int32(0)
	for v := range int32(n) {
		start := int32(len(coarse.half))
		for _, m := range members[from:end[v]] {
			for _, h := range g.edges(m) {
				to := into[h.to]
				if to == v {
					continue
				}
				if at := seen[to] - 1; at >= start {
					coarse.half[at].weight += h.weight
					continue
				}
				coarse.half = append(coarse.half, half{to, h.weight})
				seen[to] = int32(len(coarse.half))
			}
		}
		from = end[v]
		coarse.first[v+1] = int32(len(coarse.half))
	}
	return coarse
}

func shuffle(order []int32, random *rand.Rand) {
	for i := len(order) - 1; i > 0; i-- {
		j := random.Uint32N(uint32(i + 1))
		order[i], order[j] = order[j], order[i]
	}
}
