package moveout

import "math"

const (
	// farField is how many periods an arrival must lie from lag 0 to be
	// counted by the fit: see the package comment.
	farField = 2

	// The fit looks so far from the slowness it starts from, as a share of
	// that, in so many steps to each side.
	reach = 0.1
	steps = 100
)

// stack sums the envelopes of far pairs near one slowness.
type stack struct {
	*section
	chosen []int // indices of pairs
	centre float64
}

// newStack takes the pairs whose arrival at this slowness lies in the far field
// and, wherever the fit looks, within the lags.
func newStack(s *section, slowness float64) *stack {
	st := &stack{section: s, centre: slowness}
	for p, d := range s.distances {
		if lag := slowness * d; lag >= farField/s.centre && lag*(1+reach) < s.longest-s.interval {
			st.chosen = append(st.chosen, p)
		}
	}
	return st
}

// peak returns the slowness at which the stack of all pairs but those of one
// station is greatest, between its steps by a parabola. It is false if the
// stack has no pair, or is still rising where the fit stops looking.
func (st *stack) peak(without int) (slowness float64, ok bool) {
	var sum [2*steps + 1]float64
	step := st.centre * reach / steps
	for _, p := range st.chosen {
		if st.pairs[p][0] == without || st.pairs[p][1] == without {
			continue
		}
		d, e := st.distances[p]/st.interval, st.envelopes[p]
		for k := range sum {
			sum[k] += at(e, d*(st.centre+float64(k-steps)*step))
		}
	}
	best := 0
	for k, v := range sum {
		if v > sum[best] {
			best = k
		}
	}
	if best == 0 || best == len(sum)-1 {
		return 0, false
	}
	left, mid, right := sum[best-1], sum[best], sum[best+1]
	offset := (left - right) / (2 * (left - 2*mid + right)) // mid > left, so the bend is not 0
	return st.centre + (float64(best-steps)+offset)*step, true
}

// jackknife returns the standard error of the peak from the peaks without one
// station each (Efron and Stein 1981). A station without which there is no peak
// is left in.
func (st *stack) jackknife(stations int) float64 {
	n, mean, squares := 0.0, 0.0, 0.0
	for i := range stations {
		s, ok := st.peak(i)
		if !ok {
			continue
		}
		n++
		d := s - mean
		mean += d / n
		squares += d * (s - mean)
	}
	if n < 2 {
		return math.Inf(1)
	}
	return math.Sqrt((n - 1) / n * squares)
}
