package moveout

import (
	"errors"
	"fmt"
	"math"
)

// Errors of [Measure].
var (
	// ErrNoArrival is returned when no velocity in the range lines the
	// correlations up better than chance: see [Options.FalseAlarm].
	ErrNoArrival = errors.New("moveout: no arrival")

	// ErrGather is returned, wrapped with what is wrong, for a gather or for
	// options that make no sense.
	ErrGather = errors.New("moveout: bad gather")
)

// Float is the type of samples.
type Float interface{ float32 | float64 }

// Gather is what the measurement is given: correlations of pairs of stations,
// and how far apart the stations stand. It is only read.
type Gather[F Float] struct {
	// Rows are the correlations, all of 2m+1 lags, from -m to m times
	// IntervalS seconds. Rows of zeros are passed over.
	Rows      [][]F
	IntervalS float64

	// Pairs says which two stations, by index, each row belongs to.
	Pairs [][2]int

	// DistancesKm holds the distance of every station to every other.
	DistancesKm [][]float64
}

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrGather}, args...)...)
}

func (g *Gather[F]) check() error {
	if len(g.Rows) != len(g.Pairs) {
		return bad("%d rows of %d pairs", len(g.Rows), len(g.Pairs))
	}
	if !(g.IntervalS > 0) || math.IsInf(g.IntervalS, 0) {
		return bad("interval of %v s", g.IntervalS)
	}
	n := len(g.DistancesKm)
	for i, row := range g.DistancesKm {
		if len(row) != n {
			return bad("%d distances of station %d to %d stations", len(row), i, n)
		}
		for j, d := range row {
			if !(d >= 0) || math.IsInf(d, 0) {
				return bad("distance of %v km between the stations %d and %d", d, i, j)
			}
		}
	}
	for i, p := range g.Pairs {
		if min(p[0], p[1]) < 0 || max(p[0], p[1]) >= n || p[0] == p[1] {
			return bad("pair %d is of the stations %d and %d among %d", i, p[0], p[1], n)
		}
		if len(g.Rows[i]) != len(g.Rows[0]) || len(g.Rows[i])%2 == 0 {
			return bad("row %d has %d lags, the first %d: must be equal and odd", i, len(g.Rows[i]), len(g.Rows[0]))
		}
		for _, v := range g.Rows[i] {
			if v-v != 0 {
				return bad("row %d holds %v", i, v)
			}
		}
	}
	return nil
}
