package partition

import (
	"fmt"

	d4 "github.com/dispel4go/dispel4go"
)

// limit is the most that an instance of an element says it keeps, in bytes.
func (p *Plan) limit(element int) int64 {
	l, ok := p.Graph.Elements[element].Proto.(d4.Limited)
	if !ok {
		return 0
	}
	return l.MemoryLimit(p.Counts[element])
}

// Kept is the most that the PEs on each rank say they keep, in bytes.
func (p *Plan) Kept() []int64 {
	kept := make([]int64, len(p.Ranks))
	for at := range p.Counts {
		if limit := p.limit(at); limit > 0 {
			for _, r := range p.Chains[p.ChainOf[at]].Ranks {
				kept[r] += limit
			}
		}
	}
	return kept
}

// room reports whether the ranks have the memory for what all instances may keep,
// as far as it is known.
func (p *Plan) room() bool {
	have, most, want := int64(0), int64(0), int64(0)
	for _, r := range p.Ranks {
		if r.Memory == 0 {
			return true
		}
		have, most = have+r.Memory, max(most, r.Memory)
	}
	for at, n := range p.Counts {
		limit := p.limit(at)
		if limit > most {
			return false
		}
		want += limit * int64(n)
	}
	return want <= have
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
			here := int64(0)
			for k := range p.Counts[at] {
				if p.RankOf(at, k) == r {
					here += p.limit(at)
				}
			}
			if here > most {
				most, name = here, e.Name
			}
		}
		return fmt.Errorf("rank %d has %s of memory for PEs, but those placed there may keep up to %s, most of it %s (%s): give the ranks more, or lower its limit",
			r, FormatBytes(rank.Memory), FormatBytes(kept[r]), name, FormatBytes(most))
	}
	return nil
}

// full is how many bytes PEs may keep more than ranks have memory, in all.
func (q *problem) full(x placement) int64 {
	over := int64(0)
	for r, kept := range q.kept(x) {
		if m := q.ranks[r].Memory; m > 0 {
			over += max(0, kept-m)
		}
	}
	return over
}

func (q *problem) kept(x placement) []int64 {
	kept := make([]int64, len(q.ranks))
	for c, on := range x {
		for r, n := range on {
			kept[r] += int64(n) * q.classes[c].keeps
		}
	}
	return kept
}

// fit moves stages from ranks that have not the memory for them to others that
// have: those that keep most first, each to the rank that is then through the earliest.
// Where there is no such rank they stay.
func (q *problem) fit(x placement) {
	if !q.tight {
		return
	}
	kept, load := q.kept(x), make([]float64, len(q.ranks))
	for r, l := range q.loads(x) {
		load[r] = l.CPU
	}
	for from, rank := range q.ranks {
		for rank.Memory > 0 && kept[from] > rank.Memory {
			class, to := -1, -1
			for c := range q.classes {
				k := q.classes[c].keeps
				if x[c][from] == 0 || q.classes[c].root || k == 0 || class >= 0 && k <= q.classes[class].keeps {
					continue
				}
				if r := q.placeFor(c, kept, load); r >= 0 {
					class, to = c, r
				}
			}
			if class < 0 {
				break
			}
			x[class][from]--
			x[class][to]++
			kept[from] -= q.classes[class].keeps
			kept[to] += q.classes[class].keeps
			load[from] -= q.classes[class].weight
			load[to] += q.classes[class].weight
		}
	}
}

// placeFor is the rank that has memory for a stage of the class and is through with
// it the earliest; -1 if there is none.
func (q *problem) placeFor(class int, kept []int64, load []float64) int {
	best, earliest := -1, 0.0
	for r, rank := range q.ranks {
		if rank.Memory > 0 && kept[r]+q.classes[class].keeps > rank.Memory {
			continue
		}
		if at := (load[r] + q.classes[class].weight) / rank.power(); best < 0 || at < earliest {
			best, earliest = r, at
		}
	}
	return best
}

// RankMemory is what a rank takes beside items on their way and what PEs keep, in
// bytes: the program, MPI's buffers, the collector's slack.
const RankMemory = 512 << 20

// NodeMemory is the most that the ranks of one node may take together, in bytes.
func (p *Plan) NodeMemory() (most int64) {
	kept, nodes := p.Kept(), map[int]int64{}
	for k, rank := range p.Ranks {
		nodes[rank.Node] += p.Bound(k) + kept[k] + RankMemory
		most = max(most, nodes[rank.Node])
	}
	return most
}
