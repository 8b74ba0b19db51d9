//go:build cgo && linux

package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/internal/launch"
	"github.com/dispel4go/dispel4go/mpi/mpitest"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

// twoRows is a job of two sources, each with a PE of some type behind it, which
// four ranks share one by one: the second PE is on rank 3.
func twoRows(t *testing.T, dir, one, other string) {
	t.Helper()
	const row = "[[pe]]\nname = \"words%[1]d\"\ntype = \"bad.Words\"\n[[pe]]\nname = \"pe%[1]d\"\ntype = %[2]q\nwith = { at = \"word7\", tell = %[3]t }\n" +
		"[[connect]]\nfrom = \"words%[1]d.out\"\nto = \"pe%[1]d.in\"\n"
	text := "name = \"rows\"\n" + fmt.Sprintf(row, 0, one, false) + fmt.Sprintf(row, 1, other, true)
	if err := os.WriteFile(filepath.Join(dir, "job.toml"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// A misfortune is something that happens to a rank in the middle of a run.
type misfortune struct {
	name       string
	pe, beside string
	once       []string // what is printed
	state      rundir.State
	flags      []string
}

var misfortunes = []misfortune{
	{"error", "bad.Error", "bad.Tell", []string{"pe1[0] on rank 3 (", "the instrument; is broken"}, rundir.Failed, nil},
	{"error beside one who computes", "bad.Error", "bad.Compute", []string{"pe1[0] on rank 3 (", "word7", "the instrument; is broken"}, rundir.Failed, nil},
	{"error beside one in C", "bad.Error", "bad.InC", []string{"pe1[0] on rank 3 (", "word7", "the instrument; is broken"}, rundir.Failed, nil},
	{"error beside one who has the only core", "bad.Error", "bad.Compute", []string{"pe1[0] on rank 3 (", "word7", "the instrument; is broken"}, rundir.Failed, []string{"--cores", "1"}},
	{"panic", "bad.Panic", "bad.Tell", []string{"pe1[0] on rank 3 (", "word7", "panic at program_test.go", "not my day"}, rundir.Failed, nil},
	{"nil", "bad.Nil", "bad.Tell", []string{"pe1[0] on rank 3 (", "word7", "panic at program_test.go", "nil pointer dereference"}, rundir.Failed, nil},
	{"nil where nobody recovers", "bad.NilElsewhere", "bad.Tell", []string{"nil pointer dereference", "[running]:"}, rundir.Incomplete, nil},
	{"SIGKILL", "bad.Kill", "bad.Tell", nil, rundir.Incomplete, nil},
	{"exit 3", "bad.Exit3", "bad.Tell", nil, rundir.Incomplete, nil},
	{"exit 0", "bad.Exit0", "bad.Tell", nil, rundir.Incomplete, nil},
}

// TestMisfortunes: whatever happens to rank 3, the cause is told once, the
// launcher tells that the run has failed, all ranks are gone soon, and there is
// a run directory that says how far it came.
func TestMisfortunes(t *testing.T) {
	const soon = 10 * time.Second
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) {
		for _, c := range misfortunes {
			t.Run(c.name, func(t *testing.T) {
				dir := t.TempDir()
				twoRows(t, dir, c.beside, c.pe)
				var happened time.Time
				got := m.Run(t, mpitest.Launch{Ranks: 4, Args: append([]string{"run", "job.toml", "--dir", "run", "--quiet"}, c.flags...), Dir: dir, Env: []string{"CLI_TEST_PROGRAM=1"},
					Seen: func(line string, _ *os.Process) {
						if line == "now" {
							happened = time.Now()
						}
					}})
				took := got.Ended.Sub(happened)
				if got.Code == 0 || happened.IsZero() || took > soon {
					t.Errorf("exit code %d, %v after it happened", got.Code, took)
				}
				for _, text := range c.once {
					if n := strings.Count(got.Stderr, text); n != 1 {
						t.Errorf("it says %d times %q", n, text)
					}
				}
				if n := strings.Count(got.Stderr, "dispel4go: "); n > 0 {
					t.Errorf("ours speaks %d times more", n)
				}
				r := open(t, filepath.Join(dir, "run"))
				for r.Run.State != c.state && time.Since(happened) < soon {
					r = open(t, filepath.Join(dir, "run")) // rank 0 may be on its way out
				}
				if r.Run.State != c.state {
					t.Errorf("the run is %s, not %s", r.Run.State, c.state)
				}
				t.Logf("%d, %v after it happened", got.Code, took)
				if t.Failed() {
					t.Log(got.Out())
				}
			})
		}
	})
}

// TestDifferentRanks: ranks that were started with different job files or
// programs are refused, and the message says what differs.
func TestDifferentRanks(t *testing.T) {
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for rank, pad := range []string{"", "x"} {
		name := filepath.Join(dir, fmt.Sprint("program", rank))
		if err := os.WriteFile(name, append(program, pad...), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	pipe(t, dir, "bad.Words with = { items = 3 }", "pes.Discard")
	job, err := os.ReadFile(filepath.Join(dir, "job.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for rank, text := range []string{string(job), strings.Replace(string(job), "items = 3", "items = 4", 1)} {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("job%d.toml", rank)), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) {
		for _, c := range []struct{ name, command, want string }{
			{"job files", "./program0 run job$rank.toml", "job "},
			{"programs", "./program$rank run job.toml", "program "},
			{"plans", "./program0 run job.toml --fuse $(test $rank = 0 && echo off || echo all)", "plan"},
			{"seeds", "./program0 run job.toml --seed 1$rank", "seed 10"},
		} {
			t.Run(c.name, func(t *testing.T) {
				got := m.Run(t, mpitest.Launch{Ranks: 2, Program: "/bin/sh", Dir: dir, Env: []string{"CLI_TEST_PROGRAM=1"},
					Args: []string{"-c", "rank=${OMPI_COMM_WORLD_RANK:-$PMI_RANK}; exec " + c.command + " --quiet --dir run$rank"}})
				if got.Code == 0 || strings.Count(got.Stderr, "were the ranks started with different") != 1 || !strings.Contains(got.Stderr, c.want) {
					t.Errorf("exit code %d after %v: %s", got.Code, got.Took, got.Out())
				}
			})
		}
	})
}

// TestOneIsTold: rank 3 alone gets the signal that time is up, and the sources of
// all ranks stop. They would never end by themselves.
func TestOneIsTold(t *testing.T) {
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) {
		dir := t.TempDir()
		twoRows(t, dir, "bad.Tell", "bad.TimeUp")
		got := m.Run(t, mpitest.Launch{Ranks: 4, Args: []string{"run", "job.toml", "--dir", "run", "--quiet"}, Dir: dir, Env: []string{"CLI_TEST_PROGRAM=1"}})
		if got.Code != run.ExitTimeLimit || strings.Count(got.Stderr, "time limit reached") != 1 {
			t.Errorf("exit code %d: %s", got.Code, got.Out())
		}
		r := open(t, filepath.Join(dir, "run"))
		if r.Run.State != rundir.Partial || !strings.Contains(r.Run.Cause, "time limit") || r.Run.Ranks != 4 || len(r.Rows) != 4 {
			t.Errorf("the run of %d ranks with %d rows is %s: %s", r.Run.Ranks, len(r.Rows), r.Run.State, r.Run.Cause)
		}
	})
}

// patient has the mpirun of Open MPI give ranks more than the second after which it
// kills them, which is too short on a busy machine (docs/mpi.md). It waits so long
// whether they need it or not.
const patient = "OMPI_MCA_odls_base_sigkill_timeout=4"

// TestStoppedUnderMPI: a signal to the launcher stops sources on all ranks,
// what is under way is finished, and the run directory says partial.
func TestStoppedUnderMPI(t *testing.T) {
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) {
		for _, c := range []struct {
			signal syscall.Signal
			ranks  int
			code   int
		}{
			{syscall.SIGINT, 3, run.ExitInterrupt},
			{syscall.SIGTERM, 3, run.ExitTerminate},
			{syscall.SIGINT, 1, run.ExitInterrupt},
		} {
			if c.ranks == 1 && m.Launcher.Kind == launch.OpenMPI {
				continue // whose code is always the same, and which is slow to end
			}
			t.Run(fmt.Sprintf("%s %d", c.signal, c.ranks), func(t *testing.T) {
				dir := t.TempDir()
				pipe(t, dir, "bad.Words", `bad.Tell with = { at = "first" }`, "pes.WriteLines")
				var stopped time.Time
				got := m.Run(t, mpitest.Launch{Ranks: c.ranks, Args: []string{"run", "job.toml", "--dir", "run", "--quiet"}, Dir: dir, Env: []string{"CLI_TEST_PROGRAM=1", patient},
					Seen: func(line string, launcher *os.Process) {
						if line == "first" {
							stopped = time.Now()
							launcher.Signal(c.signal)
						}
					}})
				// The mpirun of Open MPI has a code of its own.
				if got.Code != c.code && (m.Launcher.Kind != launch.OpenMPI || got.Code == 0) {
					t.Errorf("exit code %d, expected %d", got.Code, c.code)
				}
				r := open(t, filepath.Join(dir, "run"))
				if r.Run.State != rundir.Partial || len(r.Rows) != 3 || len(r.Temporary) > 0 {
					t.Errorf("the run is %s, with %d rows and temporary files %v", r.Run.State, len(r.Rows), r.Temporary)
				}
				t.Logf("%v after it was stopped", got.Ended.Sub(stopped))
				if t.Failed() {
					t.Log(got.Out())
				}
			})
		}
	})
}
