package partition

import (
	"cmp"
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
// again and again, while that makes the run shorter. Where everything was measured
// a PE that has little to do so takes no core of its own.
func (p *Plan) shorten(open []int) {
	is := map[int]bool{}
	for _, i := range open {
		is[i] = true
	}
	const rounding = 1 + 1e-9
	for shortest := p.shortest(); ; {
		stages, longest := p.longest()
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
		before := slices.Clone(p.Counts)
		for _, i := range busiest {
			p.Counts[i] += 1 + p.Counts[i]/50 // many come in larger steps
		}
		now := p.shortest()
		if now*rounding >= shortest || p.full() {
			p.Counts = before
			return
		}
		shortest = now
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

// shortest is a time that the run takes at least: as long as its longest stage; as all
// cores take for all stages; and, as of one stage more than there are cores two share
// one, as twice the shortest of the longest ones, so many and one.
func (p *Plan) shortest() float64 {
	power := 0.0
	for _, r := range p.Ranks {
		power += r.power() * r.part()
	}
	n := max(1, int(power))
	total := 0.0
	type kind struct {
		stage float64
		n     int
	}
	var kinds []kind
	for i, load := range p.loads() {
		total += load
		if uneven := p.uneven(i, p.Counts[i]); uneven != nil {
			for _, part := range uneven.work {
				kinds = append(kinds, kind{load * part, 1})
			}
		} else {
			kinds = append(kinds, kind{load / float64(p.Counts[i]), p.Counts[i]})
		}
	}
	slices.SortFunc(kinds, func(a, b kind) int { return cmp.Compare(b.stage, a.stage) })
	least := max(kinds[0].stage, total/power)
	for _, k := range kinds {
		if n -= k.n; n < 0 {
			least = max(least, 2*k.stage)
			break
		}
	}
	return least
}

// single reports whether an element without a fixed count has one instance: it
// says so, or only instance 0 would get items, or it is a source whose work
// does not come in splits.
func (p *Plan) single(element int) bool {
	e := p.Graph.Elements[element]
	if e.Single {
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

// Singles are the names of the PEs that more instances would not make faster: they
// must be single, or one instance is given all items.
func (p *Plan) Singles() (names []string) {
	for at, e := range p.Graph.Elements {
		if p.single(at) {
			names = append(names, e.Name)
		}
	}
	return names
}
