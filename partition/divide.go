package partition

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

const (
	atOnce   = 8       // groups of ranks that a large problem is divided into
	fewRanks = 64      // a problem that is small is divided among up to so many
	fewPairs = 200_000 // pairs of stages with a stream in a small problem
	units    = 16      // into which the stages of a class are bundled, for each group
)

// divided places by cutting graphs: first among nodes, then among the ranks of
// each, and where those are many among groups of them before. Stages of a
// class are bundled, so that no graph is large: it is enough for a group to
// have its share to one in units.
func (q *problem) divided() placement {
	d := &divider{problem: q, x: q.empty(), known: map[string][][]int{}}
	// Where stages do not go evenly into ranks, spread says what is possible.
	over := q.over(q.spread())
	for _, room := range q.room {
		d.room = append(d.room, room*over)
	}
	counts := make([]int, len(q.classes))
	for c, class := range q.classes {
		counts[c] = class.n
	}
	d.among(q.nodes, counts)
	q.level(d.x, d.room)
	return d.x
}

// over is the most that a rank has, over what it may have; 1 if that is less.
func (q *problem) over(x placement) float64 {
	over := 1.0
	for r, l := range q.loads(x) {
		if l.CPU > 0 {
			over = max(over, l.CPU/q.room[r])
		}
	}
	return over
}

// A divider divides one problem.
type divider struct {
	*problem
	room  []float64 // CPU seconds that each rank gets at most
	x     placement
	known map[string][][]int // problems that have been solved
}

// among divides stages, so many of each class, among groups of ranks.
func (d *divider) among(groups [][]int, counts []int) {
	if len(groups) == 1 {
		ranks := groups[0]
		if len(ranks) == 1 {
			for c, n := range counts {
				d.x[c][ranks[0]] = n
			}
			return
		}
		groups = make([][]int, len(ranks))
		for i, r := range ranks {
			groups[i] = []int{r}
		}
	}
	inside := make([][][]int, len(groups)) // what each is divided among then
	for i, g := range groups {
		inside[i] = [][]int{g}
	}
	bundle := 1
	if len(groups) > fewRanks || d.pairs(counts) > fewPairs {
		bundle = 0
		if len(groups) > atOnce {
			var joined [][]int
			inside = nil
			for i := range atOnce {
				some := groups[i*len(groups)/atOnce : (i+1)*len(groups)/atOnce]
				inside = append(inside, some)
				joined = append(joined, slices.Concat(some...))
			}
			groups = joined
		}
	}
	for i, n := range d.solve(groups, counts, bundle) {
		d.among(inside[i], n)
	}
}

// pairs is the number of pairs of stages with a stream between them.
func (d *divider) pairs(counts []int) int {
	n := 0
	for _, t := range d.ties {
		n += counts[t.a] * counts[t.b]
	}
	return n
}

// solve divides stages among groups by cutting a graph whose vertices are
// bundles of so many of them; 0 is as many as it takes for units bundles a
// group.
func (d *divider) solve(groups [][]int, counts []int, bundle int) [][]int {
	caps := make([]float64, len(groups))
	var key strings.Builder
	fmt.Fprint(&key, bundle, counts)
	for i, g := range groups {
		for _, r := range g {
			caps[i] += d.room[r]
		}
		fmt.Fprintf(&key, " %v/%d", caps[i], len(g))
	}
	if n, ok := d.known[key.String()]; ok {
		return n
	}
	b := d.bundles(counts, bundle, len(groups))
	parts := split(b.graph, d.capsOf(groups, caps, counts, b))
	n := make([][]int, len(groups))
	for i := range n {
		n[i] = make([]int, len(counts))
	}
	for i, c := range b.class {
		n[parts[b.vertex[i]]][c] += b.stages[i]
	}
	d.known[key.String()] = n
	return n
}

// capsOf are the caps of the groups, in the weight of vertices. Groups share
// the room that is left in the measure that is their part of the way down to
// single ranks, so that there is some on each.
func (d *divider) capsOf(groups [][]int, caps []float64, counts []int, b *bundles) []int64 {
	work, room, ranks := 0.0, 0.0, 0
	for c, n := range counts {
		work += float64(n) * d.classes[c].weight
	}
	for i, g := range groups {
		room += caps[i]
		ranks += len(g)
	}
	share := math.Pow(max(1, room/work), math.Log(float64(len(groups)))/math.Log(float64(ranks)))
	out := make([]int64, len(groups))
	for i, c := range caps {
		fair := c / room * work * share
		if ranks > len(groups) {
			fair += max(0, b.heaviest-fair/units) / 2 // or large bundles would have no place
		}
		out[i] = int64(math.Ceil(min(c, fair) * b.scale * (1 + 1e-12)))
	}
	return out
}

// bundles are a graph of bundled stages.
type bundles struct {
	graph    *csr
	class    []int // of each bundle
	stages   []int // in each
	vertex   []int // of each; all that must be on rank 0 are one
	scale    float64
	heaviest float64 // CPU seconds of a bundle
}

func (d *divider) bundles(counts []int, size, groups int) *bundles {
	b := &bundles{}
	of := make([][]int, len(counts)) // the bundles of a class
	root := -1
	vertices := 0
	work := 0.0
	for c, n := range counts {
		s := size
		if s == 0 {
			s = max(1, n/(units*groups))
		}
		for left := n; left > 0; left -= s {
			s = min(s, left)
			of[c] = append(of[c], len(b.class))
			b.class = append(b.class, c)
			b.stages = append(b.stages, s)
			if d.classes[c].root && root >= 0 {
				b.vertex = append(b.vertex, root)
			} else {
				if d.classes[c].root {
					root = vertices
				}
				b.vertex = append(b.vertex, vertices)
				vertices++
			}
			w := float64(s) * d.classes[c].weight
			work += w
			b.heaviest = max(b.heaviest, w)
		}
	}
	b.scale = 1
	if work > 0 {
		b.scale = (1 << 40) / work
	}
	weights := make([]int64, vertices)
	for i, c := range b.class {
		weights[b.vertex[i]] += int64(float64(b.stages[i]) * d.classes[c].weight * b.scale)
	}
	bytes := 0.0
	for _, t := range d.ties {
		bytes += t.bytes * float64(counts[t.a]) * float64(counts[t.b])
	}
	var edges []Edge
	for _, t := range d.ties {
		for _, i := range of[t.a] {
			for _, j := range of[t.b] {
				w := t.bytes * float64(b.stages[i]) * float64(b.stages[j]) / bytes * (1 << 29)
				edges = append(edges, Edge{A: b.vertex[i], B: b.vertex[j], Weight: max(1, int64(w))})
			}
		}
	}
	b.graph = newCSR(weights, edges)
	b.graph.root = int32(root)
	return b
}
