package dsp

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"testing"
)

func must(t testing.TB) func(Sections, error) Sections {
	return func(s Sections, err error) Sections {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// The amplitude of a Butterworth filter is known in closed form: with the warped
// frequency W = tan(pi f/rate), 1/sqrt(1 + (W/Wc)^(2 order)) for the low-pass.
func TestButterworthAmplitude(t *testing.T) {
	const rate = 40.0
	warped := func(f float64) float64 { return math.Tan(math.Pi * f / rate) }
	for order := 1; order <= 12; order++ {
		low := must(t)(Lowpass(order, 3, rate))
		high := must(t)(Highpass(order, 3, rate))
		band := must(t)(Bandpass(order, 1, 5, rate))
		stop := must(t)(Bandstop(order, 1, 5, rate))
		for _, f := range []float64{0.2, 0.9, 1, 2, 2.9, 3, 4, 5, 7, 12, 18} {
			amplitude := func(ratio float64) float64 { return 1 / math.Sqrt(1+math.Pow(ratio, 2*float64(order))) }
			w := warped(f)
			inBand := (w*w - warped(1)*warped(5)) / (w * (warped(5) - warped(1)))
			for _, c := range []struct {
				name string
				s    Sections
				want float64
			}{
				{"low", low, amplitude(w / warped(3))},
				{"high", high, amplitude(warped(3) / w)},
				{"band", band, amplitude(math.Abs(inBand))},
				{"stop", stop, amplitude(1 / math.Abs(inBand))},
			} {
				if got := cmplx.Abs(c.s.Response(f, rate)); math.Abs(got-c.want) > 1e-8 {
					t.Errorf("%s-pass of order %d at %v Hz: %v, want %v", c.name, order, f, got, c.want)
				}
			}
		}
	}
}

func TestAntiAliasStops(t *testing.T) {
	for _, freq := range []float64{0.03, 0.1, 0.25, 0.4} {
		s := must(t)(AntiAlias(freq, 1))
		for f := freq; f < 0.5; f += 0.01 {
			if db := 20 * math.Log10(cmplx.Abs(s.Response(f, 1))); db > -95.99 {
				t.Errorf("stop %v: %.2f dB at %v", freq, db, f)
			}
		}
		if a := cmplx.Abs(s.Response(freq/2, 1)); a < 0.9 {
			t.Errorf("stop %v: amplitude %.2f at half of it", freq, a)
		}
	}
}

func TestDesignRefuses(t *testing.T) {
	nan := math.NaN()
	for name, err := range map[string]error{
		"order 0":            second(Lowpass(0, 1, 40)),
		"order 25":           second(Lowpass(25, 1, 40)),
		"corner at Nyquist":  second(Lowpass(4, 20, 40)),
		"corner 0":           second(Highpass(4, 0, 40)),
		"corner NaN":         second(Highpass(4, nan, 40)),
		"rate 0":             second(Lowpass(4, 1, 0)),
		"low above high":     second(Bandpass(4, 5, 1, 40)),
		"low NaN":            second(Bandpass(4, nan, 50, 40)),
		"low at Nyquist":     second(Bandpass(4, 20, 30, 40)),
		"stop to Nyquist":    second(Bandstop(4, 1, 20, 40)),
		"anti-alias Nyquist": second(AntiAlias(20, 40)),
		"factor 0":           second(NewDecimator[float64](0)),
		"factor 17":          second(NewDecimator[float64](17)),
		"whiten no samples":  second(NewWhitener[complex64](0, 40, [4]float64{1, 2, 3, 4}, 0)),
		"whiten falling":     second(NewWhitener[complex64](100, 40, [4]float64{1, 2, 4, 3}, 0)),
		"whiten NaN":         second(NewWhitener[complex64](100, 40, [4]float64{1, nan, 3, 4}, 0)),
		"resample to 0":      second(NewResampler[float64, complex128](10, 40, 0, true)),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// direct runs sections one after the other over the whole record: the twin of
// the cascades and their blocks.
func direct(sections Sections, x []float64) []float64 {
	y := slices.Clone(x)
	for _, c := range sections {
		var s, u float64
		for i, v := range y {
			y[i] = c.B0*v + s
			s = c.B1*v - c.A1*y[i] + u
			u = c.B2*v - c.A2*y[i]
		}
	}
	return y
}

func TestCascadesAgreeWithOneByOne(t *testing.T) {
	x := noise(3000, 1)
	for order := 1; order <= 9; order++ {
		sections := must(t)(Bandpass(order, 1, 4, 40))
		if e := apart(NewFilter[float64](sections).Process(nil, x), direct(sections, x)); e > 1e-14 {
			t.Errorf("%d sections: differ by %.1e", len(sections), e)
		}
	}
}

// chunks cuts x at random places and hands the pieces to process.
func chunks[F Float](x []F, seed uint64, process func([]F)) {
	r := rand.New(rand.NewPCG(seed, 3))
	for len(x) > 0 {
		n := min(len(x), r.IntN(1200))
		process(x[:n])
		x = x[n:]
	}
}

func TestStreamingDoesNotDependOnChunks(t *testing.T) {
	// A silence in the middle makes the flush matter.
	x := noise(200_000, 5)
	clear(x[10_000:190_000])
	single := narrow(x)
	sections := must(t)(Bandpass(3, 2, 9, 40))
	whole := NewFilter[float64](sections).Process(nil, x)
	decimator, err := NewDecimator[float32](7)
	if err != nil {
		t.Fatal(err)
	}
	wholeDecimated := decimator.Process(nil, single)
	for seed := range uint64(5) {
		f := NewFilter[float64](sections)
		var got []float64
		chunks(x, seed, func(part []float64) { got = append(got, f.Process(nil, part)...) })
		if !slices.Equal(got, whole) {
			t.Errorf("seed %d: filtered chunks differ from the whole", seed)
		}
		decimator.Reset()
		var kept []float32
		chunks(single, seed, func(part []float32) { kept = append(kept, decimator.Process(nil, part)...) })
		if !slices.Equal(kept, wholeDecimated) {
			t.Errorf("seed %d: decimated chunks differ from the whole", seed)
		}
	}
	if want := (len(x) + 6) / 7; len(wholeDecimated) != want {
		t.Errorf("%d decimated samples, want %d", len(wholeDecimated), want)
	}
}

func TestSilenceEndsInZero(t *testing.T) {
	x := make([]float64, 200_000)
	x[0] = 1
	y := NewFilter[float64](must(t)(Bandpass(4, 2, 9, 40))).Process(nil, x)
	if last := y[len(y)-1]; last != 0 {
		t.Errorf("%g long after the last signal", last)
	}
}

func TestZeroPhaseHasNoShift(t *testing.T) {
	const n = 2001
	sections := must(t)(Bandpass(4, 1, 4, 40))
	f := NewFilter[float64](sections)
	pulse := make([]float64, n)
	pulse[n/2] = 1
	y := f.ZeroPhase(nil, pulse)
	if e := apart(y, reversed(y)); e > 1e-9 {
		t.Errorf("the response to a pulse is not symmetric: %.1e", e)
	}
	best := 0
	for i, v := range y {
		if v > y[best] {
			best = i
		}
	}
	if best != n/2 {
		t.Errorf("peak at %d, want %d", best, n/2)
	}
	x := noise(1500, 9)
	want := reversed(direct(sections, reversed(direct(sections, x))))
	if e := apart(f.ZeroPhase(x, x), want); e > 1e-14 {
		t.Errorf("in place it differs from forwards and backwards by %.1e", e)
	}
}

func TestFilterIsLinear(t *testing.T) {
	x, y := noise(1000, 1), noise(1000, 2)
	mix := make([]float64, 1000)
	for i := range mix {
		mix[i] = 2*x[i] - 3*y[i]
	}
	f := NewFilter[float64](must(t)(Lowpass(4, 3, 40)))
	a, b := f.ZeroPhase(nil, x), f.ZeroPhase(nil, y)
	for i := range a {
		a[i] = 2*a[i] - 3*b[i]
	}
	if e := apart(f.ZeroPhase(nil, mix), a); e > 1e-13 {
		t.Errorf("differs by %.1e", e)
	}
}

func TestFloat32Filter(t *testing.T) {
	x := noise(5000, 4)
	sections := must(t)(Bandpass(4, 0.05, 2, 40))
	want := NewFilter[float64](sections).ZeroPhase(nil, x)
	got := NewFilter[float32](sections).ZeroPhase(nil, narrow(x))
	if e := apart(widen(got), want); e > 1e-5 {
		t.Errorf("differs from float64 by %.1e", e)
	}
}
