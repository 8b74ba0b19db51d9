//go:build linux

package slurm_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
)

// underWay waits until the sources of a job's run have emitted something.
func (l *login) underWay(id, run string) {
	l.t.Helper()
	l.until(id, "under way", func(s slurm.Status) bool {
		r, err := rundir.Open(filepath.Join(l.dir, "runs", run))
		return err == nil && r.Run.Items["noise"] > 0
	})
}

// timeIsUp sends the signal that time is almost up as soon as that run is under way,
// and waits until it is cut short.
func (l *login) timeIsUp(id, run string, to ...string) {
	l.t.Helper()
	l.underWay(id, run)
	if s := l.run("scancel", append(to, "--signal=USR2", id)...); s.code != 0 {
		l.t.Fatalf("%+v", s)
	}
	l.until(id, "cut short", func(slurm.Status) bool {
		r, err := rundir.Open(filepath.Join(l.dir, "runs", run))
		return err == nil && r.Run.State == rundir.Partial
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
	job := l.held()
	limit, drain := "10m", "1m" // Slurm itself says nothing meanwhile
	if long {
		limit, drain = "1m", "25s" // the signal comes after 5 to 35 s of a part
	}
	// How many parts it takes depends on what else the machine does.
	id := l.submit(job, "--nodes", "2", "--time", limit, "--drain", drain, "--max-requeues", "100", "--mpi", "pmix")
	// What waits for it to end well is not put off by a part of it that has not.
	after := l.submit(l.example("wordcount.toml"), "--dependency", "afterok:"+id, "--time", "5m")
	if !long {
		l.timeIsUp(id, "hourly-stacks-"+id)
	}
	l.until(id, "queued again", func(slurm.Status) bool { return strings.Contains(l.logs(), "exit code 75") })
	l.letGo()
	l.good("run", job, "-q", "--dir", "runs/here")
	l.until(id, "done", func(s slurm.Status) bool { return s.Over() })
	parts, err := rundir.Parts(filepath.Join(l.dir, "runs", "hourly-stacks-"+id))
	if err != nil || len(parts) < 2 {
		t.Fatalf("%d parts: %v\n%s", len(parts), err, l.logs())
	}
	l.same("runs/here", l.rel(parts[len(parts)-1].Path))
	l.until(after, "completed", func(s slurm.Status) bool { return s.State == "COMPLETED" })
	if log := l.logs(); strings.Count(log, "exit code 75, time was up: the job is queued again") != len(parts)-1 ||
		!strings.Contains(log, "job "+id+" on n[1-2], started 0 times before") || !strings.Contains(log, "started 1 times before") {
		t.Errorf("the log does not hold all parts:\n%s", log)
	}
}

// TestTimeUnderOtherLaunchers: a job learns that its time is almost up. Open MPI's
// launcher hands on the signal that the script gets; with Hydra, which would die of
// it, the ranks look at the clock.
func TestTimeUnderOtherLaunchers(t *testing.T) {
	l := onCluster(t)
	job := l.held()
	// What is called mpiexec is MPICH's.
	if err := os.Mkdir(filepath.Join(l.dir, "bin"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.dir, "bin", "mpiexec"), []byte("#!/bin/sh\nexec mpiexec.mpich \"$@\"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	told := l.submit(job, "--name", "told", "--launcher", "mpirun", "--max-requeues", "1", "--nodes", "2", "--cpus-per-task", "2", "--time", "10m")
	// 15 s are left when the script begins. That of Slurm may come at any time.
	clock := l.submit(job, "--name", "clock", "--launcher", "mpiexec", "--requeue=false", "--ntasks-per-node", "2", "--time", "2m", "--drain", "105s", "--setup", `PATH="$PWD/bin:$PATH"`)
	l.timeIsUp(told, "told-"+told, "--batch")
	l.timeIsUp(told, "told-"+told+"-2", "--batch")
	// The second time it is not queued again, and says how to go on.
	l.until(told, "over", func(s slurm.Status) bool { return s.Over() })
	if log := l.logs(); strings.Count(log, "exit code 75, time was up: the job is queued again\n") != 1 ||
		strings.Count(log, "exit code 75, time was up: the job is not queued again, as max_requeues is 1\n") != 1 ||
		!strings.Contains(log, "--continue "+filepath.Join(l.dir, "runs", "told-"+told)+" --submit\n") {
		t.Errorf("it does not say how often, and how to go on:\n%s", log)
	}
	for name, id := range map[string]string{"told": told, "clock": clock} {
		s := l.until(id, "over", func(s slurm.Status) bool { return s.Over() })
		dir := map[string]string{"told": "runs/told-" + told + "-2", "clock": "runs/clock-" + clock}[name]
		r := l.record(dir)
		if s.State != "FAILED" || s.ExitCode != "75:0" || r.Run.State != rundir.Partial || r.Run.Ranks != 2 || r.Run.Mapping != "mpi" || !strings.Contains(r.Run.Cause, "time limit") || len(r.Run.Positions) == 0 {
			t.Errorf("%s: %s, exit code %s; the run of %d ranks is %s: %q, with %d positions\n%s", name, s.State, s.ExitCode, r.Run.Ranks, r.Run.State, r.Run.Cause, len(r.Run.Positions), l.logs())
		}
	}
}

// TestRequeuesEnd: under mpirun a job is queued again as often as it may be. When
// that is over it goes on by the command that it prints, as another job, and all
// parts together are what one run gives.
func TestRequeuesEnd(t *testing.T) {
	if !long {
		t.Skip("SKIP: DISPEL4GO_LONG=1 asks for it; TestTimeUnderOtherLaunchers has the first half")
	}
	l := onCluster(t)
	job := l.held()
	id := l.submit(job, "--launcher", "mpirun", "--max-requeues", "2", "--nodes", "2", "--time", "30m")
	for _, run := range []string{id, id + "-2", id + "-3"} {
		l.timeIsUp(id, "hourly-stacks-"+run, "--batch")
	}
	if s := l.until(id, "over", func(s slurm.Status) bool { return s.Over() }); s.State != "FAILED" || s.ExitCode != "75:0" || s.Restarts != "2" {
		t.Errorf("%+v\n%s", s, l.logs())
	}
	l.letGo()
	printed := regexp.MustCompile(`(?m)^for the rest: (.*) --submit$`).FindAllStringSubmatch(l.logs(), -1)
	if len(printed) != 1 {
		t.Fatalf("it does not say how to go on:\n%s", l.logs())
	}
	if s := l.run("bash", "-c", printed[0][1]+" --wait"); s.code != 0 {
		t.Fatalf("%+v\n%s", s, l.logs())
	}
	l.good("run", job, "-q", "--dir", "runs/here")
	l.same("runs/here", "runs/hourly-stacks-"+id+"-4")
	if s := l.run("bash", "-c", printed[0][1]+" --wait"); s.code != 0 || !strings.Contains(s.stderr, "nothing is left to do") {
		t.Errorf("when all is done: %+v", s)
	}
}

// TestArrayInParts: an element of a job array is queued again by itself, and goes on
// where it was.
func TestArrayInParts(t *testing.T) {
	if !long {
		t.Skip("SKIP: DISPEL4GO_LONG=1 asks for it")
	}
	l := onCluster(t)
	job := l.held()
	if err := os.WriteFile(filepath.Join(l.dir, "table.csv"), []byte("noise.seed\n1\n2\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	array := []string{job, "--table", "table.csv", "--nodes", "2", "--cpus-per-task", "1", "--mem", "none", "--mpi", "pmix", "--time", "20m"}
	id := l.submit(array...)
	l.timeIsUp(id+"_2", "hourly-stacks-"+id+"_2")
	l.letGo()
	for _, one := range []string{id + "_2", id + "_1"} {
		l.until(one, "completed", func(s slurm.Status) bool { return s.State == "COMPLETED" })
	}
	l.good("run", job, "-q", "--table", "table.csv", "--row", "2", "--dir", "runs/here")
	l.same("runs/here", "runs/hourly-stacks-"+id+"_2-2")
	if s := l.good(append([]string{"sbatch", "--only-failed"}, array...)...); !strings.Contains(s.stderr, "nothing is left to do") {
		t.Errorf("when all is done: %+v", s)
	}
}
