package seismo_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/response"
	"github.com/dispel4go/dispel4go/seismo/stationxml"
)

// in2020 is when the channels of the test's StationXML record.
var in2020 = d4.Time(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano())

// removed is what package response makes of a record.
func removed(t *testing.T, channel string, x []float32, o response.Options) []float32 {
	t.Helper()
	f, err := os.Open("stationxml/testdata/stages.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inv, err := stationxml.Read(f, stationxml.ResponseLevel)
	if err != nil {
		t.Fatal(err)
	}
	w, err := response.Remove(inv.Channel(channel, time.Unix(0, int64(in2020))).Response, len(x), 100, o)
	if err != nil {
		t.Fatal(err)
	}
	return response.Apply(response.NewPlan(len(x)), nil, x, w)
}

// TestRemoveResponse: the numbers are those of package response, from StationXML and
// from RESP; one evaluation does for all windows of a length.
func TestRemoveResponse(t *testing.T) {
	const id, other = "XX.STAGE.00.BHZ", "XX.STAGE.00.HNZ"
	x := random(1, 5000)
	in := append(cut(id, in2020, 100, x, slices.Repeat([]int{500}, 9)...), cut(other, in2020, 100, x, 500, 400)...)
	o := response.Defaults()
	o.Output, o.WaterLevelDB, o.PreFilterHz = response.Displacement, 40, &[4]float64{0.1, 0.2, 30, 40}
	for _, path := range []string{"stationxml/testdata", "resp/testdata/stages.resp", "re*/testdata/*.resp"} {
		res := run(t, seismo.NewRemoveResponse, petest.Set("StationsPath", path), petest.Set("Output", "displacement"), petest.Set("WaterLevelDb", 40),
			petest.Set("PreFilterHz", []float64{0.1, 0.2, 30, 40}), petest.Feed("in", in...))
		out := petest.Out[seismo.Trace](res, "out")
		if len(out) != len(in) || res.Counters["evaluated"] != 3 {
			t.Errorf("%s: %d traces, counters %v", path, len(out), res.Counters)
		}
		for i, got := range out {
			want := removed(t, in[i].Station.ID, in[i].Samples, o)
			for k := range want {
				if math.Abs(float64(got.Samples[k]-want[k])) > 1e-6*math.Abs(float64(slices.Max(want))) {
					t.Fatalf("%s: trace %d, sample %d: %g, expected %g", path, i, k, got.Samples[k], want[k])
				}
			}
		}
	}
}

// TestRemoveResponseRefuses: what has no response is said, or dropped and counted.
func TestRemoveResponseRefuses(t *testing.T) {
	known, unknown := cut("XX.STAGE.00.BHZ", in2020, 100, random(1, 300), 300), cut("XX.STAGE.00.XYZ", in2020, 100, random(1, 300), 300)
	early := cut("XX.STAGE.00.EHZ", 0, 100, random(1, 300), 300)
	in := slices.Concat(known, unknown, early)
	res := run(t, seismo.NewRemoveResponse, petest.Set("StationsPath", "stationxml/testdata"), petest.Set("Missing", "drop"), petest.Feed("in", in...))
	if out := petest.Out[seismo.Trace](res, "out"); len(out) != 1 || res.Counters["dropped"] != 2 {
		t.Errorf("%d traces, counters %v", len(out), res.Counters)
	}
	empty := t.TempDir()
	for _, c := range []struct {
		steps []petest.Step
		want  string
	}{
		{[]petest.Step{petest.Set("StationsPath", "stationxml/testdata"), petest.Feed("in", unknown...)}, "XX.STAGE.00.XYZ at 2020-01-01T00:00:00Z: no response at that time in stationxml/testdata: set stations_path"},
		{[]petest.Step{petest.Set("StationsPath", empty)}, "no StationXML (*.xml) and no RESP files there: set stations_path"},
		{[]petest.Step{petest.Set("StationsPath", filepath.Join(empty, "a.xml"))}, "there is no such file or folder: set stations_path"},
		{[]petest.Step{petest.Set("StationsPath", "stationxml/testdata/stages.xml"), petest.Set("MaxMiB", 1), petest.Feed("in", cut("XX.STAGE.00.BHZ", in2020, 100, random(1, 40_000), 40_000)...)}, "raise max_mib"},
	} {
		if res := petest.Run(t, seismo.NewRemoveResponse, c.steps...); res.Err == nil || !strings.Contains(res.Err.Error(), c.want) {
			t.Errorf("%v, expected %s", res.Err, c.want)
		}
	}
}

// TestCacheForgets: within little memory the lengths used last are kept, and results
// are the same.
func TestCacheForgets(t *testing.T) {
	x := random(1, 60_000)
	var in []seismo.Trace
	for k := range 8 {
		in = append(in, cut("XX.STAGE.00.BHZ", in2020+d4.Time(k)*1e12, 100, x, 4000+20*(k%4))...)
	}
	steps := []petest.Step{petest.Set("StationsPath", "stationxml/testdata/stages.xml"), petest.Feed("in", in...)}
	whole := petest.Out[seismo.Trace](run(t, seismo.NewRemoveResponse, steps...), "out")
	res := run(t, seismo.NewRemoveResponse, append(steps, petest.Set("MaxMiB", 1))...)
	for i, got := range petest.Out[seismo.Trace](res, "out") {
		if !slices.Equal(got.Samples, whole[i].Samples) {
			t.Errorf("trace %d differs", i)
		}
	}
	if res.Counters["evaluated"] <= 4 {
		t.Errorf("nothing was forgotten: counters %v", res.Counters)
	}
}

// TestSimulate: a Wood-Anderson seismometer magnifies 2080 times well above its
// corner, and as poles and zeros it is the same.
func TestSimulate(t *testing.T) {
	const rate, hz, n = 100.0, 8.0, 4000
	x := make([]float32, n)
	w := 2 * math.Pi * hz
	for i := range x {
		x[i] = float32(w * math.Cos(w*float64(i)/rate)) // of a displacement of 1 m
	}
	steps := []petest.Step{petest.Feed("in", cut("XX.A..HHZ", 0, rate, x, n)...)}
	wood := petest.Out[seismo.Trace](run(t, seismo.NewSimulate, steps...), "out")[0].Samples
	most := float64(slices.Max(wood[n/4 : 3*n/4]))
	if math.Abs(most/2080-1) > 0.03 {
		t.Errorf("magnified %g times", most)
	}
	root := 2 * math.Pi / 0.8
	paz := petest.Out[seismo.Trace](run(t, seismo.NewSimulate, append(steps, petest.Set("Instrument", "paz"), petest.Set("Sensitivity", 2080),
		petest.Set("Poles", []float64{-0.8 * root, 0.6 * root, -0.8 * root, -0.6 * root}), petest.Set("Zeros", []float64{0, 0}))...), "out")[0].Samples
	pendulum := petest.Out[seismo.Trace](run(t, seismo.NewSimulate, append(steps, petest.Set("Instrument", "pendulum"), petest.Set("CornerHz", 0.01))...), "out")[0].Samples
	for i := n / 4; i < 3*n/4; i++ {
		if math.Abs(float64(wood[i]-paz[i])) > 1e-3 {
			t.Fatalf("sample %d: %g and %g", i, wood[i], paz[i])
		}
		if math.Abs(float64(pendulum[i]-x[i])) > 0.01*w {
			t.Fatalf("sample %d of the pendulum: %g, the velocity is %g", i, pendulum[i], x[i])
		}
	}
}
