package partition

import "math"

// Costs are what it costs to move a byte, in seconds.
type Costs struct {
	Rank float64 // from one rank of a node to another
	Node float64 // from one node to another
}

// DefaultCosts: 5 GB/s through shared memory; between nodes the share that one
// of 64 ranks has of a 100 Gb/s card.
var DefaultCosts = Costs{Rank: 0.2e-9, Node: 5e-9}

// speed is how fast the cores of a rank are beside others'.
func (r Rank) speed() float64 {
	if r.Speed > 0 {
		return r.Speed
	}
	return 1
}

// power is the CPU seconds that a rank does in a second.
func (r Rank) power() float64 { return float64(r.Cores) * r.speed() }

// part is how much of its cores is its own.
func (r Rank) part() float64 {
	if r.Part > 0 {
		return r.Part
	}
	return 1
}

// A RankLoad is what a rank is predicted to do in the run.
type RankLoad struct {
	Stages int     `json:"stages"`
	CPU    float64 `json:"cpu_s"`
	// Seconds is how long it takes: the CPU seconds on its cores, or the
	// heaviest stage on one, and moving bytes.
	Seconds float64 `json:"seconds"`
	// What it receives from and sends to other ranks of its node, and other
	// nodes.
	RankIn  float64 `json:"rank_in_bytes"`
	RankOut float64 `json:"rank_out_bytes"`
	NodeIn  float64 `json:"node_in_bytes"`
	NodeOut float64 `json:"node_out_bytes"`
}

// loads are the predictions of all ranks for a placement. They are good until
// the next call.
func (q *problem) loads(x placement) []RankLoad {
	if q.all == nil {
		q.all, q.heaviest = make([]RankLoad, len(q.ranks)), make([]float64, len(q.ranks))
		q.onA, q.onB = make([]float64, len(q.nodes)), make([]float64, len(q.nodes))
	}
	all, heaviest, a, b := q.all, q.heaviest, q.onA, q.onB
	clear(all)
	clear(heaviest)
	for c, class := range q.classes {
		for r, n := range x[c] {
			if n > 0 {
				all[r].Stages += n
				all[r].CPU += float64(n) * class.weight
				heaviest[r] = max(heaviest[r], class.weight)
			}
		}
	}
	for _, t := range q.ties {
		clear(a)
		clear(b)
		for r, node := range q.nodeOf {
			a[node] += float64(x[t.a][r])
			b[node] += float64(x[t.b][r])
		}
		allA, allB := float64(q.classes[t.a].n), float64(q.classes[t.b].n)
		for r, node := range q.nodeOf {
			from, to := float64(x[t.a][r]), float64(x[t.b][r])
			all[r].RankOut += t.bytes * from * (b[node] - to)
			all[r].RankIn += t.bytes * to * (a[node] - from)
			all[r].NodeOut += t.bytes * from * (allB - b[node])
			all[r].NodeIn += t.bytes * to * (allA - a[node])
		}
	}
	if q.shared {
		clear(a) // CPU seconds on each node
		for r, node := range q.nodeOf {
			a[node] += all[r].CPU
		}
	}
	for r := range all {
		l := &all[r]
		busy := max(l.CPU/q.ranks[r].power(), heaviest[r]/q.ranks[r].speed())
		if node := q.nodeOf[r]; q.shared && l.CPU > 0 {
			busy = max(busy, a[node]/q.powerOf[node])
		}
		l.Seconds = busy +
			(l.RankIn+l.RankOut)*q.costs.Rank + (l.NodeIn+l.NodeOut)*q.costs.Node
	}
	return all
}

// A score says how good a placement is.
type score struct {
	full    float64 // bytes that PEs may keep more of than ranks have memory
	over    float64 // the most that a rank has, over what it may have; 1 if less, or if time says it all
	seconds float64 // of the rank that takes longest
	node    float64 // bytes between nodes
	rank    float64 // bytes between ranks of a node
}

func (q *problem) score(x placement) score {
	s := score{over: 1}
	if !q.sure {
		s.over = q.over(x)
	}
	if q.tight {
		s.full = float64(q.full(x))
	}
	for _, l := range q.loads(x) {
		s.seconds = max(s.seconds, l.Seconds)
		s.node += l.NodeOut
		s.rank += l.RankOut
	}
	return s
}

// better reports whether s is the better score: memory comes first, then balance where times
// are no more than assumed, then time in steps of 3 %, then bytes between
// nodes, then between ranks.
func (s score) better(t score) bool {
	const rounding = 1 + 1e-9
	step := func(x float64) float64 { return math.Exp(math.Floor(math.Log(x)/math.Log(even)+1e-6) * math.Log(even)) }
	for _, pair := range [][2]float64{{s.full, t.full}, {s.over, t.over}, {step(s.seconds), step(t.seconds)}, {s.node, t.node}, {s.rank, t.rank}, {s.seconds, t.seconds}} {
		if pair[0]*rounding < pair[1] {
			return true
		}
		if pair[1]*rounding < pair[0] {
			return false
		}
	}
	return false
}
