package xcorr

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

func noise(n int, seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 8))
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

func apart(x, y []float64) (worst float64) {
	for i, v := range x {
		worst = max(worst, math.Abs(v-y[i]))
	}
	return worst
}

// TestPhaseTwin compares with the definition, sums of powers of sums and
// differences.
func TestPhaseTwin(t *testing.T) {
	const n, reach = 300, 40
	a, b := noise(n, 1), noise(n, 2)
	for i := 20; i < n; i++ {
		b[i] += 2 * a[i-7]
	}
	p := NewPhaseCorrelator[float64, complex128](n, reach)
	got := p.Correlate(nil, a, b)
	phases := func(x []float64) []complex128 {
		re, im, out := make([]float64, n), make([]float64, n), make([]complex128, n)
		p.Phases(re, im, x)
		for i := range out {
			out[i] = complex(re[i], im[i])
		}
		return out
	}
	pa, pb := phases(a), phases(b)
	best := 0
	for l := -reach; l <= reach; l++ {
		want := 0.0
		for i := max(0, -l); i < min(n, n-l); i++ {
			sum, difference := cmplx.Abs(pa[i]+pb[i+l]), cmplx.Abs(pa[i]-pb[i+l])
			want += (sum*sum - difference*difference) / (4 * n)
		}
		if math.Abs(got[reach+l]-want) > 1e-12 {
			t.Fatalf("lag %d: %g, expected %g", l, got[reach+l], want)
		}
		if got[reach+l] > got[reach+best] {
			best = l
		}
	}
	if best != 7 {
		t.Errorf("b is 7 samples late, found at %d", best)
	}
	if self := p.Correlate(nil, a, a)[reach]; math.Abs(self-1) > 1e-6 {
		t.Errorf("with itself %g", self)
	}
	loud := append([]float64(nil), a...)
	for i := range loud {
		loud[i] *= 1000
	}
	if e := apart(p.Correlate(nil, loud, b), got); e > 1e-9 {
		t.Errorf("the amplitude has an influence of %g", e)
	}
}

// TestSpectra: the coherency of a record with a delayed and amplified copy is a spike
// at the delay, whatever its spectrum; deconvolution gives the amplitude too.
func TestSpectra(t *testing.T) {
	const n, reach, late, size = 2000, 50, 12, 3.0
	x := noise(n+late, 3)
	for i := 1; i < len(x); i++ {
		x[i] += 0.95 * x[i-1] // red
	}
	a, b := x[late:], make([]float64, n)
	for i := range b {
		b[i] = size * x[i]
	}
	c := dsp.NewCorrelator[float64, complex128](n, reach)
	sa, sb := c.Spectrum(nil, a), c.Spectrum(nil, b)
	for name, f := range map[string]func(s *Smoother, sum, a, b []complex128, level float64){"coherency": Coherency[complex128], "deconvolution": Deconvolution[complex128]} {
		sum := make([]complex128, c.Bins())
		f(NewSmoother(10), sum, sa, sb, 1e-4)
		lags := c.Lags(nil, sum)
		top := 0
		for i, v := range lags {
			if v > lags[top] {
				top = i
			}
		}
		want := map[string]float64{"coherency": 1.3, "deconvolution": size}[name]
		if top-reach != late || math.Abs(lags[top]/want-1) > 0.2 {
			t.Errorf("%s: %g at lag %d, expected about %g at %d", name, lags[top], top-reach, want, late)
		}
		for i, v := range lags {
			if i != top && math.Abs(v) > 0.3*lags[top] {
				t.Errorf("%s: %g at lag %d beside the peak of %g", name, v, i-reach, lags[top])
			}
		}
		// Twice is the sum of two windows.
		f(NewSmoother(10), sum, sa, sb, 1e-4)
		if twice := c.Lags(nil, sum); math.Abs(twice[top]-2*lags[top]) > 1e-9 {
			t.Errorf("%s: two windows are not added up", name)
		}
	}
}

// rows is a signal in noise, some rows of which are bad.
func rows(n, count int, bad func(j int) bool) (signal []float64, all [][]float64) {
	signal = make([]float64, n)
	for i := range signal {
		at := float64(i-n/3) / 8
		signal[i] = math.Exp(-at*at) * math.Cos(1.5*at)
	}
	for j := range count {
		r := noise(n, uint64(j)+10)
		for i := range r {
			r[i] = 0.2*r[i] + signal[i]
			if bad(j) {
				r[i] = 25 * (r[i] - signal[i])
			}
		}
		all = append(all, r)
	}
	return signal, all
}

func never(int) bool { return false }

// likeness is the correlation coefficient.
func likeness(x, y []float64) float64 { return coefficient(x, y) }

// TestStacks: with good rows all stacks find the signal, and with bad ones among
// them those that are made for it; without an exponent they are the mean.
func TestStacks(t *testing.T) {
	const n, count = 400, 20
	signal, good := rows(n, count, never)
	_, mixed := rows(n, count, func(j int) bool { return j%5 == 0 })
	linear := make([]float64, n)
	mean(linear, good, nil)
	bad := make([]float64, n)
	mean(bad, mixed, nil)
	for name, s := range map[string]struct {
		stack  func(rows [][]float64) []float64
		better bool // than the mean in good rows
		robust bool
	}{
		"phase-weighted": {func(r [][]float64) []float64 { return PhaseWeighted(nil, r, 2, 9) }, true, false},
		"time-frequency": {func(r [][]float64) []float64 { return TimeFrequency(nil, r, 2) }, true, false},
		"robust":         {func(r [][]float64) []float64 { s, _ := Robust(nil, r, 1e-6); return s }, false, true},
		"selective":      {func(r [][]float64) []float64 { s, _ := Selective(nil, r, 0.3); return s }, false, true},
		"covariance":     {func(r [][]float64) []float64 { return Covariance(nil, r, 1) }, true, false},
	} {
		got := likeness(s.stack(good), signal)
		if plain := likeness(linear, signal); got < 0.93 || s.better && got < plain {
			t.Errorf("%s: %.4f like the signal, the mean %.4f", name, got, plain)
		}
		if s.robust {
			if got, plain := likeness(s.stack(mixed), signal), likeness(bad, signal); got < 0.9 || plain > 0.5 {
				t.Errorf("%s: with bad rows %.4f like the signal, the mean %.4f", name, got, plain)
			}
		}
	}
	for name, got := range map[string][]float64{
		"phase-weighted": PhaseWeighted(nil, good, 0, 9), "time-frequency": TimeFrequency(nil, good, 0), "covariance": Covariance(nil, good, 0),
	} {
		if e := apart(got, linear); e > 1e-9 {
			t.Errorf("%s without an exponent is off the mean by %g", name, e)
		}
	}
	pws := dsp.NewPhaseStack[float64, complex128](n)
	for _, r := range good {
		pws.Add(r)
	}
	if e := apart(PhaseWeighted(nil, good, 2, 1), pws.Stack(nil, 2)); e > 1e-12 {
		t.Errorf("without a gate it is off dsp.PhaseStack by %g", e)
	}
	if _, kept := Selective(nil, mixed, 0.3); kept != count-4 {
		t.Errorf("%d of %d rows are kept, 4 are bad", kept, count)
	}
	one, _ := Robust(nil, good[:1], 1e-6)
	if e := apart(one, good[0]); e > 1e-12 {
		t.Errorf("one row is off itself by %g", e)
	}
	if e := apart(Covariance(nil, good[:1], 2), good[0]); e > 0 {
		t.Errorf("one row is off itself by %g", e)
	}
	silent := [][]float64{make([]float64, n), make([]float64, n)}
	for name, got := range map[string][]float64{"tf": TimeFrequency(nil, silent, 2), "pws": PhaseWeighted(nil, silent, 2, 5), "covariance": Covariance(nil, silent, 1)} {
		if e := apart(got, silent[0]); e != 0 {
			t.Errorf("%s of silence is %g", name, e)
		}
	}
}

// TestFloat32: rows of float32 give what those of float64 do, within their rounding.
func TestFloat32(t *testing.T) {
	_, good := rows(200, 6, never)
	small := make([][]float32, len(good))
	for j, r := range good {
		for _, v := range r {
			small[j] = append(small[j], float32(v))
		}
	}
	robust, _ := Robust(nil, good, 1e-6)
	robust32, _ := Robust(nil, small, 1e-6)
	selective, _ := Selective(nil, good, 0.3)
	selective32, _ := Selective(nil, small, 0.3)
	for name, pair := range map[string]struct {
		got  []float32
		want []float64
	}{
		"phase-weighted": {PhaseWeighted(nil, small, 2, 5), PhaseWeighted(nil, good, 2, 5)},
		"time-frequency": {TimeFrequency(nil, small, 2), TimeFrequency(nil, good, 2)},
		"covariance":     {Covariance(nil, small, 1.5), Covariance(nil, good, 1.5)},
		"robust":         {robust32, robust},
		"selective":      {selective32, selective},
	} {
		for i, v := range pair.got {
			if math.Abs(float64(v)-pair.want[i]) > 1e-5 {
				t.Fatalf("%s: %g, expected %g", name, v, pair.want[i])
			}
		}
	}
}

// TestScale: every stack of rows that are all larger by a factor is larger by it.
func TestScale(t *testing.T) {
	_, good := rows(200, 6, never)
	large := make([][]float64, len(good))
	for j, r := range good {
		large[j] = make([]float64, len(r))
		for i, v := range r {
			large[j][i] = 8 * v
		}
	}
	for name, f := range map[string]func(r [][]float64) []float64{
		"phase-weighted": func(r [][]float64) []float64 { return PhaseWeighted(nil, r, 2, 5) },
		"time-frequency": func(r [][]float64) []float64 { return TimeFrequency(nil, r, 2) },
		"robust":         func(r [][]float64) []float64 { s, _ := Robust(nil, r, 1e-6); return s },
		"selective":      func(r [][]float64) []float64 { s, _ := Selective(nil, r, 0.3); return s },
		"covariance":     func(r [][]float64) []float64 { return Covariance(nil, r, 1.5) },
	} {
		a, b := f(good), f(large)
		for i := range a {
			if math.Abs(b[i]-8*a[i]) > 1e-9*(1+math.Abs(b[i])) {
				t.Fatalf("%s: %g and %g", name, a[i], b[i])
			}
		}
	}
}

func BenchmarkPhase(b *testing.B) {
	x, y := noise(14400, 1), noise(14400, 2)
	p := NewPhaseCorrelator[float64, complex128](len(x), 1200)
	for b.Loop() {
		p.Correlate(nil, x, y)
	}
}

func BenchmarkTimeFrequency(b *testing.B) {
	_, all := rows(451, 20, never)
	for b.Loop() {
		TimeFrequency(nil, all, 2)
	}
}
