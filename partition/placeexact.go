package partition

// exactPlacements is how many placements are all tried: those of 10 unequal
// stages on 3 ranks.
const exactPlacements = 59049

// exact is the best of all placements, nil if there are too many.
func (q *problem) exact() placement {
	count := 1.0
	for _, c := range q.classes {
		for i := 1; i < len(q.ranks) && !c.root; i++ {
			// In the end, the ways to put n equal stages on k ranks.
			if count *= float64(c.n+i) / float64(i); count > exactPlacements+0.5 {
				return nil
			}
		}
	}
	t := &trial{problem: q, x: q.empty(), load: make([]float64, len(q.ranks))}
	t.class(0)
	return t.best
}

// A trial tries all placements, class by class and rank by rank. What is
// already less even than the best, or takes longer, is left.
type trial struct {
	*problem
	x     placement
	load  []float64
	best  placement
	least score
}

func (t *trial) class(c int) {
	switch {
	case c == len(t.x):
		if s := t.score(t.x); t.best == nil || s.better(t.least) {
			t.best, t.least = t.empty(), s
			for c := range t.x {
				copy(t.best[c], t.x[c])
			}
		}
	case t.classes[c].root:
		t.put(c, 0, t.classes[c].n, func() { t.class(c + 1) })
	default:
		t.from(c, 0, t.classes[c].n)
	}
}

// from puts the stages that are left of a class on rank r and those after it.
func (t *trial) from(c, r, left int) {
	if r == len(t.ranks)-1 {
		t.put(c, r, left, func() { t.class(c + 1) })
		return
	}
	for n := left; n >= 0; n-- {
		t.put(c, r, n, func() { t.from(c, r+1, left-n) })
	}
}

func (t *trial) put(c, r, n int, then func()) {
	before := t.load[r]
	t.load[r] += float64(n) * t.classes[c].weight
	limit := t.room[r] * t.least.over
	if t.sure {
		limit = t.least.seconds * even * t.ranks[r].power()
	}
	if t.best == nil || t.least.full > 0 || t.load[r] <= limit*(1+1e-9) {
		t.x[c][r] = n
		then()
		t.x[c][r] = 0
	}
	t.load[r] = before
}
