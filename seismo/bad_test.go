package seismo_test

import (
	"math"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/seismo"
)

// TestParameters: names, and what is out of range is said before the run.
func TestParameters(t *testing.T) {
	r := registry.New()
	seismo.Register(r)
	for _, c := range []struct {
		pe   string
		with map[string]any
		want string // "" for nothing wrong
	}{
		{"Bandpass", map[string]any{"freq_min": 0.1, "freq_max": 2.0, "corners": 2, "zero_phase": true}, ""},
		{"Bandpass", map[string]any{"freq_min": 2.0, "freq_max": 1.5}, "freq_min = 2 Hz is not below freq_max = 1.5 Hz: exchange them or widen the band"},
		{"Bandpass", map[string]any{"freq_min": 1.5, "freq_max": 1.5}, "freq_min = 1.5 Hz is not below freq_max = 1.5 Hz: exchange them or widen the band"},
		{"Bandpass", map[string]any{"freq_min": 0}, "freq_min = 0 Hz is not above 0 Hz: use seismo.Lowpass for a band from 0 on"},
		{"Bandpass", map[string]any{"corners": 0}, "corners = 0 is less than the least value, 1"},
		{"Lowpass", map[string]any{"freq": 0}, "freq = 0 Hz is not above 0 Hz"},
		{"Highpass", map[string]any{"freq": -1}, "freq = -1 is less than the least value, 0 Hz"},
		{"Decimate", map[string]any{"factor": 0}, "factor = 0 is less than the least value, 1"},
		{"Decimate", map[string]any{"factor": 17}, "factor = 17 is more than the greatest value, 16"},
		{"Taper", map[string]any{"fraction": 0.6}, "fraction = 0.6 is more than the greatest value, 0.5"},
		{"Taper", map[string]any{"max_s": 10}, ""},
		{"RunningMean", map[string]any{"width_s": -1}, "width_s = -1 is less than the least value, 0 s"},
		{"Window", map[string]any{"window_s": 60, "step_s": 30, "max_mib": 16}, ""},
		{"Window", map[string]any{"window_s": 0}, "window_s = 0 is less than the least value, 0.001 s"},
		{"Window", map[string]any{"max_mib": 0}, "max_mib = 0 is less than the least value, 1 MiB"},
		{"Spectra", map[string]any{"max_lag_s": -1}, "max_lag_s = -1 is less than the least value, 0 s"},
		{"Whiten", map[string]any{"freq_min": 1, "freq_max": 0.5, "edge": 0.1}, "freq_min = 1 Hz is not below freq_max = 0.5 Hz: exchange them or widen the band"},
		{"Correlate", map[string]any{"max_lag_s": 10, "substack_s": 3600, "max_mib": 64}, ""},
		{"Stack", map[string]any{"method": "pws", "power": 2, "max_mib": 64}, ""},
		{"Stack", map[string]any{"method": "pw"}, `method = pw is not one of linear, pws, root, tfpws, robust, selective, covariance; did you mean "pws"?`},
		{"RemoveResponse", map[string]any{"output": "displacement", "pre_filter_hz": []any{0.01, 0.02, 8, 10}, "missing": "drop"}, ""},
		{"RemoveResponse", map[string]any{"pre_filter_hz": []any{1, 2}}, "pre_filter_hz = [1 2] are not four corners in Hz that ascend, as [0.01, 0.02, 8, 10]"},
		{"Simulate", map[string]any{"instrument": "paz", "poles": []any{-1.0, 2.0, -1.0, -2.0}}, ""},
		{"Simulate", map[string]any{"instrument": "paz", "poles": []any{-1.0}}, "1 values for poles and 0 for zeros: give a real and an imaginary part of each"},
		{"Moveout", map[string]any{"max_mib": 64, "pictures": false}, ""},
	} {
		variants, ok := r.Lookup("seismo." + c.pe)
		if !ok || len(variants) != 1 {
			t.Fatalf("there is no seismo.%s", c.pe)
		}
		pe, err := variants[0].Make(c.with)()
		if s, ok := pe.(d4.Setupper); ok && err == nil {
			err = s.Setup()
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasSuffix(err.Error(), c.want)) {
			t.Errorf("%s %v: %v, expected %s", c.pe, c.with, err, c.want)
		}
	}
}

// TestSetup: Go programs, which no tag holds back, are told too.
func TestSetup(t *testing.T) {
	for want, pe := range map[string]d4.Setupper{
		"fraction = 0.7 is not within":    &seismo.Taper{Fraction: 0.7},
		"width_s = -1 s is negative":      &seismo.RunningMean{WidthS: -1},
		"factor = 0 is not within":        &seismo.Decimate{},
		"freq = 0 Hz is not above":        &seismo.Lowpass{},
		"freq = NaN Hz is not above":      &seismo.Highpass{Freq: math.NaN()},
		"freq_min = 1 Hz is not below":    &seismo.Bandpass{FreqMin: 1},
		"window_s = 0 s and step_s = 1 s": &seismo.Window{StepS: 1},
		"max_lag_s = NaN s is not within": &seismo.Spectra{MaxLagS: math.NaN()},
		"edge = 1 is not within":          &seismo.Whiten{Edge: 1},
		"smooth_hz = -1 Hz is negative":   &seismo.Whiten{SmoothHz: -1},
		"substack_s = -1 s is negative":   &seismo.Correlate{SubstackS: -1},
		"method = \"\" is none of":        &seismo.Stack{},
		"power = -1 is negative":          &seismo.Stack{Method: "pws", Power: -1},
		"step_change = 0 is not above 0":  &seismo.DVV{Method: "stretching", Side: "both", MaxChange: 0.01},
		"window_s = 0 s and step_s = 2 s": &seismo.DVV{Method: "mwcs", Side: "both", StepS: 2},
	} {
		if err := pe.Setup(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%T: %v, expected %s", pe, err, want)
		}
	}
}

// TestNames: no sink writes beside the run directory.
func TestNames(t *testing.T) {
	bad := "../beside"
	for _, pe := range []d4.Setupper{&seismo.WriteStore{Name: bad}, &seismo.WriteCorrelations{Name: bad, ChunkMiB: 1}, &seismo.Moveout{Name: bad},
		&seismo.VelocityCurve{Name: bad}, &seismo.MotionMap{Name: bad}, &seismo.QualityPage{Name: bad}, &seismo.WriteCatalogue{}, &seismo.WriteMisfits{},
		&seismo.WriteSDS{Name: bad, Encoding: "float32", Version: 2, RecordLength: 512}} {
		if err := pe.Setup(); err == nil || !strings.HasSuffix(err.Error(), "in the run directory") {
			t.Errorf("%T: %v", pe, err)
		}
	}
}

// tracePEs are all PEs that take traces.
var tracePEs = map[string]func(testing.TB, ...petest.Step) *petest.Result{
	"Demean":      any1(seismo.NewDemean),
	"Detrend":     any1(seismo.NewDetrend),
	"Taper":       any1(seismo.NewTaper),
	"Bandpass":    any1(seismo.NewBandpass),
	"Lowpass":     any1(seismo.NewLowpass),
	"Highpass":    any1(seismo.NewHighpass),
	"Decimate":    any1(seismo.NewDecimate),
	"OneBit":      any1(seismo.NewOneBit),
	"RunningMean": any1(seismo.NewRunningMean),
	"Window":      any1(seismo.NewWindow),
	"Spectra":     any1(seismo.NewSpectra),
}

func any1[P d4.PE](factory func() P) func(testing.TB, ...petest.Step) *petest.Result {
	return func(t testing.TB, steps ...petest.Step) *petest.Result { return petest.Run(t, factory, steps...) }
}

// TestNotFinite: the error names channel, time and remedy.
func TestNotFinite(t *testing.T) {
	for v, name := range map[float32]string{float32(math.NaN()): "NaN", float32(math.Inf(1)): "+Inf", float32(math.Inf(-1)): "-Inf"} {
		in := cut("CI.CCA..BHZ", 1e9*second, 4, random(1, 50), 20, 30)
		in[1].Samples[7] = v // 27 samples after 2001-09-09T01:46:40
		want := "CI.CCA..BHZ at 2001-09-09T01:46:46.75Z: the sample is " + name + ": cut it out of the recording"
		for pe, play := range tracePEs {
			if res := play(t, petest.Feed("in", in...)); res.Err == nil || res.Err.Error() != want {
				t.Errorf("%s: %v, expected %s", pe, res.Err, want)
			}
		}
	}
}

// TestTwoRates: PEs that go on across the borders of traces refuse a channel
// that changes its sampling rate.
func TestTwoRates(t *testing.T) {
	in := append(cut("CI.CCA..BHZ", 0, 20, random(1, 50), 50), cut("CI.CCA..BHZ", 5*second/2, 40, random(1, 50), 50)...)
	want := "CI.CCA..BHZ at 1970-01-01T00:00:02.5Z: two sampling rates, 20 Hz and now 40 Hz: give each a run of its own"
	for _, pe := range []string{"Bandpass", "Lowpass", "Highpass", "Decimate", "Window"} {
		if res := tracePEs[pe](t, petest.Feed("in", in...)); res.Err == nil || res.Err.Error() != want {
			t.Errorf("%s: %v, expected %s", pe, res.Err, want)
		}
	}
}

// TestNyquist: corners are compared with the rate when it is known.
func TestNyquist(t *testing.T) {
	in := petest.Feed("in", cut("CI.CCA..BHZ", 60*second, 2, random(1, 50), 50)...)
	where := "CI.CCA..BHZ at 1970-01-01T00:01:00Z: "
	for _, c := range []struct{ pe, parameter, field string }{
		{"Bandpass", "freq_max", "FreqMax"}, {"Lowpass", "freq", "Freq"}, {"Highpass", "freq", "Freq"},
	} {
		want := where + c.parameter + " = 1.5 Hz is not below the Nyquist frequency, 1 Hz: lower it, or filter before decimating"
		if res := tracePEs[c.pe](t, in, petest.Set(c.field, 1.5)); res.Err == nil || res.Err.Error() != want {
			t.Errorf("%s: %v, expected %s", c.pe, res.Err, want)
		}
	}
	whiten := petest.Run(t, seismo.NewWhiten, petest.Feed("in", spectra(t, 2, 10, random(1, 50), "CI.CCA..BHZ", 50)...))
	if want := "CI.CCA..BHZ at 1970-01-01T00:00:00Z: freq_max = 1.5 Hz is not below"; whiten.Err == nil || !strings.HasPrefix(whiten.Err.Error(), want) {
		t.Errorf("Whiten: %v, expected %s", whiten.Err, want)
	}
	if res := tracePEs["Window"](t, in, petest.Set("WindowS", 0.1)); res.Err == nil || !strings.Contains(res.Err.Error(), "window_s = 0.1 s is less than a sample at 2 Hz") {
		t.Errorf("Window: %v", res.Err)
	}
}

// TestNothing: no items, and traces without samples.
func TestNothing(t *testing.T) {
	for pe, play := range tracePEs {
		for _, in := range [][]seismo.Trace{nil, {{Station: seismo.Station{ID: "CI.CCA..BHZ"}, RateHz: 20}}} {
			res := play(t, petest.Feed("in", in...), petest.Mark("in", 100*second))
			if m := res.Marks["out"]; res.Err != nil || len(m) != 1 || m[0].After != 0 {
				t.Errorf("%s: %v, marks and items before them %v", pe, res.Err, m)
			}
		}
	}
}
