package engine

import (
	"fmt"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/rundir"
)

// continuation works out, from what all instances tell, how a run that was cut
// short can be continued so that every result comes once.
//
// Where nothing that was cut keeps anything, sources go on where they were. A
// PE that keeps items back has to get them again, so the sources upstream of it
// go back to their last waypoint before. What comes again must not reach a sink
// twice: between the two there has to be a PE that drops what it has dealt with.
type continuation struct {
	g      *d4.Graph
	cut    []bool    // some instance of the PE was
	again  []d4.Time // from when on each PE has to see its items again
	from   []d4.Time // the same, for all downstream of it as well
	rests  [][]Rest
	result rundir.Rest
}

func newContinuation(g *d4.Graph, all []Rest) *continuation {
	n := len(g.Elements)
	c := &continuation{g: g, cut: make([]bool, n), again: slices.Repeat([]d4.Time{d4.Forever}, n), rests: make([][]Rest, n)}
	c.result.Until = map[string]int64{}
	named := map[string]int{}
	for at, e := range g.Elements {
		named[e.Name] = at
	}
	for _, r := range all {
		at := named[r.PE]
		c.rests[at] = append(c.rests[at], r)
		if !r.Cut {
			continue
		}
		if r.Lost != "" {
			c.lose(at, "%s", r.Lost)
		}
		c.cut[at] = true
		c.again[at] = min(c.again[at], r.Again)
	}
	c.from = make([]d4.Time, n)
	known := make([]bool, n)
	for at := range g.Elements {
		c.look(at, known)
	}
	return c
}

func (c *continuation) lose(at int, format string, args ...any) {
	c.result.Lost = append(c.result.Lost, c.g.Elements[at].Name+": "+fmt.Sprintf(format, args...))
}

// look works out from for a PE and all downstream of it.
func (c *continuation) look(at int, known []bool) {
	if known[at] {
		return
	}
	for _, to := range c.after(at) {
		c.look(to, known)
	}
	c.from[at], known[at] = min(c.again[at], c.needed(at)), true
}

// needed is from when on those downstream of a PE need what it emits again.
func (c *continuation) needed(at int) d4.Time {
	t := d4.Forever
	for _, to := range c.after(at) {
		t = min(t, c.from[to])
	}
	return t
}

// after lists the PEs that a PE sends to, but for those that have from it only what
// comes once.
func (c *continuation) after(at int) (all []int) {
	for _, e := range c.g.Edges {
		if e.From == at && !unrepeatable(c.g.Elements[at], e.Out) && !slices.Contains(all, e.To) {
			all = append(all, e.To)
		}
	}
	return all
}

// drops reports whether a PE drops what it has dealt with, and does not repeat
// for others what it has emitted.
func (c *continuation) drops(at int) bool {
	_, ok := c.g.Elements[at].Proto.(d4.Continuer)
	return ok && c.from[at] == c.again[at]
}

// plan fills in the result and returns the positions to go on from.
func (c *continuation) plan() (*rundir.Rest, []rundir.Position) {
	var positions []rundir.Position
	for at, e := range c.g.Elements {
		needed := c.needed(at)
		_, suspends := e.Proto.(d4.Suspender)
		_, continues := e.Proto.(d4.Continuer)
		switch {
		case e.IsSource() && !c.cut[at] && needed == d4.Forever:
			c.result.Finished = append(c.result.Finished, e.Name)
			continue
		case e.IsSource():
			positions = append(positions, c.back(at, needed)...)
		case !c.cut[at]:
			c.result.Finished = append(c.result.Finished, e.Name)
			if needed < d4.Forever && (!suspends || continues) {
				c.lose(at, "it has finished, and what it emitted is needed again")
			}
		}
		if continues {
			c.result.Until[e.Name] = int64(c.from[at])
		}
		if c.from[at] < d4.Forever && !c.drops(at) {
			if sink := c.twice(at, map[int]bool{}); sink >= 0 {
				c.lose(sink, "it would get again what it has had from %s", e.Name)
			}
		}
	}
	for _, e := range c.g.Edges {
		if from := c.g.Elements[e.From]; unrepeatable(from, e.Out) && c.from[e.To] < d4.Forever {
			c.lose(e.To, "it needs again what comes once, at the output %s of %s", from.Ports[e.Out].Name, from.Name)
		}
	}
	slices.Sort(c.result.Lost)
	c.result.Lost = slices.Compact(c.result.Lost)
	return &c.result, positions
}

// twice finds a sink that would get again what a PE emits again; -1 if there is
// none.
func (c *continuation) twice(at int, seen map[int]bool) int {
	after := c.after(at)
	if len(after) == 0 && !c.g.Elements[at].IsSource() {
		return at
	}
	for _, to := range after {
		if seen[to] || c.drops(to) {
			continue
		}
		seen[to] = true
		if sink := c.twice(to, seen); sink >= 0 {
			return sink
		}
	}
	return -1
}

// back are the positions of a source from which all items from a time on come.
func (c *continuation) back(at int, from d4.Time) (all []rundir.Position) {
	if _, ok := c.g.Elements[at].Proto.(d4.Resumable); !ok {
		if !c.cut[at] { // else it has said so itself
			c.lose(at, "it is a source that cannot go back")
		}
		return nil
	}
	for _, r := range c.rests[at] {
		if from == d4.Forever {
			all = append(all, r.Last...)
			continue
		}
		for _, w := range slices.Backward(r.Ways) {
			if w.Mark <= from {
				all = append(all, c.returning(at, w.At, r.Last)...)
				break
			}
		}
	}
	return all
}

// returning adds to positions where the source was at last, for one that has to know.
func (c *continuation) returning(at int, positions, last []rundir.Position) []rundir.Position {
	if _, ok := c.g.Elements[at].Proto.(d4.Rewinder); !ok {
		return positions
	}
	positions = slices.Clone(positions)
	for i := range positions {
		for _, l := range last {
			if l.Split == positions[i].Split {
				positions[i].Last = l.At
			}
		}
	}
	return positions
}

// Unfit names the PEs that would make a graph lose something if it was cut
// short now and continued: those that are no Suspender, and sources that are not
// Resumable.
func Unfit(g *d4.Graph) (names []string) {
	for _, e := range g.Elements {
		_, resumes := e.Proto.(d4.Resumable)
		_, suspends := e.Proto.(d4.Suspender)
		if e.IsSource() && !resumes || !e.IsSource() && !suspends {
			names = append(names, e.Name)
		}
	}
	return names
}
