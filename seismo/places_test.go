package seismo_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/quakeml"
	"github.com/dispel4go/dispel4go/seismo/sac"
	"github.com/dispel4go/dispel4go/zarr"
)

// TestWithoutCoordinates: what takes the place of a station says whose is missing, and what
// helps; a store has no distance then, and no velocity is measured from it.
func TestWithoutCoordinates(t *testing.T) {
	nine := []seismo.Correlation{}
	for _, c := range "ENZ" {
		for _, d := range "ENZ" {
			one := correlations("XX.A..HH"+string(c), "XX.B..HH"+string(d), 1, 41)
			nine = append(nine, one...)
		}
	}
	windows := []seismo.Trace{}
	for _, id := range []string{"XX.A..HHE", "XX.A..HHN", "XX.B..HHE", "XX.B..HHN", "XX.C..HHE"} {
		windows = append(windows, seismo.Trace{Station: seismo.Station{ID: id}, RateHz: 10, Samples: random(1, 100)})
	}
	for _, res := range []*petest.Result{
		petest.Run(t, seismo.NewRotatePairs, petest.Feed("in", nine...)),
		petest.Run(t, seismo.NewRotate, petest.Set("Method", "NE-RT"), petest.Set("Source", []float64{10, 20}), petest.Feed("in", windows...)),
		petest.Run(t, seismo.NewBeamform, petest.Feed("in", windows...)),
	} {
		if want := "has no coordinates: set stations_path of the source to StationXML"; res.Err == nil || !strings.Contains(res.Err.Error(), want) || !strings.Contains(res.Err.Error(), "XX.A..HH") {
			t.Errorf("%v, expected %q", res.Err, want)
		}
	}
	res := run(t, seismo.NewMoveout, petest.LeavesWhole(), petest.Feed("in", append(correlations("A", "B", 1, 41), correlations("A", "C", 1, 41)...)...))
	for name := range res.Files {
		if strings.HasSuffix(name, ".png") {
			t.Errorf("%s is drawn", name)
		}
	}
	if text := res.Log; !strings.Contains(text, "a station has no coordinates: C") {
		t.Errorf("log %q", text)
	}
	s, err := zarr.Open(filepath.Join(leave(t, res), "correlations.zarr"))
	if err != nil {
		t.Fatal(err)
	}
	if d := column[float64](t, s, "distance"); len(d) != 2 || !(d[0] > 60 && d[0] < 80) || !math.IsNaN(d[1]) {
		t.Errorf("distances %v", d)
	}
}

// TestUnplacedEvents: the origin of an event is that of the stations whose places are known;
// there is none where that of the first is not, and too few others are.
func TestUnplacedEvents(t *testing.T) {
	of := func(id string, lat, lon float64, after d4.Time) seismo.Detection {
		return seismo.Detection{Station: seismo.Station{ID: id, Lat: lat, Lon: lon}, On: in2020 + after, Off: in2020 + 2*second, Peak: 4}
	}
	square := []seismo.Detection{of("XX.A..Z", 10.2, 20, 0), of("XX.B..Z", 9.8, 20, 0), of("XX.C..Z", 10, 20.203, 0), of("XX.D..Z", 10, 19.797, 0)}
	first, last := of("XX.0..Z", 0, 0, -second), of("XX.Z..Z", 0, 0, second)
	for name, c := range map[string]struct {
		velocity float64
		seen     []seismo.Detection
		unplaced int64
		lat, lon float64 // of the origin; none if 0
		stations int
	}{
		"first of five":           {5.9, append(square[:4:4], first), 1, 10, 20, 4},
		"last of five":            {5.9, append(square[:4:4], last), 1, 10, 20, 4},
		"last of four":            {5.9, append(square[:3:3], last), 1, 10.2, 20, 3},
		"first of four":           {5.9, append(square[:3:3], first), 1, 0, 0, 0},
		"first, without velocity": {0, append(square[:4:4], first), 1, 0, 0, 0},
		"none is missing":         {0, square, 0, 10.2, 20, 4},
	} {
		res := run(t, seismo.NewCoincide, petest.Set("VelocityKmS", c.velocity), petest.Feed("in", c.seen...))
		out := petest.Out[quakeml.Event](res, "out")
		if len(out) != 1 || len(out[0].Picks) != len(c.seen) || res.Counters["without_coordinates"] != c.unplaced {
			t.Fatalf("%s: %+v, %v", name, out, res.Counters)
		}
		o := out[0].Origin()
		if o == nil {
			if c.lat != 0 {
				t.Errorf("%s: no origin", name)
			}
			continue
		}
		if math.Abs(o.LatitudeDeg.Value-c.lat) > 0.01 || math.Abs(o.LongitudeDeg.Value-c.lon) > 0.01 || o.Stations != c.stations {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

// TestUnplacedOnMaps: where the place of a station is not known, it has none in tables and
// files, and is on no map.
func TestUnplacedOnMaps(t *testing.T) {
	lost := shaking("observed", 1)
	lost.Station = seismo.Station{ID: "XX.0..BH"}
	res := run(t, seismo.NewMotionMap, petest.Feed("in", lost, shaking("observed", 1)))
	if text := string(res.Files["motion.csv"]); !strings.Contains(text, "observed,XX.0..BH,,,") || !strings.Contains(text, "observed,CI.CCA..BH,35.00000,-117.00000,") {
		t.Errorf("table %s", text)
	}
	if text := string(res.Files["motion.geojson"]); strings.Contains(text, "XX.0") || !strings.Contains(text, "CI.CCA") {
		t.Errorf("GeoJSON %s", text)
	}
	if text := string(res.Files["motion-PGA-observed.svg"]); strings.Contains(text, "XX.0") || !strings.Contains(text, "CI.CCA") {
		t.Error("a station without a place is drawn, or one with a place is not")
	}
	if says := res.PE(nil).(*seismo.MotionMap).Summary(); says["stations"] != 2 || says["stations_without_coordinates"] != 1 {
		t.Errorf("%v", says)
	}
	if res := run(t, seismo.NewMotionMap, petest.Feed("in", lost)); len(res.Files["motion.csv"]) == 0 || len(res.Files["motion-PGA-observed.svg"]) > 0 {
		t.Errorf("of no station that has a place: %d files", len(res.Files))
	}

	header := func(name string, data []byte, fields map[int]float32) {
		f, err := sac.Read(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for field, want := range fields {
			if f.Floats[field] != want {
				t.Errorf("%s: %g in field %d, expected %g", name, f.Floats[field], field, want)
			}
		}
	}
	written := run(t, seismo.NewWriteSAC, petest.LeavesWhole(), petest.Feed("in", seismo.Trace{Station: seismo.Station{ID: "XX.A..BHZ"}, Start: in2020, RateHz: 1, Samples: []float32{1, 2}}))
	for name, data := range written.Files {
		header(name, data, map[int]float32{sac.StLa: sac.Undefined, sac.StLo: sac.Undefined})
	}
	all := append(correlations("A", "B", 1, 41), correlations("A", "C", 1, 41)...)
	store := filepath.Join(leave(t, run(t, seismo.NewWriteStore, petest.LeavesWhole(), petest.Feed("in", all...))), "correlations.zarr")
	to, err := export(t, "sac", store)
	if err != nil {
		t.Fatal(err)
	}
	for pair, lat := range map[string]float32{"A_B": 47.5, "A_C": sac.Undefined} {
		files, _ := filepath.Glob(filepath.Join(to, pair+".*"))
		if len(files) != 1 {
			t.Fatalf("%s: %q", pair, files)
		}
		data, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		header(pair, data, map[int]float32{sac.EvLa: 47, sac.EvLo: 8, sac.StLa: lat})
	}
	if to, err = export(t, "geojson", store); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(to); err != nil || !strings.Contains(string(data), `"A-B"`) || strings.Contains(string(data), `"A-C"`) {
		t.Errorf("%v: %s", err, data)
	}
}

// TestNothingToCorrelate: a run whose windows are all too short, or all left out, says so at
// its end and in its report.
func TestNothingToCorrelate(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.ms", encode(t, mseed.WriterOptions{}, counts("XX.A..BHZ", in2020, 10, steps(0, 400)...))...)
	put(t, dir, "b.ms", encode(t, mseed.WriterOptions{}, counts("XX.B..BHZ", in2020, 10, steps(0, 400)...))...)
	put(t, dir, "job.toml", []byte(`name = "nothing"
connect = [{ from = "read.out", to = "select.in" }, { from = "select.out", to = "window.in" }, { from = "window.out", to = "sink.in" }]
[[pe]]
name = "read"
type = "seismo.ReadMseed"
with = { path = "." }
[[pe]]
name = "select"
type = "seismo.SelectChannels"
[[pe]]
name = "window"
type = "seismo.Window"
with = { window_s = 60.0 }
[[pe]]
name = "sink"
type = "pes.WriteJSONL"
`))
	for _, c := range []struct {
		set  string
		want []string
	}{
		{"window.window_s=60.0", []string{"nothing reached sink: window took 2 items and emitted none: ", " too short for a window", "2 without coordinates"}},
		{`select.channels=["*.LHZ"]`, []string{"nothing reached sink: select took 2 items and emitted none: 2 other channels"}},
	} {
		if code, _, text := programSays(t, dir, "run", "job.toml", "--quiet", "--dir", "run", "--set", c.set); code != 0 || !containsAll(text, c.want) {
			t.Errorf("%s: exit code %d, %s\nexpected %q", c.set, code, text, c.want)
		}
		if code, _, text := programSays(t, dir, "report", "run"); code != 0 || c.set[0] == 'w' && !containsAll(text, c.want) {
			t.Errorf("report of %s: exit code %d, %s\nexpected %q", c.set, code, text, c.want)
		}
	}
}

func containsAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}
