package partition

import "slices"

// Apart returns the plan with the same stages, each on a rank of its own, in
// the order of the chains and then of their instances: for mappings on which
// what a stage runs in is placed by others. A PE for rank 0 is then alone on
// its rank, whichever that is. Of the ranks nothing is known but that each has
// a core.
func (p *Plan) Apart(host string) *Plan {
	q := *p
	q.Chains, q.Ranks = slices.Clone(p.Chains), nil
	for c := range q.Chains {
		ranks := make([]int, len(q.Chains[c].Ranks))
		for k := range ranks {
			ranks[k] = len(q.Ranks)
			q.Ranks = append(q.Ranks, Rank{Cores: 1, Host: host})
		}
		q.Chains[c].Ranks = ranks
	}
	q.window()
	return &q
}

// window sets how much a sender may have outstanding on an edge, so that all
// that can be on its way to a rank is within the budget.
func (p *Plan) window() {
	p.Window = maxWindow
	for _, n := range p.senders() {
		if n > 0 {
			p.Window = min(p.Window, int(p.Budget/int64(n)))
		}
	}
	p.Window = max(p.Window, minWindow)
}
