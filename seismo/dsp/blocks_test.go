package dsp

import (
	"fmt"
	"testing"
)

// TestBlocksAreTheWholeCorrelation: whatever the blocks, the correlation is the
// one over the whole record in one long transform.
func TestBlocksAreTheWholeCorrelation(t *testing.T) {
	for _, c := range []struct{ n, maxLag, blocks int }{
		{1000, 50, 0}, {1000, 50, 1}, {1000, 50, 7}, {1000, 50, 64}, {999, 0, 5}, {100, 99, 3}, {100, 150, 2}, {5, 2, 5}, {7, 3, 6}, {14400, 1000, 0},
	} {
		t.Run(fmt.Sprintf("%d/%d/%d", c.n, c.maxLag, c.blocks), func(t *testing.T) {
			testBlocks[float64, complex128](t, c.n, c.maxLag, c.blocks, 1e-13)
			testBlocks[float32, complex64](t, c.n, c.maxLag, c.blocks, 2e-6)
		})
	}
	if b := Blocks(14400, 1000); b < 2 {
		t.Errorf("an hour with short lags is correlated in %d blocks", b)
	}
	if b := Blocks(1000, 900); b != 1 {
		t.Errorf("records hardly longer than the lags are correlated in %d blocks", b)
	}
}

func testBlocks[F Float, C Cmplx](t *testing.T, n, maxLag, blocks int, tolerance float64) {
	a, b := make([]F, n), make([]F, n)
	for i, v := range noise(n, 21) {
		a[i] = F(v)
	}
	for i, v := range noise(n, 22) {
		b[i] = F(v)
	}
	want := NewCorrelator[F, C](n, maxLag).Correlate(nil, a, b)
	c := NewBlockCorrelator[F, C](n, maxLag, blocks)
	sum, bins := make([]C, c.Bins()), c.Bins()
	lead, trail := c.Spectra(nil, a), c.Spectra(nil, b)[c.Blocks()*bins:]
	for k := range c.Blocks() {
		AddCross(sum, lead[k*bins:][:bins], trail[k*bins:][:bins])
	}
	for _, lags := range []int{maxLag, maxLag / 2} {
		got := c.ScaledLags(nil, sum, lags, 0.5)
		size, worst := 0.0, 0.0
		for i, v := range got {
			w := float64(want[maxLag-lags+i])
			size, worst = max(size, abs(w)), max(worst, abs(2*float64(v)-w))
		}
		if worst > tolerance*size {
			t.Errorf("%T, lags to %d: differs by %.1e of the greatest value", a[0], lags, worst/size)
		}
	}
}

func abs(v float64) float64 { return max(v, -v) }
