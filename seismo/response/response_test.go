package response_test

import (
	"errors"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/seismo/response"
)

// flat is a response to velocity that is a gain alone.
func flat(gain float64) *response.Response {
	return &response.Response{Stages: []response.Stage{{Number: 1, Input: "M/S", Output: "COUNTS", Gain: &response.Gain{Value: gain}}}}
}

// pendulum is a seismometer of 1 Hz.
func pendulum() *response.Response {
	p := response.Pendulum(1, 0.707)
	p.FactorHz = 10
	h := complex(0, 2*math.Pi*10)
	p.Factor = 1 / cmplx.Abs(h*h/((h-p.Poles[0])*(h-p.Poles[1])))
	r := flat(400)
	r.Stages[0].Filter, r.Stages[0].Gain.FrequencyHz = &p.PolesZeros, 10
	return r
}

func random(n int) []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

func remove(t *testing.T, r *response.Response, x []float64, rate float64, o response.Options) []float64 {
	t.Helper()
	w, err := response.Remove(r, len(x), rate, o)
	if err != nil {
		t.Fatal(err)
	}
	return response.Apply(response.NewPlan(len(x)), nil, x, w)
}

// TestFlat: to remove a gain is to divide by it, without an offset.
func TestFlat(t *testing.T) {
	x := make([]float64, 1000) // without anything at the Nyquist frequency
	for i := range x {
		x[i] = math.Sin(0.2*float64(i)) * (1 - math.Cos(2*math.Pi*float64(i)/1000))
	}
	y := remove(t, flat(-250), x, 20, response.Options{Output: response.Velocity, WaterLevelDB: 60, KeepMean: true})
	for i := range x {
		if math.Abs(y[i]+x[i]/250) > 1e-8 {
			t.Fatalf("sample %d: %g, expected %g", i, y[i], -x[i]/250)
		}
	}
}

// TestKnownMotion: a sine of known velocity comes back as displacement, velocity and
// acceleration from what a seismometer makes of it.
func TestKnownMotion(t *testing.T) {
	const rate, hz, n = 50.0, 0.5, 6000
	e, err := response.NewEvaluator(pendulum(), response.Velocity)
	if err != nil {
		t.Fatal(err)
	}
	w := 2 * math.Pi * hz
	counts := make([]float64, n)
	for i := range counts {
		counts[i] = real(e.At(hz) * cmplx.Rect(1, w*float64(i)/rate))
	}
	for q, factor := range map[response.Quantity]complex128{
		response.Displacement: complex(0, -1/w), response.Velocity: 1, response.Acceleration: complex(0, w), response.Native: 1,
	} {
		o := response.Defaults()
		o.Output, o.TaperFraction, o.PreFilterHz = q, 0.1, &[4]float64{0.05, 0.1, 10, 15}
		y := remove(t, pendulum(), counts, rate, o)
		worst := 0.0
		for i := n / 4; i < 3*n/4; i++ {
			worst = math.Max(worst, math.Abs(y[i]-real(factor*cmplx.Rect(1, w*float64(i)/rate))))
		}
		if worst > 2e-3*cmplx.Abs(factor) {
			t.Errorf("%s: differs by %g of %g", q, worst, cmplx.Abs(factor))
		}
	}
}

// TestWoodAnderson: a pendulum of 0.8 s with a damping of 0.8, which writes displacement
// 2080 times as large: the resonance curve of its equation of motion, within 1e-12.
func TestWoodAnderson(t *testing.T) {
	instrument := response.WoodAnderson()
	r := flat(instrument.Sensitivity)
	r.Stages[0].Filter = &instrument.PolesZeros
	e, err := response.NewEvaluator(r, response.Displacement)
	if err != nil {
		t.Fatal(err)
	}
	const own, damping = 2 * math.Pi / 0.8, 0.8
	for _, hz := range []float64{0.01, 0.3, 1.25, 4, 100} {
		w := 2 * math.Pi * hz
		want := complex(2080*w*w, 0) / complex(w*w-own*own, -2*damping*own*w)
		if got := e.At(hz); cmplx.Abs(got-want) > 1e-12*cmplx.Abs(want) {
			t.Errorf("at %g Hz: %g, expected %g", hz, got, want)
		}
	}
}

// TestQuantities: names are read as they are written, and as ObsPy has them.
func TestQuantities(t *testing.T) {
	for q, short := range map[response.Quantity]string{response.Native: "DEF", response.Displacement: "DISP", response.Velocity: "VEL", response.Acceleration: "ACC"} {
		for _, name := range []string{q.String(), short} {
			if got, err := response.ParseQuantity(name); err != nil || got != q {
				t.Errorf("%s is %v, %v", name, got, err)
			}
		}
	}
	if _, err := response.ParseQuantity("jerk"); err == nil || !strings.Contains(err.Error(), "acceleration") {
		t.Error(err)
	}
}

// TestLinear: the response of a sum is the sum, and records are not mixed up by a plan.
func TestLinear(t *testing.T) {
	x, y := random(777), random(800)[23:]
	sum := make([]float64, len(x))
	for i := range sum {
		sum[i] = 2*x[i] - 3*y[i]
	}
	a, b, c := remove(t, pendulum(), x, 20, response.Defaults()), remove(t, pendulum(), y, 20, response.Defaults()), remove(t, pendulum(), sum, 20, response.Defaults())
	for i := range c {
		// The last coefficient of the spectrum is made positive, which is not linear.
		if math.Abs(c[i]-2*a[i]+3*b[i]) > 1e-4 {
			t.Fatalf("sample %d: %g, expected %g", i, c[i], 2*a[i]-3*b[i])
		}
	}
}

// TestFIRTwins: Horner's scheme gives what the sums of the definitions do.
func TestFIRTwins(t *testing.T) {
	a := random(41)
	for i := range a {
		a[i] = math.Abs(a[i])
	}
	norm := func(a []float64, weights func(k int) float64) []float64 {
		sum := 0.0
		for k, v := range a {
			sum += v * weights(k)
		}
		b := make([]float64, len(a))
		for k, v := range a {
			b[k] = v / sum
		}
		return b
	}
	n := len(a)
	for symmetry, def := range map[response.Symmetry]func(f float64) complex128{
		response.Asymmetric: func(f float64) (h complex128) {
			for k, v := range norm(a, func(int) float64 { return 1 }) {
				h += complex(v, 0) * cmplx.Rect(1, -2*math.Pi*f*0.01*float64(k))
			}
			return h * cmplx.Rect(1, 2*math.Pi*f*0.3)
		},
		response.Odd: func(f float64) complex128 {
			h := a[n-1]
			for k, v := range a[:n-1] {
				h += 2 * v * math.Cos(2*math.Pi*f*0.01*float64(n-1-k))
			}
			return complex(h, 0)
		},
		response.Even: func(f float64) complex128 {
			h := 0.0
			for k, v := range a {
				h += 2 * v * math.Cos(2*math.Pi*f*0.01*(float64(n-k)-0.5))
			}
			return complex(h, 0)
		},
	} {
		r := flat(1)
		r.Stages[0].Filter = &response.FIR{Symmetry: symmetry, Coefficients: a}
		r.Stages[0].Decimation = &response.Decimation{InputRateHz: 100, Factor: 1, CorrectionS: 0.3}
		e, err := response.NewEvaluator(r, response.Velocity)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []float64{0, 0.1, 7, 33, 50} {
			if d := cmplx.Abs(e.At(f) - def(f)); d > 1e-12*cmplx.Abs(def(0)) {
				t.Errorf("symmetry %d at %g Hz: %v, expected %v", symmetry, f, e.At(f), def(f))
			}
		}
	}
}

// TestAnalogCoefficients: a polynomial in s is the same filter as its roots.
func TestAnalogCoefficients(t *testing.T) {
	for domain, scale := range map[response.Domain]float64{response.LaplaceRadians: 2 * math.Pi, response.LaplaceHertz: 1} {
		r := flat(1)
		r.Stages[0].Filter = &response.Coefficients{Domain: domain, Numerators: []float64{0, 0, 3}, Denominators: []float64{2, 3, 1}} // (s+1)(s+2)
		e, err := response.NewEvaluator(r, response.Velocity)
		if err != nil {
			t.Fatal(err)
		}
		s := complex(0, 0.7*scale)
		if want := 3 * s * s / ((s + 1) * (s + 2)); cmplx.Abs(e.At(0.7)-want) > 1e-14 {
			t.Errorf("%v, expected %v", e.At(0.7), want)
		}
	}
}

// TestList: the spline goes through its points, and is a cubic where they are one.
func TestList(t *testing.T) {
	cubic := func(x float64) float64 { return 1 + x*(2+x*(-0.5+0.1*x)) }
	for n := 1; n < 9; n++ {
		list := &response.List{}
		for i := range n {
			f := 0.5*float64(i) + 0.1*float64(i*i)
			list.FrequenciesHz = append(list.FrequenciesHz, f)
			list.Amplitudes, list.PhasesDeg = append(list.Amplitudes, cubic(f)), append(list.PhasesDeg, 0)
		}
		r := flat(1)
		r.Stages[0].Filter = list
		e, err := response.NewEvaluator(r, response.Velocity)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list.FrequenciesHz {
			if d := cmplx.Abs(e.At(f) - complex(cubic(f), 0)); d > 1e-12 {
				t.Errorf("%d points: at %g Hz off by %g", n, f, d)
			}
		}
		if n >= 4 {
			for _, f := range []float64{-0.3, 0.21, 1.7, 12} {
				if d := cmplx.Abs(e.At(f)/complex(cubic(f), 0) - 1); d > 1e-10 {
					t.Errorf("%d points: at %g Hz off by %g", n, f, d)
				}
			}
		}
	}
}

// TestPolynomial: a sensor that is no linear one is undone by its polynomial.
func TestPolynomial(t *testing.T) {
	r := flat(100)
	r.Stages = append([]response.Stage{{Number: 0, Input: "C", Output: "V", Filter: &response.Polynomial{Coefficients: []float64{-5, 2, 0.5}}}}, r.Stages...)
	y := remove(t, r, []float64{0, 100, -250}, 1, response.Defaults())
	for i, want := range []float64{-5, -2.5, -5 - 5 + 0.5*6.25} {
		if math.Abs(y[i]-want) > 1e-12 {
			t.Errorf("%v", y)
		}
	}
	whole := &response.Response{Polynomial: &response.Polynomial{Coefficients: []float64{1, 10}}}
	if y := remove(t, whole, []float64{2}, 1, response.Defaults()); y[0] != 21 {
		t.Errorf("%v", y)
	}
}

// TestInterval: the rate of a stage that does not say it is that of its neighbours.
func TestInterval(t *testing.T) {
	want := complex128(0)
	for i, d := range [][3]*response.Decimation{
		{nil, {InputRateHz: 50, Factor: 1}, nil}, {{InputRateHz: 100, Factor: 2}, nil, nil}, {nil, nil, {InputRateHz: 50}},
	} {
		r := flat(1)
		r.Stages = append(r.Stages, response.Stage{Number: 2}, response.Stage{Number: 3})
		for k := range r.Stages {
			r.Stages[k].Decimation = d[k]
		}
		r.Stages[1].Filter = &response.FIR{Coefficients: []float64{0.5, 0.3, 0.2}}
		e, err := response.NewEvaluator(r, response.Velocity)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			want = e.At(3)
		}
		if e.At(3) != want {
			t.Errorf("case %d: %v, expected %v", i, e.At(3), want)
		}
	}
}

// TestWrong: what cannot be computed is said, and not made up.
func TestWrong(t *testing.T) {
	pascal := flat(1)
	pascal.Stages[0].Input = "PA"
	gainless := flat(1)
	gainless.Stages[0].Gain = nil
	zero := flat(0)
	digital := flat(1)
	digital.Stages[0].Filter = &response.FIR{Coefficients: []float64{1, 2}}
	list := flat(1)
	list.Stages[0].Filter = &response.List{FrequenciesHz: []float64{1, 1}, Amplitudes: []float64{1, 1}, PhasesDeg: []float64{0, 0}}
	nowhere := pendulum()
	nowhere.Sensitivity = &response.Sensitivity{Value: 1, FrequencyHz: 0}
	for want, r := range map[string]*response.Response{
		"it has no stages":                           {},
		`the input is in "PA", which is no ground`:   pascal,
		"neither a gain nor a sensitivity":           gainless,
		"a gain of 0":                                zero,
		"a digital filter of unknown sampling rate":  digital,
		"frequencies do not ascend":                  list,
		"the filter is 0 at 10 Hz or at 0 Hz, where": nowhere,
	} {
		if _, err := response.NewEvaluator(r, response.Velocity); !errors.Is(err, response.ErrResponse) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %s", err, want)
		}
	}
	for want, o := range map[string]response.Options{
		"a water level of -1 dB":     {WaterLevelDB: -1},
		"a taper of 2 of the record": {TaperFraction: 2},
		"that do not ascend":         {PreFilterHz: &[4]float64{1, 2, 1.5, 3}},
	} {
		if _, err := response.Remove(flat(1), 10, 1, o); !errors.Is(err, response.ErrOptions) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %s", err, want)
		}
	}
}

// TestLength: that of ObsPy, whose documentation has the first three.
func TestLength(t *testing.T) {
	for n, want := range map[int]int{1800028: 3600056, 1800029: 4194304, 1800031: 3600082, 7: 16, 1000: 2000, 2501: 5004} {
		if got := response.Length(n); got != want {
			t.Errorf("%d samples: %d, expected %d", n, got, want)
		}
	}
}

// TestGrid: grids of any fineness have what At says, whether they are interpolated
// or not, also beside poles on the axis and across the samples of a list.
func TestGrid(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 9))
	coefficients := make([]float64, 101)
	for i := range coefficients {
		coefficients[i] = r.NormFloat64()
	}
	chain := func(filters ...response.Filter) *response.Response {
		all := &response.Response{Stages: []response.Stage{}}
		for i, f := range filters {
			all.Stages = append(all.Stages, response.Stage{Number: i + 1, Input: "M/S", Output: "COUNTS", Filter: f,
				Gain: &response.Gain{Value: 1, FrequencyHz: 1}, Decimation: &response.Decimation{InputRateHz: 100, Factor: 1}})
		}
		return all
	}
	seismometer := &response.PolesZeros{Factor: 3, FactorHz: 1, Zeros: []complex128{0, 0}, Poles: []complex128{-0.037 + 0.037i, -0.037 - 0.037i, -15.6, -97 + 400i, -97 - 400i}}
	for name, c := range map[string]*response.Response{
		"seismometer": chain(seismometer, &response.FIR{Coefficients: coefficients}),
		"digital":     chain(&response.Coefficients{Domain: response.Digital, Numerators: coefficients[:9], Denominators: []float64{1, 0.5, 0.2}}),
		"resonance":   chain(&response.PolesZeros{Factor: 1, FactorHz: 1, Poles: []complex128{2i * math.Pi * 7, -2i * math.Pi * 7, -1e-3 + 2i*math.Pi*3}}),
		"list":        chain(seismometer, &response.List{FrequenciesHz: []float64{0.01, 0.1, 1, 10, 30, 60}, Amplitudes: []float64{1, 3, 1, 2, 1, 1}, PhasesDeg: []float64{0, 3, 30, -20, 10, 5}}),
	} {
		for _, quantity := range []response.Quantity{response.Displacement, response.Velocity} {
			e, err := response.NewEvaluator(c, quantity)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, n := range []int{100, 1000, 20_000, 300_000} {
				got := e.Grid(nil, 100, n)
				for k, g := range got {
					want := e.At(float64(k) * 100 / float64(n))
					if cmplx.Abs(g-want) > 1e-10*cmplx.Abs(want) && !(cmplx.IsNaN(want) && cmplx.IsNaN(g)) {
						t.Fatalf("%s to %v, %d samples: frequency %d is %v, not %v", name, quantity, n, k, g, want)
					}
				}
			}
		}
	}
}
