package rundir

import (
	"errors"
	"fmt"

	"github.com/dispel4go/dispel4go/partition"
)

// A Graph is what ran, as far as a picture needs it: it is there also where the
// job file is not any more.
type Graph struct {
	PEs   []Element `json:"pes"`
	Edges []Edge    `json:"edges"`
}

// An Element is a PE in a Graph.
type Element struct {
	Name      string `json:"name"`
	Instances int    `json:"instances"` // in the plan
}

// An Edge is a stream in a Graph: between ports of PEs, which are indices.
type Edge struct {
	From     int    `json:"from"`
	Out      string `json:"out"`
	To       int    `json:"to"`
	In       string `json:"in"`
	Grouping string `json:"grouping"`
}

// GraphOf is the graph of a plan.
func GraphOf(plan *partition.Plan) *Graph {
	g := &Graph{PEs: []Element{}, Edges: []Edge{}}
	for at, e := range plan.Graph.Elements {
		g.PEs = append(g.PEs, Element{e.Name, plan.Counts[at]})
	}
	for _, e := range plan.Graph.Edges {
		from, to := plan.Graph.Elements[e.From], plan.Graph.Elements[e.To]
		g.Edges = append(g.Edges, Edge{e.From, from.Ports[e.Out].Name, e.To, to.Ports[e.In].Name, fmt.Sprint(e.Grouping)})
	}
	return g
}

// The largest graph that is drawn.
const (
	drawnPEs   = 200
	drawnEdges = 1000
)

// ErrGraph is in the error where a recorded graph cannot be drawn.
var ErrGraph = errors.New("the graph cannot be drawn")

// Drawable is nil where a picture can be made of the graph, as read from a file
// that may be damaged: it is there, small enough to be looked at, and its edges
// lead from PE to PE. That there is no cycle is for who draws to find out.
func (g *Graph) Drawable() error {
	switch {
	case g == nil || len(g.PEs) == 0:
		return fmt.Errorf("%w: run.json does not have it", ErrGraph)
	case len(g.PEs) > drawnPEs || len(g.Edges) > drawnEdges:
		return fmt.Errorf("%w: %s and %s are more than a picture can show", ErrGraph, count(len(g.PEs), "PE"), count(len(g.Edges), "edge"))
	}
	for i, e := range g.Edges {
		if min(e.From, e.To) < 0 || max(e.From, e.To) >= len(g.PEs) {
			return fmt.Errorf("%w: edge %d in run.json leads from PE %d to %d of %d", ErrGraph, i, e.From, e.To, len(g.PEs))
		}
	}
	return nil
}
