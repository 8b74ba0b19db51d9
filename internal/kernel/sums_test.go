package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAdd: the sums, and nothing behind them.
func TestAdd(t *testing.T) {
	for _, n := range []int{0, 1, 4, 9, 100} {
		sum, x := make([]float64, n+1), make([]float64, n+1)
		for i := range x {
			sum[i], x[i] = float64(i), 1000
		}
		Add(sum[:n], x)
		for i, v := range sum[:n] {
			if v != float64(1000+i) {
				t.Fatalf("%d of %d is %v", i, n, v)
			}
		}
		if sum[n] != float64(n) {
			t.Errorf("what stands behind %d numbers is %v", n, sum[n])
		}
	}
}

// TestSquareSums: the bits of plain Go.
func TestSquareSums(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 12))
	for _, n := range []int{0, 4, 8, 64, 1000} {
		x := make([]float64, n)
		for i := range x {
			x[i] = r.NormFloat64() * math.Pow(10, float64(r.IntN(20)))
		}
		var sums, squares [2][]float64
		for k := range sums {
			sums[k], squares[k] = make([]float64, n), make([]float64, n)
		}
		squareSumsPlain(sums[0], squares[0], x, 0.3)
		SquareSums(sums[1], squares[1], x, 0.3)
		if !slices.Equal(sums[0], sums[1]) || !slices.Equal(squares[0], squares[1]) {
			t.Errorf("%d samples: other sums than in plain Go", n)
		}
	}
}

// TestRatios: the bits of plain Go, also of what is no number.
func TestRatios(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 11))
	for _, n := range []int{0, 1, 4, 7, 64, 1001} {
		var x [3][]float64
		for k := range x {
			x[k] = make([]float64, n)
			for i := range x[k] {
				x[k][i] = r.NormFloat64() * math.Pow(10, float64(r.IntN(600)-300))
				if k > 0 && r.IntN(10) == 0 {
					x[k][i] = x[0][i]
				}
			}
		}
		got, want := make([]float64, n), make([]float64, n)
		ratiosPlain(want, x[0], x[1], x[2], 20)
		Ratios(got, x[0], x[1], x[2], 20)
		for i, w := range want {
			if math.Float64bits(got[i]) != math.Float64bits(w) && !(math.IsNaN(got[i]) && math.IsNaN(w)) {
				t.Fatalf("%d of %d is %v, not %v", i, n, got[i], w)
			}
		}
	}
}
