package partition

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Prediction is how a plan is expected to run: what the objective in the
// package's documentation says of it.
type Prediction struct {
	// Assumed are the PEs whose cost nobody has measured or said. Where there
	// are any, times and rates compare plans but are no forecast.
	Assumed []string `json:"assumed,omitempty"`
	// Items leave all sources in the run: those of the profile, or one of each
	// source if there is none.
	Items   float64 `json:"items"`
	Seconds float64 `json:"seconds"`     // that the slowest rank takes for them
	Rate    float64 `json:"items_per_s"` // of all sources
	// Bottleneck is what holds the run up, in a sentence.
	Bottleneck string     `json:"bottleneck"`
	Ranks      []RankLoad `json:"-"`
	// NodeBytes pass between nodes in the run, RankBytes between ranks of one.
	NodeBytes float64 `json:"node_bytes"`
	RankBytes float64 `json:"rank_bytes"`

	Loads []float64 `json:"-"` // CPU seconds of all instances of each element
	Edges []float64 `json:"-"` // bytes that each edge carries
}

// Predict predicts how the plan runs.
func (p *Plan) Predict() *Prediction {
	q := problemOf(p)
	x := q.read(p)
	out := &Prediction{Items: p.model.items, Ranks: q.loads(x), Loads: p.loads()}
	for at, e := range p.Graph.Elements {
		if p.model.assumed[at] {
			out.Assumed = append(out.Assumed, e.Name)
		}
	}
	for i := range p.Graph.Edges {
		out.Edges = append(out.Edges, p.delivered(i)*p.model.size[i])
	}
	slowest := 0
	for r, l := range out.Ranks {
		if l.Seconds > out.Ranks[slowest].Seconds {
			slowest = r
		}
		out.NodeBytes += l.NodeOut
		out.RankBytes += l.RankOut
	}
	out.Seconds = out.Ranks[slowest].Seconds
	if out.Seconds > 0 {
		out.Rate = out.Items / out.Seconds
	}
	out.Bottleneck = q.bottleneck(p, x, slowest)
	return out
}

// Utilisation is the part of its time that a rank of the plan computes.
func (o *Prediction) Utilisation(r int, rank Rank) float64 {
	if o.Seconds == 0 {
		return 0
	}
	return o.Ranks[r].CPU / (rank.power() * o.Seconds)
}

// bottleneck says what the slowest rank is slow at, and what would help.
func (q *problem) bottleneck(p *Plan, x placement, rank int) string {
	loads := q.loads(x)
	l := loads[rank]
	moving := (l.RankIn+l.RankOut)*q.costs.Rank + (l.NodeIn+l.NodeOut)*q.costs.Node
	heaviest := -1 // class with the heaviest stage there
	most := -1     // class that has the most to do there
	for c, class := range q.classes {
		if x[c][rank] == 0 {
			continue
		}
		if heaviest < 0 || class.weight > q.classes[heaviest].weight {
			heaviest = c
		}
		if most < 0 || class.weight*float64(x[c][rank]) > q.classes[most].weight*float64(x[most][rank]) {
			most = c
		}
	}
	if heaviest < 0 || l.Seconds == 0 {
		return "none, for nothing takes any time"
	}
	stage := q.classes[heaviest].weight / q.ranks[rank].speed()
	cpu := l.CPU / q.ranks[rank].power()
	node := 0.0
	if q.shared {
		for _, r := range q.nodes[q.nodeOf[rank]] {
			node += loads[r].CPU / q.powerOf[q.nodeOf[rank]]
		}
	}
	switch {
	case node > max(stage, cpu, moving)*(1+1e-9):
		return fmt.Sprintf("the processors of %s, which its %s share, busy %s of %s, most of rank %d's part %s",
			q.ranks[rank].Host, FormatCount(len(q.nodes[q.nodeOf[rank]]), "rank"), seconds(node), seconds(l.Seconds), rank, p.names(q.classes[most].chain))
	case moving > max(stage, cpu):
		return fmt.Sprintf("moving bytes at rank %d, %s of %s, most of it %s", rank, seconds(moving), seconds(l.Seconds), q.busiestEdge(p, x, rank))
	case stage > cpu*(1+1e-9) || l.Stages == 1:
		advice := "more instances would share that"
		if !p.canHaveMore(q.classes[heaviest].chain) {
			advice = "it must be single"
		}
		return fmt.Sprintf("a stage of %s on rank %d, busy %s of %s on one core; %s",
			p.names(q.classes[heaviest].chain), rank, seconds(stage), seconds(l.Seconds), advice)
	default:
		return fmt.Sprintf("%s of rank %d, busy %s of %s with %s, most of it %s",
			FormatCount(q.ranks[rank].Cores, "core"), rank, seconds(cpu), seconds(l.Seconds), FormatCount(l.Stages, "stage"), p.names(q.classes[most].chain))
	}
}

// names are the PEs of a chain.
func (p *Plan) names(chain int) string {
	var names []string
	for _, at := range p.Chains[chain].Elements {
		names = append(names, p.Graph.Elements[at].Name)
	}
	return strings.Join(names, " + ")
}

// canHaveMore reports whether every PE of a chain may have more instances.
func (p *Plan) canHaveMore(chain int) bool {
	for _, at := range p.Chains[chain].Elements {
		if p.single(at) {
			return false
		}
	}
	return true
}

// busiestEdge is the edge that costs a rank the most time.
func (q *problem) busiestEdge(p *Plan, x placement, rank int) string {
	best, most := "", 0.0
	for _, t := range q.ties {
		one := *q
		one.ties, one.all = []tie{t}, nil
		l := one.loads(x)[rank]
		if cost := (l.RankIn+l.RankOut)*q.costs.Rank + (l.NodeIn+l.NodeOut)*q.costs.Node; cost > most {
			best, most = fmt.Sprintf("from %s to %s", p.names(q.classes[t.a].chain), p.names(q.classes[t.b].chain)), cost
		}
	}
	return best
}

// A More is what one more instance of a PE would bring.
type More struct {
	PE        string  `json:"pe"`
	Instances int     `json:"instances"` // with the one more
	Rate      float64 `json:"items_per_s"`
	Gain      float64 `json:"gain"` // of the rate, as a fraction
}

// OneMore plans again with one more instance of each PE that may have one, and
// says what that would bring. The best comes first.
func (p *Plan) OneMore() []More {
	before := p.Predict().Rate
	var all []More
	for at, e := range p.Graph.Elements {
		if p.single(at) || before == 0 {
			continue
		}
		if q := p.withOneMore(at); q != nil {
			rate := q.Predict().Rate
			all = append(all, More{e.Name, q.Counts[at], rate, rate/before - 1})
		}
	}
	slices.SortStableFunc(all, func(a, b More) int { return cmp.Compare(b.Gain, a.Gain) })
	return all
}

// withOneMore is the plan with an instance more of an element, nil if there is none.
func (p *Plan) withOneMore(element int) *Plan {
	o := p.options
	o.counts = map[int]int{}
	for i, n := range p.Counts {
		o.counts[i] = n
	}
	o.counts[element]++
	q, err := once(p.Graph, p.Ranks, o)
	if err != nil {
		return nil
	}
	return q
}

// grown is the plan with more instances, where the graph leaves that open and each
// makes the run clearly shorter: what count finds is for stages that go anywhere, and this
// is for those that are fused and moved for a price. Large plans are good as they are.
func (p *Plan) grown() *Plan {
	const (
		large = 40
		worth = 1.1 // what is gained by less, the model may owe to what it leaves out
	)
	for p.Stages() <= large && len(p.Ranks) <= large {
		var best *Plan
		least := p.Predict().Seconds / worth
		for at, e := range p.Graph.Elements {
			if e.Instances > 0 || p.single(at) {
				continue
			}
			if q := p.withOneMore(at); q != nil {
				if s := q.Predict().Seconds; s < least {
					best, least = q, s
				}
			}
		}
		if best == nil {
			break
		}
		p = best
	}
	return p
}
