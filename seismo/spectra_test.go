package seismo_test

import (
	"math"
	"reflect"
	"testing"

	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

func TestSpectra(t *testing.T) {
	const rate, lag = 5.0, 60
	in := interleave(cut("XX.A..Z", 0, rate, random(1, 500), 200, 200, 100), cut("XX.B..Z", 0, rate, random(2, 400), 200, 200))
	var want []seismo.Spectrum
	for _, w := range in {
		bins := dsp.NewCorrelator[float32, complex64](len(w.Samples), lag).Spectrum(nil, w.Samples)
		want = append(want, seismo.Spectrum{Station: w.Station, Start: w.Start, RateHz: rate, Samples: int64(len(w.Samples)), Bins: bins})
	}
	res := run(t, seismo.NewSpectra, petest.Scribble(), petest.Set("MaxLagS", lag/rate), petest.Feed("in", in...), petest.Mark("in", 50*second))
	if got := petest.Out[seismo.Spectrum](res, "out"); !reflect.DeepEqual(got, want) {
		t.Error("spectra are not those of dsp.Correlator")
	}
	if m := res.Marks["out"]; len(m) != 1 || m[0] != (petest.Promise{Time: 50 * second, After: 5}) {
		t.Errorf("marks %v", m)
	}
}

func TestWhiten(t *testing.T) {
	const rate = 5.0
	for _, smooth := range []float64{0, 0.1} {
		in := spectra(t, rate, 50, random(1, 600), "XX.A..Z", 200, 200, 150)
		res := run(t, seismo.NewWhiten, petest.Set("SmoothHz", smooth), petest.Set("FreqMax", 2.2), petest.Feed("in", in...))
		out := petest.Out[seismo.Spectrum](res, "out")
		if len(out) != len(in) {
			t.Fatalf("%d spectra of %d", len(out), len(in))
		}
		for i, s := range in {
			size := 2 * (len(s.Bins) - 1)
			corners := [4]float64{0.2 * (1 - 0.2), 0.2, 2.2, rate / 2} // 2.2/(1-0.2) is above the Nyquist frequency
			w, err := dsp.NewWhitener[complex64](size, rate, corners, int(smooth/2*float64(size)/rate))
			if err != nil {
				t.Fatal(err)
			}
			s.Bins = w.Whiten(nil, s.Bins)
			if !reflect.DeepEqual(out[i], s) {
				t.Errorf("spectrum %d is not that of dsp.Whitener", i)
			}
			for k, c := range out[i].Bins {
				f, a := float64(k)*rate/float64(size), math.Hypot(float64(real(c)), float64(imag(c)))
				if smooth == 0 && f > 0.2 && f < 2.2 && math.Abs(a-1) > 1e-6 || f < 0.15 && a != 0 {
					t.Errorf("the amplitude at %g Hz is %g", f, a)
				}
			}
		}
	}
}

// TestWhitenAsTools: the definitions of tools are those of package dsp.
func TestWhitenAsTools(t *testing.T) {
	const rate = 20.0
	in := spectra(t, rate, 50, random(1, 4000), "XX.A..Z", 2000, 2000)
	for method, tool := range map[string]dsp.Whitening{"msnoise": dsp.MSNoise, "seisnoise": dsp.SeisNoise, "noisepy": dsp.NoisePy} {
		out := petest.Out[seismo.Spectrum](run(t, seismo.NewWhiten, petest.Set("Method", method), petest.Set("SmoothHz", 0.1),
			petest.Set("FreqMin", 1), petest.Set("FreqMax", 8), petest.Feed("in", in...)), "out")
		size := 2 * (len(in[0].Bins) - 1)
		w, err := dsp.NewWhitening[complex64](tool, size, rate, 1, 8, int(math.Round(0.1/rate*float64(size))))
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range in {
			if s.Bins = w.Whiten(nil, s.Bins); !reflect.DeepEqual(out[i], s) {
				t.Errorf("%s: spectrum %d is not that of dsp.NewWhitening", method, i)
			}
		}
	}
}

// spectra are those of the windows of a record.
func spectra(t *testing.T, rate float64, lag int, x []float32, id string, lengths ...int) (all []seismo.Spectrum) {
	t.Helper()
	for _, w := range cut(id, 0, rate, x, lengths...) {
		bins := dsp.NewCorrelator[float32, complex64](len(w.Samples), lag).Spectrum(nil, w.Samples)
		all = append(all, seismo.Spectrum{Station: w.Station, Start: w.Start, RateHz: rate, Samples: int64(len(w.Samples)), Bins: bins})
	}
	return all
}
