package partition

import (
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

// count decides the number of instances where the graph leaves it open.
func (p *Plan) count(order []int) {
	p.Counts = make([]int, len(p.Graph.Elements))
	var open []int
	for i, e := range p.Graph.Elements {
		n, fixed := p.options.counts[i]
		switch {
		case fixed:
			p.Counts[i] = n
		case e.Instances > 0:
			p.Counts[i] = e.Instances
		case p.single(i):
			p.Counts[i] = 1
		default:
			p.Counts[i] = 1
			open = append(open, i)
		}
	}
	switch rule := p.options.Placement; {
	case len(open) == 0:
	case rule == Staging:
		p.share(p.staged(order, open))
	case rule == Naive || !p.model.measured:
		p.share(each(open))
	default:
		p.shorten(open)
	}
}

// full reports whether more may be kept by PEs than there is memory for.
func (p *Plan) full() bool { return !p.options.Overcommit && !p.room() }

// add gives each of some elements n instances more.
func (p *Plan) add(elements []int, n int) {
	for _, i := range elements {
		p.Counts[i] += n
	}
}

// share gives the cores that others leave, one for each of their instances, one
// by one to those whose instances have the most to do, a group of elements
// getting them together. It stops where more would make nothing faster.
func (p *Plan) share(groups [][]int) {
	free := cores(p.Ranks) - len(groups)
	open := map[int]bool{}
	for _, g := range groups {
		for _, i := range g {
			open[i] = true
		}
	}
	for i, n := range p.Counts {
		if !open[i] {
			free -= n
		}
	}
	loads := p.loads()
	const rounding = 1 + 1e-9
	for free > 0 && len(groups) > 0 {
		each, most := make([]float64, len(groups)), 0.0
		for k, g := range groups {
			for _, i := range g {
				each[k] += loads[i] * p.top(i, p.Counts[i])
			}
			most = max(most, each[k])
		}
		var busiest, rest [][]int
		for k, g := range groups {
			if each[k]*rounding >= most {
				busiest = append(busiest, g)
			} else {
				rest = append(rest, g)
			}
		}
		if len(busiest) > free {
			break
		}
		for _, g := range busiest {
			p.add(g, 1)
		}
		if p.full() { // they have as many as there is memory for
			for _, g := range busiest {
				p.add(g, -1)
			}
			groups = rest
			continue
		}
		free -= len(busiest)
	}
}

// each is a group of its own for every element.
func each(elements []int) (groups [][]int) {
	for _, i := range elements {
		groups = append(groups, []int{i})
	}
	return groups
}

// staged groups elements that can be one stage though they have several instances.
func (p *Plan) staged(order, open []int) (groups [][]int) {
	is := map[int]bool{}
	for _, i := range open {
		is[i] = true
	}
	p.add(open, 1)
	p.chain(order, 0)
	p.add(open, -1)
	for _, c := range p.Chains {
		var g []int
		for _, i := range c.Elements {
			if is[i] {
				g = append(g, i)
			}
		}
		if g != nil {
			groups = append(groups, g)
		}
	}
	return groups
}

// shorten gives an instance more to those whose instances have the most to do,
// again and again, while that makes the longest stage shorter and stages as long
// as that still go on the cores. Where everything was measured a PE that has little to do so takes
// no core of its own.
func (p *Plan) shorten(open []int) {
	is := map[int]bool{}
	for _, i := range open {
		is[i] = true
	}
	const rounding = 1 + 1e-9
	stages, longest := p.longest()
	for {
		var busiest []int
		for i, s := range stages {
			if s*rounding < longest {
				continue
			}
			if !is[i] {
				return
			}
			busiest = append(busiest, i)
		}
		p.add(busiest, 1)
		shorter, most := p.longest()
		if most*rounding >= longest || p.needed(shorter, most) > float64(cores(p.Ranks))*rounding || p.full() {
			p.add(busiest, -1)
			return
		}
		stages, longest = shorter, most
	}
}

// longest is the CPU seconds of the busiest instance of each element, and of any.
func (p *Plan) longest() (stages []float64, longest float64) {
	for i, load := range p.loads() {
		s := load * p.top(i, p.Counts[i])
		stages, longest = append(stages, s), max(longest, s)
	}
	return stages, longest
}

// needed is how many cores it takes to be through in so many seconds: a
// stage that takes more than half of them has one for itself, others share one.
func (p *Plan) needed(stages []float64, longest float64) float64 {
	n := 0.0
	of := func(stage float64, instances int) {
		part := stage / longest
		if part > 0.5 {
			part = 1
		}
		n += float64(instances) * part
	}
	for i, s := range stages {
		uneven := p.uneven(i, p.Counts[i])
		if uneven == nil {
			of(s, p.Counts[i])
			continue
		}
		most := slices.Max(uneven.work)
		for _, part := range uneven.work {
			of(s*part/most, 1)
		}
	}
	return n
}

// single reports whether an element without a fixed count has one instance: it
// says so, or only instance 0 would get items, or it is a source whose work
// does not come in splits.
func (p *Plan) single(element int) bool {
	e := p.Graph.Elements[element]
	if _, ok := e.Proto.(RootPlaced); ok || e.Single {
		return true
	}
	for _, edge := range p.Graph.Edges {
		if edge.To == element && edge.Grouping.Kind() == port.KindAllToOne {
			return true
		}
	}
	_, splits := e.Proto.(d4.Resumable)
	return e.IsSource() && !splits && e.Calls < 0
}
