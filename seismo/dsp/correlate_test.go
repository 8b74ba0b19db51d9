package dsp

import (
	"math"
	"testing"
)

// correlated is the definition of Correlate summed up as it stands.
func correlated(a, b []float64, maxLag int) []float64 {
	c := make([]float64, 2*maxLag+1)
	for l := -maxLag; l <= maxLag; l++ {
		for t, v := range a {
			if t+l >= 0 && t+l < len(b) {
				c[maxLag+l] += v * b[t+l]
			}
		}
	}
	return c
}

func peak(x []float64) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

func TestCorrelateIsTheDefinition(t *testing.T) {
	for _, c := range []struct{ n, maxLag int }{{1, 0}, {1, 3}, {10, 4}, {97, 96}, {97, 97}, {100, 150}, {500, 60}} {
		a, b := noise(c.n, 1), noise(c.n, 2)
		want := correlated(a, b, c.maxLag)
		if e := apart(NewCorrelator[float64, complex128](c.n, c.maxLag).Correlate(nil, a, b), want); e > 1e-13 {
			t.Errorf("%v: float64 differs by %.1e", c, e)
		}
		got := NewCorrelator[float32, complex64](c.n, c.maxLag).Correlate(nil, narrow(a), narrow(b))
		if e := apart(widen(got), want); e > 1e-5 {
			t.Errorf("%v: float32 differs by %.1e", c, e)
		}
	}
}

func TestLagSign(t *testing.T) {
	const n, late = 1000, 37
	a := noise(n, 5)
	b := make([]float64, n) // the wave passes a first
	copy(b[late:], a)
	c := NewCorrelator[float64, complex128](n, 100)
	if got := peak(c.Correlate(nil, a, b)) - 100; got != late {
		t.Errorf("peak at lag %d, want %d", got, late)
	}
	if got := peak(c.CorrelateObsPy(nil, a, b, true, true)) - 100; got != -late {
		t.Errorf("ObsPy's peak at lag %d, want %d", got, -late)
	}
	if e := apart(reversed(c.CorrelateObsPy(nil, a, b, false, false)), c.Correlate(nil, a, b)); e > 1e-13 {
		t.Errorf("ObsPy's is not the mirror image: %.1e", e)
	}
}

func TestStackedSpectraAreStackedCorrelations(t *testing.T) {
	const n, maxLag, windows = 400, 50, 6
	c := NewCorrelator[float32, complex64](n, maxLag)
	sum := make([]complex64, c.Bins())
	want := make([]float64, 2*maxLag+1)
	for w := range uint64(windows) {
		a, b := noise(n, w), noise(n, w+100)
		AddCross(sum, c.Spectrum(nil, narrow(a)), c.Spectrum(nil, narrow(b)))
		for i, v := range correlated(a, b, maxLag) {
			want[i] += v
		}
	}
	if e := apart(widen(c.Lags(nil, sum)), want); e > 1e-5 {
		t.Errorf("differs by %.1e", e)
	}
}

func TestConstantRecordsCorrelateToZero(t *testing.T) {
	flat := make([]float64, 64)
	for i := range flat {
		flat[i] = 7
	}
	for i, v := range NewCorrelator[float64, complex128](64, 5).CorrelateObsPy(nil, flat, flat, true, true) {
		if v != 0 {
			t.Errorf("lag %d: %v", i-5, v)
		}
	}
}

func TestHilbertOfACosineIsTheSine(t *testing.T) {
	for _, n := range []int{360, 405} {
		x, want := make([]float64, n), make([]float64, n)
		for i := range x {
			want[i], x[i] = math.Sincos(2 * math.Pi * 9 * float64(i) / float64(n))
		}
		a := NewAnalytic[float64, complex128](n, n)
		if e := apart(a.Hilbert(nil, x), want); e > 1e-13 {
			t.Errorf("n=%d: differs by %.1e", n, e)
		}
		for i, v := range a.Envelope(nil, x) {
			if math.Abs(v-1) > 1e-13 {
				t.Fatalf("n=%d: envelope %v at %d", n, v, i)
			}
		}
	}
}

func TestPhaseStackKeepsTheCoherent(t *testing.T) {
	const n, rows = 256, 40
	signal := make([]float64, n)
	for i := range signal {
		u := float64(i-n/2) / 6
		signal[i] = math.Exp(-u*u) * math.Cos(2*u)
	}
	linear, phase := NewLinearStack[float32](n), NewPhaseStack[float32, complex64](n)
	for r := range uint64(rows) {
		row := noise(n, r)
		for i := range row {
			row[i] = signal[i] + row[i]/3
		}
		linear.Add(narrow(row))
		phase.Add(narrow(row))
	}
	mean, weighted := linear.Stack(nil), phase.Stack(nil, 2)
	if noise, quieter := RMS(mean[:80]), RMS(weighted[:80]); quieter > noise/5 {
		t.Errorf("noise %.3g of the linear stack is still %.3g", noise, quieter)
	}
	if p := float64(weighted[n/2]); p < 0.7 {
		t.Errorf("the signal is left with %.2f of its peak", p)
	}
	if got := phase.Stack(nil, 0); apart(widen(got), widen(mean)) != 0 {
		t.Error("power 0 is not the linear stack")
	}
	empty := NewPhaseStack[float32, complex64](n).Stack(nil, 2)
	if FirstNonFinite(empty) >= 0 || RMS(empty) != 0 {
		t.Error("a stack of no rows is not zero")
	}
}
