package dsp

import (
	"math"
	"math/cmplx"
	"slices"
	"testing"

	"github.com/dispel4go/dispel4go/seismo/fft"
)

func TestFirstNonFinite(t *testing.T) {
	x := noise(100, 1)
	if got := FirstNonFinite(x); got != -1 {
		t.Errorf("got %d in finite samples", got)
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		y := slices.Clone(x)
		y[70], y[90] = v, v
		if got := FirstNonFinite(y); got != 70 {
			t.Errorf("%v: got %d, want 70", v, got)
		}
		if got := FirstNonFinite(narrow(y)); got != 70 {
			t.Errorf("%v in float32: got %d, want 70", v, got)
		}
	}
	if got := FirstNonFinite([]float64{math.MaxFloat64, -math.MaxFloat64}); got != -1 {
		t.Errorf("the largest numbers are finite; got %d", got)
	}
}

func TestDetrendTakesOffWhatItSays(t *testing.T) {
	const n = 1001
	x := make([]float64, n)
	for i := range x {
		u := float64(i) / n
		x[i] = 5 - 3*u + 7*u*u - 2*u*u*u
	}
	for _, v := range DetrendPolynomial(nil, x, 3) {
		if math.Abs(v) > 1e-13 {
			t.Fatalf("a cubic leaves %g", v)
		}
	}
	y := noise(n, 1)
	if e := apart(DetrendPolynomial(nil, y, 1), DetrendLinear(nil, y)); e > 1e-14 {
		t.Errorf("order 1 differs from linear by %.1e", e)
	}
	if e := apart(DetrendPolynomial(nil, y, 0), Demean(nil, y)); e > 1e-14 {
		t.Errorf("order 0 differs from the mean by %.1e", e)
	}
	for _, short := range [][]float64{nil, {3}, {3, 4}} {
		for name, got := range map[string][]float64{"linear": DetrendLinear(nil, short), "simple": DetrendSimple(nil, short),
			"cubic": DetrendPolynomial(nil, short, 3)} {
			for _, v := range got {
				if math.Abs(v) > 1e-15 {
					t.Errorf("%s of %v leaves %v", name, short, got)
				}
			}
		}
	}
}

func TestClipAndOneBit(t *testing.T) {
	x := []float64{-3, -1, 0, 0.5, 2}
	if got := Clip(nil, x, 1); !slices.Equal(got, []float64{-1, -1, 0, 0.5, 1}) {
		t.Errorf("clipped %v", got)
	}
	if got := OneBit(nil, x); !slices.Equal(got, []float64{-1, -1, 0, 1, 1}) {
		t.Errorf("one bit %v", got)
	}
	if got := OneBit(nil, []float64{math.NaN()})[0]; !math.IsNaN(got) {
		t.Errorf("one bit of NaN is %v", got)
	}
}

// averaged is the definition of RunningMean summed up as it stands.
func averaged(x []float64, half int) []float64 {
	y := make([]float64, len(x))
	for i := range x {
		low, high := max(0, i-half), min(len(x)-1, i+half)
		for j := low; j <= high; j++ {
			y[i] += math.Abs(x[j])
		}
		y[i] /= float64(high - low + 1)
	}
	return y
}

func TestRunningMeanIsTheDefinition(t *testing.T) {
	for _, n := range []int{1, 2, 7, 100, 101} {
		for _, half := range []int{0, 1, 3, 10, 50, 200} {
			x := noise(n, uint64(n))
			want := averaged(x, half)
			for i, v := range x {
				want[i] = v / want[i]
			}
			r := NewRunningMean(half)
			Normalize(r, nil, noise(50, 1)) // must leave nothing behind
			if e := apart(Normalize(r, nil, x), want); e > 1e-14 {
				t.Errorf("n=%d half=%d: differs by %.1e", n, half, e)
			}
			if got := Normalize(r, slices.Clone(x), x); !slices.Equal(got, Normalize(r, x, x)) {
				t.Errorf("n=%d half=%d: in place it differs", n, half)
			}
		}
	}
}

func TestRunningMeanAfterAnEarthquake(t *testing.T) {
	x := noise(3000, 2)
	for i := 1000; i < 1100; i++ {
		x[i] *= 1e18
	}
	quiet := slices.Clone(x[1200:])
	got := Normalize(NewRunningMean(40), nil, x)[1300:]
	want := Normalize(NewRunningMean(40), nil, quiet)[100:]
	if e := apart(got, want); e > 1e-14 {
		t.Errorf("the quiet after differs by %.1e", e)
	}
	clear(x)
	if i := slices.IndexFunc(Normalize(NewRunningMean(5), nil, x), func(v float64) bool { return v != 0 }); i >= 0 {
		t.Errorf("zeros do not stay zero at %d", i)
	}
}

func TestWhitener(t *testing.T) {
	const n, rate = 2000, 40.0
	corners := [4]float64{0.5, 1, 8, 10}
	spectrum := fft.NewReal[float64, complex128](n).Forward(nil, noise(n, 3))
	amplitudes := make([]float64, len(spectrum))
	for k, c := range spectrum {
		amplitudes[k] = cmplx.Abs(c)
	}
	for _, half := range []int{0, 10} {
		w, err := NewWhitener[complex128](n, rate, corners, half)
		if err != nil {
			t.Fatal(err)
		}
		got := w.Whiten(nil, spectrum)
		smooth := averaged(amplitudes, half)
		for k, c := range got {
			want := spectrum[k] * complex(BandWeight(float64(k)*rate/n, corners)/smooth[k], 0)
			if cmplx.Abs(c-want) > 1e-14 {
				t.Fatalf("half %d, coefficient %d: %v, want %v", half, k, c, want)
			}
		}
	}
	// Within the flat part all amplitudes are 1 and phases as before.
	single := make([]complex64, len(spectrum))
	for k, c := range spectrum {
		single[k] = complex64(c)
	}
	w, err := NewWhitener[complex64](n, rate, corners, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.Whiten(single, single)
	for k := 50; k <= 400; k++ {
		if cmplx.Abs(complex128(single[k])-spectrum[k]/complex(amplitudes[k], 0)) > 1e-6 {
			t.Fatalf("coefficient %d: %v", k, single[k])
		}
	}
	clear(single)
	for k, c := range w.Whiten(nil, single) {
		if c != 0 {
			t.Fatalf("zero amplitude at %d gives %v", k, c)
		}
	}
}
