package partition

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

const (
	tries     = 4  // sides grown for each bisection
	halfSmall = 60 // vertices of a graph on which sides are grown
)

// bisectAll puts the vertices into a part for each cap by halving the caps
// again and again, and writes the parts.
func bisectAll(g *csr, caps []int64, parts []int32, random *rand.Rand) {
	k, total := len(caps), g.total()
	if k == 1 || total == 0 {
		clear(parts)
		return
	}
	mid := (k + 1) / 2
	left, right := sum(caps[:mid]), sum(caps[mid:])
	share := float64(left) / float64(left+right)
	// The room that all bisections have together is shared by those on the
	// way to one part; on a coarse graph they need an average vertex more.
	room := math.Pow(float64(left+right)/float64(total), 1/float64(bits.Len(uint(k-1))))
	more := total / int64(g.size())
	sides := []int64{
		min(left, int64(math.Ceil(share*float64(total)*room))) + more,
		min(right, int64(math.Ceil((1-share)*float64(total)*room))) + more,
	}
	side := bisect(g, sides, int64(share*float64(total)), random)
	for i, c := range [][]int64{caps[:mid], caps[mid:]} {
		sub, members := oneSide(g, side, int32(i))
		of := make([]int32, sub.size())
		bisectAll(sub, c, of, random)
		for v, at := range members {
			parts[at] = int32(i*mid) + of[v]
		}
	}
}

func sum(numbers []int64) int64 {
	s := int64(0)
	for _, n := range numbers {
		s += n
	}
	return s
}

// oneSide is the graph of the vertices on one side, and what they are in g.
func oneSide(g *csr, side []int32, which int32) (*csr, []int32) {
	to := make([]int32, g.size())
	var members []int32
	for v, s := range side {
		if s == which {
			to[v] = int32(len(members))
			members = append(members, int32(v))
		}
	}
	sub := &csr{weight: make([]int64, len(members)), first: make([]int32, len(members)+1), root: -1}
	for i, v := range members {
		sub.weight[i] = g.weight[v]
		if v == g.root {
			sub.root = int32(i)
		}
		for _, h := range g.edges(v) {
			if side[h.to] == which {
				sub.half = append(sub.half, half{to[h.to], h.weight})
			}
		}
		sub.first[i+1] = int32(len(sub.half))
	}
	return sub, members
}

// bisect puts the vertices on side 0, which shall weigh about target, or 1.
func bisect(g *csr, caps []int64, target int64, random *rand.Rand) []int32 {
	levels := coarsen(g, halfSmall, nil, random)
	small := coarsest(g, levels)
	r := newRefiner(g, caps, random)
	var best []int32
	for range tries {
		side := grow(small, target, &r.heap, random)
		r.on(small, side)
		r.rebalance()
		for range 4 {
			if r.searchAll() == 0 {
				break
			}
		}
		if best == nil || small.better(side, best, r.caps) {
			best = side
		}
	}
	return r.uncoarsen(levels, best)
}

// grow grows side 0 from the root, or a random vertex, by the vertex that cuts
// least, up to about the target.
func grow(g *csr, target int64, next *heap, random *rand.Rand) []int32 {
	n := int32(g.size())
	side := make([]int32, n)
	for v := range side {
		side[v] = 1
	}
	for load := int64(0); load < target; {
		if next.len() == 0 {
			v := g.root
			if v < 0 || load > 0 {
				for v = random.Int32N(n); side[v] == 0; v = (v + 1) % n {
				}
			}
			next.set(v, 0)
		}
		v, _ := next.pop()
		if load > 0 && load+g.weight[v]-target > target-load {
			break
		}
		side[v] = 0
		load += g.weight[v]
		for _, e := range g.edges(v) {
			if side[e.to] == 0 {
				continue
			}
			gain := int32(0)
			for _, h := range g.edges(e.to) {
				if side[h.to] == 0 {
					gain += h.weight
				} else {
					gain -= h.weight
				}
			}
			next.set(e.to, gain)
		}
	}
	next.clear()
	return side
}
