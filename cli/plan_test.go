package cli_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

const wordcount = "../examples/wordcount.toml"

// TestProfile: what a run has measured makes the plan of the next; the report
// of that one says how far the prediction was off.
func TestProfile(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	if out, err := command(t, "run", wordcount, "-q", "--dir", first); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := command(t, "report", first); err != nil || !strings.Contains(out, "predicted: nothing, for it was not known what lines, words") {
		t.Errorf("%v: %s", err, out)
	}
	plain, err := command(t, "plan", wordcount, "-n", "8", "--cores", "1", "--nodes", "2")
	if err != nil || !strings.Contains(plain, "predicted: nothing") || !strings.Contains(plain, "node1") {
		t.Errorf("%v: %s", err, plain)
	}
	profiled, err := command(t, "plan", wordcount, "-n", "8", "--cores", "1", "--nodes", "2", "--profile", first)
	if err != nil || !strings.Contains(profiled, "items/s from the sources") || !strings.Contains(profiled, "bottleneck: ") || !strings.Contains(profiled, "one more ") {
		t.Errorf("%v: %s", err, profiled)
	}
	if out, err := command(t, "run", wordcount, "-q", "--dir", second, "--profile", first, "-n", "2"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := command(t, "report", second, "--json")
	if err != nil {
		t.Fatal(err)
	}
	var report struct{ Prediction *rundir.Miss }
	if err := json.Unmarshal([]byte(out), &report); err != nil || report.Prediction == nil || report.Prediction.Predicted <= 0 || report.Prediction.Rate <= 0 || len(report.Prediction.PEs) != 4 {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := command(t, "plan", wordcount, "--profile", dir); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), "--profile: ") {
		t.Errorf("a folder that is no run directory: %v", err)
	}
	if err := os.Remove(filepath.Join(first, "trace.csv")); err != nil {
		t.Fatal(err)
	}
	if _, err := command(t, "plan", wordcount, "--profile", first); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), "no trace.csv") {
		t.Errorf("a run without a trace: %v", err)
	}
}

// TestProfileOfAnotherGraph: it is used as far as it goes, with a note.
func TestProfileOfAnotherGraph(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	if out, err := command(t, "run", jobWith(t, ""), "-q", "--dir", other); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := command(t, "plan", wordcount, "--profile", other)
	if err != nil || !strings.Contains(out, "the graph has none: it is ignored") || !strings.Contains(out, "note: the profile has no PE words") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestPilot: the run is planned from a run before it, which has a directory of
// its own; results are the run's.
func TestPilot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	out, err := command(t, "run", wordcount, "-q", "--dir", dir, "-n", "2", "--pilot", "1m")
	if err != nil || !strings.Contains(out, "37 items") {
		t.Fatalf("%v: %s", err, out)
	}
	for _, path := range []string{dir, dir + "-pilot"} {
		record, err := rundir.Open(path)
		if err != nil || record.Run.State != rundir.Complete {
			t.Fatalf("%s: %v", path, err)
		}
		if assumed := record.Run.Predicted.Assumed; (len(assumed) > 0) != strings.HasSuffix(path, "-pilot") {
			t.Errorf("%s: assumed %v", path, assumed)
		}
	}
	for _, bad := range []string{"0s", "soon"} {
		if _, err := command(t, "run", wordcount, "--pilot", bad); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), "--pilot: ") {
			t.Errorf("--pilot %s: %v", bad, err)
		}
	}
}

// TestPlanJSON: all that the text says.
func TestPlanJSON(t *testing.T) {
	out, err := command(t, "plan", wordcount, "-n", "8", "--cores", "1", "--nodes", "2", "--json", "--compare", "placement=storm")
	if err != nil {
		t.Fatal(err)
	}
	type plan struct {
		Digest string
		PEs    []struct {
			Name string
			CPU  float64 `json:"cpu_s"`
		}
		Edges []struct {
			From, To, Grouping string
			Bytes              float64
		}
		Ranks []struct {
			Node    int
			Load    float64
			NodeIn  float64 `json:"node_in_bytes"`
			NodeOut float64 `json:"node_out_bytes"`
			Seconds float64
		}
		Prediction struct {
			Assumed    []string
			Bottleneck string
			Rate       float64 `json:"items_per_s"`
			NodeBytes  float64 `json:"node_bytes"`
		}
		OneMore []struct {
			PE   string
			Gain float64
		} `json:"one_more"`
		Compared *json.RawMessage
	}
	var p, q plan
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		t.Fatal(err)
	}
	if p.Compared == nil {
		t.Fatalf("%s", out)
	}
	if err := json.Unmarshal(*p.Compared, &q); err != nil {
		t.Fatal(err)
	}
	in, sent := 0.0, 0.0
	for _, r := range p.Ranks {
		in, sent = in+r.NodeIn, sent+r.NodeOut
	}
	if len(p.Edges) != 3 || p.Edges[0].From != "lines.out" || p.Edges[0].Bytes <= 0 || len(p.Ranks) != 8 || p.Ranks[7].Node != 1 || p.PEs[0].CPU <= 0 ||
		len(p.Prediction.Assumed) != 4 || p.Prediction.Bottleneck == "" || in != sent || in != p.Prediction.NodeBytes || len(p.OneMore) == 0 ||
		q.Digest == p.Digest || q.Prediction.NodeBytes <= p.Prediction.NodeBytes {
		t.Errorf("%s", out)
	}
}

// TestNodeMemory: what nodes are said to have, no plan exceeds; a plan says what it may take of it.
func TestNodeMemory(t *testing.T) {
	out, err := command(t, "plan", wordcount, "-n", "4", "--cores", "1", "--nodes", "2", "--node-memory", "8GiB")
	if err != nil || !strings.Contains(out, " of 4 GiB") || strings.Contains(out, "note:") {
		t.Errorf("%v: %s", err, out)
	}
	if out, err = command(t, "plan", wordcount, "-n", "4", "--cores", "1", "--node-memory", "none"); err != nil || strings.Contains(out, " of 0 B") {
		t.Errorf("%v: %s", err, out)
	}
	_, err = command(t, "plan", wordcount, "-n", "4", "--cores", "1", "--nodes", "2", "--node-memory", "1MiB")
	if !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), "has 512 KiB of memory for PEs") || !strings.Contains(err.Error(), "most of it count") {
		t.Errorf("%v", err)
	}
	if _, err = command(t, "plan", wordcount, "--node-memory", "much"); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), "--node-memory: ") {
		t.Errorf("%v", err)
	}
}

// TestPlanCompared: two plans side by side.
func TestPlanCompared(t *testing.T) {
	out, err := command(t, "plan", wordcount, "-n", "8", "--cores", "1", "--compare", "ranks=2", "--compare", "fuse=all")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"plan of wordcount", "ranks=2 fuse=all", "bytes between nodes", "3 on 3 ranks of 1 node", "1 on 1 rank of 1 node", "no forecast"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for against, want := range map[string]string{
		"colour=red":       "not a setting of plans",
		"placement=random": "placement is best",
		"ranks=0":          "whole number",
		"log=debug":        "not a setting of plans",
	} {
		if _, err := command(t, "plan", wordcount, "--compare", against); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("--compare %s: %v", against, err)
		}
	}
	for _, args := range [][]string{{"--nodes", "3", "-n", "2"}, {"--nodes", "0"}, {"--placement", "best_of_all"}} {
		if _, err := command(t, append([]string{"plan", wordcount}, args...)...); !errors.Is(err, run.ErrUsage) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// TestDrawPlan: one picture, with a colour for each node and lines as wide as
// what they carry.
func TestDrawPlan(t *testing.T) {
	out, err := command(t, "draw", wordcount, "--plan", "-n", "8", "--cores", "1", "--nodes", "2")
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(out)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{">count (3)<", ">node0<", ">node1<", "bottleneck: ", `stroke-width="6"`, "#77aadd", "#ee8866", "88 B"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	if _, err := command(t, "draw", wordcount, "--plan", "--format", "dot"); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), "svg") {
		t.Errorf("%v", err)
	}
}

// TestPlanOnStorm: the topology is told too.
func TestPlanOnStorm(t *testing.T) {
	out, err := command(t, "plan", wordcount, "--mapping", "storm", "--cores", "4", "--storm-conf", "topology.debug=true")
	if err != nil || !strings.Contains(out, "Storm topology") || !strings.Contains(out, "bolt  count x 3") || !strings.Contains(out, "topology.debug = true") {
		t.Errorf("%v: %s", err, out)
	}
	if out, err = command(t, "plan", wordcount, "--mapping", "storm", "--json"); err != nil || !strings.Contains(out, `"storm":{"components"`) {
		t.Errorf("%v: %s", err, out)
	}
}
