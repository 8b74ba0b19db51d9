//go:build linux

package slurm_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
