package partition_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/partition"
)

// A net is a graph to cut, and the dumb twins of Graph are its methods.
type net struct {
	weights []int64
	edges   []partition.Edge
	k       int
}

// randomNet makes a graph of n vertices with about the given number of edges
// at each.
func randomNet(r *rand.Rand, n, k int, degree float64) net {
	g := net{k: k}
	for range n {
		g.weights = append(g.weights, 1+r.Int64N(20))
	}
	for range int(degree * float64(n) / 2) {
		g.edges = append(g.edges, partition.Edge{A: r.IntN(n), B: r.IntN(n), Weight: r.Int64N(100)})
	}
	return g
}

// workflowNet makes stages of instances, each with streams to some of the next.
func workflowNet(r *rand.Rand, stages, instances, k int) net {
	g := net{k: k}
	for s := range stages {
		cost := 1 + r.Int64N(50)
		for i := range instances {
			g.weights = append(g.weights, cost+r.Int64N(10))
			for range 2 {
				if to := (s+1)*instances + (i+r.IntN(4))%instances; s+1 < stages {
					g.edges = append(g.edges, partition.Edge{A: s*instances + i, B: to, Weight: 1 + r.Int64N(1000)})
				}
			}
		}
	}
	return g
}

func (g net) limit(imbalance float64) int64 {
	total := int64(0)
	for _, w := range g.weights {
		total += w
	}
	return max(int64((1+imbalance)*float64(total)/float64(g.k)), slices.Max(g.weights), (total+int64(g.k)-1)/int64(g.k))
}

// measure is the cut of parts, and what they are heavier than the limit by.
func (g net) measure(parts []int, limit int64) (cut, over int64) {
	load := make([]int64, g.k)
	for v, p := range parts {
		load[p] += g.weights[v]
	}
	for _, l := range load {
		over += max(0, l-limit)
	}
	for _, e := range g.edges {
		if parts[e.A] != parts[e.B] {
			cut += e.Weight
		}
	}
	return cut, over
}

// exhaustive tries every partition.
func (g net) exhaustive(limit int64) (cut, over int64) {
	parts := make([]int, len(g.weights))
	cut, over = math.MaxInt64, math.MaxInt64
	for {
		if c, o := g.measure(parts, limit); o < over || o == over && c < cut {
			cut, over = c, o
		}
		v := 0
		for ; v < len(parts); v++ {
			if parts[v]++; parts[v] < g.k {
				break
			}
			parts[v] = 0
		}
		if v == len(parts) {
			return cut, over
		}
	}
}

func (g net) roundRobin() []int {
	parts := make([]int, len(g.weights))
	for v := range parts {
		parts[v] = v % g.k
	}
	return parts
}

// contiguous gives each part its share of the weight in the order of vertices.
func (g net) contiguous() []int {
	total, sum := int64(0), int64(0)
	for _, w := range g.weights {
		total += w
	}
	parts := make([]int, len(g.weights))
	for v, w := range g.weights {
		parts[v] = min(g.k-1, int((sum+w/2)*int64(g.k)/max(total, 1)))
		sum += w
	}
	return parts
}

func (g net) random(r *rand.Rand) []int {
	parts := make([]int, len(g.weights))
	for v := range parts {
		parts[v] = r.IntN(g.k)
	}
	return parts
}

func graph(t *testing.T, g net, imbalance float64) []int {
	t.Helper()
	parts, err := partition.Graph(g.weights, g.edges, g.k, imbalance)
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) != len(g.weights) {
		t.Fatalf("%d of %d vertices have a part", len(parts), len(g.weights))
	}
	for v, p := range parts {
		if p < 0 || p >= g.k {
			t.Fatalf("vertex %d is in part %d of %d", v, p, g.k)
		}
	}
	return parts
}

// TestGraphIsExact: up to 10 vertices in 3 parts it is as good as the best of
// all partitions.
func TestGraphIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		n := 1 + r.IntN(10)
		g := randomNet(r, n, 1+r.IntN(3), 4)
		limit := g.limit(0.03)
		cut, over := g.measure(graph(t, g, 0.03), limit)
		if bestCut, bestOver := g.exhaustive(limit); cut != bestCut || over != bestOver {
			t.Fatalf("cut %d, %d too heavy; the best is %d, %d\n%+v", cut, over, bestCut, bestOver, g)
		}
	}
}

// TestGraphBeatsTheTwins: it is better than round-robin, contiguous and the best
// of random partitions, and keeps the limit where they do.
func TestGraphBeatsTheTwins(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 2))
		k := 2 + r.IntN(12)
		g := randomNet(r, 20+r.IntN(200), k, 1+6*r.Float64())
		if seed%2 == 0 {
			g = workflowNet(r, 2+r.IntN(5), 8+r.IntN(40), k)
		}
		limit := g.limit(0.03)
		cut, over := g.measure(graph(t, g, 0.03), limit)
		twins := map[string][]int{"round-robin": g.roundRobin(), "contiguous": g.contiguous()}
		for range 50 {
			twins["random"] = g.random(r)
			for name, parts := range twins {
				if c, o := g.measure(parts, limit); o < over || o == over && c < cut {
					t.Errorf("seed %d, %d vertices, %d parts: cut %d, %d too heavy; %s has %d, %d", seed, len(g.weights), k, cut, over, name, c, o)
				}
			}
		}
	}
}

// TestGraphSeesTheObvious: clusters are found, however they are numbered.
func TestGraphSeesTheObvious(t *testing.T) {
	const k, size = 8, 50
	r := rand.New(rand.NewPCG(3, 3))
	number := r.Perm(k * size)
	g := net{k: k, weights: slices.Repeat([]int64{1}, k*size)}
	for c := range k {
		for i := range size {
			for range 6 {
				g.edges = append(g.edges, partition.Edge{A: number[c*size+i], B: number[c*size+r.IntN(size)], Weight: 10})
			}
		}
		g.edges = append(g.edges, partition.Edge{A: number[c*size], B: number[(c+1)%k*size], Weight: 1})
	}
	if cut, over := g.measure(graph(t, g, 0.03), g.limit(0.03)); cut != k || over != 0 {
		t.Errorf("cut %d, %d too heavy; %d clusters in a ring have %d between them", cut, over, k, k)
	}
}

// TestGraphIsTheSameAgain: the order and direction of edges aside.
func TestGraphIsTheSameAgain(t *testing.T) {
	g := workflowNet(rand.New(rand.NewPCG(4, 4)), 6, 100, 7)
	first := graph(t, g, 0.03)
	if again := graph(t, g, 0.03); !slices.Equal(first, again) {
		t.Error("another partition of the same graph")
	}
}

// TestGraphHardCases: nothing to cut, nothing to weigh, more parts than
// vertices, a vertex that outweighs the average, stars, huge weights.
func TestGraphHardCases(t *testing.T) {
	star := net{k: 4, weights: slices.Repeat([]int64{3}, 1001)}
	for v := 1; v <= 1000; v++ {
		star.edges = append(star.edges, partition.Edge{A: 0, B: v, Weight: 2})
	}
	heavy := workflowNet(rand.New(rand.NewPCG(5, 5)), 3, 50, 16)
	heavy.weights[70] = 5000
	huge := workflowNet(rand.New(rand.NewPCG(6, 6)), 3, 50, 5)
	for v := range huge.weights {
		huge.weights[v] *= 1 << 35
	}
	for i := range huge.edges {
		huge.edges[i].Weight *= 1 << 40
	}
	dense := net{k: 10, weights: slices.Repeat([]int64{5}, 200)}
	for a := range 100 {
		for b := range 100 {
			dense.edges = append(dense.edges, partition.Edge{A: a, B: 100 + b, Weight: 7})
		}
	}
	weightless := workflowNet(rand.New(rand.NewPCG(7, 7)), 3, 50, 5)
	clear(weightless.weights)
	for name, c := range map[string]struct {
		net
		cut int64 // at most
	}{
		"no vertices":               {net{k: 3}, 0},
		"no edges":                  {net{k: 5, weights: slices.Repeat([]int64{2}, 500)}, 0},
		"weightless":                {weightless, 0},
		"more parts than vertices":  {net{k: 100, weights: slices.Repeat([]int64{2}, 20), edges: []partition.Edge{{A: 0, B: 1, Weight: 5}}}, 5},
		"loops and parallel edges":  {net{k: 2, weights: []int64{1, 1, 1, 1}, edges: []partition.Edge{{A: 0, B: 0, Weight: 9}, {A: 0, B: 1, Weight: 1}, {A: 1, B: 0, Weight: 1}, {A: 2, B: 3, Weight: 1}}}, 0},
		"star":                      {star, 2 * 751},
		"one outweighs the average": {heavy, math.MaxInt64},
		"huge weights":              {huge, math.MaxInt64},
		"all to all":                {dense, 100 * 100 * 7 * 9 / 10},
	} {
		t.Run(name, func(t *testing.T) {
			parts := graph(t, c.net, 0.03)
			if len(parts) == 0 {
				return
			}
			if cut, over := c.measure(parts, c.limit(0.03)); cut > c.cut || over > 0 {
				t.Errorf("cut %d, at most %d expected; %d too heavy", cut, c.cut, over)
			}
		})
	}
}

func TestGraphRefuses(t *testing.T) {
	one := []int64{1, 1}
	for _, c := range []struct {
		net
		imbalance float64
		want      string
	}{
		{net{weights: one, k: 0}, 0, "0 parts"},
		{net{weights: one, k: 2}, -1, "not -1"},
		{net{weights: one, k: 2}, math.NaN(), "not NaN"},
		{net{weights: []int64{1, -1}, k: 2}, 0, "vertex 1 weighs -1"},
		{net{weights: []int64{1 << 53, 1}, k: 2}, 0, "at most 2^53"},
		{net{weights: one, k: 2, edges: []partition.Edge{{A: 0, B: 2}}}, 0, "joins 0 and 2 of 2"},
		{net{weights: one, k: 2, edges: []partition.Edge{{A: -1, B: 1}}}, 0, "joins -1 and 1"},
		{net{weights: one, k: 2, edges: []partition.Edge{{A: 0, B: 1, Weight: -3}}}, 0, "weighs -3"},
	} {
		if _, err := partition.Graph(c.weights, c.edges, c.k, c.imbalance); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c, err, c.want)
		}
	}
}
