package seismo_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/rotate"
	"github.com/dispel4go/dispel4go/seismo/xcorr"
)

// three is a window of each component of an instrument.
func three(id, letters string, at d4.Time, n int) (all []seismo.Trace) {
	for k, letter := range letters {
		all = append(all, cut(id+string(letter), at, 10, random(uint64(at)+uint64(k), n), n)...)
	}
	return all
}

// TestRotate: components are turned together as package rotate does, in the order of
// time, and what lacks one is counted.
func TestRotate(t *testing.T) {
	in := slices.Concat(three("XX.A..HH", "ZNE", 0, 50), three("XX.B..HH", "Z12", 0, 50), three("XX.A..HH", "NZ", 10*second, 50), three("XX.A..HH", "EZN", 20*second, 50))
	res := run(t, seismo.NewRotate, petest.Set("BackAzimuth", 217.3), petest.Feed("in", in...), petest.Mark("in", 15*second))
	out := petest.Out[seismo.Trace](res, "out")
	var ids []string
	for _, tr := range out {
		ids = append(ids, tr.Station.ID)
	}
	if got := strings.Join(ids, " "); got != "XX.A..HHR XX.A..HHT XX.B..HHR XX.B..HHT XX.A..HHR XX.A..HHT" {
		t.Fatalf("channels %s", got)
	}
	n, e := slices.Clone(random(1, 50)), slices.Clone(random(2, 50))
	rotate.RadialTransverse(n, e, n, e, 217.3)
	if !slices.Equal(out[0].Samples, n) || !slices.Equal(out[1].Samples, e) {
		t.Error("other samples than those of package rotate")
	}
	if res.Counters["incomplete"] != 1 {
		t.Errorf("counters %v", res.Counters)
	}
	// There and back.
	all := three("XX.A..HH", "ZNE", 0, 50)
	there := petest.Out[seismo.Trace](run(t, seismo.NewRotate, petest.Set("Method", "ZNE-LQT"), petest.Set("BackAzimuth", 33), petest.Set("Incidence", 20), petest.Feed("in", all...)), "out")
	back := petest.Out[seismo.Trace](run(t, seismo.NewRotate, petest.Set("Method", "LQT-ZNE"), petest.Set("BackAzimuth", 33), petest.Set("Incidence", 20), petest.Feed("in", there...)), "out")
	for k, tr := range back {
		for i, v := range tr.Samples {
			if math.Abs(float64(v-all[k].Samples[i])) > 1e-3 {
				t.Fatalf("%s: sample %d is %g, expected %g", tr.Station.ID, i, v, all[k].Samples[i])
			}
		}
	}
}

// TestCorrelatePairs: each definition gives what package xcorr or dsp does for one
// window, with the delay of the second channel at positive lags.
func TestCorrelatePairs(t *testing.T) {
	const n, late = 600, 8
	x := random(3, n+late)
	for i := range x {
		x[i] -= 20 + 0.05*float32(i)
	}
	a, b := slices.Clone(x[late:]), slices.Clone(x[:n])
	in := slices.Concat(cut("XX.A..HHZ", 0, 10, a, n), cut("XX.B..HHZ", 0, 10, b, n), cut("XX.A..HHN", 0, 10, random(9, n), n))
	for _, method := range []string{"cc", "coherency", "deconvolution", "pcc"} {
		res := run(t, seismo.NewCorrelatePairs, petest.Set("Method", method), petest.Set("MaxLagS", 3), petest.Set("Between", true), petest.Feed("in", in...))
		out := petest.Out[seismo.Correlation](res, "out")
		if len(out) != 2 {
			t.Fatalf("%s: %d correlations between two stations", method, len(out))
		}
		c := out[1]
		if c.A.ID != "XX.A..HHZ" || c.B.ID != "XX.B..HHZ" || c.Windows != 1 || len(c.Lags) != 61 {
			t.Fatalf("%s: %+v", method, c)
		}
		top := 0
		for i, v := range c.Lags {
			if v > c.Lags[top] {
				top = i
			}
		}
		if top != 30+late {
			t.Errorf("%s: the peak is at lag %d, expected %d", method, top-30, late)
		}
		if method == "pcc" {
			want := xcorr.NewPhaseCorrelator[float32, complex64](n, 30).Correlate(nil, a, b)
			for i, v := range c.Lags {
				if math.Abs(float64(v-want[i])) > 1e-6 {
					t.Fatalf("pcc at %d: %g, expected %g", i, v, want[i])
				}
			}
		}
	}
}

// TestSizes: normalised correlations do not depend on the unit, whatever float32 can hold of
// it; what others cannot multiply is an error, and never a correlation of NaN.
func TestSizes(t *testing.T) {
	const n = 600
	windows := func(factor float32) (in []seismo.Trace) {
		for k, id := range []string{"XX.A..HHZ", "XX.B..HHZ"} {
			in = append(in, cut(id, 0, 10, random(uint64(k), n), n)...)
			for i := range in[k].Samples {
				in[k].Samples[i] *= factor
			}
		}
		return in
	}
	var want []float32
	for _, factor := range []float32{1, 1e-30, 1e34} {
		out := petest.Out[seismo.Correlation](run(t, seismo.NewCorrelatePairs, petest.Set("Method", "cc"), petest.Set("MaxLagS", 3), petest.Feed("in", windows(factor)...)), "out")
		if factor == 1 {
			want = out[0].Lags
		}
		for i, v := range out[0].Lags {
			if !(math.Abs(float64(v-want[i])) < 1e-5) {
				t.Fatalf("samples %g times as large: %g at %d, expected %g", factor, v, i, want[i])
			}
		}
	}
	const says = "XX.A..HHZ-XX.B..HHZ at 1970-01-01T00:00:00Z: the correlation is NaN, as samples or their products are beyond float32: "
	for _, method := range []string{"coherency", "deconvolution"} {
		res := petest.Run(t, seismo.NewCorrelatePairs, petest.Set("Method", method), petest.Set("MaxLagS", 3), petest.Feed("in", windows(5e35)...))
		if res.Err == nil || !strings.HasPrefix(res.Err.Error(), says) {
			t.Errorf("%s: %v", method, res.Err)
		}
	}
	for _, marks := range [][]petest.Step{nil, {petest.Mark("in", 60*second)}} {
		spectra := petest.Out[seismo.Spectrum](run(t, seismo.NewSpectra, petest.Set("MaxLagS", 3), petest.Feed("in", windows(1e20)...)), "out")
		res := petest.Run(t, seismo.NewCorrelate, append([]petest.Step{petest.Set("MaxLagS", 3), petest.Feed("in", spectra...)}, marks...)...)
		if res.Err == nil || !strings.HasPrefix(res.Err.Error(), says) {
			t.Errorf("%v", res.Err)
		}
	}
}

// TestStackMethods: each method by periods gives a stack a period, and the mean where
// all rows are alike.
func TestStackMethods(t *testing.T) {
	row := random(5, 41)
	var in []seismo.Correlation
	for hour := range 6 {
		in = append(in, seismo.Correlation{A: seismo.Station{ID: "XX.A..Z"}, B: seismo.Station{ID: "XX.B..Z"}, Start: d4.Time(hour) * 3600 * second, Windows: 2, IntervalS: 0.5, Lags: slices.Clone(row)})
	}
	for _, method := range []string{"linear", "pws", "root", "tfpws", "robust", "selective", "covariance"} {
		for _, gate := range []float64{0, 2} {
			res := run(t, seismo.NewStack, petest.Set("Method", method), petest.Set("GateS", gate), petest.Set("PeriodS", 3*3600),
				petest.Feed("in", in[:4]...), petest.Mark("in", 4*3600*second), petest.Feed("in", in[4:]...))
			out := petest.Out[seismo.Correlation](res, "out")
			if len(out) != 2 || out[0].Start != 0 || out[1].Start != 3*3600*second || out[0].Windows != 6 {
				t.Fatalf("%s: %d stacks", method, len(out))
			}
			for _, c := range out {
				for i, v := range c.Lags {
					if math.Abs(float64(v-row[i])) > 1e-3*100 {
						t.Fatalf("%s: lag %d is %g, expected %g", method, i, v, row[i])
					}
				}
			}
		}
	}
}

// TestTriggerInChunks: the same detections however a channel is cut into traces, none
// across a gap.
func TestTriggerInChunks(t *testing.T) {
	x := make([]float32, 4000)
	for i := range x {
		x[i] = float32(math.Sin(float64(i * i))) // noise that is always the same
		if i >= 2000 && i < 2200 {
			x[i] *= 20
		}
	}
	set := []petest.Step{petest.Set("STAS", 1), petest.Set("LTAS", 20), petest.Set("ThrOn", 4), petest.Set("ThrOff", 1.5)}
	whole := petest.Out[seismo.Detection](run(t, seismo.NewTrigger, append(slices.Clone(set), petest.Feed("in", cut("XX.A..Z", 0, 10, x, 4000)...))...), "out")
	if len(whole) != 1 || whole[0].On < 200*second || whole[0].On > 202*second || whole[0].Peak < 4 {
		t.Fatalf("%+v", whole)
	}
	parts := petest.Out[seismo.Detection](run(t, seismo.NewTrigger, append(slices.Clone(set), petest.Feed("in", cut("XX.A..Z", 0, 10, x, 1999, 3, 98, 1000, 900)...))...), "out")
	if !slices.EqualFunc(whole, parts, func(a, b seismo.Detection) bool { return a == b }) {
		t.Errorf("%+v in chunks, %+v whole", parts, whole)
	}
}

// TestBeamform: a wave across stations whose places are known comes from where it did.
func TestBeamform(t *testing.T) {
	var in []seismo.Trace
	places := [][2]float64{{35, -117}, {35.01, -117}, {35, -116.99}, {34.992, -117.005}, {35.005, -116.985}}
	const slowness, from = 0.3, 250.0 // s/km, degrees
	sin, cos := math.Sincos((from + 180) * math.Pi / 180)
	for k, p := range places {
		east, north := (p[1]+117)*91.29, (p[0]-35)*110.94
		x := make([]float32, 512)
		for i := range x {
			at := float64(i)/20 - slowness*(east*sin+north*cos)
			x[i] = float32(math.Sin(2*math.Pi*0.7*at) + math.Sin(2*math.Pi*1.3*at+1) + math.Sin(2*math.Pi*1.9*at+2))
		}
		tr := cut("XX.A"+string(rune('0'+k))+"..Z", 0, 20, x, 512)[0]
		tr.Station.Lat, tr.Station.Lon = p[0], p[1]
		in = append(in, tr)
	}
	res := run(t, seismo.NewBeamform, petest.Set("FreqMin", 0.5), petest.Set("FreqMax", 2.5), petest.Feed("in", in...))
	out := petest.Out[seismo.Beam](res, "out")
	if len(out) != 1 || math.Abs(out[0].BackAzimuth-from) > 5 || math.Abs(out[0].SlownessSKm-slowness) > 0.03 || out[0].Power < 0.9 || out[0].Stations != 5 {
		t.Errorf("%+v", out)
	}
}

// TestNewParameters: what is out of range is said before the run.
func TestNewParameters(t *testing.T) {
	r := registry.New()
	seismo.Register(r)
	for _, c := range []struct {
		pe   string
		with map[string]any
		want string
	}{
		{"Merge", map[string]any{"method": "discard", "fill": "interpolate", "max_gap_s": 5}, ""},
		{"Trim", map[string]any{"from": "yesterday"}, `from = "yesterday" is no time: write it as 2022-01-02T00:00:00Z`},
		{"Trim", map[string]any{"to": "2500-01-01"}, `to = "2500-01-01": mseed: time "2500-01-01": outside the years 1678 to 2261`},
		{"ReadSDS", map[string]any{"from": "0001-01-01"}, `from = "0001-01-01": mseed: time "0001-01-01": outside the years 1678 to 2261`},
		{"Trim", map[string]any{"from": "2022-01-03", "to": "2022-01-02"}, "from = 2022-01-03 is after to = 2022-01-02: exchange them"},
		{"Detrend", map[string]any{"method": "spline", "order": 0}, "order = 0 is not within 1 and 5, that of a spline"},
		{"Rotate", map[string]any{"method": "components-ZNE", "azimuths": []any{0.0, 45.0, 90.0}, "dips": []any{0.0, 0.0, 0.0}}, "the directions of the components lie in one plane: azimuths [0 45 90], dips [0 0 0] degrees"},
		{"RotatePairs", map[string]any{"keep": []any{"XX"}}, `keep = "XX": it is none of RR, RT, RZ, TR, TT, TZ, ZR, ZT, ZZ`},
		{"Trigger", map[string]any{"thr_on": 1.0, "thr_off": 2.0}, "thr_off = 2 is above thr_on = 1"},
		{"Trigger", map[string]any{"sta_s": 30.0}, "sta_s = 30 s and lta_s = 20 s: the short window is above 0 and not longer than the long one"},
		{"DVV", map[string]any{"min_lag_s": 50.0}, "min_lag_s = 50 s is not below max_lag_s = 40 s"},
		{"GroundMotion", map[string]any{"periods_s": []any{0.0}}, "no oscillator with a period of 0 s, a damping of 0.05 and samples every 0.01 s"},
		{"Stack", map[string]any{"method": "root", "power": 0.0}, "power = 0 is no root: 1 is the linear stack"},
		{"SelectChannels", map[string]any{"channels": []any{"[Z"}}, `channels: "[Z": syntax error in pattern`},
		{"Noise", map[string]any{"components": 2}, "components = 2 is not one of 1, 3"},
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
