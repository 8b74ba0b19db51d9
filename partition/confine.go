package partition

import d4 "github.com/dispel4go/dispel4go"

// confine moves stages that write into the run directory away from ranks that
// do not see it, each to the one that has the fewest stages for its cores then.
// Rank 0 always sees it.
func (p *Plan) confine() {
	stages := make([]int, len(p.Ranks))
	for _, c := range p.Chains {
		for _, r := range c.Ranks {
			stages[r]++
		}
	}
	for at, c := range p.Chains {
		if !p.writes(at) {
			continue
		}
		for k, from := range c.Ranks {
			if !p.Ranks[from].Apart {
				continue
			}
			to := 0
			for r, rank := range p.Ranks {
				if !rank.Apart && (stages[r]+1)*p.Ranks[to].Cores < (stages[to]+1)*rank.Cores {
					to = r
				}
			}
			stages[from]--
			stages[to]++
			c.Ranks[k] = to
		}
	}
}

// writes reports whether a chain holds a PE that writes into the run directory.
func (p *Plan) writes(chain int) bool {
	for _, at := range p.Chains[chain].Elements {
		if _, ok := p.Graph.Elements[at].Proto.(d4.OutputWriter); ok {
			return true
		}
	}
	return false
}
