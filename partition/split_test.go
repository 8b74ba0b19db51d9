package partition

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSplitBesideExact: where all partitions can be tried, what split does on
// larger graphs finds the best one nearly always, and is never far from it.
func TestSplitBesideExact(t *testing.T) {
	missed := 0
	const graphs = 200
	for seed := range uint64(graphs) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := 8 + r.IntN(3)
		weights := make([]int64, n)
		for v := range weights {
			weights[v] = 1 + r.Int64N(5)
		}
		var edges []Edge
		for range 2 * n {
			edges = append(edges, Edge{A: r.IntN(n), B: r.IntN(n), Weight: 1 + r.Int64N(9)})
		}
		g := newCSR(weights, edges)
		if seed%2 == 0 {
			g.root = r.Int32N(int32(n))
		}
		caps := []int64{g.total()/3 + 2, g.total()/3 + 2, g.total()/3 + 1}
		best := exact(g, caps)
		s := newSplitter(g, caps)
		found := s.search()
		if g.root >= 0 && (best[g.root] != 0 || found[g.root] != 0) {
			t.Fatalf("seed %d: the root is in part %d, %d", seed, best[g.root], found[g.root])
		}
		if g.better(found, best, caps) {
			t.Fatalf("seed %d: exact is not the best: %v, %v is better", seed, best, found)
		}
		if g.better(best, found, caps) {
			missed++
			t.Log(n, g.root, "best", g.cut(best), g.overload(best, caps), best, "found", g.cut(found), g.overload(found, caps), found, weights, caps)
		}
	}
	if missed > graphs/10 {
		t.Errorf("%d of %d graphs have a better partition than was found", missed, graphs)
	}
}

// TestTable: the weights to parts that are kept over moves are those that are
// counted.
func TestTable(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	weights := slices.Repeat([]int64{1}, 50)
	var edges []Edge
	for range 400 {
		edges = append(edges, Edge{A: r.IntN(50), B: r.IntN(50), Weight: 1 + r.Int64N(9)})
	}
	g := newCSR(weights, edges)
	caps := []int64{20, 20, 20}
	parts := make([]int32, 50)
	for v := range parts {
		parts[v] = int32(v % 3)
	}
	s := newRefiner(g, caps, r)
	s.on(g, parts)
	if !s.tabled {
		t.Fatal("no table for a dense graph")
	}
	for range 100 {
		s.apply(r.Int32N(50), r.Int32N(3))
		v := r.Int32N(50)
		to, gain := s.best(v)
		s.tabled = false
		if plainTo, plainGain := s.best(v); plainGain != gain || (plainTo < 0) != (to < 0) {
			t.Fatalf("vertex %d goes to %d and brings %d, by its edges to %d and %d", v, to, gain, plainTo, plainGain)
		}
		s.tabled = true
	}
}
