package partition

import (
	"math"
	"slices"

	"github.com/dispel4go/dispel4go/internal/port"
)

// Instances of a PE do not all have as much to do where something other than the
// engine says who gets an item: keys, a route, or splits. If the profile has what
// each instance did, the parts of the next run's instances follow from it.

const (
	evenShare  = 1.1 // an instance that has no more of the work than this, over the average, is as good as any other
	mostShares = 16  // kinds of instances that are told apart
	faintest   = 100 // instances that have this much less than the first are not told apart
)

// Portions are the parts that the instances of an element have of its work, and of the
// items that come in and go out; each adds up to 1.
type portions struct{ work, in, out []float64 }

// uneven says what part each of n instances of an element has; nil if all have
// the same, or if it is not known. Items by key are known for any n: instance k
// of n has the keys whose hashes are in the k-th n-th of all (see port.Shards), and in
// that of an instance that was measured they are taken to be even.
func (p *Plan) uneven(element, n int) *portions {
	each := p.options.Profile[p.Graph.Elements[element].Name].Each
	if n == 1 || len(each) < 2 {
		return nil
	}
	keyed, settled := p.settled(element)
	if !settled || !keyed && len(each) != n {
		return nil
	}
	q := &portions{
		work: spreadOver(each, n, func(s Share) float64 { return s.Seconds }),
		in:   spreadOver(each, n, func(s Share) float64 { return s.ItemsIn }),
		out:  spreadOver(each, n, func(s Share) float64 { return s.ItemsOut }),
	}
	if slices.Max(q.work)*float64(n) <= evenShare {
		return nil
	}
	return q
}

// settled reports whether who gets an item of an element, or emits it, is not for the
// engine to choose, and whether keys do.
func (p *Plan) settled(element int) (keyed, settled bool) {
	source := true
	for _, e := range p.Graph.Edges {
		if e.To == element {
			source = false
			keyed = keyed || e.Grouping.Kind() == port.KindBy
			settled = settled || e.Grouping.Kind() == port.KindBy || e.Grouping.Kind() == port.KindRoute
		}
	}
	return keyed, settled || source
}

// spreadOver gives n instances their parts of what others have, each of which
// spreads evenly over an equal part of the keys.
func spreadOver(each []Share, n int, of func(Share) float64) []float64 {
	all := 0.0
	for _, s := range each {
		all += of(s)
	}
	part := make([]float64, n)
	for k := range part {
		if all == 0 {
			part[k] = 1 / float64(n)
			continue
		}
		// In units of one m n-th of the keys: instance k has [k m, (k+1) m), and
		// what was measured as j had [j n, (j+1) n).
		m := len(each)
		for j := k * m / n; j < m && j*n < (k+1)*m; j++ {
			both := min((k+1)*m, (j+1)*n) - max(k*m, j*n)
			part[k] += of(each[j]) / all * float64(both) / float64(n)
		}
	}
	return part
}

// top is the most that one of n instances has of an element's work.
func (p *Plan) top(element, n int) float64 {
	if q := p.uneven(element, n); q != nil {
		return slices.Max(q.work)
	}
	return 1 / float64(n)
}

// mean is the part that the instances of some stages have, on average.
func mean(part []float64, stages []int) float64 {
	sum := 0.0
	for _, k := range stages {
		sum += part[k]
	}
	return sum / float64(len(stages))
}

// kinds puts stages together that have about as much to do; those with the most
// come first. The first stage is a kind of its own if it is alone in what it gets.
// All have the same if there are no weights.
func kinds(n int, weights []float64, alone bool) [][]int {
	if weights == nil {
		weights = make([]float64, n)
	}
	most := slices.Max(weights)
	least := max(slices.Min(weights), most/faintest)
	step := math.Log(evenShare)
	if least < most {
		step = max(step, math.Log(most/least)/(mostShares-1))
	}
	of := make([][]int, mostShares+1)
	for k, w := range weights {
		at := 0
		switch {
		case alone && k == 0:
		case most == 0:
			at = 1
		default:
			at = 1 + min(int(math.Log(most/max(w, least))/step+0.5), mostShares-1)
		}
		of[at] = append(of[at], k)
	}
	return slices.DeleteFunc(of, func(k []int) bool { return len(k) == 0 })
}
