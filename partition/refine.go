package partition

import "math/rand/v2"

// A refiner moves vertices between the parts of a graph, or of what it was
// coarsened to, so that the cut falls.
type refiner struct {
	full   *csr
	strict []int64 // the caps on the full graph
	random *rand.Rand

	g      *csr
	parts  []int32
	goal   []int64 // the caps here: on a coarse graph they are wider
	caps   []int64 // that moves keep, the same or wider still
	load   []int64
	over   int64 // what parts are heavier than the goal by, in all
	tabled bool
	table  []int32 // if tabled, the weight of the edges of each vertex to each part

	conn []int32 // weight of the edges of one vertex to each part
	near []int32 // parts where it is not 0

	to    []int32 // the best part for a vertex in the heap
	heap  heap
	round int32
	moved []int32 // the last round in which a vertex was moved
	moves []move
	seeds []int32
}

type move struct{ v, from int32 }

func newRefiner(g *csr, caps []int64, random *rand.Rand) *refiner {
	n, k := g.size(), len(caps)
	return &refiner{
		full: g, strict: caps, random: random,
		goal: make([]int64, k), caps: make([]int64, k), load: make([]int64, k), conn: make([]int32, k),
		to: make([]int32, n), heap: newHeap(n), moved: make([]int32, n),
	}
}

// on turns to a graph with its parts, which the refiner changes from then on. A
// vertex of a coarse graph is heavy, and caps that leave no room for one
// would freeze the parts; so they are wider by one and a half on average, and
// rebalance makes good for it where vertices are lighter.
func (r *refiner) on(g *csr, parts []int32) {
	r.g, r.parts = g, parts
	wider := int64(0)
	if g != r.full {
		wider = r.vertex()
	}
	for p, c := range r.strict {
		r.goal[p] = c + wider
	}
	r.widen(0)
	clear(r.load)
	for v, p := range parts {
		r.load[p] += g.weight[v]
	}
	r.over = 0
	for p, l := range r.load {
		r.over += max(0, l-r.goal[p])
	}
	k := len(r.caps)
	r.tabled = k <= 2*len(g.half)/g.size() // to go through a row is cheaper than through the edges
	if !r.tabled {
		return
	}
	if n := k * g.size(); n > len(r.table) {
		r.table = make([]int32, n)
	} else {
		clear(r.table[:n])
	}
	for v := range g.size() {
		row := r.table[v*k : v*k+k]
		for _, h := range g.edges(int32(v)) {
			row[parts[h.to]] += h.weight
		}
	}
}

// vertex is the weight of one and a half vertices, on average.
func (r *refiner) vertex() int64 { return 3 * (r.g.total() / int64(r.g.size())) / 2 }

// widen sets the caps that moves keep to the goal and more.
func (r *refiner) widen(more int64) {
	for p, c := range r.goal {
		r.caps[p] = c + more
	}
}

// apply moves a vertex.
func (r *refiner) apply(v, to int32) {
	from, w := r.parts[v], r.g.weight[v]
	r.over -= max(0, r.load[from]-r.goal[from]) + max(0, r.load[to]-r.goal[to])
	r.load[from] -= w
	r.load[to] += w
	r.over += max(0, r.load[from]-r.goal[from]) + max(0, r.load[to]-r.goal[to])
	r.parts[v] = to
	if !r.tabled {
		return
	}
	k := len(r.caps)
	for _, h := range r.g.edges(v) {
		row := r.table[int(h.to)*k : int(h.to)*k+k]
		row[from] -= h.weight
		row[to] += h.weight
	}
}

// best is the part that a vertex had best move to, and what the cut falls by;
// the part is -1 if no other with room holds a neighbour.
func (r *refiner) best(v int32) (to, gain int32) {
	if v == r.g.root {
		return -1, 0
	}
	own, w := r.parts[v], r.g.weight[v]
	to, most := int32(-1), int32(0)
	consider := func(p, c int32) {
		if c < most || c == 0 || p == own || r.load[p]+w > r.caps[p] {
			return
		}
		if c > most || r.caps[p]-r.load[p] > r.caps[to]-r.load[to] {
			to, most = p, c
		}
	}
	if r.tabled {
		k := len(r.caps)
		row := r.table[int(v)*k : int(v)*k+k]
		for p, c := range row {
			consider(int32(p), c)
		}
		return to, most - row[own]
	}
	r.near = r.near[:0]
	for _, h := range r.g.edges(v) {
		p := r.parts[h.to]
		if r.conn[p] == 0 {
			r.near = append(r.near, p)
		}
		r.conn[p] += h.weight
	}
	inside := r.conn[own]
	for _, p := range r.near {
		consider(p, r.conn[p])
		r.conn[p] = 0
	}
	return to, most - inside
}

// away is the best part for a vertex that must leave its own, and what the cut
// falls by: near its neighbours if there is room, or else where there is most.
func (r *refiner) away(v int32) (to, gain int32) {
	if to, gain = r.best(v); to >= 0 {
		return to, gain
	}
	own := r.parts[v]
	for p := range int32(len(r.load)) {
		if p != own && (to < 0 || r.caps[p]-r.load[p] > r.caps[to]-r.load[to]) {
			to = p
		}
	}
	for _, h := range r.g.edges(v) {
		switch r.parts[h.to] {
		case own:
			gain -= h.weight
		case to:
			gain += h.weight
		}
	}
	return to, gain
}

func (r *refiner) boundary(v int32) bool {
	for _, h := range r.g.edges(v) {
		if r.parts[h.to] != r.parts[v] {
			return true
		}
	}
	return false
}

// rebalance moves vertices out of parts that are too heavy, those first whose
// moves cost least, until none is or nothing helps.
func (r *refiner) rebalance() {
	for heavy := range int32(len(r.load)) {
		if r.load[heavy] <= r.caps[heavy] {
			continue
		}
		for v := range int32(r.g.size()) {
			if r.parts[v] == heavy && r.g.weight[v] > 0 && v != r.g.root {
				r.offerAway(v)
			}
		}
		for r.heap.len() > 0 && r.load[heavy] > r.caps[heavy] {
			v, _ := r.heap.pop()
			to, w := r.to[v], r.g.weight[v]
			if r.load[to]+w > r.caps[to] {
				if to, _ = r.away(v); r.load[to]+w-r.caps[to] >= r.load[heavy]-r.caps[heavy] {
					continue
				}
			}
			r.apply(v, to)
			for _, h := range r.g.edges(v) {
				if r.heap.has(h.to) {
					r.offerAway(h.to)
				}
			}
		}
		r.heap.clear()
	}
}

func (r *refiner) offerAway(v int32) {
	to, gain := r.away(v)
	r.to[v] = to
	r.heap.set(v, gain)
}
