package dispel4go

import (
	"fmt"
	"slices"
	"strings"
)

// A GraphError is all that is wrong with a graph.
type GraphError struct {
	Graph    string
	Problems []Problem
}

// Error has a line for each problem.
func (e *GraphError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = fmt.Sprintf("graph %s: %s", e.Graph, p)
	}
	return strings.Join(lines, "\n")
}

// Validate returns a *GraphError with everything that is wrong, or nil.
func (g *Graph) Validate() error {
	problems := slices.Clone(g.problems)
	bad := func(pe, port, format string, args ...any) {
		problems = append(problems, Problem{pe, port, fmt.Sprintf(format, args...)})
	}
	if len(g.Elements) == 0 {
		bad("", "", "it has no PEs")
	}
	fed := map[[2]int]bool{}
	for _, e := range g.Edges {
		fed[[2]int{e.To, e.In}] = true
	}
	for i, e := range g.Elements {
		if e.Proto == nil {
			continue
		}
		inputs := 0
		for k, p := range e.Ports {
			if p.In == nil {
				continue
			}
			inputs++
			if !fed[[2]int{i, k}] {
				bad(e.Name, p.Name, "nothing is connected to this input")
			}
		}
		switch {
		case inputs == 0 && !e.IsSource():
			bad(e.Name, "", "it has no inputs and no Next, so it would do nothing")
		case inputs > 0 && e.IsSource():
			bad(e.Name, "", "it has both inputs and Next: a PE is either a source or fed")
		}
	}
	if _, cycle := g.Order(); len(cycle) > 0 {
		names := make([]string, len(cycle))
		for i, at := range cycle {
			names[i] = g.Elements[at].Name
		}
		bad(names[0], "", "a cycle, which cannot run, as a stream flows one way: leave out a connection of %s -> %s", strings.Join(names, " -> "), names[0])
	}
	if len(problems) > 0 {
		return &GraphError{g.Name, problems}
	}
	return nil
}

// Order returns the elements so that each comes after those that feed it, the
// ones added first first. Where that is impossible it returns a cycle.
func (g *Graph) Order() (order, cycle []int) {
	waiting := make([]int, len(g.Elements))
	for _, e := range g.Edges {
		waiting[e.To]++
	}
	done := make([]bool, len(g.Elements))
	for len(order) < len(g.Elements) {
		next := -1
		for i := range waiting {
			if !done[i] && waiting[i] == 0 {
				next = i
				break
			}
		}
		if next < 0 {
			return nil, g.cycle(done)
		}
		done[next] = true
		order = append(order, next)
		for _, e := range g.Edges {
			if e.From == next {
				waiting[e.To]--
			}
		}
	}
	return order, nil
}

// cycle walks upstream among the elements that are not done until it has seen
// one twice. The cycle begins with the element that was added first.
func (g *Graph) cycle(done []bool) []int {
	at := slices.Index(done, false)
	var path []int
	for {
		if i := slices.Index(path, at); i >= 0 {
			path = path[i:]
			slices.Reverse(path)
			first := slices.Index(path, slices.Min(path))
			return append(path[first:], path[:first]...)
		}
		path = append(path, at)
		for _, e := range g.Edges {
			if e.To == at && !done[e.From] {
				at = e.From
				break
			}
		}
	}
}
