package dsp

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestWindowSum compares with sums that are taken anew at each value, within 1e-13 of the
// sum of magnitudes; one by one and many at a time the bits are the same, and what lies
// outside the window leaves no trace, however large it was.
func TestWindowSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 4))
	for _, n := range []int{1, 2, 3, 4, 5, 8, 31, 64, 100} {
		x := make([]float64, 700)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		x[200] = 1e300
		s := NewWindowSum(n)
		var single []float64
		for i, v := range x {
			got, want, size := s.Next(v), 0.0, 0.0
			for _, w := range x[max(0, i-n+1) : i+1] {
				want += w
				size += math.Abs(w)
			}
			if math.Abs(got-want) > 1e-13*size {
				t.Fatalf("%d values up to %d: %g, expected %g", n, i, got, want)
			}
			single = append(single, got)
		}
		s.Reset()
		var many []float64
		for at := 0; at < len(x); {
			size := min(len(x)-at, 1+rng.IntN(3*n))
			many = append(many, s.Sums(nil, x[at:at+size])...)
			at += size
		}
		if !slices.Equal(many, single) {
			t.Errorf("%d values: other bits many at a time than one by one", n)
		}
	}
}
