//go:build linux

package slurm_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
)

// lasting is a size of examples/hourly-stacks.toml that takes about so long on two
// ranks here: they are about as fast as two cores.
func (l *login) lasting(takes time.Duration) []string {
	l.t.Helper()
	l.good("run", l.example("hourly-stacks.toml"), "-q", "--dir", "runs/try", "--cores", "2", "--set", "noise.hours=48")
	cpu := 0.0 // which does not depend on what else the machine does
	for _, u := range l.record("runs/try").Run.Usage {
		cpu += u.CPU
	}
	return []string{"--set", fmt.Sprint("noise.hours=", max(48, int(48*2*takes.Seconds()/cpu)))}
}

// underWay waits until a job's sources have emitted something.
func (l *login) underWay(id, name string) {
	l.t.Helper()
	l.until(id, "under way", func(s slurm.Status) bool {
		r, err := rundir.Open(filepath.Join(l.dir, "runs", name+"-"+id))
		return err == nil && r.Run.Items["noise"] > 0
	})
}

// TestTimeLimit and TestLostNode use Open MPI: MPICH 4.0.2 sometimes stays in
// MPI_Finalize on two nodes, and hears of a lost one after 30 s only.

// TestTimeLimit has Slurm send the signal that time is up: by scancel, or in the
// long run by itself, which it does up to a minute before drain, when it looks at
// a job of a minute for the first time. The job is queued again and goes on where it
// was, until all is done; all parts together are what one run gives.
func TestTimeLimit(t *testing.T) {
	l := onCluster(t)
	job := l.example("hourly-stacks.toml")
	takes, limit, drain := 20*time.Second, "10m", "1m" // Slurm itself says nothing meanwhile
	if long {
		takes, limit, drain = 100*time.Second, "1m", "25s" // the signal comes after 5 to 35 s of a part
	}
	size := l.lasting(takes)
	id := l.submit(append([]string{job, "--nodes", "2", "--time", limit, "--drain", drain, "--mpi", "pmix"}, size...)...)
	if !long {
		l.underWay(id, "hourly-stacks")
		if s := l.run("scancel", "--signal=USR2", id); s.code != 0 {
			t.Fatalf("%+v", s)
		}
		l.until(id, "queued again", func(s slurm.Status) bool { return strings.Contains(l.logs(), "exit code 75") })
	}
	l.good(append([]string{"run", job, "-q", "--dir", "runs/here"}, size...)...)
	l.until(id, "done", func(s slurm.Status) bool { return s.Over() })
	parts, err := rundir.Parts(filepath.Join(l.dir, "runs", "hourly-stacks-"+id))
	if err != nil || len(parts) < 2 {
		t.Fatalf("%d parts: %v\n%s", len(parts), err, l.logs())
	}
	last, err := filepath.Rel(l.dir, parts[len(parts)-1].Path)
	if err != nil {
		t.Fatal(err)
	}
	l.same("runs/here", last)
	if log := l.logs(); strings.Count(log, "exit code 75, time was up: the job is queued again") != len(parts)-1 ||
		!strings.Contains(log, "started 0 times before") || !strings.Contains(log, "started 1 times before") {
		t.Errorf("the log does not hold all parts:\n%s", log)
	}
}

// TestTimeUnderOtherLaunchers: a job learns that its time is almost up. Open MPI's
// launcher hands on the signal that the script gets; with Hydra, which would die of
// it, the ranks look at the clock.
func TestTimeUnderOtherLaunchers(t *testing.T) {
	l := onCluster(t)
	job := l.example("hourly-stacks.toml")
	endless := []string{"--set", "noise.hours=1000000", "--requeue=false"}
	// What is called mpiexec is MPICH's.
	if err := os.Mkdir(filepath.Join(l.dir, "bin"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.dir, "bin", "mpiexec"), []byte("#!/bin/sh\nexec mpiexec.mpich \"$@\"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	told := l.submit(append([]string{job, "--name", "told", "--launcher", "mpirun", "--nodes", "2", "--cpus-per-task", "2", "--time", "10m"}, endless...)...)
	// 4 s are left when the script begins. That of Slurm may come at any time.
	clock := l.submit(append([]string{job, "--name", "clock", "--launcher", "mpiexec", "--ntasks-per-node", "2", "--time", "2m", "--drain", "116s", "--setup", `PATH="$PWD/bin:$PATH"`}, endless...)...)
	l.underWay(told, "told")
	if s := l.run("scancel", "--batch", "--signal=USR2", told); s.code != 0 {
		t.Fatalf("%+v", s)
	}
	for name, id := range map[string]string{"told": told, "clock": clock} {
		s := l.until(id, "over", func(s slurm.Status) bool { return s.Over() })
		r := l.record("runs/" + name + "-" + id)
		if s.State != "FAILED" || s.ExitCode != "75:0" || r.Run.State != rundir.Partial || r.Run.Ranks != 2 || r.Run.Mapping != "mpi" || !strings.Contains(r.Run.Cause, "time limit") || len(r.Run.Positions) == 0 {
			t.Errorf("%s: %s, exit code %s; the run of %d ranks is %s: %q, with %d positions\n%s", name, s.State, s.ExitCode, r.Run.Ranks, r.Run.State, r.Run.Cause, len(r.Run.Positions), l.logs())
		}
	}
}
