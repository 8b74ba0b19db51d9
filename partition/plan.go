package partition

import (
	"crypto/sha256"
	"fmt"
	"io"

	d4 "github.com/dispel4go/dispel4go"
)

// A Rank is one rank to run on.
type Rank struct {
	Cores int // at least 1
	Node  int // number of its host, from 0
	Host  string
	Speed float64 // of its cores, beside others'; 0 means 1
	// Part is how much of its cores is its own, where ranks of a node share processors; 0
	// means 1. A rank that finds the others idle has all of them.
	Part   float64
	Memory int64 // bytes that its PEs may keep; 0 means that it is not known
	// Apart: it does not see the run directory. PEs that write there are placed
	// elsewhere.
	Apart bool
}

// Ranks returns n ranks of one node with that many cores each.
func Ranks(n, cores int) []Rank {
	ranks := make([]Rank, n)
	for i := range ranks {
		ranks[i] = Rank{Cores: cores, Host: "localhost"}
	}
	return ranks
}

// A Chain is the PEs that are fused, and where its stages run: stage k holds
// instance k of each of them.
type Chain struct {
	Elements []int // indices into Graph.Elements, upstream first
	Ranks    []int // of each stage
}

// A Plan says which stage is on which rank. It is never changed after Make.
type Plan struct {
	Graph   *d4.Graph
	Ranks   []Rank
	Counts  []int    // instances of each element
	Chains  []Chain  // in topological order of their first elements
	ChainOf []int    // the chain of each element
	Budget  int64    // bytes of items on their way that a rank may hold
	Window  int      // bytes that one instance may have outstanding on an edge
	Notes   []string // what was assumed, or ignored, of a profile

	options Options
	model   *model
}

// Fused reports whether the edge is a call inside a stage.
func (p *Plan) Fused(edge int) bool {
	e := p.Graph.Edges[edge]
	return p.ChainOf[e.From] == p.ChainOf[e.To]
}

// Upstreams is the number of ends that an instance at the end of the edge
// waits for: one for each upstream instance that can send to it.
func (p *Plan) Upstreams(edge int) int {
	if p.Fused(edge) {
		return 1
	}
	return p.Counts[p.Graph.Edges[edge].From]
}

// RankOf returns the rank of an instance.
func (p *Plan) RankOf(element, index int) int { return p.Chains[p.ChainOf[element]].Ranks[index] }

// Stages is the number of stages in all.
func (p *Plan) Stages() int {
	n := 0
	for _, c := range p.Chains {
		n += len(c.Ranks)
	}
	return n
}

// Bound is the most that items on their way occupy on a rank, in bytes, if no
// item is larger than the window: what may be outstanding on every edge that
// ends on the rank. What PEs keep themselves comes on top: see Kept.
func (p *Plan) Bound(rank int) int64 { return int64(p.senders()[rank]) * int64(p.Window) }

// senders counts, for each rank, the upstream instances of all edges that end
// there.
func (p *Plan) senders() []int {
	counts := make([]int, len(p.Ranks))
	seen := make([]int, len(p.Ranks)) // 1 + the last edge that reaches the rank
	for i, e := range p.Graph.Edges {
		if p.Fused(i) {
			continue
		}
		for _, r := range p.Chains[p.ChainOf[e.To]].Ranks {
			if seen[r] != i+1 {
				seen[r] = i + 1
				counts[r] += p.Counts[e.From]
			}
		}
	}
	return counts
}

// Digest identifies the plan: equal digests mean that graph, counts, fusing and
// placement are equal.
func (p *Plan) Digest() [32]byte {
	h := sha256.New()
	p.write(h)
	return [32]byte(h.Sum(nil))
}

// write writes all that the plan decides, in a fixed form.
func (p *Plan) write(w io.Writer) {
	fmt.Fprintf(w, "plan 1 window %d\n", p.Window)
	for i, e := range p.Graph.Elements {
		fmt.Fprintf(w, "pe %s %T instances %d on_error %s %d %d calls %d\n", e.Name, e.Proto, p.Counts[i], e.OnError, e.Retries, e.Hold, e.Calls)
		for _, port := range e.Ports {
			if port.In != nil {
				fmt.Fprintf(w, " in %s %s %s %v\n", port.Name, port.In.Elem(), port.In.Grouping(), port.In.ReadOnly())
			} else {
				fmt.Fprintf(w, " out %s %s\n", port.Name, port.Out.Elem())
			}
		}
	}
	for _, e := range p.Graph.Edges {
		fmt.Fprintf(w, "edge %d %d %d %d %s\n", e.From, e.Out, e.To, e.In, e.Grouping)
	}
	for _, c := range p.Chains {
		fmt.Fprintln(w, "chain", c.Elements, c.Ranks)
	}
}
