package partition

const (
	patience    = 15   // moves of a search from one vertex that may bring nothing
	patienceAll = 30   // moves of a search from all
	smallEnough = 3000 // vertices of a graph that is searched from all, whatever k
)

// uncoarsen carries parts of the coarsest graph to the full one and refines
// them on each.
func (r *refiner) uncoarsen(levels []level, parts []int32) []int32 {
	for i := len(levels); i >= 0; i-- {
		g := coarsest(r.full, levels[:i])
		if i < len(levels) {
			fine := make([]int32, g.size())
			for v, to := range levels[i].into {
				fine[v] = parts[to]
			}
			parts = fine
		}
		r.refine(g, parts)
	}
	return parts
}

// refine makes parts of one graph better.
func (r *refiner) refine(g *csr, parts []int32) {
	r.on(g, parts)
	r.rebalance()
	for range roundsOfLevel {
		gained := r.searchEach()
		if len(r.caps) == 2 || g.size() < smallEnough {
			gained += r.searchAll()
			if g == r.full {
				r.widen(r.vertex())
				gained += r.searchAll()
				r.widen(0)
			}
		}
		if gained == 0 {
			break
		}
	}
}

// searchEach starts a search at every vertex of the boundary, one after the
// other in random order (multi-try FM of Sanders and Schulz, "Engineering
// multilevel graph partitioning algorithms", ESA 2011). It returns what the cut fell by.
func (r *refiner) searchEach() int64 {
	r.round++
	r.seeds = r.seeds[:0]
	for v := range int32(r.g.size()) {
		if r.boundary(v) {
			r.seeds = append(r.seeds, v)
		}
	}
	shuffle(r.seeds, r.random)
	total := int64(0)
	for _, v := range r.seeds {
		if r.moved[v] != r.round {
			r.offer(v)
			total += r.search(patience)
		}
	}
	return total
}

// searchAll starts one search at all vertices of the boundary together. With
// wider caps it finds exchanges: what comes in first and what goes out then.
func (r *refiner) searchAll() int64 {
	r.round++
	for v := range int32(r.g.size()) {
		if r.boundary(v) {
			r.offer(v)
		}
	}
	return r.search(patienceAll)
}

// offer puts a vertex into the heap with what its best move brings, or takes it
// out if it has none.
func (r *refiner) offer(v int32) {
	to, gain := r.best(v)
	if to < 0 {
		r.heap.remove(v)
		return
	}
	r.to[v] = to
	r.heap.set(v, gain)
}

// search moves the vertex whose move brings most, though that be less than
// nothing, then the next, each vertex once in a round, until that many moves
// have not made the cut smaller than it was at its smallest; then it takes back
// all after that. Only where no part is heavier than before does a cut count (Fiduccia and Mattheyses, "A linear-time heuristic for improving network
// partitions", DAC 1982). It returns what the cut fell by.
func (r *refiner) search(patience int) int64 {
	r.moves = r.moves[:0]
	cut, best, keep, over := int64(0), int64(0), 0, r.over
	for r.heap.len() > 0 && len(r.moves)-keep < patience {
		v, gain := r.heap.pop()
		to := r.to[v]
		if r.load[to]+r.g.weight[v] > r.caps[to] {
			r.offer(v) // its part has filled up
			continue
		}
		r.moves = append(r.moves, move{v, r.parts[v]})
		r.moved[v] = r.round
		r.apply(v, to)
		if cut -= int64(gain); r.over < over || r.over == over && cut < best {
			best, over, keep = cut, r.over, len(r.moves)
		}
		for _, h := range r.g.edges(v) {
			if r.moved[h.to] != r.round {
				r.offer(h.to)
			}
		}
	}
	for i := len(r.moves) - 1; i >= keep; i-- {
		r.apply(r.moves[i].v, r.moves[i].from)
	}
	r.heap.clear()
	return -best
}
