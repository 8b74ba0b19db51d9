package partition

import (
	"reflect"

	"github.com/dispel4go/dispel4go/internal/port"
)

// A model is what a graph does in a run, as far as it does not depend on how
// many instances there are: items and what they cost. Where nothing was
// measured a run is one item of each source.
type model struct {
	emitted  []float64 // items that leave an element, by all ports together
	cost     []float64 // CPU seconds an item that comes in, or leaves a source
	flow     []float64 // items that enter each edge
	size     []float64 // bytes of an item on each edge
	source   []bool
	assumed  []bool  // elements whose cost nobody has said
	items    float64 // that leave all sources
	measured bool    // the profile has every element
}

// modelOf makes the model. The order is topological.
func modelOf(p *Plan, order []int) *model {
	g := p.Graph
	n := len(g.Elements)
	m := &model{emitted: make([]float64, n), cost: make([]float64, n), flow: make([]float64, len(g.Edges)), size: make([]float64, len(g.Edges)),
		source: make([]bool, n), assumed: make([]bool, n), measured: len(p.options.Profile) > 0}
	ins := make([][]int, n)
	ports := make([]map[int]bool, n) // connected outputs
	for i, e := range g.Edges {
		ins[e.To] = append(ins[e.To], i)
		if ports[e.From] == nil {
			ports[e.From] = map[int]bool{}
		}
		ports[e.From][e.Out] = true
	}
	for _, at := range order {
		el := g.Elements[at]
		work := p.options.Profile[el.Name]
		ok := work.measured()
		m.measured = m.measured && ok
		came := 0.0 // items for one instance or another, each once
		for _, i := range ins[at] {
			e := g.Edges[i]
			m.flow[i] = m.emitted[e.From] / float64(len(ports[e.From]))
			if ok && len(ins[at]) == 1 && len(ports[e.From]) > 1 {
				m.flow[i] = work.ItemsIn // who has several outputs does not say which items left where
				if e.Grouping.Kind() == port.KindOneToAll {
					m.flow[i] /= float64(max(work.Instances, 1))
				}
			}
			came += m.flow[i]
			m.size[i] = sizeOf(g.Elements[e.To].Ports[e.In].In.Elem())
			if from, ok := p.options.Profile[g.Elements[e.From].Name]; ok && from.ItemsOut > 0 {
				m.size[i] = from.BytesOut / from.ItemsOut
			}
		}
		m.source[at] = len(ins[at]) == 0
		if m.source[at] {
			came = 1
		}
		switch {
		case ok && m.source[at]:
			m.emitted[at] = work.ItemsOut
			m.cost[at] = work.Seconds / max(work.ItemsOut, 1)
		case ok:
			m.emitted[at] = work.ItemsOut
			m.cost[at] = work.Seconds / max(work.ItemsIn, 1)
		default:
			m.emitted[at] = came * float64(max(len(ports[at]), 1))
			m.cost[at], m.assumed[at] = el.Weight, el.Weight == 0
		}
		if m.source[at] {
			m.items += m.emitted[at]
		}
	}
	return m
}

// sizeOf is what an item of a type is taken to occupy, in bytes.
func sizeOf(t reflect.Type) float64 {
	size := float64(t.Size())
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Pointer, reflect.Map, reflect.Interface:
		return size + assumedBytes
	case reflect.Struct:
		for i := range t.NumField() {
			size += sizeOf(t.Field(i).Type) - float64(t.Field(i).Type.Size())
		}
	}
	return size
}

// delivered is how many items an edge brings to all instances at its end.
func (p *Plan) delivered(edge int) float64 {
	e := p.Graph.Edges[edge]
	n := p.model.flow[edge]
	if e.Grouping.Kind() == port.KindOneToAll {
		n *= float64(p.Counts[e.To])
	}
	return n
}

// loads are the CPU seconds of all instances of each element.
func (p *Plan) loads() []float64 {
	m := p.model
	all := make([]float64, len(p.Counts))
	for at := range all {
		switch {
		case m.assumed[at]:
			all[at] = assumedSeconds * m.items * float64(p.Counts[at])
		case m.source[at]:
			all[at] = m.emitted[at] * m.cost[at]
		}
	}
	for i, e := range p.Graph.Edges {
		all[e.To] += p.delivered(i) * m.cost[e.To]
	}
	return all
}
