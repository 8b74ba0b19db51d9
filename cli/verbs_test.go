package cli_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/run"
)

// TestUsage: whatever is wrong with a command line is one line and exit code 2.
func TestUsage(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "pes.Range", "pes.Discard")
	for _, c := range []struct {
		args string
		want string
	}{
		{"rum job.toml", `did you mean "run"?`},
		{"run", "an argument is missing: the command is " + filepath.Base(os.Args[0]) + " run JOB"},
		{"run job.toml more.toml", `"more.toml" is one argument too many: the command is `},
		{"run .", `. is a folder, not a job file; did you mean "job.toml"?`},
		{"run job.toml --table none.csv --row 1", "--table: open none.csv: "},
		{"run job.toml --memory 10", "10 bytes of memory for items on their way are less than the least, 4 KiB"},
		{"plan job.toml --nodes 2", "1 rank cannot be on 2 nodes: there is at least one on each"},
		{"run job.toml --velocity 3", "unknown flag: --velocity: " + filepath.Base(os.Args[0]) + " run --help lists the flags"},
		{"run job.toml --core 3", `unknown flag: --core; did you mean "--cores"?`},
		{"run job.toml --mapping spark", "no spark mapping yet"},
		{"run job.toml --mapping slow", `there is no mapping "slow"`},
		{"run job.toml --set p0.form=1", `did you mean "from"?`},
		{"run other.toml", "other.toml: the job file does not exist"},
		{"run jop.toml", `jop.toml: the job file does not exist; did you mean "job.toml"?`},
		{"list pes.Rang", `did you mean "pes.Range"?`},
		{"draw job.toml --format png", "mermaid, dot, svg"},
		{"report .", "run.json"},
		{"compare . .", "run.json"},
		{"compare . . --rtol 2", "rtol"},
		{"export .", "no format is given: set --format to one of"},
		{"export . --format netcd", `did you mean "netcdf"?`},
		{"export . --format npz", "it is no Zarr store, and no run directory with one"},
		{"export other --format npz", "other is no Zarr store and not a run directory: it is not there"},
		{"new .", "is not empty"},
		{"new other --module ?", "module"},
		{"new other --replace .", "go.mod"},
	} {
		t.Run(c.args, func(t *testing.T) {
			got := outcomeOf(t, program(dir, strings.Fields(c.args)...))
			got.oneLine(t, 2, c.want)
			if left := names(t, dir); got.stdout != "" || len(left) != 1 {
				t.Errorf("it printed %q and left %v", got.stdout, left)
			}
		})
	}
}

// TestSecondRun: a run does not write over another and says where it went; what
// PEs warn of is told at its end.
func TestSecondRun(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "bad.Words with = { items = 2 }", "bad.Wary")
	first := outcomeOf(t, program(dir, "run", "job.toml", "-q", "--dir", "out"))
	if want := "warnings                 2, report out tells more; the first: p1: odd (word first)\n"; first.code != 0 || first.stderr != "" || !strings.Contains(first.stdout, want) {
		t.Errorf("exit code %d: %s%s", first.code, first.stdout, first.stderr)
	}
	outcomeOf(t, program(dir, "run", "job.toml", "-q", "--dir", "./out")).oneLine(t, 0, "out is there already", "this run is in out-2")
	report := outcomeOf(t, program(dir, "report", "out-2"))
	if want := "2 warnings in log.jsonl:\n  p1: odd (word first)\n  p1: odd (word word1)\n"; !strings.Contains(report.stdout, want) {
		t.Error(report.stdout)
	}
}

// TestOneObject: with --json stdout is one object, though a PE prints.
func TestOneObject(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "bad.Words with = { items = 3 }", "pes.Print")
	got := outcomeOf(t, program(dir, "run", "job.toml", "--json", "-q", "--dir", "run"))
	var v struct {
		State string
		Dir   string `json:"run_dir"`
		Sinks map[string]struct{ Items int }
	}
	if err := json.Unmarshal([]byte(got.stdout), &v); err != nil || v.State != "complete" || v.Dir != "run" || v.Sinks["p1"].Items != 3 {
		t.Errorf("%v: %+v", err, got)
	}
	if got.stderr != "first\nword1\nword2\n" {
		t.Errorf("stderr is %q", got.stderr)
	}
}

// TestFailedObject: so it is when the run fails, with the cause.
func TestFailedObject(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "bad.Words", "bad.Error", "pes.Print")
	got := outcomeOf(t, program(dir, "run", "job.toml", "--json", "--quiet", "--fuse", "all"))
	var v struct{ State, Cause string }
	if err := json.Unmarshal([]byte(got.stdout), &v); err != nil || got.code != 1 || v.State != "failed" || !strings.HasSuffix(got.stderr, v.Cause+"\n") || v.Cause == "" {
		t.Errorf("%v: %.1000s", err, got.stdout)
	}
}

// TestNothing: that nothing has reached a sink is said, unless the run failed, which says why.
func TestNothing(t *testing.T) {
	const said = "no items                 nothing reached p1: p0 emitted nothing\n"
	for _, c := range []struct {
		source string
		code   int
	}{{"pes.Range", 0}, {`pes.ReadLines with = { paths = ["none.txt"] }`, 1}} {
		dir := t.TempDir()
		pipe(t, dir, c.source, "pes.Discard")
		if got := outcomeOf(t, program(dir, "run", "job.toml", "-q")); got.code != c.code || strings.Contains(got.stdout, said) != (c.code == 0) {
			t.Errorf("%s: %+v", c.source, got)
		}
	}
}

// TestCompareExits: different runs make exit code 1, and one line.
func TestCompareExits(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "bad.Words with = { items = 3 }", "pes.WriteLines")
	for name, items := range map[string]string{"a": "3", "b": "3", "c": "4"} {
		if got := outcomeOf(t, program(dir, "run", "job.toml", "--dir", name, "--set", "p0.items="+items)); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	if got := outcomeOf(t, program(dir, "compare", "a", "b")); got.code != 0 || got.stderr != "" || !strings.Contains(got.stdout, "same") {
		t.Errorf("%+v", got)
	}
	got := outcomeOf(t, program(dir, "compare", "a", "c", "--json"))
	got.oneLine(t, 1, "did not give the same")
	var c struct{ Same bool }
	if err := json.Unmarshal([]byte(got.stdout), &c); err != nil || c.Same {
		t.Errorf("%v: %s", err, got.stdout)
	}
}

func TestCheck(t *testing.T) {
	job := jobWith(t, "colour = 3\n[run]\nranks = 0")
	out, err := command(t, "check", job, "--json")
	var v struct {
		OK       bool
		Problems []struct {
			File, Text string
			Line, Col  int
		}
	}
	if bad := json.Unmarshal([]byte(out), &v); bad != nil {
		t.Fatal(bad)
	}
	if !errors.Is(err, run.ErrUsage) || v.OK || len(v.Problems) != 2 || v.Problems[0].Line != 1 || v.Problems[1].Line != 3 || v.Problems[1].Col != 9 {
		t.Errorf("%v: %+v", err, v)
	}
	out, err = command(t, "check", jobWith(t, ""))
	if err != nil || !strings.Contains(out, "2 PEs, 1 stream\n") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestPlan(t *testing.T) {
	out, err := command(t, "plan", "../examples/wordcount.toml", "-n", "9", "--cores", "1", "--fuse", "off", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		PEs []struct {
			Name      string
			Instances int
			Limit     int64 `json:"limit_bytes"`
		}
		Chains []struct {
			PEs   []string
			Ranks []int
		}
		Ranks []struct {
			Cores, Stages int
			Bound         int64 `json:"bound_bytes"`
			Kept          int64 `json:"kept_bytes"`
		}
		Idle []int `json:"idle_ranks"`
	}
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		t.Fatal(err)
	}
	stages := 0
	for _, c := range p.Chains {
		stages += len(c.Ranks)
	}
	if len(p.PEs) != 4 || p.PEs[2].Instances != 3 || p.PEs[2].Limit <= 0 || len(p.Ranks) != 9 || len(p.Chains) != 4 || stages-9 > 0 && len(p.Idle) > 0 {
		t.Errorf("%s", out)
	}
	text, err := command(t, "plan", "../examples/wordcount.toml", "-n", "2")
	if err != nil || !strings.Contains(text, "count may keep") || !strings.Contains(text, "rank") {
		t.Errorf("%v: %s", err, text)
	}
}

func TestList(t *testing.T) {
	out, err := command(t, "list", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Name, Help string
		Source     bool
		Variants   []struct{ In, Out []struct{ Name, Type string } }
		Params     []struct{ Name, Kind, Help, Default string }
	}
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range all {
		seen[e.Name] = true
		if e.Help == "" || len(e.Variants) == 0 || e.Source != (len(e.Variants[0].In) == 0) {
			t.Errorf("%+v", e)
		}
		for _, p := range e.Params {
			if p.Help == "" || p.Kind == "" {
				t.Errorf("%s: %+v", e.Name, p)
			}
		}
	}
	if !seen["pes.Tee"] || !seen["seismo.Noise"] {
		t.Errorf("%v", seen)
	}
	group, err := command(t, "list", "pes")
	if err != nil || !strings.HasPrefix(group, "pes.Batch ") || strings.Contains(group, "\nseismo.") {
		t.Errorf("%v: %s", err, group)
	}
	one, err := command(t, "list", "seismo.Noise")
	if err != nil || !strings.Contains(one, "3 km/s") || !strings.Contains(one, "0.1 to 20") || !strings.Contains(one, "out seismo.Trace") {
		t.Errorf("%v: %s", err, one)
	}
}

// drawn has an edge over a column, two edges between the same PEs, and a
// grouping.
const drawn = `
name = "drawn & <more>"
[[pe]]
name = "numbers"
type = "pes.Range"
[[pe]]
name = "tee"
type = "pes.Tee"
[[pe]]
name = "sample"
type = "pes.Sample"
instances = 3
[[pe]]
name = "merge"
type = "pes.Merge"
with = { inputs = 3 }
[[pe]]
name = "end"
type = "pes.Discard"
[[connect]]
from = "numbers.out"
to = "tee.in"
[[connect]]
from = "tee.out[0]"
to = "sample.in"
grouping = "round_robin"
[[connect]]
from = "tee.out[1]"
to = "merge.in[0]"
[[connect]]
from = "sample.out"
to = "merge.in[1]"
[[connect]]
from = "sample.out"
to = "merge.in[2]"
[[connect]]
from = "merge.out"
to = "end.in"
`

func TestDraw(t *testing.T) {
	job := filepath.Join(t.TempDir(), "job.toml")
	if err := os.WriteFile(job, []byte(drawn), 0o666); err != nil {
		t.Fatal(err)
	}
	for format, want := range map[string]string{
		"mermaid": `flowchart LR
    n0(["numbers"])
    n1["tee"]
    n2["sample (3)"]
    n3["merge"]
    n4["end"]
    n0 --> n1
    n1 -->|"out[0] > in, round_robin"| n2
    n1 -->|"out[1] > in[0]"| n3
    n2 -->|"out > in[1]"| n3
    n2 -->|"out > in[2]"| n3
    n3 --> n4
`,
		"dot": `digraph "drawn & <more>" {
    rankdir=LR
    node [shape=box]
    n0 [label="numbers" style=rounded]
    n1 [label="tee"]
    n2 [label="sample (3)"]
    n3 [label="merge"]
    n4 [label="end"]
    n0 -> n1 [label=""]
    n1 -> n2 [label="out[0] > in, round_robin"]
    n1 -> n3 [label="out[1] > in[0]"]
    n2 -> n3 [label="out > in[1]"]
    n2 -> n3 [label="out > in[2]"]
    n3 -> n4 [label=""]
}
`,
	} {
		if got, err := command(t, "draw", job, "--format", format); err != nil || got != want {
			t.Errorf("%v: %s", err, got)
		}
	}
	out, err := command(t, "draw", job, "--format", "svg")
	if err != nil {
		t.Fatal(err)
	}
	type box struct {
		X      float64 `xml:"x,attr"`
		Y      float64 `xml:"y,attr"`
		Width  string  `xml:"width,attr"`
		Height string  `xml:"height,attr"`
	}
	var svg struct {
		Title string   `xml:"title"`
		Rect  []box    `xml:"rect"`
		Text  []string `xml:"text"`
		Path  []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(out), &svg); err != nil {
		t.Fatal(err)
	}
	if svg.Title != "drawn & <more>" || len(svg.Rect) != 1+5 || len(svg.Path) != 6 || len(svg.Text) != 5+4 {
		t.Errorf("%+v", svg)
	}
	places := map[[2]float64]bool{}
	lines := map[string]bool{}
	for _, r := range svg.Rect {
		if places[[2]float64{r.X, r.Y}] {
			t.Error("two boxes are in one place")
		}
		places[[2]float64{r.X, r.Y}] = true
	}
	for _, p := range svg.Path {
		if lines[p.D] {
			t.Error("two edges are one line")
		}
		lines[p.D] = true
	}
}

// TestNew makes a program, builds it with this source tree and runs its job.
func TestNew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "squares")
	if _, err := command(t, "new", dir, "--module", "example.org/squares", "--replace", ".."); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(names(t, dir), " "); got != "go.mod job.toml main.go" {
		t.Errorf("it has %s", got)
	}
	text, err := os.ReadFile(filepath.Join(dir, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	if formatted, err := format.Source(text); err != nil || !bytes.Equal(formatted, text) || bytes.Count(text, []byte("\n")) > 45 {
		t.Errorf("main.go: %v\n%s", err, text)
	}
	// What this tree depends on is here already.
	sums, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o666); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-mod=mod", "-o", "squares", ".")
	build.Dir, build.Env = dir, append(os.Environ(), "GOPROXY=off", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(filepath.Join(dir, "squares"), "run", "job.toml")
	cmd.Dir = dir
	got := outcomeOf(t, cmd)
	if got.code != 0 || !strings.HasPrefix(got.stdout, "25\n36\n49\n64\n81\n") {
		t.Errorf("%+v", got)
	}
	if _, err := command(t, "new", dir); !errors.Is(err, run.ErrUsage) {
		t.Errorf("again: %v", err)
	}
}

func TestVersion(t *testing.T) {
	out, err := command(t, "version", "--json")
	var v struct{ Module, Go string }
	if bad := json.Unmarshal([]byte(out), &v); bad != nil || err != nil || v.Go == "" {
		t.Errorf("%v, %v: %s", err, bad, out)
	}
}
