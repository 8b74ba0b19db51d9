package dsp

import (
	"math"
	"testing"
)

// TestSincTwin compares the kernels with their formulas.
func TestSincTwin(t *testing.T) {
	x := noise(80, 3)
	const a, start, step = 5, -2.3, 0.37
	sinc := func(x float64) float64 {
		if x == 0 {
			return 1
		}
		return math.Sin(math.Pi*x) / (math.Pi * x)
	}
	for kernel, w := range map[Kernel]func(x float64) float64{
		LanczosKernel:  sinc,
		HannKernel:     func(x float64) float64 { return 0.5 + 0.5*math.Cos(math.Pi*x) },
		BlackmanKernel: func(x float64) float64 { return 0.42 + 0.5*math.Cos(math.Pi*x) + 0.08*math.Cos(2*math.Pi*x) },
	} {
		got, want := make([]float64, 230), make([]float64, 230)
		NewSinc[float64](a, kernel).Interpolate(got, x, start, step)
		for i := range want {
			at := start + float64(i)*step
			for j, v := range x {
				if d := at - float64(j); float64(j) > math.Floor(at)-a && float64(j) <= math.Floor(at)+a {
					want[i] += v * sinc(d) * w(d/a)
				}
			}
		}
		if e := apart(got, want); e > 1e-12 {
			t.Errorf("kernel %d: off by %.1e", kernel, e)
		}
	}
}

// TestInterpolations: all give the samples back at the samples, the sinc a sine
// between them, and the spline a cubic; the slopes nothing beyond the samples.
func TestInterpolations(t *testing.T) {
	const n = 200
	x := noise(n, 4)
	wave, cubic := make([]float64, n), make([]float64, n)
	for i := range wave {
		s := float64(i) / n
		wave[i], cubic[i] = math.Sin(0.6*float64(i)), 1+s*(2-s*(3-4*s))
	}
	for name, f := range map[string]func(dst, src []float64, start, step float64){
		"sinc":   NewSinc[float64](30, BlackmanKernel).Interpolate,
		"spline": NewCubicSpline[float64](n).Interpolate,
		"slopes": WeightedSlopes[float64],
	} {
		same := make([]float64, n)
		f(same, x, 0, 1)
		if e := apart(same, x); e > 1e-12 {
			t.Errorf("%s: the samples come back off by %.1e", name, e)
		}
		between := make([]float64, 60)
		f(between, wave, 60.25, 1)
		worst, top := 0.0, 0.0
		for i, v := range between {
			worst, top = max(worst, math.Abs(v-math.Sin(0.6*(60.25+float64(i))))), max(top, math.Abs(v))
		}
		if limit := map[string]float64{"sinc": 1e-5, "spline": 1e-3, "slopes": 0.1}[name]; worst > limit {
			t.Errorf("%s: a sine is off by %.1e", name, worst)
		}
		if name == "slopes" && top > 1 {
			t.Errorf("slopes: an overshoot to %g", top)
		}
	}
	got := make([]float64, 2*n)
	NewCubicSpline[float64](n).Interpolate(got, cubic, -3, 0.51)
	for i, v := range got {
		if s := (-3 + 0.51*float64(i)) / n; math.Abs(v-(1+s*(2-s*(3-4*s)))) > 1e-12 {
			t.Fatalf("a cubic at %g is %g", s, v)
		}
	}
}

// TestTemplateTwin compares with the correlation coefficient of each stretch.
func TestTemplateTwin(t *testing.T) {
	x := noise(300, 5)
	for i := range x {
		x[i] += 40
	}
	clear(x[200:230])
	template := append([]float64(nil), x[70:91]...)
	for _, demean := range []bool{true, false} {
		got := NewTemplate[float64, complex128](template, len(x), demean).Correlate(nil, x)
		for at := range got {
			y := x[at : at+len(template)]
			var meanA, meanB, ab, aa, bb float64
			if demean {
				meanA, meanB = Mean(template), Mean(y)
			}
			for k := range y {
				a, b := template[k]-meanA, y[k]-meanB
				ab, aa, bb = ab+a*b, aa+a*a, bb+b*b
			}
			want := 0.0
			if bb > 0 {
				want = ab / math.Sqrt(aa*bb)
			}
			if math.Abs(got[at]-want) > 1e-9 {
				t.Fatalf("demean %v, at %d: %g, expected %g", demean, at, got[at], want)
			}
		}
		if math.Abs(got[70]-1) > 1e-12 {
			t.Errorf("at itself: %g", got[70])
		}
	}
}

// TestBesselDelay: the group delay of the prototype is flat near zero frequency,
// and its impulse response hardly overshoots.
func TestBesselDelay(t *testing.T) {
	for _, order := range []int{1, 3, 8, 15, MaxOrder} {
		s, err := Bessel(order).Lowpass(1, 200)
		if err != nil {
			t.Fatal(err)
		}
		delay := func(f float64) float64 {
			const d = 1e-4
			a, b := s.Response(f-d, 200), s.Response(f+d, 200)
			q := b / a
			return -math.Atan2(imag(q), real(q)) / (2 * math.Pi * 2 * d)
		}
		if a, b := delay(0.01), delay(0.4); order > 2 && math.Abs(a/b-1) > 0.02 {
			t.Errorf("order %d: the delay is %g s at 0.01 Hz and %g s at 0.4 Hz", order, a, b)
		}
		if g := s.Response(0, 200); math.Abs(real(g)-1) > 1e-6 {
			t.Errorf("order %d: a gain of %v at 0 Hz", order, g)
		}
	}
}

// TestResampleOneSample: a sample alone, between gaps, stays what it is.
func TestResampleOneSample(t *testing.T) {
	for _, hann := range []bool{false, true} {
		r, err := NewResampler[float64, complex128](1, 20, 15, hann)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Resample(nil, []float64{1.5}); len(got) != 1 || got[0] != 1.5 {
			t.Errorf("hann %v: %v", hann, got)
		}
	}
}
