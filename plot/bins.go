package plot

import (
	"fmt"
	"math"
)

// Bins stacks any number of traces in bins of distance, in bounded memory: a
// record section of half a million pairs is one of fifty rows. Each trace is
// divided by its greatest absolute value before. A Bins is not safe for
// concurrent use.
type Bins struct {
	reach   float64 // km
	samples int
	pairs   int
	bins    []bin
}

type bin struct {
	count    int
	distance float64   // sum, in km
	sum      []float64 // of the normalised traces
}

// NewBins returns bins of equal width for traces of so many samples and distances
// from 0 to maxDistance km. It panics if one of these is not positive.
func NewBins(maxDistance float64, bins, samples int) *Bins {
	if !(maxDistance > 0) || math.IsInf(maxDistance, 1) || bins < 1 || samples < 1 {
		panic("plot: bins of no size")
	}
	return &Bins{reach: maxDistance, samples: samples, bins: make([]bin, bins)}
}

// Add stacks a trace; it does not keep it. The error is ErrData for numbers that
// are none, another length, or a distance outside.
func (b *Bins) Add(distance float64, trace []float32) error {
	if len(trace) != b.samples {
		return fmt.Errorf("%w: a trace of %d samples among traces of %d", ErrData, len(trace), b.samples)
	}
	if !(distance >= 0 && distance <= b.reach) {
		return fmt.Errorf("%w: distance %v km with bins up to %v km", ErrData, distance, b.reach)
	}
	if err := finite("trace", trace); err != nil {
		return fmt.Errorf("%w, at %v km", err, distance)
	}
	at := int(distance / b.reach * float64(len(b.bins)))
	into := &b.bins[min(at, len(b.bins)-1)] // the last one is closed
	if into.sum == nil {
		into.sum = make([]float64, b.samples)
	}
	into.count++
	into.distance += distance
	b.pairs++
	if top := peak(trace); top > 0 {
		for i, v := range trace {
			into.sum[i] += float64(v) / top
		}
	}
	return nil
}

// Pairs returns the number of traces that were added.
func (b *Bins) Pairs() int { return b.pairs }

// Rows returns the mean distance in km and the mean trace of each bin that is
// not empty.
func (b *Bins) Rows() (distances []float64, traces [][]float32) {
	for _, bin := range b.bins {
		if bin.count == 0 {
			continue
		}
		mean := make([]float32, b.samples)
		for i, v := range bin.sum {
			mean[i] = float32(v / float64(bin.count))
		}
		distances = append(distances, bin.distance/float64(bin.count))
		traces = append(traces, mean)
	}
	return distances, traces
}
