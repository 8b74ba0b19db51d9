package bench

import (
	"slices"
	"time"
)

// A Way is one way to do a piece of work.
type Way struct {
	Name  string
	Units float64 // of work that one Run does
	Run   func() error
}

// Timings are what the ways of a comparison took.
type Timings struct {
	ways  []Way
	rates [][]float64 // units a second, by way and round
}

// InTurn prepares to time ways, one after the other in each round.
func InTurn(ways ...Way) *Timings {
	return &Timings{ways: ways, rates: make([][]float64, len(ways))}
}

// Round runs each way once. Every other round goes backwards, so that none
// always comes first.
func (t *Timings) Round() error {
	backwards := len(t.rates[0])%2 == 1
	for i := range t.ways {
		if backwards {
			i = len(t.ways) - 1 - i
		}
		start := time.Now()
		if err := t.ways[i].Run(); err != nil {
			return err
		}
		t.rates[i] = append(t.rates[i], t.ways[i].Units/time.Since(start).Seconds())
	}
	return nil
}

// Rate is the median rate of a way, in units a second.
func (t *Timings) Rate(way int) float64 { return Median(t.rates[way]) }

// Ratio is the median over all rounds of the rate of way a by that of way b.
func (t *Timings) Ratio(a, b int) float64 {
	return t.RatioTo(a, t.rates[b])
}

// RatioTo is Ratio to rates that somebody else measured, one for each round.
func (t *Timings) RatioTo(a int, rates []float64) float64 {
	ratios := make([]float64, len(rates))
	for i := range ratios {
		ratios[i] = t.rates[a][i] / rates[i]
	}
	return Median(ratios)
}

// Median is the median of at least one number.
func Median(x []float64) float64 {
	sorted := slices.Sorted(slices.Values(x))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
