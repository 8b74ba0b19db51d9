package partition

import (
	"fmt"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

// count decides the number of instances where the graph leaves it open: the
// cores that the others leave, one for each of their instances, go one by one to the
// PE whose instances have the most to do. It stops where more would make
// nothing faster.
func (p *Plan) count() {
	p.Counts = make([]int, len(p.Graph.Elements))
	free := cores(p.Ranks)
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
		free -= p.Counts[i]
	}
	loads := p.loads()
	const rounding = 1 + 1e-9
	for free > 0 && len(open) > 0 {
		most := 0.0
		for _, i := range open {
			most = max(most, loads[i]/float64(p.Counts[i]))
		}
		var busiest []int
		for _, i := range open {
			if loads[i]/float64(p.Counts[i])*rounding >= most {
				busiest = append(busiest, i)
			}
		}
		if len(busiest) > free {
			break
		}
		for _, i := range busiest {
			p.Counts[i]++
			free--
		}
	}
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

// fits reports whether ranks have the memory that PEs say they keep, where it
// is known.
func (p *Plan) fits() error {
	kept := p.Kept()
	for r, rank := range p.Ranks {
		if rank.Memory == 0 || kept[r] <= rank.Memory {
			continue
		}
		most, name := int64(0), ""
		for at, e := range p.Graph.Elements {
			l, ok := e.Proto.(d4.Limited)
			if !ok {
				continue
			}
			here := int64(0)
			for k := range p.Counts[at] {
				if p.RankOf(at, k) == r {
					here += l.MemoryLimit(p.Counts[at])
				}
			}
			if here > most {
				most, name = here, e.Name
			}
		}
		return fmt.Errorf("partition: rank %d has %s of memory for PEs, but those placed there keep up to %s, most of it %s: give the ranks more, or lower its limit",
			r, FormatBytes(rank.Memory), FormatBytes(kept[r]), name)
	}
	return nil
}
