package enginetest

import (
	"fmt"
	"math/rand/v2"

	d4 "github.com/dispel4go/dispel4go"
)

// Small bounds what the sources of a graph emit, so that a run of it is short
// enough to be played in very many orders.
func Small(g *d4.Graph) *d4.Graph {
	const calls = 40
	for _, e := range g.Elements {
		if e.IsSource() && e.Calls < 0 {
			e.Calls = calls
		}
	}
	return g
}

// Random builds a random graph: one to three sources, PEs behind them that
// take from one or two streams each, groupings and numbers of instances as
// they come. The sources have no end; see Small. Each, if not nil, is called
// with every item that the last PE gets, and may return an error.
func Random(rng *rand.Rand, each func() error) *d4.Graph {
	g := d4.NewGraph("random")
	var outs []d4.Out[int]
	count := func() d4.Option { return n(1 + rng.IntN(4)) }
	for k := range 1 + rng.IntN(3) {
		marks := rng.IntN(2) == 0
		s := d4.Add(g, fmt.Sprint("source", k), func() *seq { return &seq{marks: marks} }, count())
		outs = append(outs, s.Out)
	}
	all := 2 // streams that may multiply their items
	grouping := func() d4.Grouping {
		switch kind := rng.IntN(6); {
		case kind == 0:
			return d4.RoundRobin
		case kind == 1 && all > 0:
			all--
			return d4.OneToAll
		case kind == 2:
			return d4.AllToOne
		case kind == 3:
			return d4.By(func(v int) int { return v % 11 })
		}
		return d4.Balanced
	}
	pes := 1 + rng.IntN(5)
	for k := range pes {
		name, streams := fmt.Sprint("pe", k), 1+rng.IntN(2)
		var in d4.In[int]
		var out d4.Out[int]
		switch kind := rng.IntN(3); {
		case k == pes-1 && each != nil:
			p := d4.Add(g, name, newEmit(func(v int, emit func(int)) { emit(v) }, func(f func(int) error) d4.In[int] {
				return d4.Input(func(v int) error {
					if err := each(); err != nil {
						return err
					}
					return f(v)
				})
			}), count())
			in, out = p.In, p.Out
			outs, streams = outs[:1], 1 // a source, so that items come whatever the others do
		case kind == 0:
			p := d4.Add(g, name, newCopy[int](), count())
			in, out = p.In, p.Out
		case kind == 1:
			p := d4.Add(g, name, newApply(func(v int) int { return 3 * v }), count())
			in, out = p.In, p.Out
		default:
			p := d4.Add(g, name, newEmit(func(v int, emit func(int)) {
				for range v & 3 % 3 {
					emit(v + 1)
				}
			}, func(f func(int) error) d4.In[int] { return d4.Input(f) }), count())
			in, out = p.In, p.Out
		}
		for range streams {
			d4.Connect(g, outs[rng.IntN(len(outs))], in, grouping())
		}
		outs = append(outs, out)
	}
	return g
}
