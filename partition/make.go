package partition

import (
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
	Fuse      Fuse
	Budget    int64 // bytes of items on their way for each rank; 0: DefaultBudget
	Placement Placement
	Profile   Profile // of a former run of the graph; nil if there was none
	Costs     Costs   // of moving bytes; the zero value means DefaultCosts
	// Overcommit: if PEs may keep more than ranks have memory the plan says so in a
	// note, as their limits are seldom reached. It is an error otherwise.
	Overcommit bool

	counts map[int]int // instances of elements, whatever else is said
}

// DefaultBudget is how many bytes of items may be on their way to a rank.
const DefaultBudget = 256 << 20

// A window is never larger than what keeps a stream busy, be it of items of
// 1 MiB, which would wait for each other's credit if one filled it, and never so
// small that batches lose their purpose.
const (
	maxWindow = 4 << 20
	minWindow = 4 << 10
)

// Make plans a valid graph for at least one rank.
func Make(g *d4.Graph, ranks []Rank, o Options) (*Plan, error) {
	p, err := once(g, ranks, o)
	if err != nil || !p.model.measured || o.Placement != Best {
		return p, err
	}
	return p.grown(), nil
}

// once makes a plan with the instances that count has found.
func once(g *d4.Graph, ranks []Rank, o Options) (*Plan, error) {
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
		if !(r.Speed >= 0 && r.Speed <= math.MaxFloat64) || !(r.Part >= 0 && r.Part <= 1) || r.Memory < 0 {
			return nil, fmt.Errorf("partition: rank %d has a speed of %v, a part of %v of its cores and a memory of %d bytes", i, r.Speed, r.Part, r.Memory)
		}
	}
	if o.Budget == 0 {
		o.Budget = DefaultBudget
	}
	if o.Budget < minWindow {
		return nil, fmt.Errorf("partition: %d bytes of memory for items on their way are less than the least, %s", o.Budget, FormatBytes(minWindow))
	}
	if o.Costs == (Costs{}) {
		o.Costs = DefaultCosts
	}
	if c := o.Costs; !(c.Rank >= 0 && c.Node >= 0 && c.Rank+c.Node <= math.MaxFloat64) {
		return nil, fmt.Errorf("partition: moving a byte cannot cost %v or %v seconds", c.Rank, c.Node)
	}
	notes, err := o.Profile.check(g)
	if err != nil {
		return nil, err
	}
	if o.Placement == Staging {
		o.Fuse = All
	}
	p := &Plan{Graph: g, Ranks: slices.Clone(ranks), Budget: o.Budget, Notes: notes, options: o}
	order, _ := g.Order()
	p.model = modelOf(p, order)
	p.count(order)
	p.chain(order, map[Fuse]int{Auto: cores(ranks), Off: math.MaxInt, All: 0}[o.Fuse])
	p.place()
	p.confine()
	switch err := p.fits(); {
	case err != nil && o.Overcommit:
		p.Notes = append(p.Notes, err.Error())
	case err != nil:
		return nil, fmt.Errorf("partition: %w", err)
	}
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

// chain puts each element into a chain of its own, then joins chains while
// there are more stages than wanted: every time the two that are lightest
// together, so that those left are about even.
func (p *Plan) chain(order []int, stages int) {
	p.ChainOf = make([]int, len(p.Counts)) // the first element of the chain, for now
	weights, has := p.loads(), 0
	for at := range p.ChainOf {
		p.ChainOf[at] = at
		weights[at] /= float64(p.Counts[at])
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

// rooted reports whether a chain holds a PE that must be on rank 0.
func (p *Plan) rooted(chain int) bool {
	for _, at := range p.Chains[chain].Elements {
		if _, ok := p.Graph.Elements[at].Proto.(d4.RootPlaced); ok {
			return true
		}
	}
	return false
}
