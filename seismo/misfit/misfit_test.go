package misfit

import (
	"math"
	"testing"
)

// pulse is a Ricker wavelet at a time in seconds.
func pulse(n int, delta, at, freq, size float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		a := math.Pi * freq * (float64(i)*delta - at)
		x[i] = size * (1 - 2*a*a) * math.Exp(-a*a)
	}
	return x
}

// TestKnownMisfits: an amplitude is an envelope misfit and no phase misfit, a time
// shift the other way round, and nothing is none.
func TestKnownMisfits(t *testing.T) {
	const n, delta = 600, 0.02
	ref := pulse(n, delta, 6, 2, 1)
	w, err := NewWavelet(n, delta, 0.5, 10, 25, 6)
	if err != nil {
		t.Fatal(err)
	}
	if c := w.Compare(ref, ref, true); c.EM() != 0 || c.PM() != 0 || c.EG() != 10 || c.PG() != 10 {
		t.Errorf("itself: %g, %g", c.EM(), c.PM())
	}
	c := w.Compare(pulse(n, delta, 6, 2, 1.25), ref, true)
	if math.Abs(c.EM()-0.25) > 1e-9 || c.PM() > 1e-9 {
		t.Errorf("a quarter larger: EM %g, PM %g", c.EM(), c.PM())
	}
	// At 2 Hz, 0.02 s is 0.08 pi of phase; the late record has negative phases.
	c = w.Compare(pulse(n, delta, 6.02, 2, 1), ref, true)
	if c.PM() < 0.06 || c.PM() > 0.1 || c.EM() > 0.04 {
		t.Errorf("late by 0.02 s: EM %g, PM %g", c.EM(), c.PM())
	}
	for k, v := range c.FPM(Local) {
		if want := -2 * c.Freqs[k] * 0.02; math.Abs(v-want) > 0.1*math.Abs(want) && c.Freqs[k] > 1 && c.Freqs[k] < 3 {
			t.Errorf("the phase at %g Hz is %g pi, expected %g pi", c.Freqs[k], v, want)
		}
	}
	if _, err := NewWavelet(n, delta, 0.5, 30, 25, 6); err == nil {
		t.Error("frequencies above Nyquist are taken")
	}
}

// TestEitherReference: without a reference the larger record is it, whichever comes
// first.
func TestEitherReference(t *testing.T) {
	small, large := pulse(300, 0.02, 3, 2, 1), pulse(300, 0.02, 3.05, 2, 2)
	w, err := NewWavelet(300, 0.02, 0.5, 10, 9, 6)
	if err != nil {
		t.Fatal(err)
	}
	a, b := w.Compare(small, large, false), w.Compare(large, small, false)
	if math.Abs(a.EM()-b.EM()) > 1e-12 || math.Abs(a.PM()-b.PM()) > 1e-12 || a.EM() > 0.6 {
		t.Errorf("EM %g and %g, PM %g and %g", a.EM(), b.EM(), a.PM(), b.PM())
	}
}

// TestMeasure: shifts between samples, amplitudes and signs come back.
func TestMeasure(t *testing.T) {
	const n, delta = 500, 0.05
	ref := pulse(n, delta, 10, 1, 1)
	for _, shift := range []float64{-2.013, -0.05, 0, 0.0125, 0.333, 1.5} {
		for _, size := range []float64{0.5, 1, 3} {
			r := Measure(pulse(n, delta, 10+shift, 1, size), ref, delta, 3)
			if math.Abs(r.ShiftS-shift) > 1e-3 || math.Abs(r.Amplitude-size) > 1e-6 || math.Abs(r.Correlation-1) > 1e-3 ||
				math.Abs(r.L2Aligned-math.Abs(size-1)) > 0.02*size {
				t.Errorf("late by %g s and %g times as large: %+v", shift, size, r)
			}
		}
	}
	if r := Measure(ref, ref, delta, 1); r.L2 != 0 || math.Abs(r.ShiftS) > 1e-12 || math.Abs(r.Correlation-1) > 1e-12 {
		t.Errorf("itself: %+v", r)
	}
	if r := Measure(ref, make([]float64, n), delta, 1); r != (Result{}) {
		t.Errorf("against nothing: %+v", r)
	}
	// Beyond the longest shift it is not found.
	if r := Measure(pulse(n, delta, 14, 1, 1), ref, delta, 1); math.Abs(r.ShiftS) > 1.05 {
		t.Errorf("a shift of 4 s where 1 s is allowed: %+v", r)
	}
	a, b := Window(ref, ref, delta, 9, 11)
	if len(a) != 41 || len(b) != 41 || a[0] != 0 {
		t.Errorf("a window of %d and %d samples that begins with %g", len(a), len(b), a[0])
	}
}
