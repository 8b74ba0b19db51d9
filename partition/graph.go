package partition

import (
	"fmt"
	"math"
	"slices"
)

// An Edge joins two vertices of a graph that Graph cuts.
type Edge struct {
	A, B   int   // vertices, from 0
	Weight int64 // what it costs to cut it
}

// maxTotal bounds the sum of the weights of all vertices, so that shares of it
// are exact in a float64.
const maxTotal = 1 << 53

// Graph puts the vertices of an undirected graph into k parts so that the edges
// between parts weigh little, and returns the part of each vertex. No part is
// heavier than (1 + imbalance) x the average or the heaviest vertex, whichever
// is more, if a partition like that is found; where weights leave no such
// room it is as even as was found. The same input gives the same parts, on any
// machine. Where all partitions are few, it is the best of them.
//
// Edges may be in any order and either direction; those that join the same
// vertices add up, and one from a vertex to itself is never cut. It is an error
// if k is less than 1, a weight negative or the sum of weights more than 2^53,
// an end of an edge not a vertex, or the imbalance not a number of at least 0.
func Graph(weights []int64, edges []Edge, k int, imbalance float64) ([]int, error) {
	if k < 1 || k > math.MaxInt32 {
		return nil, fmt.Errorf("partition: a graph cannot be put into %d parts", k)
	}
	if !(imbalance >= 0 && imbalance <= math.MaxInt32) {
		return nil, fmt.Errorf("partition: an imbalance is a number from 0 on, not %v", imbalance)
	}
	total, heaviest := int64(0), int64(0)
	for v, w := range weights {
		if w < 0 || w > maxTotal-total {
			return nil, fmt.Errorf("partition: vertex %d weighs %d: weights are not negative, and all together at most 2^53", v, w)
		}
		total, heaviest = total+w, max(heaviest, w)
	}
	for i, e := range edges {
		if e.Weight < 0 || min(e.A, e.B) < 0 || max(e.A, e.B) >= len(weights) {
			return nil, fmt.Errorf("partition: edge %d joins %d and %d of %d vertices and weighs %d", i, e.A, e.B, len(weights), e.Weight)
		}
	}
	caps := make([]int64, k)
	for p := range caps {
		caps[p] = max(int64((1+imbalance)*float64(total)/float64(k)), heaviest, (total+int64(k)-1)/int64(k))
	}
	parts := split(newCSR(weights, edges), caps)
	out := make([]int, len(parts))
	for v, p := range parts {
		out[v] = int(p)
	}
	return out, nil
}

// A half is an edge as one of its ends has it.
type half struct{ to, weight int32 }

// A csr is a graph by the edges of each vertex: those of v are
// half[first[v]:first[v+1]]. The weights of all edges add up to less than 2^30.
type csr struct {
	weight []int64
	first  []int32
	half   []half
	root   int32 // the vertex that must be in part 0, -1 if there is none
}

func (g *csr) size() int            { return len(g.weight) }
func (g *csr) edges(v int32) []half { return g.half[g.first[v]:g.first[v+1]] }

func (g *csr) total() int64 {
	sum := int64(0)
	for _, w := range g.weight {
		sum += w
	}
	return sum
}

// newCSR joins parallel edges and leaves out those that are never cut. Weights
// whose sum is too large are scaled down, each to at least 1.
func newCSR(weights []int64, edges []Edge) *csr {
	sum := 0.0
	for _, e := range edges {
		sum += float64(e.Weight)
	}
	scale := min(1, (1<<29)/max(sum, 1))
	n := len(weights)
	g := &csr{weight: weights, first: make([]int32, n+1), root: -1}
	counted := func(e Edge) bool { return e.A != e.B && e.Weight > 0 }
	for _, e := range edges {
		if counted(e) {
			g.first[e.A+1]++
			g.first[e.B+1]++
		}
	}
	for v := range n {
		g.first[v+1] += g.first[v]
	}
	g.half = make([]half, g.first[n])
	at := slices.Clone(g.first[:n])
	for _, e := range edges {
		if counted(e) {
			w := int32(max(1, float64(e.Weight)*scale))
			g.half[at[e.A]] = half{int32(e.B), w}
			g.half[at[e.B]] = half{int32(e.A), w}
			at[e.A]++
			at[e.B]++
		}
	}
	g.merge()
	return g
}

// merge joins the parallel edges of each vertex.
func (g *csr) merge() {
	seen := make([]int32, g.size()) // 1 + where the edge to a vertex is
	from, out := int32(0), int32(0)
	for v := range g.size() {
		start := out
		for _, h := range g.half[from:g.first[v+1]] {
			if at := seen[h.to] - 1; at >= start {
				g.half[at].weight += h.weight
				continue
			}
			g.half[out] = h
			out++
			seen[h.to] = out
		}
		from = g.first[v+1]
		g.first[v+1] = out
	}
	g.half = g.half[:out]
}

// cut is the weight of the edges between parts.
func (g *csr) cut(parts []int32) int64 {
	sum := int64(0)
	for v, p := range parts {
		for _, h := range g.edges(int32(v)) {
			if parts[h.to] != p {
				sum += int64(h.weight)
			}
		}
	}
	return sum / 2
}

// overload is what parts are heavier than their caps by, in all.
func (g *csr) overload(parts []int32, caps []int64) int64 {
	load, over := make([]int64, len(caps)), int64(0)
	for v, p := range parts {
		load[p] += g.weight[v]
	}
	for p, l := range load {
		over += max(0, l-caps[p])
	}
	return over
}

// better reports whether the first partition is the better one: it keeps the
// caps better, or it cuts less.
func (g *csr) better(a, b []int32, caps []int64) bool {
	if x, y := g.overload(a, caps), g.overload(b, caps); x != y {
		return x < y
	}
	return g.cut(a) < g.cut(b)
}
