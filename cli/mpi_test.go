//go:build cgo && linux

package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/mpi/mpitest"
	"github.com/dispel4go/dispel4go/rundir"
)

// under runs the program as n ranks, for at most a minute.
func under(t *testing.T, m mpitest.MPI, n int, dir string, args ...string) outcome {
	t.Helper()
	got := m.Run(t, mpitest.Launch{Ranks: n, Args: args, Dir: dir, Env: []string{"CLI_TEST_PROGRAM=1"}})
	return outcome{got.Code, got.Stdout, got.Stderr}
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
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) {
		for n := 1; n <= 3; n++ {
			at := filepath.Join(dir, fmt.Sprintf("%s, %d ranks", m.Name, n))
			got := under(t, m, n, dir, append(args, at)...)
			if got.code != 0 || strings.Count(got.stdout, "run directory") != 1 {
				t.Fatalf("%d ranks: exit code %d: %s%s", n, got.code, got.stdout, got.stderr)
			}
			if c, err := rundir.Compare(alone, at, 0); err != nil || !c.Same {
				t.Errorf("%d ranks: %v, other results than those of one process", n, err)
			}
			if r := open(t, at); n > 1 && r.Run.Mapping != "mpi" || r.Run.Ranks != n {
				t.Errorf("run.json says %s with %d ranks, not mpi with %d", r.Run.Mapping, r.Run.Ranks, n)
			}
		}
	})
}

// TestPilotUnderMPI: all ranks run the pilot, rank 0 makes a profile of it, and all
// make the same plan from that; also where the pilot was too short to measure anything.
func TestPilotUnderMPI(t *testing.T) {
	job, err := filepath.Abs("../examples/wordcount.toml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	alone := filepath.Join(dir, "alone")
	if got := outcomeOf(t, program(dir, "run", job, "--quiet", "--dir", alone)); got.code != 0 {
		t.Fatal(got.stderr)
	}
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) {
		for _, pilot := range []string{"1m", "1ns"} {
			at := filepath.Join(dir, m.Name+" "+pilot)
			got := under(t, m, 2, dir, "run", job, "--quiet", "--dir", at, "--pilot", pilot)
			if got.code != 0 || strings.Count(got.stdout, "run directory") != 1 {
				t.Fatalf("--pilot %s: exit code %d: %s%s", pilot, got.code, got.stdout, got.stderr)
			}
			if c, err := rundir.Compare(alone, at, 0); err != nil || !c.Same {
				t.Errorf("--pilot %s: %v, other results than those of one process", pilot, err)
			}
			first, then := open(t, at+"-pilot").Run, open(t, at).Run
			if first.Mapping != "mpi" || first.Ranks != 2 || then.Mapping != "mpi" || then.Ranks != 2 || then.State != rundir.Complete {
				t.Errorf("--pilot %s: a pilot on %d ranks of %s, a run on %d of %s that is %s", pilot, first.Ranks, first.Mapping, then.Ranks, then.Mapping, then.State)
			}
			if whole := pilot == "1m"; whole && (first.State != rundir.Complete || len(then.Predicted.Assumed) > 0) || len(first.Predicted.Assumed) == 0 {
				t.Errorf("--pilot %s: it is %s; assumed was %v, then %v", pilot, first.State, first.Predicted.Assumed, then.Predicted.Assumed)
			}
		}
	})
}

// TestFailureUnderMPI: the cause is told once, by rank 0, whichever rank it
// happened on; so is what is wrong with a command line.
func TestFailureUnderMPI(t *testing.T) {
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) {
		dir := t.TempDir()
		pipe(t, dir, "bad.Words", `bad.Error with = { at = "word7" }`, "pes.Discard")
		got := under(t, m, 3, dir, "run", "job.toml", "--dir", "run", "--quiet")
		// Whose code a launcher passes on differs: MPICH ends ranks that are
		// still leaving when another one has failed.
		if got.code == 0 || strings.Count(got.stderr, "word7") != 1 || !strings.Contains(got.stderr, "p1[0] on rank") {
			t.Errorf("exit code %d: %s", got.code, got.stderr)
		}
		if r := open(t, filepath.Join(dir, "run")); r.Run.State != rundir.Failed {
			t.Errorf("the run is %s", r.Run.State)
		}
		got = under(t, m, 2, dir, "run", "job.toml", "-n", "3")
		if got.code == 0 || strings.Count(got.stderr, "--ranks asks for 3 ranks in this process") != 1 || !strings.Contains(got.stderr, "has started 2") {
			t.Errorf("exit code %d: %s", got.code, got.stderr)
		}
		// Rank 0 may be the last to get there: the launcher must not end it before.
		late := m.Run(t, mpitest.Launch{Ranks: 2, Program: "/bin/sh", Dir: dir, Env: []string{"CLI_TEST_PROGRAM=1"},
			Args: []string{"-c", `if test ${OMPI_COMM_WORLD_RANK:-$PMI_RANK} = 0; then until test -e "$1"; do sleep 0.01; done; else touch "$1"; fi; exec "$0" run no-such-job.toml`, os.Args[0], t.TempDir() + "/begun"}})
		if late.Code == 0 || strings.Count(late.Stderr, "no-such-job.toml") != 1 {
			t.Errorf("exit code %d: %s", late.Code, late.Stderr)
		}
	})
}

// TestBenchUnderMPI: all ranks measure, and rank 0 prints.
func TestBenchUnderMPI(t *testing.T) {
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) {
		got := under(t, m, 2, t.TempDir(), "bench", "--count", "1", "engine/empty", "transport/ring/8B")
		if got.code != 0 || strings.Count(got.stdout, "ns/op") != 2 || strings.Count(got.stdout, "\nmpi: ") != 1 {
			t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
		}
	})
}

// TestLibraryChosen: a library that is asked for by flag or variable is taken,
// and where it cannot be had all that was tried is told, once a host.
func TestLibraryChosen(t *testing.T) {
	m := mpitest.Get(t, "MPICH 5")
	dir := t.TempDir()
	pipe(t, dir, "bad.Words with = { items = 3 }", "pes.Discard")
	got := under(t, m, 2, dir, "run", "job.toml", "--quiet", "--mpi", "std", "--dir", "std")
	if got.code != 0 {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	got = under(t, m, 3, dir, "run", "job.toml", "--quiet", "--mpi", "/nowhere/libmpi.so.12")
	if got.code == 0 || strings.Count(got.stderr, "/nowhere/libmpi.so.12 (the library wished for): cannot open") != 1 {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	got = under(t, m, 3, dir, "run", "job.toml", "--quiet", "--mpi", "openmpi")
	if got.code == 0 || strings.Count(got.stderr, "does not belong to this launcher") > 1 {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
}
