//go:build cgo && linux

package cli_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/mpi"
	"github.com/dispel4go/dispel4go/rundir"
)

// launchers are those of every MPI that is here; that the required ones are is
// for the tests of package mpi to say.
func launchers(t *testing.T) []mpi.Launcher {
	t.Helper()
	wheels, err := filepath.Glob("../build/mpi-wheels/*/bin") // of scripts/mpi.sh
	if err != nil {
		t.Fatal(err)
	}
	for i := range wheels {
		if wheels[i], err = filepath.Abs(wheels[i]); err != nil {
			t.Fatal(err)
		}
	}
	list := mpi.Launchers(t.Context(), wheels...)
	if len(list) == 0 {
		t.Skip("SKIP: no MPI is here; scripts/mpi.sh installs it")
	}
	return list
}

// under runs the program as n ranks, for at most a minute.
func under(t *testing.T, l mpi.Launcher, n int, dir string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := l.Command(ctx, n, 0, os.Args[0], args...)
	cmd.Dir, cmd.WaitDelay = dir, time.Second
	cmd.Env = append(cmd.Env, "CLI_TEST_PROGRAM=1")
	got := outcomeOf(t, cmd)
	if ctx.Err() != nil {
		t.Fatalf("%s, %d ranks: no end within a minute: %s%s", l.Name, n, got.stdout, got.stderr)
	}
	return got
}

// TestMPI runs the main job, smaller, as one to three ranks of every MPI that
// is here: all come to the same, and to what one process does.
func TestMPI(t *testing.T) {
	job, err := filepath.Abs("../examples/ambient-noise.toml")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"run", job, "--quiet", "--set", "noise.hours=0.2", "--set", "noise.stations=6", "--set", "result.pictures=false", "--dir"}
	dir := t.TempDir()
	alone := filepath.Join(dir, "alone")
	if got := outcomeOf(t, program(dir, append(args, alone)...)); got.code != 0 {
		t.Fatal(got.stderr)
	}
	for _, l := range launchers(t) {
		for n := 1; n <= 3; n++ {
			at := filepath.Join(dir, fmt.Sprintf("%s, %d ranks", l.Name, n))
			got := under(t, l, n, dir, append(args, at)...)
			if got.code != 0 || strings.Count(got.stdout, "run directory") != 1 {
				t.Fatalf("%s, %d ranks: exit code %d: %s%s", l.Name, n, got.code, got.stdout, got.stderr)
			}
			if c, err := rundir.Compare(alone, at, 0); err != nil || !c.Same {
				t.Errorf("%s, %d ranks: %v, other results than those of one process", l.Name, n, err)
			}
			if r := open(t, at); n > 1 && r.Run.Mapping != "mpi" || r.Run.Ranks != n {
				t.Errorf("%s: run.json says %s with %d ranks, not mpi with %d", l.Name, r.Run.Mapping, r.Run.Ranks, n)
			}
		}
	}
}

// TestFailureUnderMPI: the cause is told once, by rank 0, whichever rank it
// happened on; so is what is wrong with a command line.
func TestFailureUnderMPI(t *testing.T) {
	for _, l := range launchers(t) {
		dir := t.TempDir()
		pipe(t, dir, "bad.Words", `bad.Error with = { at = "word7" }`, "pes.Discard")
		got := under(t, l, 3, dir, "run", "job.toml", "--dir", "run", "--quiet")
		// Whose code a launcher passes on differs: MPICH ends ranks that are
		// still leaving when another one has failed.
		if got.code == 0 || strings.Count(got.stderr, "word7") != 1 || !strings.Contains(got.stderr, "p1[0] on rank") {
			t.Errorf("%s: exit code %d: %s", l.Name, got.code, got.stderr)
		}
		if r := open(t, filepath.Join(dir, "run")); r.Run.State != rundir.Failed {
			t.Errorf("%s: the run is %s", l.Name, r.Run.State)
		}
		got = under(t, l, 2, dir, "run", "job.toml", "-n", "3")
		if got.code == 0 || strings.Count(got.stderr, "--ranks asks for 3 ranks in this process") != 1 || !strings.Contains(got.stderr, "has started 2") {
			t.Errorf("%s: exit code %d: %s", l.Name, got.code, got.stderr)
		}
		got = under(t, l, 2, dir, "run", "no-such-job.toml")
		if got.code == 0 || strings.Count(got.stderr, "no-such-job.toml") != 1 {
			t.Errorf("%s: exit code %d: %s", l.Name, got.code, got.stderr)
		}
	}
}

// TestBenchUnderMPI: all ranks measure, and rank 0 prints.
func TestBenchUnderMPI(t *testing.T) {
	for _, l := range launchers(t) {
		got := under(t, l, 2, t.TempDir(), "bench", "--count", "1", "engine/empty", "transport/ring/8B")
		if got.code != 0 || strings.Count(got.stdout, "ns/op") != 2 || strings.Count(got.stdout, "\nmpi: ") != 1 {
			t.Errorf("%s: exit code %d: %s%s", l.Name, got.code, got.stdout, got.stderr)
		}
	}
}
