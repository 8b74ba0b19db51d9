package seismo_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/quakeml"
	"github.com/dispel4go/dispel4go/zarr"
)

// The example jobs on a real day of two stations, BHN of CI.CCA and CI.HEC, as their users
// would change them: their sources become seismo.ReadMseed, and parameters are set. What is
// known of the day is what ObsPy makes of it (scripts/golden_recordings.py), where the
// stations stand, and what has been done to it.

// recordedDay is the folder of the day, as an absolute path.
func recordedDay(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join("..", "..", "shared", "data", "scedc"))
	if _, missing := os.Stat(folder); err != nil || missing != nil {
		t.Skip("SKIP: no shared data: the example jobs do not run on real recordings")
	}
	return folder
}

// anySource is a source of generated recordings in a job file.
var anySource = regexp.MustCompile(`(?m)^type = "seismo\.(Earthquakes|Noise|ScatteredNoise)"\nwith = .*$`)

// onRecordings runs a shipped job with recordings in place of its sources, one path for
// each. set are parameters; it returns the folder of its outputs and what its sinks tell.
func onRecordings(t *testing.T, name string, paths []string, set ...string) (outputs string, summary map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "examples", name+".toml"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(anySource.FindAll(text, -1)); n != len(paths) {
		t.Fatalf("%s has %d sources of generated recordings", name, n)
	}
	k := 0
	text = anySource.ReplaceAllFunc(text, func([]byte) []byte {
		k++
		return fmt.Appendf(nil, "type = \"seismo.ReadMseed\"\nwith = { path = %q, chunk_s = 600.0 }", paths[k-1])
	})
	dir := t.TempDir()
	put(t, dir, name+".toml", text)
	args := []string{"run", name + ".toml", "--dir", "run", "--quiet"}
	for _, s := range set {
		args = append(args, "--set", s)
	}
	if code, stderr := program(t, dir, args...); code != 0 {
		t.Fatalf("%s: exit code %d: %s", name, code, stderr)
	}
	r, err := rundir.Open(filepath.Join(dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "run", "outputs"), r.Run.Result.Summary
}

// recorded is what scripts/golden_recordings.py has computed of the day.
func recorded(t *testing.T) (g struct {
	Events []struct {
		Time     time.Time
		Duration float64
	}
	Peaks map[string]map[string]float64
}) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "recordings.json"))
	if err == nil {
		err = json.Unmarshal(b, &g)
	}
	if err != nil || len(g.Events) == 0 || len(g.Peaks) != 2 {
		t.Fatalf("%d events, %d channels, %v", len(g.Events), len(g.Peaks), err)
	}
	return g
}

// changed writes the first samples of each recording of a folder to another, as change
// makes them.
func changed(t *testing.T, folder string, samples int, change func(s *mseed.Segment)) string {
	t.Helper()
	dir := t.TempDir()
	files, err := filepath.Glob(filepath.Join(folder, "*.ms"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		traces, err := mseed.ReadFile(path, mseed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := &traces[0].Segments[0]
		s.Int32 = s.Int32[:min(samples, len(s.Int32))]
		change(s)
		var out bytes.Buffer
		w, err := mseed.NewWriter(&out, mseed.WriterOptions{})
		if err == nil {
			err = w.Write(s)
		}
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, s.ID+".mseed", out.Bytes())
	}
	return dir
}

// TestAmbientNoiseOfRecordings: the waves between two stations travel as surface waves do.
func TestAmbientNoiseOfRecordings(t *testing.T) {
	outputs, summary := onRecordings(t, "ambient-noise", []string{recordedDay(t)}, "bandpass.freq_min=0.1", "bandpass.freq_max=0.3", "decimate.factor=10",
		"window.window_s=600.0", "spectra.max_lag_s=200.0", "whiten.freq_min=0.1", "whiten.freq_max=0.3", "correlate.max_lag_s=200.0", "result.pictures=false")
	if summary["pairs"] != 1.0 {
		t.Fatalf("%v", summary)
	}
	s, err := zarr.Open(filepath.Join(outputs, "correlations.zarr"))
	if err != nil {
		t.Fatal(err)
	}
	// The places stand in the StationXML files.
	km := column[float64](t, s, "distance")[0]
	if want := moveout.Distance(35.15252, -118.01649, 34.8294, -116.335); math.Abs(km-want) > 1e-6 {
		t.Errorf("the stations are %g km apart, expected %g", km, want)
	}
	checkSurfaceWaves(t, column[float32](t, s, "correlation"), column[float64](t, s, "lag"), km)
}

// TestMonitoringOfRecordings: three real hours and the same with their time stretched, as a
// change of velocity would: the change comes back.
func TestMonitoringOfRecordings(t *testing.T) {
	const hours, rate, change = 3, 40, 0.002
	dir := changed(t, recordedDay(t), (hours*3600+60)*rate, func(s *mseed.Segment) {
		x := make([]float64, len(s.Int32))
		for i, v := range s.Int32 {
			x[i] = float64(v)
		}
		n := hours * 3600 * rate
		later := make([]float64, n)
		dsp.NewSinc[float64](20, dsp.LanczosKernel).Interpolate(later, x, 0, 1+change)
		s.Start, s.Int32, s.Float64 = mseed.FromTime(time.Date(2022, 1, 2, 0, 0, 0, 0, time.UTC)), nil, append(x[:n:n], later...)
	})
	_, summary := onRecordings(t, "monitoring", []string{dir}, "dvv.reference=3", "curve.pictures=false")
	got, ok := summary["dvv_change"].(float64)
	if !ok || math.Abs(got/change-1) > 0.1 || summary["measurements"] != 2.0*hours {
		t.Errorf("a change of %g is measured as %v in %v", change, summary["dvv_change"], summary)
	}
}

// TestRapidAssessmentOfRecordings: the peaks are ObsPy's, and the same day as its own
// synthetics is no different. There is one horizontal at each station, which has to stand for both.
func TestRapidAssessmentOfRecordings(t *testing.T) {
	folder, want := recordedDay(t), recorded(t).Peaks
	east := changed(t, folder, math.MaxInt, func(s *mseed.Segment) { s.ID = strings.TrimSuffix(s.ID, "N") + "E" })
	both := filepath.Join(east, "*.ms*")
	files, err := filepath.Glob(filepath.Join(folder, "*.ms"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if err := os.Symlink(path, filepath.Join(east, filepath.Base(path))); err != nil {
			t.Fatal(err)
		}
	}
	about := "stations_path=" + folder
	outputs, summary := onRecordings(t, "rapid-assessment", []string{both, both}, "observed."+about, "synthetic."+about, "map.pictures=false")
	rows := table(t, filepath.Join(outputs, "motion.csv"))
	if len(rows) != 5 || summary["stations"] != 2.0 {
		t.Fatalf("%d rows, %v", len(rows), summary)
	}
	for _, row := range rows[1:] {
		for i, what := range []string{"PGA", "PGV", "PGD"} {
			// The job's samples are float32, and the table has six digits.
			got, err := strconv.ParseFloat(row[4+i], 64)
			if w := want[row[1]+"N"][what]; err != nil || math.Abs(got/w-1) > 1e-5 {
				t.Errorf("%s %s: %s is %g, expected %g", row[0], row[1], what, got, w)
			}
		}
	}
	for _, what := range []string{"PGA", "PGV", "PGD", "PSA 1 s"} {
		if got := summary[what+" rms log10 observed/synthetic"]; got != 0.0 {
			t.Errorf("%s of the same day differs by %v", what, got)
		}
	}
}

// TestMisfitOfRecordings: an hour is no different from itself, and later and larger by as
// much as has been done to it.
func TestMisfitOfRecordings(t *testing.T) {
	folder := recordedDay(t)
	const hour = 3600 * 40
	plain := changed(t, folder, hour, func(*mseed.Segment) {})
	later := changed(t, folder, hour, func(s *mseed.Segment) {
		s.Start = s.Start.Add(4, s.SampleRate) // 0.1 s
		for i := range s.Int32 {
			s.Int32[i] *= 3
		}
	})
	set := []string{"observed_rate.factor=4", "synthetic_rate.factor=4", "misfit.pictures=0"}
	_, summary := onRecordings(t, "misfit", []string{plain, plain}, set...)
	if summary["misfits"] != 60.0 || math.Abs(summary["delay_measured_s"].(float64)) > 1e-12 || summary["factor_measured"] != 1.0 || summary["envelope_misfit"] != 0.0 || summary["phase_misfit"] != 0.0 {
		t.Errorf("an hour against itself: %v", summary)
	}
	_, summary = onRecordings(t, "misfit", []string{later, plain}, set...)
	delay, factor := summary["delay_measured_s"].(float64), summary["factor_measured"].(float64)
	if math.Abs(delay-0.1) > 1e-3 || math.Abs(factor-3) > 0.03 {
		t.Errorf("later by 0.1 s and three times as large: %v", summary)
	}
}

// TestDetectOfRecordings: the events of the day are ObsPy's; of a cluster of them, the longest
// of which lasts less than three minutes, there is one.
func TestDetectOfRecordings(t *testing.T) {
	outputs, summary := onRecordings(t, "detect", []string{recordedDay(t)}, `vertical.channels=["*N"]`, `one.channels=["CI.CCA..BHN"]`,
		"trigger.thr_on=4.0", "spectrogram.most=1", "coincide.sum=2.0", "coincide.extension_s=40.0")
	f, err := os.Open(filepath.Join(outputs, "catalogue.xml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := quakeml.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	want := recorded(t).Events
	if n := len(c.Events); summary["events"] != float64(n) || n < len(want)/2 || n > len(want) {
		t.Errorf("%d events, %v in the summary, ObsPy has %d", n, summary["events"], len(want))
	}
	for _, e := range c.Events {
		at := e.Picks[0].Time.Time
		found := false
		for _, w := range want {
			found = found || at.Sub(w.Time).Abs() < 50*time.Millisecond // two samples
		}
		if !found || len(e.Picks) != 2 {
			t.Errorf("an event at %s with %d picks, which ObsPy does not have", at, len(e.Picks))
		}
	}
	for _, w := range want {
		near := time.Duration(math.MaxInt64)
		for _, e := range c.Events {
			near = min(near, e.Picks[0].Time.Time.Sub(w.Time).Abs())
		}
		if near > 3*time.Minute {
			t.Errorf("ObsPy's event at %s is not there", w.Time)
		}
	}
}

// TestQualityOfRecordings: as many segments as ObsPy takes of the day; what is in them
// TestGoldenDay compares.
func TestQualityOfRecordings(t *testing.T) {
	folder := recordedDay(t)
	outputs, _ := onRecordings(t, "quality", []string{folder}, "losses.fraction=1.0", "quality.input=counts", "quality.stations_path="+folder, "quality.segment_s=3600.0")
	b, err := os.ReadFile(filepath.Join(outputs, "quality.html"))
	if err != nil || strings.Count(string(b), "<svg") != 2 || !strings.Contains(string(b), "CI.CCA..BHN, 47 segments") {
		t.Errorf("quality: %v, %d pictures", err, strings.Count(string(b), "<svg"))
	}
}
