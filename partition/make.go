package partition

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

// Fuse says which neighbours become one stage.
type Fuse uint8

// The ways to fuse.
const (
	// Auto fuses the lightest neighbours while there are more stages than
	// cores.
	Auto Fuse = iota
	// Off fuses nothing.
	Off
	// All fuses whatever can be.
	All
)

var fuseNames = []string{"auto", "off", "all"}

// String is the name used by flags.
func (f Fuse) String() string { return fuseNames[f] }

// ParseFuse is the inverse of String.
func ParseFuse(s string) (Fuse, error) {
	if i := slices.Index(fuseNames, s); i >= 0 {
		return Fuse(i), nil
	}
	return 0, fmt.Errorf("fuse is auto, off or all, not %q", s)
}

// Options are a user's choices; the zero value is the default.
type Options struct {
	Fuse   Fuse
	Budget int64 // bytes of items on their way for each rank; 0: DefaultBudget
}

// DefaultBudget is how many bytes of items may be on their way to a rank.
const DefaultBudget = 256 << 20

// A window is never larger than what keeps a stream busy, and never so small
// that batches lose their purpose.
const (
	maxWindow = 1 << 20
	minWindow = 4 << 10
)

// A RootPlaced PE runs on rank 0, as one instance: it gathers what the run
// returns.
type RootPlaced interface{ RootPlaced() }

// Make plans a valid graph for at least one rank.
func Make(g *d4.Graph, ranks []Rank, o Options) (*Plan, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	if len(ranks) == 0 {
		return nil, fmt.Errorf("partition: no ranks to run on")
	}
	for i, r := range ranks {
		if r.Cores < 1 {
			return nil, fmt.Errorf("partition: rank %d has %d cores", i, r.Cores)
		}
	}
	if o.Budget == 0 {
		o.Budget = DefaultBudget
	}
	if o.Budget < minWindow {
		return nil, fmt.Errorf("partition: a memory budget of %d bytes is less than one window of %d", o.Budget, minWindow)
	}
	for _, e := range g.Elements {
		if _, ok := e.Proto.(RootPlaced); ok && e.Instances > 1 {
			return nil, fmt.Errorf("partition: %s runs on rank 0 as one instance, but %d are asked for", e.Name, e.Instances)
		}
	}
	p := &Plan{Graph: g, Ranks: slices.Clone(ranks), Budget: o.Budget}
	p.count()
	order, _ := g.Order()
	p.chain(order, map[Fuse]int{Auto: cores(ranks), Off: math.MaxInt, All: 0}[o.Fuse])
	p.place()
	p.window()
	return p, nil
}

func cores(ranks []Rank) int {
	n := 0
	for _, r := range ranks {
		n += r.Cores
	}
	return n
}

// count decides the number of instances where the graph leaves it open: the
// cores are shared evenly by the PEs that may have several.
func (p *Plan) count() {
	p.Counts = make([]int, len(p.Graph.Elements))
	taken, open := 0, 0
	for i, e := range p.Graph.Elements {
		switch {
		case e.Instances > 0:
			p.Counts[i] = e.Instances
		case p.single(i):
			p.Counts[i] = 1
		default:
			open++
		}
		taken += p.Counts[i]
	}
	for i := range p.Counts {
		if p.Counts[i] == 0 {
			p.Counts[i] = max(1, (cores(p.Ranks)-taken)/open)
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

// chain puts each element into a chain of its own, then joins chains while
// there are more stages than wanted: every time the two that are lightest
// together, so that those left are about even.
func (p *Plan) chain(order []int, stages int) {
	p.ChainOf = make([]int, len(p.Counts)) // the first element of the chain, for now
	weights, has := make([]float64, len(p.Counts)), 0
	for at := range p.ChainOf {
		p.ChainOf[at], weights[at] = at, p.weight(at)
		has += p.Counts[at]
	}
	for has > stages {
		best, into := -1, -1
		for _, at := range order {
			if p.ChainOf[at] != at {
				continue
			}
			if c := p.joins(at); c >= 0 && (best < 0 || weights[at]+weights[c] < weights[best]+weights[into]) {
				best, into = at, c
			}
		}
		if best < 0 {
			break
		}
		weights[into] += weights[best]
		for at, c := range p.ChainOf {
			if c == best {
				p.ChainOf[at] = into
			}
		}
		has -= p.Counts[best]
	}
	number := map[int]int{}
	p.Chains = nil
	for _, at := range order {
		first := p.ChainOf[at]
		c, ok := number[first]
		if !ok {
			c = len(p.Chains)
			number[first] = c
			p.Chains = append(p.Chains, Chain{Ranks: make([]int, p.Counts[at])})
		}
		p.Chains[c].Elements = append(p.Chains[c].Elements, at)
	}
	for c, chain := range p.Chains {
		for _, at := range chain.Elements {
			p.ChainOf[at] = c
		}
	}
}

// weight is what an instance of an element is expected to cost an item.
func (p *Plan) weight(element int) float64 { return max(p.Graph.Elements[element].Weight, 1e-9) }

// joins returns the chain that an element may join, or -1: all that feeds it
// must be in that chain, and every edge between be one to one.
func (p *Plan) joins(at int) int {
	el := p.Graph.Elements[at]
	if el.OnError != d4.Fail {
		return -1
	}
	chain := -1
	for _, e := range p.Graph.Edges {
		if e.To != at {
			continue
		}
		from := p.Graph.Elements[e.From]
		n := p.Counts[at]
		oneToOne := n == p.Counts[e.From] && (n == 1 || e.Grouping.Kind() == port.KindBalanced)
		if from.OnError != d4.Fail || !oneToOne || chain >= 0 && chain != p.ChainOf[e.From] {
			return -1
		}
		chain = p.ChainOf[e.From]
	}
	return chain
}

// place puts the stages on ranks: those that must be on rank 0 first, then
// chain by chain, the heaviest first, each stage to the rank with the least
// load per core.
func (p *Plan) place() {
	load := make([]float64, len(p.Ranks))
	weight := func(c Chain) float64 {
		w := 0.0
		for _, at := range c.Elements {
			w += p.weight(at)
		}
		return w
	}
	order := make([]int, len(p.Chains))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if p.rooted(a) != p.rooted(b) {
			if p.rooted(a) {
				return -1
			}
			return 1
		}
		return cmp.Compare(weight(p.Chains[b]), weight(p.Chains[a]))
	})
	for _, c := range order {
		w := weight(p.Chains[c])
		for k := range p.Chains[c].Ranks {
			best := 0
			if !p.rooted(c) {
				for r := range load {
					if (load[r]+w)/float64(p.Ranks[r].Cores) < (load[best]+w)/float64(p.Ranks[best].Cores) {
						best = r
					}
				}
			}
			load[best] += w
			p.Chains[c].Ranks[k] = best
		}
	}
}

// rooted reports whether a chain holds a PE that must be on rank 0.
func (p *Plan) rooted(chain int) bool {
	for _, at := range p.Chains[chain].Elements {
		if _, ok := p.Graph.Elements[at].Proto.(RootPlaced); ok {
			return true
		}
	}
	return false
}
