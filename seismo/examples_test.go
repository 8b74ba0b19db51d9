package seismo_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/seismo/quakeml"
)

// example runs a shipped job and returns the folder of its outputs and what its sinks
// tell of it.
func example(t *testing.T, name string, args ...string) (outputs string, summary map[string]any) {
	t.Helper()
	job, err := filepath.Abs(filepath.Join("..", "examples", name+".toml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if code, stderr := program(t, dir, append([]string{"run", job, "--dir", "run", "--quiet"}, args...)...); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	r, err := rundir.Open(filepath.Join(dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Run.State != rundir.Complete || len(r.Temporary) > 0 {
		t.Errorf("the run is %s, with temporary files %v", r.Run.State, r.Temporary)
	}
	return filepath.Join(dir, "run", "outputs"), r.Run.Result.Summary
}

// there checks that pictures have been drawn, as PNG and SVG.
func there(t *testing.T, outputs string, names ...string) {
	t.Helper()
	for _, name := range names {
		for ext, head := range map[string]string{".png": "\x89PNG", ".svg": "<?xml"} {
			b, err := os.ReadFile(filepath.Join(outputs, name+ext))
			if err != nil || !strings.HasPrefix(string(b), head) || len(b) < 5000 {
				t.Errorf("%s%s: %d bytes, %v", name, ext, len(b), err)
			}
		}
	}
}

// TestMonitoring: a rise of the velocity by 0.1 % is recovered within 10 % of it, by both
// methods, and no rise is found where there is none.
func TestMonitoring(t *testing.T) {
	for _, c := range []struct {
		args []string
		want float64
	}{
		{nil, 0.001},
		{[]string{"--set", "dvv.method=mwcs", "--set", "curve.pictures=false"}, 0.001},
		{[]string{"--set", "noise.seed=5", "--set", "noise.change=-0.001", "--set", "curve.pictures=false"}, -0.001},
		{[]string{"--set", "noise.seed=6", "--set", "noise.change=0.0", "--set", "curve.pictures=false"}, 0},
	} {
		outputs, summary := example(t, "monitoring", c.args...)
		got, ok := summary["dvv_change"].(float64)
		if !ok || math.Abs(got-c.want) > 1e-4 || summary["dvv_change_known"] != c.want {
			t.Errorf("%v: a change of %g is measured as %v", c.args, c.want, summary["dvv_change"])
		}
		if c.args == nil {
			there(t, outputs, "dvv")
			if rows := table(t, filepath.Join(outputs, "dvv.csv")); len(rows) != 1+24*28 {
				t.Errorf("%d rows of 28 pairs and 24 hours", len(rows))
			}
		}
	}
}

func table(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestRapidAssessment: with the same source in both branches and no noise the ground
// motion is the same; with a larger magnitude it is larger as the moment says.
func TestRapidAssessment(t *testing.T) {
	outputs, summary := example(t, "rapid-assessment")
	there(t, outputs, "motion-PGA-observed", "motion-PGA-synthetic", "motion-PGV-observed", "motion-PGV-synthetic", "motion-compared")
	if summary["stations"] != 40.0 {
		t.Errorf("%v", summary)
	}
	rows := table(t, filepath.Join(outputs, "motion.csv"))
	if len(rows) != 81 || len(rows[0]) != 10 {
		t.Fatalf("%d rows of %d", len(rows), len(rows[0]))
	}
	for _, row := range rows[1:] {
		var v [6]float64
		for i := range v {
			v[i], _ = strconv.ParseFloat(row[4+i], 64)
			if !(v[i] > 0) {
				t.Fatalf("%v", row)
			}
		}
		// Of ground motion at some hertz, acceleration, velocity and displacement are that
		// much apart; exchanged they would not be.
		if a, b := v[0]/v[1], v[1]/v[2]; a < 3 || a > 100 || b < 3 || b > 100 {
			t.Errorf("%s: PGA %g, PGV %g, PGD %g", row[1], v[0], v[1], v[2])
		}
	}
	var features struct{ Features []json.RawMessage }
	if b, err := os.ReadFile(filepath.Join(outputs, "motion.geojson")); err != nil || json.Unmarshal(b, &features) != nil || len(features.Features) != 80 {
		t.Errorf("%d features, %v", len(features.Features), err)
	}
	same := []string{"--set", "observed.magnitude=5.0", "--set", "observed.depth_km=8.0", "--set", "observed.noise_m_s=0.0", "--set", "map.pictures=false"}
	_, summary = example(t, "rapid-assessment", same...)
	if got := summary["PGV rms log10 observed/synthetic"]; got != 0.0 {
		t.Errorf("the same source differs by %v", got)
	}
	// Ten times as large everywhere is one more in the logarithm.
	_, summary = example(t, "rapid-assessment", append(same, "--set", "observed.factor=10")...)
	for _, what := range []string{"PGA", "PGV", "PGD", "PSA 1 s"} {
		if got := summary[what+" mean log10 observed/synthetic"].(float64); math.Abs(got-1) > 1e-4 {
			t.Errorf("%s is 10^%g as large, expected 10", what, got)
		}
	}
}

// TestMisfit: the time shift and the amplitude that went in come out, at all channels.
func TestMisfit(t *testing.T) {
	outputs, summary := example(t, "misfit")
	for what, most := range map[string]float64{"delay": 0.002, "factor": 0.01} {
		unit := map[string]string{"delay": "_s"}[what]
		known, measured := summary[what+"_known"+unit].(float64), summary[what+"_measured"+unit].(float64)
		if known == 0 || math.Abs(measured-known) > most {
			t.Errorf("%s: %g is measured, %g known", what, measured, known)
		}
	}
	f, err := os.Open(filepath.Join(outputs, "misfit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for s := bufio.NewScanner(f); s.Scan(); n++ {
		var m struct {
			Channel                        string
			ShiftS, Amplitude, EM, PM, L2  float64
			Correlation, L2Aligned, EG, PG float64
		}
		if err := json.Unmarshal(s.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		// The synthetics are early by 0.1 s, and 1/1.3 as large.
		if math.Abs(m.ShiftS+0.1) > 0.005 || math.Abs(m.Amplitude-1/1.3) > 0.01 || m.Correlation < 0.98 || m.L2Aligned > m.L2 {
			t.Errorf("%+v", m)
		}
		if math.Abs(m.EM-(1-1/1.3)) > 0.08 || m.PM < 0.05 || m.PM > 0.4 || m.EG < 7 || m.PG < 6 {
			t.Errorf("%+v", m)
		}
	}
	if n != 18 {
		t.Errorf("%d misfits of 6 stations", n)
	}
	pictures, _ := filepath.Glob(filepath.Join(outputs, "misfit-*-phase.png"))
	if len(pictures) != 2 {
		t.Errorf("pictures %v", pictures)
	}
	for _, p := range pictures {
		name := strings.TrimSuffix(filepath.Base(p), "-phase.png")
		there(t, outputs, name+"-phase", name+"-envelope", name+"-waveforms")
	}
}

// TestDetect: all six earthquakes are in the catalogue, at their times, the first at its
// place, and nothing else.
func TestDetect(t *testing.T) {
	outputs, summary := example(t, "detect")
	if summary["events"] != 6.0 || summary["earthquakes_known"] != 6.0 {
		t.Errorf("%v", summary)
	}
	f, err := os.Open(filepath.Join(outputs, "catalogue.xml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	there(t, outputs, "spectrogram-XX.Q001..HHZ-1641081600", "waveforms")
	c, err := quakeml.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Events) != 6 {
		t.Fatalf("%d events", len(c.Events))
	}
	for k, e := range c.Events {
		o := e.Origin()
		want := time.Date(2022, 1, 2, 0, 2+6*k, 0, 0, time.UTC)
		if off := o.Time.Time.Sub(want).Abs(); off > time.Second {
			t.Errorf("event %d at %s, expected %s", k, o.Time.Time, want)
		}
		if len(e.Picks) < 5 {
			t.Errorf("event %d has %d picks", k, len(e.Picks))
		}
		if km := moveout.Distance(o.LatitudeDeg.Value, o.LongitudeDeg.Value, 35, -117); k == 0 && km > 1 {
			t.Errorf("the first event is %.1f km off", km)
		}
	}
	// A quiet hour has no events.
	outputs, _ = example(t, "detect", "--set", "recordings.magnitude=-1")
	if b, err := os.ReadFile(filepath.Join(outputs, "catalogue.xml")); err == nil && strings.Contains(string(b), "<event ") {
		t.Error("events in noise")
	}
}

// TestQuality: what is lost is found, and the density of the noise is that which went
// in.
func TestQuality(t *testing.T) {
	outputs, _ := example(t, "quality")
	b, err := os.ReadFile(filepath.Join(outputs, "quality.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	there(t, outputs, "ppsd-XX.Q001..HHZ", "ppsd-XX.Q002..HHE")
	if n := strings.Count(page, "<svg"); n != 6 {
		t.Errorf("%d pictures of six channels", n)
	}
	for _, want := range []string{"XX.Q001..HHZ", "Gap from", "high noise", "2022-01-02T02:00:00Z"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the page", want)
		}
	}
}

// TestNineComponents: the velocity of Love and of Rayleigh waves, each from its
// components, and stores of all nine by the hour and by the day.
func TestNineComponents(t *testing.T) {
	for _, keep := range []string{"TT", "ZZ", "RR"} {
		outputs, summary := example(t, "nine-components", "--set", fmt.Sprintf("measured.keep=[%q]", keep), "--set", "result.pictures=false")
		if v, ok := summary["velocity_measured_km_s"].(float64); !ok || math.Abs(v/3-1) > 0.03 {
			t.Errorf("%s: %v", keep, summary["velocity_measured_km_s"])
		}
		for _, store := range []string{"hourly.zarr", "daily.zarr", "correlations-TT.zarr"} {
			if _, err := os.Stat(filepath.Join(outputs, store)); err != nil {
				t.Error(err)
			}
		}
	}
}
