package partition

import "math"

// fewEnough is how many partitions are all tried: those of 10 vertices into 3
// parts.
const fewEnough = 59049

// exact is the best partition of all, nil if there are too many. Vertices are
// placed one after the other, and what is already worse than the best is left.
func exact(g *csr, caps []int64) []int32 {
	n, k := g.size(), len(caps)
	if float64(n)*math.Log(float64(k)) > math.Log(fewEnough)+1e-9 {
		return nil
	}
	e := &exactly{g: g, caps: caps, parts: make([]int32, n), load: make([]int64, k), over: math.MaxInt64}
	e.place(0, 0, 0)
	return e.best
}

type exactly struct {
	g     *csr
	caps  []int64
	parts []int32
	load  []int64

	best []int32
	over int64
	cut  int64
}

// place tries all parts for vertex v and those after it; over and cut are those
// of the vertices before it.
func (e *exactly) place(v int, over, cut int64) {
	if over > e.over || over == e.over && cut >= e.cut {
		return
	}
	if v == len(e.parts) {
		e.best, e.over, e.cut = append(e.best[:0], e.parts...), over, cut
		return
	}
	w := e.g.weight[v]
	for p, cap := range e.caps {
		if int32(v) == e.g.root && p > 0 {
			break
		}
		if e.load[p] == 0 && p > 0 && e.load[p-1] == 0 && e.caps[p-1] == cap && p-1 > 0 {
			continue // the same as in the empty part before, which is tried
		}
		more := max(0, e.load[p]+w-cap) - max(0, e.load[p]-cap)
		cuts := int64(0)
		for _, h := range e.g.edges(int32(v)) {
			if int(h.to) < v && e.parts[h.to] != int32(p) {
				cuts += int64(h.weight)
			}
		}
		e.parts[v] = int32(p)
		e.load[p] += w
		e.place(v+1, over+more, cut+cuts)
		e.load[p] -= w
	}
}
