//go:build linux

package slurm_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/rundir"
)

// TestArray: of three rows one fails; when what was missing is there, only that
// one is run again.
func TestArray(t *testing.T) {
	l := onCluster(t)
	for name, text := range map[string]string{
		"job.toml": `connect = [{ from = "read.out", to = "all.in" }]
[[pe]]
name = "read"
type = "pes.ReadLines"
with = { paths = ["none"] }
[[pe]]
name = "all"
type = "pes.WriteLines"
with = { name = "all.txt" }
`,
		"table.csv": "read.paths\na.txt\nb.txt\nc.txt\n", "a.txt": "a\n", "c.txt": "c\nc\n",
	} {
		if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"sbatch", "job.toml", "--table", "table.csv", "--array-limit", "2", "--wait"}
	s := l.d4(args...)
	first := strings.Fields(s.stdout)[0]
	if s.code != 1 || !strings.Contains(s.stderr, "job "+first+"_2 is FAILED, exit code 1:0") {
		t.Errorf("exit code %d: %s", s.code, s.stderr)
	}
	for row, state := range []rundir.State{rundir.Complete, rundir.Failed, rundir.Complete} {
		if r := l.record(fmt.Sprintf("runs/job-%s_%d", first, row+1)); r.Run.State != state {
			t.Errorf("row %d is %s, expected %s: %s", row+1, r.Run.State, state, r.Run.Cause)
		}
	}
	if err := os.WriteFile(filepath.Join(l.dir, "b.txt"), []byte("b\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	again := l.good(append(args, "--only-failed")...)
	second := strings.Fields(again.stdout)[0]
	dirs, err := filepath.Glob(filepath.Join(l.dir, "runs", "job-"+second+"_*"))
	if err != nil || len(dirs) != 1 || !strings.HasSuffix(dirs[0], "_2") || l.record("runs/"+filepath.Base(dirs[0])).Run.State != rundir.Complete {
		t.Errorf("it was run again as %v, %v", dirs, err)
	}
	if s := l.good(append(args, "--only-failed")...); !strings.Contains(s.stderr, "nothing is left to do") {
		t.Errorf("when all is done: %+v", s)
	}
}

// TestChain: of two job files the second starts when the first has ended well, and
// never where it has failed.
func TestChain(t *testing.T) {
	l := onCluster(t)
	const job = "connect = [{ from = \"read.out\", to = \"all.in\" }]\n[[pe]]\nname = \"read\"\ntype = \"pes.ReadLines\"\nwith = { paths = [\"%s\"] }\n" +
		"[[pe]]\nname = \"all\"\ntype = \"pes.WriteLines\"\nwith = { name = \"all.txt\" }\n"
	for name, text := range map[string]string{"a.txt": "one\n", "first.toml": fmt.Sprintf(job, "a.txt"), "second.toml": fmt.Sprintf(job, "runs/first-*/outputs/*")} {
		if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	chain := func() (said, []struct{ ID, State string }) {
		s := l.d4("sbatch", "first.toml", "second.toml", "--time", "5m", "--wait", "--json")
		var all []struct{ ID, State string }
		if err := json.Unmarshal([]byte(s.stdout), &all); err != nil || len(all) != 2 {
			t.Fatalf("%v: %+v\n%s", err, s, l.logs())
		}
		return s, all
	}
	s, all := chain()
	if s.code != 0 || all[0].State != "COMPLETED" || all[1].State != "COMPLETED" {
		t.Fatalf("%+v\n%s", s, l.logs())
	}
	first, second := l.record("runs/first-"+all[0].ID), l.record("runs/second-"+all[1].ID)
	if over := first.Run.Started.Add(time.Duration(first.Run.Result.Wall * float64(time.Second))); second.Run.Started.Before(over) || second.Run.Result.Sinks["all"].Items != 1 {
		t.Errorf("the second began at %v, the first was over at %v: %+v", second.Run.Started, over, second.Run.Result)
	}

	if err := os.Remove(filepath.Join(l.dir, "a.txt")); err != nil {
		t.Fatal(err)
	}
	s, all = chain()
	never := "job " + all[1].ID + " is CANCELLED: never started, as the job that it was to wait for did not end well"
	if s.code != 1 || all[0].State != "FAILED" || all[1].State != "CANCELLED" || !strings.Contains(s.stderr, "job "+all[0].ID+" is FAILED, exit code 1:0") || !strings.Contains(s.stderr, never) {
		t.Errorf("%+v\n%s", s, l.logs())
	}
	if s := l.good("status", all[1].ID); !strings.Contains(s.stdout, "never began") || !strings.Contains(s.stdout, "did not end well: when that one has, submit this again") || strings.Contains(s.stdout, "exit code") {
		t.Errorf("its status is %s", s.stdout)
	}
	if s := l.d4("logs", all[1].ID); s.code != 2 || !strings.Contains(s.stderr, "has printed nothing: there is no ") {
		t.Errorf("its log: %+v", s)
	}
	if left, err := filepath.Glob(filepath.Join(l.dir, "runs", "second-"+all[1].ID+"*")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// TestSweep measures the main job on one and on two nodes, strong and weak.
func TestSweep(t *testing.T) {
	l := onCluster(t)
	args := append([]string{"bench", "sweep", l.example("ambient-noise.toml"), "--ranks", "1,2", "--cores", "1", "--count", "1", "--weak", "noise.hours=0.1", "--mpi", "pmix", "--time", "5m"}, small...)
	s := l.good(append(args, "--wait")...)
	if !strings.Contains(s.stdout, "ambient-noise, strong") || !strings.Contains(s.stdout, "ambient-noise, weak") {
		t.Errorf("%s%s", s.stdout, s.stderr)
	}
	text, err := os.ReadFile(filepath.Join(l.dir, "sweeps", "ambient-noise", "point-4.txt"))
	if err != nil || !strings.Contains(string(text), "\nhosts: n1 n2\nmapping: mpi\nranks: 2\ncommit: ") || !strings.Contains(string(text), "\nmpi: Open MPI") ||
		!strings.Contains(string(text), "\nBenchmarkSweep/ambient-noise/weak/ranks=2/cores=1\t") {
		t.Errorf("%v: %s", err, text)
	}
	if s := l.good(append(args, "--submit")...); !strings.Contains(s.stderr, "all of it has been measured") {
		t.Errorf("again: %s%s", s.stdout, s.stderr)
	}
	l.good("bench", "report", "sweeps/ambient-noise")
	page, err := os.ReadFile(filepath.Join(l.dir, "sweeps", "ambient-noise", "scaling.html"))
	if err != nil || strings.Count(string(page), "<svg") != 3 || !strings.Contains(string(page), "Open MPI") {
		t.Errorf("%v: %.1000s", err, page)
	}
}

// TestScaling measures the main job on one rank, on two on one node, and on four on
// both nodes, three times, and prints what came of it: docs/performance.md has it.
func TestScaling(t *testing.T) {
	if !long {
		t.Skip("SKIP: DISPEL4GO_LONG=1 asks for it")
	}
	l := onCluster(t)
	s := l.good("bench", "sweep", l.example("ambient-noise.toml"), "--ranks", "1,2,4", "--ntasks-per-node", "2", "--cores", "1", "--count", "3",
		"--set", "noise.hours=8", "--weak", "noise.hours=4", "--mpi", "pmix", "--exclusive", "--time", "10m", "--wait")
	_, table, _ := strings.Cut(s.stdout, "ambient-noise, strong\n")
	if lines := regexp.MustCompile(`(?m)^ +[124] +[124] +3 `).FindAllString(table, -1); len(lines) != 6 {
		t.Errorf("%s%s", s.stdout, s.stderr)
	}
	t.Logf("strong\n%s", table)
}
