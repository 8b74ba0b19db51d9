package engine

import d4 "github.com/dispel4go/dispel4go"

// promise is what is known of the items still to come on a stream, or on all
// streams of an edge or an instance together.
type promise struct {
	mark  d4.Time // no item older than this
	idle  bool    // nothing promised until the next item or mark, nobody waits
	ended bool    // nothing will come any more
	cut   bool    // it ended because the run was stopped, not by itself
}

// end makes it that of a stream that has ended. What was cut short had more to
// come, from its mark on, and so does not let the marks of others go beyond.
func (p *promise) end(cut bool) {
	p.ended, p.cut = true, cut
	if !cut {
		p.mark, p.idle = d4.Forever, false
	}
}

// open reports whether items from the mark on are missing, or still to come.
func (p *promise) open() bool { return !p.idle && (!p.ended || p.cut) }

// upstreams keeps what the upstream instances of one edge have promised. All
// instances of the edge's destination on a rank share one, because promises
// are made to all of them alike.
type upstreams struct {
	n       int // how many there are
	ended   int
	idle    int
	cut     bool
	passed  promise   // what held after the last change
	promise []promise // of each; nil while nobody has marked or idled
	each    []promise // of each, but for its mark: who has ended, and how
}

func newUpstreams(n int) *upstreams {
	return &upstreams{n: n, passed: promise{mark: d4.Never}, each: make([]promise, n)}
}

// end notes that an upstream has ended. It reports whether something changed
// for those downstream, and whether the end is one too many.
func (u *upstreams) end(from int, cut bool) (changed, extra bool) {
	if u.each[from].ended {
		return false, true
	}
	u.each[from].end(cut)
	u.ended++
	u.cut = u.cut || cut
	if u.promise != nil {
		if u.promise[from].idle {
			u.idle--
		}
		u.promise[from].end(cut)
	}
	return u.settle(), false
}

// mark notes a promise; a falling one is ignored, for it stands already.
func (u *upstreams) mark(from int, t d4.Time) (changed bool) {
	if u.each[from].ended {
		return false
	}
	u.need()
	p := &u.promise[from]
	if p.idle {
		p.idle = false
		u.idle--
	}
	p.mark = max(p.mark, t)
	return u.settle()
}

// rest notes that an upstream promises nothing and is not to be waited for.
func (u *upstreams) rest(from int) (changed bool) {
	if u.each[from].ended {
		return false
	}
	u.need()
	if !u.promise[from].idle {
		u.promise[from].idle = true
		u.idle++
	}
	return u.settle()
}

// item notes that an item has come: who was idle is so no longer.
func (u *upstreams) item(from int) (changed bool) {
	if u.promise == nil || !u.promise[from].idle || u.each[from].ended {
		return false
	}
	u.promise[from].idle = false
	u.idle--
	return u.settle()
}

func (u *upstreams) need() {
	if u.promise != nil {
		return
	}
	u.promise = make([]promise, u.n)
	for i := range u.promise {
		u.promise[i].mark = d4.Never
		if u.each[i].ended {
			u.promise[i].end(u.each[i].cut)
		}
	}
}

// settle works out what holds for the edge now and reports whether that is new.
func (u *upstreams) settle() (changed bool) {
	now := promise{mark: u.passed.mark, ended: u.ended == u.n, cut: u.cut}
	now.idle = !now.ended && u.idle > 0 && u.idle+u.ended == u.n
	if u.promise != nil && !now.idle && (!now.ended || now.cut) {
		now.mark = max(u.passed.mark, least(u.promise))
	}
	changed = now != u.passed && (now.mark != u.passed.mark || now.idle != u.passed.idle || now.ended != u.passed.ended)
	u.passed = now
	return changed
}

// least is the mark of all promises together: the least of those behind which
// there is something.
func least(all []promise) d4.Time {
	t := d4.Forever
	for i := range all {
		if all[i].open() {
			t = min(t, all[i].mark)
		}
	}
	if t == d4.Forever {
		return d4.Never // nobody has promised anything
	}
	return t
}

// combine is what an instance may rely on, given what holds for each edge that
// reaches it and what it relied on before.
func combine(before promise, edges []promise) promise {
	now := promise{mark: before.mark, ended: true, idle: true}
	for i := range edges {
		now.ended = now.ended && edges[i].ended
		now.idle = now.idle && (edges[i].ended || edges[i].idle)
		now.cut = now.cut || edges[i].cut
	}
	now.idle = now.idle && !now.ended
	if !now.idle && (!now.ended || now.cut) {
		now.mark = max(before.mark, least(edges))
	}
	return now
}
