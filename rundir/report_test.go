package rundir

import (
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/*.txt anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		put(t, path, got)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func run(state State) Run {
	return Run{Format: Format, Name: "noise", State: state, JobFile: "noise.toml", Mapping: "mpi", Ranks: 2, Cores: 4, Hosts: []string{"n1", "n2"},
		Host: "n1", PID: 4711, Started: noon, Updated: noon.Add(7 * time.Second), Ended: noon.Add(10 * time.Second),
		Result: Result{Wall: 10, Sinks: map[string]Sink{"sink": {100, "0123"}}, Summary: map[string]any{"pairs": 276.0}}}
}

func TestReport(t *testing.T) {
	failed := run(Failed)
	failed.Cause = "work[1] on rank 1 (n2): in: item 7: no data"
	partial := run(Partial)
	partial.Cause = "time limit reached"
	partial.Positions, partial.Rest = []Position{{PE: "read", Split: "a"}}, &Rest{}
	partial.Continues, partial.Total = "runs/noise-1", map[string]Sink{"sink": {250, "4567"}}
	lost := run(Incomplete)
	lost.Result, lost.Items = Result{}, map[string]uint64{"read": 70, "work": 60}
	going := run(Running)
	going.Result, going.Items = Result{}, lost.Items
	for name, r := range map[string]*Record{
		"complete.txt": {Path: "runs/noise", Run: run(Complete), Rows: someRows, Outputs: []Output{{Name: "a.csv", Bytes: 1500}, {Name: "b.zarr", Bytes: 5 << 20, Store: true}}},
		"failed.txt":   {Path: "runs/noise", Run: failed, Rows: someRows[:2], Temporary: []string{"outputs/.a.csv.0123.tmp"}},
		"partial.txt":  {Path: "runs/noise", Run: partial, Outputs: []Output{{Name: "b.zarr", Store: true, Unfinished: true}}},
		"killed.txt":   {Path: "runs/noise", Run: lost, Temporary: []string{"outputs/.a.csv.0123.tmp"}, Damage: []string{"trace.csv: line 3, column rank: no"}},
		"running.txt":  {Path: "runs/noise", Run: going},
	} {
		var b strings.Builder
		if err := r.Report(noon.Add(70 * time.Second)).WriteText(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.String())
	}
}

func TestReportOfErrors(t *testing.T) {
	r, err := Open(finished(t, Complete, nil))
	if err != nil {
		t.Fatal(err)
	}
	p := r.Report(time.Now())
	if p.Skipped != 2 || len(p.Errors) != 2 || p.Errors[0].Error != "no data" {
		t.Errorf("%+v", p)
	}
	if _, err := json.Marshal(p); err != nil {
		t.Error(err)
	}
	// A line of errors.jsonl that was cut is damage.
	path := filepath.Join(r.Path, "errors.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, string(text[:len(text)-5]))
	if p := r.Report(time.Now()); p.Skipped != 1 || len(p.Damage) != 1 {
		t.Errorf("%+v", p)
	}
}

// TestNothing: where a sink has had nothing, the PEs that let nothing through are named with
// what they counted.
func TestNothing(t *testing.T) {
	sinks := func(n uint64) map[string]Sink { return map[string]Sink{"late": {}, "sink": {Items: n}} }
	passing := Row{PE: "read", ItemsOut: 48}
	swallows := []Row{{PE: "cut", ItemsIn: 30, Counters: map[string]int64{"too_short": 20, "gaps": 0}}, {PE: "cut", Index: 1, ItemsIn: 18, Counters: map[string]int64{"too_short": 4}}}
	for want, c := range map[string]struct {
		rows []Row
		n    uint64
	}{
		"nothing reached late, sink: cut took 48 items and emitted none: 24 too short": {[]Row{passing, swallows[0], swallows[1], {PE: "sink"}, {PE: "late"}}, 0},
		"nothing reached late, sink: read emitted nothing":                             {[]Row{{PE: "read"}, {PE: "cut"}, {PE: "sink"}, {PE: "late"}}, 0},
		"": {[]Row{passing, {PE: "sink", ItemsIn: 48}, {PE: "late"}}, 48}, // a second output that has had nothing
	} {
		if got := strings.Join(Nothing(c.rows, sinks(c.n)), "; "); got != want {
			t.Errorf("%q, expected %q", got, want)
		}
	}
}

func TestBottleneck(t *testing.T) {
	row := func(pe string, index int, stage string, busy, out float64) Row {
		return Row{PE: pe, Index: index, Stage: stage, Busy: busy, WaitOut: out}
	}
	for _, c := range []struct {
		name, want string
		pressure   int
		rows       []Row
	}{
		{"none", "", 0, nil},
		{"idle", "a[0] was busiest: 20 % of 10 s; no stage was busy half of the time, so none held the run up", 0, []Row{row("a", 0, "s", 2, 0.5), row("b", 0, "t", 1, 0)}},
		{"one", "b[0] was busiest: 90 % of 10 s; more instances of it, or less work for an item, would make the run faster", 1, []Row{row("a", 0, "s", 2, 7), row("b", 0, "t", 9, 0)}},
		{"fused", "b[0] was busiest: 50 % of 10 s, and 90 % with the PEs fused to it; more instances of it, or less work for an item, would make the run faster", 0,
			[]Row{row("a", 0, "s", 4, 0), row("b", 0, "s", 5, 0), row("c", 0, "t", 6, 0)}},
		{"single", "z[0] was busiest: 90 % of 10 s; one instance of it does all the work, so fewer items, or less work for one, would make the run faster", 0,
			[]Row{row("a", 0, "s", 2, 0), row("z", 0, "t", 9, 0), row("z", 1, "u", 0, 0)}},
		{"uneven", "a[1] was busiest: 90 % of 10 s; on average its instances were at 40 %, so the work is uneven", 0,
			[]Row{row("a", 0, "s0", 1, 0), row("a", 1, "s1", 9, 0), row("a", 2, "s2", 2, 0)}},
	} {
		p := &Report{Wall: 10, Run: &Run{Single: []string{"z"}}}
		p.pes(c.rows)
		p.bottleneck(c.rows)
		if p.Bottleneck != c.want || len(p.BackPressure) != c.pressure {
			t.Errorf("%s: %q, %q\nwant %q", c.name, p.Bottleneck, p.BackPressure, c.want)
		}
	}
}

// TestKilled reads what a program leaves that ended without a word.
func TestKilled(t *testing.T) {
	if path := os.Getenv("RUNDIR_TEST_KILLED"); path != "" {
		d, err := Create(path, noon, "job", "")
		if err != nil {
			os.Exit(3)
		}
		if d.Start(Run{Name: "job", Started: time.Now()}, nil) != nil {
			os.Exit(3)
		}
		f, err := d.Outputs().Create("deep/a.csv")
		if err != nil {
			os.Exit(3)
		}
		f.Write([]byte("half"))
		os.Exit(0)
	}
	path := filepath.Join(t.TempDir(), "run")
	child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	child.Env = append(os.Environ(), "RUNDIR_TEST_KILLED="+path)
	if err := child.Run(); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if r.Run.State != Incomplete || r.Rows != nil || r.Damage != nil || len(r.Outputs) != 0 || len(r.Temporary) != 1 ||
		!strings.HasPrefix(r.Temporary[0], "outputs/deep/.a.csv.") {
		t.Errorf("%+v", r)
	}
	p := r.Report(time.Now())
	if !strings.HasPrefix(p.Cause, "it was killed or crashed") || !slices.Contains(p.Advice, "files with temporary names are not whole and can be deleted") {
		t.Errorf("%+v", p)
	}
}

// TestVisit: what is gone while a directory is read was not there, and what cannot be read
// does not hide the rest.
func TestVisit(t *testing.T) {
	r := &Record{Path: t.TempDir()}
	path := filepath.Join(r.Path, "outputs", "a")
	if err := errors.Join(r.visit(path, nil, fs.ErrNotExist), r.visit(path, nil, fs.ErrPermission)); err != nil || len(r.Damage) != 1 || r.Damage[0] != fs.ErrPermission.Error() {
		t.Errorf("%v, %q", err, r.Damage)
	}
	if err := os.Mkdir(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	put(t, path, "x")
	list, err := os.ReadDir(filepath.Dir(path))
	if err != nil || os.Remove(path) != nil {
		t.Fatal(err)
	}
	if err := r.visit(path, list[0], nil); err != nil || len(r.Damage) != 1 || len(r.Outputs) != 0 {
		t.Errorf("%v, %q, %v", err, r.Damage, r.Outputs)
	}
}

func TestUnits(t *testing.T) {
	for s, want := range map[float64]string{0: "0", 2e-9: "2 ns", 1.5e-6: "1.5 us", 0.25: "250 ms", 59: "59 s", 3725: "1h2m5s"} {
		if got := seconds(s); got != want {
			t.Errorf("seconds(%v) = %s, want %s", s, got, want)
		}
	}
	for n, want := range map[float64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 1 << 40: "1 TiB"} {
		if got := bytesOf(n); got != want {
			t.Errorf("bytesOf(%v) = %s, want %s", n, got, want)
		}
	}
}
