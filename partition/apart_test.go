package partition_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dispel4go/dispel4go/partition"
)

// TestApart: the stages stay what they are, and each has a rank to itself.
func TestApart(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	for range 200 {
		p, err := partition.Make(randomGraph(rng), randomRanks(rng), partition.Options{Budget: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		before := p.Digest()
		q := p.Apart("somewhere")
		next := 0
		for c, chain := range q.Chains {
			if !slices.Equal(chain.Elements, p.Chains[c].Elements) || len(chain.Ranks) != len(p.Chains[c].Ranks) {
				t.Fatalf("chain %d is %v, was %v", c, chain, p.Chains[c])
			}
			for _, on := range chain.Ranks {
				if on != next {
					t.Fatalf("chain %d is on ranks %v, expected %d next", c, chain.Ranks, next)
				}
				next++
			}
		}
		if len(q.Ranks) != next || q.Stages() != p.Stages() || !slices.Equal(q.Counts, p.Counts) {
			t.Errorf("%d ranks for %d stages, of which there were %d", len(q.Ranks), next, p.Stages())
		}
		for r := range q.Ranks {
			if bound := q.Bound(r); bound > q.Budget && q.Window > 4<<10 {
				t.Errorf("rank %d may hold %d bytes, of %d", r, bound, q.Budget)
			}
		}
		if p.Digest() != before {
			t.Error("the plan has changed")
		}
	}
}
