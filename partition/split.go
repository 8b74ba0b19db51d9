package partition

import "math/rand/v2"

// How hard split tries; the figures of make bench-partition are for these.
const (
	leastStarts     = 2   // partitions from nothing
	largeStarts     = 3   // where the graph is so large that they differ much
	mostStarts      = 32  // where the graph is small
	startedVertices = 400 // of all starts together, between these bounds
	dense           = 100 // edges of a vertex on average, from which one start is as good as another
	cycles          = 2   // further passes over the best
	largeCycles     = 1   // where the graph is large, and each takes long
	roundsOfLevel   = 2   // of searches on each level
	perPart         = 20  // vertices of the coarsest graph for each part
	atLeast         = 100
	mostCoarse      = 2  // partitions of a coarsest graph, of which the best is refined on the way back
	smallest        = 40 // vertices: below this, partitions are scattered too
)

// split puts the vertices into one part for each cap, none heavier than its
// cap if that can be found.
//
// It makes several partitions from nothing and breeds each with the best so
// far. To breed is to contract only edges that neither cuts, so that the coarse
// graph knows both, and to refine the better one on the way back: what the two
// agree on is settled, and the search is over where they differ. A partition bred with
// itself is what others call a V-cycle.
func split(g *csr, caps []int64) []int32 {
	if len(caps) == 1 || g.size() == 0 || g.total() == 0 {
		return make([]int32, g.size())
	}
	if parts := exact(g, caps); parts != nil {
		return parts
	}
	return newSplitter(g, caps).search()
}

// A splitter splits one graph.
type splitter struct {
	g       *csr
	caps    []int64
	refiner *refiner
	random  *rand.Rand
}

func newSplitter(g *csr, caps []int64) *splitter {
	random := rand.New(rand.NewPCG(uint64(g.size()), uint64(len(caps))))
	return &splitter{g: g, caps: caps, random: random, refiner: newRefiner(g, caps, random)}
}

func (s *splitter) search() []int32 {
	best := s.start()
	if len(s.g.half) > dense*s.g.size() {
		return best
	}
	starts, again := min(mostStarts, max(leastStarts, startedVertices/s.g.size())), cycles
	if s.g.size() >= smallEnough {
		starts, again = largeStarts, largeCycles
	}
	for range starts - 1 {
		best = s.breed(best, s.start())
	}
	for range again {
		best = s.breed(best, best)
	}
	return best
}

// few is how far a graph is coarsened.
func (s *splitter) few() int { return max(perPart*len(s.caps), atLeast, s.g.size()/50) }

// start makes a partition from nothing.
func (s *splitter) start() []int32 {
	levels := coarsen(s.g, s.few(), nil, s.random)
	small := coarsest(s.g, levels)
	var best []int32
	for i := range max(1, min(mostCoarse, 128/len(s.caps))) {
		parts := make([]int32, small.size())
		if i%2 == 0 || small.size() > smallest {
			bisectAll(small, s.caps, parts, s.random)
		} else {
			s.scatter(parts, small.root)
		}
		s.refiner.refine(small, parts)
		if best == nil || small.better(parts, best, s.refiner.caps) {
			best = parts
		}
	}
	return s.refiner.uncoarsen(levels, best)
}

// scatter makes random parts: bisecting a small graph makes the same ones again
// and again.
func (s *splitter) scatter(parts []int32, root int32) {
	for v := range parts {
		if int32(v) != root {
			parts[v] = s.random.Int32N(int32(len(s.caps)))
		}
	}
}

// breed makes one partition of two, at least as good as either.
func (s *splitter) breed(a, b []int32) []int32 {
	if s.g.better(b, a, s.caps) {
		a, b = b, a
	}
	labels := make([]int32, s.g.size())
	number := map[[2]int32]int32{}
	for v := range labels {
		both := [2]int32{a[v], b[v]}
		label, ok := number[both]
		if !ok {
			label = int32(len(number))
			number[both] = label
		}
		labels[v] = label
	}
	levels := coarsen(s.g, s.few(), labels, s.random)
	parts := a
	for _, l := range levels {
		coarse := make([]int32, l.graph.size())
		for v, to := range l.into {
			coarse[to] = parts[v]
		}
		parts = coarse
	}
	if bred := s.refiner.uncoarsen(levels, parts); s.g.better(bred, a, s.caps) {
		return bred
	}
	return a
}
