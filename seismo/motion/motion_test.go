package motion

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestOscillatorTwin compares with Runge and Kutta's steps over ground motion that
// is straight between samples.
func TestOscillatorTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	ground := make([]float64, 400)
	for i := range ground {
		ground[i] = r.NormFloat64()
	}
	const delta, steps = 0.02, 200
	for _, c := range [][2]float64{{0.1, 0.05}, {0.3, 0}, {1, 0.05}, {3, 0.3}, {10, 0.7}} {
		o, err := NewOscillator(c[0], c[1], delta)
		if err != nil {
			t.Fatal(err)
		}
		w, h := 2*math.Pi/c[0], c[1]
		var u, v float64
		o.Next(ground[0])
		for i, a := range ground[1:] {
			before := ground[i]
			for s := range steps {
				at := func(part float64) float64 { return before + (a-before)*(float64(s)+part)/steps }
				force := func(u, v, part float64) float64 { return -at(part) - 2*h*w*v - w*w*u }
				const d = delta / steps
				u1, v1 := v, force(u, v, 0)
				u2, v2 := v+d/2*v1, force(u+d/2*u1, v+d/2*v1, 0.5)
				u3, v3 := v+d/2*v2, force(u+d/2*u2, v+d/2*v2, 0.5)
				u4, v4 := v+d*v3, force(u+d*u3, v+d*v3, 1)
				u += d / 6 * (u1 + 2*u2 + 2*u3 + u4)
				v += d / 6 * (v1 + 2*v2 + 2*v3 + v4)
			}
			gotU, gotV, gotA := o.Next(a)
			if scale := 1e-7 * (1 + 1/w); math.Abs(gotU-u) > scale || math.Abs(gotV-v) > scale || math.Abs(gotA-(-2*h*w*v-w*w*u)) > 1e-7*(1+w) {
				t.Fatalf("period %g s, damping %g, sample %d: %g %g %g, expected %g %g", c[0], c[1], i+1, gotU, gotV, gotA, u, v)
			}
		}
	}
}

// TestResonance: steady shaking at the natural period is amplified by 1/(2 h); a
// stiff oscillator moves as the ground does, and a soft one stays where it was.
func TestResonance(t *testing.T) {
	const delta, period, h = 0.005, 0.5, 0.05
	ground := make([]float64, 60/delta)
	for i := range ground {
		ground[i] = 2 * math.Sin(2*math.Pi/period*float64(i)*delta)
	}
	psa, err := PSA(ground, delta, h, period, period/50, 100*period)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(psa[0]/(2/(2*h))-1) > 2e-3 {
		t.Errorf("at resonance %g m/s2, expected %g", psa[0], 2/(2*h))
	}
	if math.Abs(psa[1]/2-1) > 2e-3 {
		t.Errorf("a stiff oscillator: %g m/s2, expected the ground's 2", psa[1])
	}
	o, _ := NewOscillator(100*period, h, delta)
	w := 2 * math.Pi / period
	if sd := Respond(o, ground).SD; sd < 2/(w*w) || sd > 40 {
		t.Errorf("a soft oscillator moves by %g m against the ground", sd)
	}
	if _, err := PSA(ground, delta, 1, 1); err == nil {
		t.Error("critical damping is taken")
	}
}

// TestSeries: whatever a record is of, the peaks of a known motion come back. The
// published workflow of the field has derivative and integral exchanged.
func TestSeries(t *testing.T) {
	const delta, size, freq = 0.002, 0.03, 1.5
	w := 2 * math.Pi * freq
	n := int(8/delta) + 1
	d, v, a := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range d {
		at := float64(i)*delta - 4 // a swell that begins and ends at rest
		sin, cos := math.Sincos(w * at)
		swell := size * math.Exp(-at*at)
		d[i], v[i], a[i] = swell*sin, swell*(w*cos-2*at*sin), swell*(-w*w*sin-4*at*w*cos+(4*at*at-2)*sin)
	}
	want := Peaks{PGD: Peak(d), PGV: Peak(v), PGA: Peak(a)}
	for q, x := range map[Quantity][]float64{Displacement: d, Velocity: v, Acceleration: a} {
		got := PeaksOf(x, q, delta)
		if math.Abs(got.PGA/want.PGA-1) > 0.001 || math.Abs(got.PGV/want.PGV-1) > 0.001 || math.Abs(got.PGD/want.PGD-1) > 0.001 {
			t.Errorf("from %s: %+v, expected %+v", q.Unit(), got, want)
		}
	}
	if q, err := ParseQuantity("VEL"); q != Velocity || err != nil {
		t.Errorf("VEL is %v, %v", q, err)
	}
	if _, err := ParseQuantity("counts"); err == nil {
		t.Error("counts are a quantity")
	}
}

func TestCombine(t *testing.T) {
	for c, want := range map[Combination]float64{Larger: 4, GeometricMean: math.Sqrt(12), VectorSum: 5} {
		if got := c.Combine(3, 4); math.Abs(got-want) > 1e-12 {
			t.Errorf("combination %d of 3 and 4 is %g, expected %g", c, got, want)
		}
	}
}

func BenchmarkRespond(b *testing.B) {
	x := make([]float64, 1<<16)
	for i := range x {
		x[i] = math.Sin(float64(i))
	}
	o, err := NewOscillator(1, 0.05, 0.01)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(8 << 16)
	for b.Loop() {
		Respond(o, x)
	}
}
