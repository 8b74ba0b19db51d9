package moveout_test

import (
	"math"
	"testing"

	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/seismo/synth"
)

// The 276 pairs of 24 stations.
func BenchmarkMeasure(b *testing.B) {
	g := theory(synth.Scatter(1, 24, 40), 0.2, 1.5, func(f float64) float64 { return 2 * math.Pi * f / 3 })
	for b.Loop() {
		if _, err := moveout.Measure(g, moveout.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
