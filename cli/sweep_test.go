package cli_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/slurm"
)

// TestSweepHere: a sweep over ranks runs in this machine, each point once; what is
// measured is not measured again, and the report is drawn from it.
func TestSweepHere(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "bad.Words with = { items = 60 }", "pes.Discard")
	sweep := []string{"bench", "sweep", "job.toml", "--here", "--ranks", "1,2", "--cores", "1", "--count", "2", "--weak", "p0.items=30"}
	got := outcomeOf(t, program(dir, sweep...))
	if got.code != 0 || !strings.Contains(got.stdout, "row, strong\n") || !strings.Contains(got.stdout, "row, weak\n") || strings.Count(got.stderr, " scaling, ranks x cores ") != 8 {
		t.Fatalf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	folder := filepath.Join(dir, "sweeps", "row")
	for point, items := range map[string]uint64{"point-1": 60, "point-2": 30, "point-7": 60, "point-8": 60} {
		if r := open(t, filepath.Join(folder, "runs", point)); r.Run.Items["p0"] != items {
			t.Errorf("%s has %d items, expected %d", point, r.Run.Items["p0"], items)
		}
	}
	if r := open(t, filepath.Join(folder, "runs", "point-8")); r.Run.Ranks != 2 {
		t.Errorf("%d ranks", r.Run.Ranks)
	}
	text, err := os.ReadFile(filepath.Join(folder, "point-8.txt"))
	if err != nil || !strings.Contains(string(text), "\nmapping: local\nranks: 2\ncommit: ") || !strings.Contains(string(text), "\nBenchmarkSweep/row/weak/ranks=2/cores=1\t") {
		t.Errorf("%v: %s", err, text)
	}
	if err := os.Remove(filepath.Join(folder, "point-3.txt")); err != nil {
		t.Fatal(err)
	}
	if got := outcomeOf(t, program(dir, sweep...)); got.code != 0 || strings.Count(got.stderr, " scaling, ranks x cores ") != 1 {
		t.Errorf("after one was lost: exit code %d: %s", got.code, got.stderr)
	}
	if got := outcomeOf(t, program(dir, sweep...)); got.code != 0 || !strings.Contains(got.stderr, "all of it has been measured") {
		t.Errorf("again: exit code %d: %s", got.code, got.stderr)
	}
	outcomeOf(t, program(dir, append(sweep, "--count", "1")...)).oneLine(t, 2, "sweep.csv is of another sweep")
	// The same job on other ranks is another point.
	outcomeOf(t, program(dir, append(sweep, "--ranks", "1,4")...)).oneLine(t, 2, "sweep.csv is of another sweep")
	table := filepath.Join(folder, "sweep.csv")
	if err := os.Rename(table, table+".old"); err != nil {
		t.Fatal(err)
	}
	if got := outcomeOf(t, program(dir, append(sweep, "--ranks", "1,4")...)); got.code != 0 || strings.Count(got.stderr, " scaling, ranks x cores ") != 4 || strings.Contains(got.stderr, " 1 x 1,") {
		t.Errorf("other ranks: exit code %d: %s", got.code, got.stderr)
	}
	if err := os.Rename(table+".old", table); err != nil {
		t.Fatal(err)
	}
	if got := outcomeOf(t, program(dir, "bench", "report", "sweeps/row")); got.code != 0 || !strings.Contains(got.stdout, "efficiency") {
		t.Errorf("report: exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	outcomeOf(t, program(dir, "bench", "report", "sweeps/row")).oneLine(t, 2, "scaling.html exists")
}

// TestBenchJob prints one line of a job, under whatever starts it.
func TestBenchJob(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "bad.Words with = { items = 60 }", "pes.Discard")
	got := outcomeOf(t, program(dir, "bench", "job", "job.toml", "-n", "2", "--cores", "1", "--dir", "run"))
	if got.code != 0 || !strings.Contains(got.stdout, "\nBenchmarkSweep/row/strong/ranks=2/cores=1\t       1\t") || !strings.Contains(got.stdout, " core-ns/item") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	outcomeOf(t, program(dir, "bench", "job", "job.toml", "--table", "none.csv", "--row", "1")).oneLine(t, 2, "none.csv")
}

// TestSweepScripts: a job array for each number of ranks, whose elements are the
// rows of the table that are not measured yet.
func TestSweepScripts(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir) // where there is no Slurm
	folder := filepath.Join(dir, "sweep")
	args := []string{"bench", "sweep", "../examples/ambient-noise.toml", "--dir", folder, "--ranks", "1,2,8", "--cores", "2", "--count", "2", "--weak", "noise.hours=0.5", "--ntasks-per-node", "4",
		"--set", "noise.stations=6", "--time", "20m", "--account", "p1", "--exclusive", "--program", "/usr/bin/dispel4go", "--json"}
	out, err := command(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	var all []struct{ Script, Log string }
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 3 {
		t.Fatalf("%v in %s", err, out)
	}
	for k, want := range [][]string{
		{"--nodes=1\n", "--ntasks-per-node=1\n", "--cpus-per-task=2\n", "--array=1-4%1\n"},
		{"--nodes=1\n", "--ntasks-per-node=2\n", "--cpus-per-task=2\n", "--array=5-8%1\n"},
		{"--nodes=2\n", "--ntasks-per-node=4\n", "--cpus-per-task=2\n", "--array=9-12%1\n"},
	} {
		want = append(want, "--account=p1\n", "--time=00:20:00\n", "--exclusive\n", "work=('bench' 'job' '", "' '--set' 'noise.stations=6' '--cores' '2')\nwork+=(--table '"+filepath.Join(folder, "sweep.csv")+"' --row \"$SLURM_ARRAY_TASK_ID\")\n")
		for _, text := range want {
			if !strings.Contains(all[k].Script, text) {
				t.Errorf("script %d does not have %q:\n%s", k+1, text, all[k].Script)
			}
		}
	}
	table, err := os.ReadFile(filepath.Join(folder, "sweep.csv"))
	if err != nil || !strings.HasPrefix(string(table), "series,round,ranks,cores,noise.hours\nstrong,1,1,2,\nweak,1,1,2,0.5\n") || !strings.HasSuffix(string(table), "weak,2,8,2,4\n") {
		t.Errorf("%v: %s", err, table)
	}
	out, err = command(t, append(args[:len(args)-1], "--submit")...)
	if !errors.Is(err, slurm.ErrNoSlurm) || !strings.HasPrefix(out, "#!/bin/bash\n") {
		t.Errorf("without Slurm: %v\n%s", err, out)
	}
	for want, args := range map[string][]string{
		"3 ranks do not fill nodes with 2 on each":      {"--ranks", "3", "--ntasks-per-node", "2"},
		"a sweep is over one of them":                   {"--ranks", "1,2", "--cores", "1,2"},
		"--nodes of a sweep comes from --ranks":         {"--nodes", "2"},
		"--series":                                      {"--series", "weaker"},
		"give --weak":                                   {"--series", "weak"},
		"--here needs no Slurm":                         {"--here", "--submit"},
		"choose one":                                    {"--test", "--submit"},
		`has no parameter "hour"`:                       {"--weak", "noise.hour=1"},
		"of another sweep: give another --dir, or remo": {"--dir", folder},
	} {
		args := append([]string{"bench", "sweep", "../examples/ambient-noise.toml", "--dir", filepath.Join(dir, "other")}, args...)
		if _, err := command(t, args...); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, expected %q", args, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "other")); err == nil {
		t.Error("a sweep that was refused has left something")
	}
}

// TestBenchReport draws committed measurements.
func TestBenchReport(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.html")
	out, err := command(t, "bench", "report", "../bench/testdata/sweep", "--output", page)
	if err != nil || !strings.Contains(out, "\n      16       16        3       3.25      12.31      76.9%     0.005417\n") {
		t.Errorf("%v:\n%s", err, out)
	}
	if text, err := os.ReadFile(page); err != nil || strings.Count(string(text), "<svg") != 3 {
		t.Errorf("%v: %.1000s", err, text)
	}
	for _, dir := range []string{t.TempDir(), "../examples"} {
		if _, err := command(t, "bench", "report", dir); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), "no measurements of a sweep") {
			t.Error(err)
		}
	}
}
