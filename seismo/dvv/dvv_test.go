package dvv

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

const delta, half = 0.05, 2400 // lags to 120 s

// coda is a correlation with a coda of 0.3 to 1.2 Hz on both sides that decays, in
// a medium whose velocity is higher by a share e.
func coda(seed uint64, e, noise float64) []float64 {
	r := rand.New(rand.NewPCG(seed, 7))
	type wave struct{ f, at, size, phase float64 }
	var waves []wave
	for range 500 {
		at := 5 + 110*r.Float64()
		if r.IntN(2) == 0 {
			at = -at
		}
		waves = append(waves, wave{0.3 + 0.9*r.Float64(), at, r.NormFloat64() * math.Exp(-math.Abs(at)/50), 2 * math.Pi * r.Float64()})
	}
	x := make([]float64, 2*half+1)
	other := rand.New(rand.NewPCG(seed+99, uint64(1e6*(1+e))))
	for i := range x {
		t := float64(i-half) * delta * (1 + e)
		for _, w := range waves {
			if d := (t - w.at) / 1.5; math.Abs(d) < 5 {
				x[i] += w.size * math.Exp(-d*d) * math.Cos(2*math.Pi*w.f*(t-w.at)+w.phase)
			}
		}
		x[i] += noise * other.NormFloat64()
	}
	if noise > 0 {
		s, err := dsp.Bandpass(3, 0.25, 1.3, 1/delta)
		if err != nil {
			panic(err)
		}
		dsp.NewFilter[float64](s).ZeroPhase(x, x)
	}
	return x
}

var codaLags = Lags{MinS: 10, MaxS: 80}

// TestKnownChange: changes of known size come back by both methods, with their
// signs.
func TestKnownChange(t *testing.T) {
	for seed := range uint64(3) {
		ref := coda(seed, 0, 0)
		s, err := NewStretcher(ref, delta, codaLags, 0.02, 0.0005)
		if err != nil {
			t.Fatal(err)
		}
		m, err := NewMWCS(delta, 10, 2.5, 0.35, 1.1)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []float64{-0.004, -0.001, 0, 0.0003, 0.001, 0.004} {
			x := coda(seed, e, 0)
			if c := s.Stretch(x, 0.75, 0.9); math.Abs(c.DVV-e) > 2e-5 || c.Correlation < 0.999 {
				t.Errorf("seed %d: stretching finds %+v, expected %g", seed, c, e)
			}
			c, ok := Regress(m.Delays(x, ref), Choice{Lags: codaLags, MinCoherence: 0.5})
			if !ok || math.Abs(c.DVV-e) > max(2e-5, 0.08*math.Abs(e)) {
				t.Errorf("seed %d: MWCS finds %+v, expected %g", seed, c, e)
			}
		}
	}
}

// TestErrorsAreTrue: with noise, changes are off by what the errors say.
func TestErrorsAreTrue(t *testing.T) {
	const e = 0.001
	var stretch, mwcs float64
	n := 0
	for seed := range uint64(12) {
		ref, x := coda(seed, 0, 0.05), coda(seed, e, 0.05)
		s, err := NewStretcher(ref, delta, codaLags, 0.02, 0.0005)
		if err != nil {
			t.Fatal(err)
		}
		c := s.Stretch(x, 0.75, 0.9)
		stretch += (c.DVV - e) * (c.DVV - e) / (c.Error * c.Error)
		m, err := NewMWCS(delta, 10, 2.5, 0.35, 1.1)
		if err != nil {
			t.Fatal(err)
		}
		d, ok := Regress(m.Delays(x, ref), Choice{Lags: codaLags, MinCoherence: 0.3})
		if !ok {
			t.Fatal("no delays")
		}
		mwcs += (d.DVV - e) * (d.DVV - e) / (d.Error * d.Error)
		n++
	}
	for name, v := range map[string]float64{"stretching": stretch / float64(n), "MWCS": mwcs / float64(n)} {
		t.Logf("%s: errors are %.2f of what they are said to be", name, math.Sqrt(v))
		if v < 0.1 || v > 16 {
			t.Errorf("%s: the mean square of changes over their errors is %g", name, v)
		}
	}
}

// TestUnwrap: the phase in a band far from zero frequency is not led astray by what
// is below it: delays of up to half a period of the middle of the band come back.
func TestUnwrap(t *testing.T) {
	m, err := NewMWCS(delta, 10, 5, 0.6, 1.1)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 11))
		n := 2*half + 1
		wave, low := make([]float64, n+200), make([]float64, n)
		for i := range wave {
			wave[i] = r.NormFloat64()
		}
		s, err := dsp.Bandpass(4, 0.55, 1.15, 1/delta)
		if err != nil {
			t.Fatal(err)
		}
		dsp.NewFilter[float64](s).ZeroPhase(wave, wave)
		late := 6 // samples, 0.3 s
		ref, x := make([]float64, n), make([]float64, n)
		for i := range ref {
			low[i] = 1e-4 * r.NormFloat64() // of each record its own, where there is no signal
			ref[i], x[i] = wave[i+100]+low[i], wave[i+100-late]+1e-4*r.NormFloat64()
		}
		for _, d := range m.Delays(x, ref) {
			if math.Abs(d.DelayS-0.3) > 0.05 {
				t.Errorf("seed %d: a window at %g s is late by %g s, expected 0.3", seed, d.LagS, d.DelayS)
			}
		}
	}
}

func TestBadOptions(t *testing.T) {
	ref := make([]float64, 401)
	for what, f := range map[string]func() error{
		"an even number of lags": func() error { _, err := NewStretcher(ref[:400], 0.1, Lags{MaxS: 5}, 0.01, 0.001); return err },
		"lags beyond the end":    func() error { _, err := NewStretcher(ref, 0.1, Lags{MaxS: 20}, 0.01, 0.001); return err },
		"no step":                func() error { _, err := NewStretcher(ref, 0.1, Lags{MaxS: 5}, 0.01, 0); return err },
		"no window":              func() error { _, err := NewMWCS(0.1, 0.1, 1, 1, 2); return err },
		"no band":                func() error { _, err := NewMWCS(0.1, 10, 1, 2, 1); return err },
		"a band above Nyquist":   func() error { _, err := NewMWCS(0.1, 10, 1, 1, 6); return err },
	} {
		if f() == nil {
			t.Errorf("%s is taken", what)
		}
	}
	s, err := NewStretcher(coda(1, 0, 0), delta, codaLags, 0.02, 0.0005)
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Stretch(make([]float64, 2*half+1), 1, 1); !math.IsInf(c.Error, 1) {
		t.Errorf("of nothing: %+v", c)
	}
	if _, ok := Regress(nil, Choice{}); ok {
		t.Error("no delays make a change")
	}
}

func BenchmarkStretch(b *testing.B) {
	s, err := NewStretcher(coda(1, 0, 0), delta, codaLags, 0.02, 0.0005)
	if err != nil {
		b.Fatal(err)
	}
	x := coda(1, 0.001, 0)
	for b.Loop() {
		s.Stretch(x, 0.75, 0.9)
	}
}

func BenchmarkMWCS(b *testing.B) {
	m, err := NewMWCS(delta, 10, 2.5, 0.35, 1.1)
	if err != nil {
		b.Fatal(err)
	}
	ref, x := coda(1, 0, 0), coda(1, 0.001, 0)
	for b.Loop() {
		m.Delays(x, ref)
	}
}
