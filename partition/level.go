package partition

// level moves stages out of ranks that have more than their room to those that
// have less, where it costs the fewest bytes. What bundles leave uneven is put
// right so.
func (q *problem) level(x placement, room []float64) {
	const rounding = 1 + 1e-9
	load := make([]float64, len(q.ranks))
	onNode := q.empty() // by class, by node
	for c, class := range q.classes {
		for r, n := range x[c] {
			load[r] += float64(n) * class.weight
			onNode[c][q.nodeOf[r]] += n
		}
	}
	for from := range q.ranks {
		for load[from] > room[from]*rounding {
			class, to, least := -1, -1, 0.0
			for c := range q.classes {
				w := q.classes[c].weight
				if x[c][from] == 0 || q.classes[c].root || w == 0 {
					continue
				}
				for r := range q.ranks {
					if r == from || load[r]+w > room[r]*rounding {
						continue
					}
					if cost := q.moving(x, onNode, c, from, r); class < 0 || cost < least {
						class, to, least = c, r, cost
					}
				}
			}
			if class < 0 {
				break // there is no room for any of them
			}
			w := q.classes[class].weight
			x[class][from]--
			x[class][to]++
			onNode[class][q.nodeOf[from]]--
			onNode[class][q.nodeOf[to]]++
			load[from] -= w
			load[to] += w
		}
	}
}

// moving is by how many seconds moving bytes takes longer if a stage moves.
func (q *problem) moving(x, onNode placement, class, from, to int) float64 {
	cost := 0.0
	a, b := q.nodeOf[from], q.nodeOf[to]
	for _, i := range q.tiesOf[class] {
		t := q.ties[i]
		other := t.a + t.b - class
		near := float64(x[other][from] - x[other][to]) // partners that are no longer on its rank
		here := 0.0                                    // or on its node
		if a != b {
			here = float64(onNode[other][a] - onNode[other][b])
		}
		cost += t.bytes * (q.costs.Rank*(near-here) + q.costs.Node*here)
	}
	return cost
}
