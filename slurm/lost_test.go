//go:build linux

package slurm_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
)

// TestCancel ends a job: what has come is there, and says that it is not all.
func TestCancel(t *testing.T) {
	l := onCluster(t)
	job := l.held()
	id := l.submit(job, "--time", "10m")
	l.until(id, "running", func(s slurm.Status) bool {
		_, err := os.Stat(filepath.Join(l.dir, "runs", "hourly-stacks-"+id, "run.json"))
		return s.State == "RUNNING" && err == nil
	})
	if s := l.good("logs", id); !strings.Contains(s.stdout, "job "+id+" on n") {
		t.Errorf("its log is %q", s.stdout)
	}
	l.good("cancel", "runs/hourly-stacks-"+id)
	l.until(id, "cancelled", func(s slurm.Status) bool { return s.State == "CANCELLED" })
	s := l.good("logs", "-f", id)
	r := l.record("runs/hourly-stacks-" + id)
	if r.Run.State != rundir.Partial || !strings.Contains(s.stdout, "interrupted") {
		t.Errorf("the run is %s: %s", r.Run.State, s.stdout)
	}
	if s := l.good("status", id); !strings.Contains(s.stdout, "CANCELLED") || !strings.Contains(s.stdout, "partial") {
		t.Errorf("%s", s.stdout)
	}
	if s := l.d4("cancel", id); s.code != 2 || s.stderr != "job "+id+" is over: it is CANCELLED\n" {
		t.Errorf("cancelled again: %+v", s)
	}
	if s := l.d4("cancel", "999999"); s.code != 2 || !strings.Contains(s.stderr, "unknown to Slurm: the job 999999") {
		t.Errorf("%+v", s)
	}
	if s := l.d4("status", "999999"); s.code != 2 || !strings.Contains(s.stderr, "unknown to Slurm: the job 999999") {
		t.Errorf("%+v", s)
	}
}

// TestLostNode ends all that runs on a node. The run ends within half a minute
// and says which node; with requeue the job begins anew and gives the same.
func TestLostNode(t *testing.T) {
	l := onCluster(t)
	job := l.held()
	id := l.submit(job, "--nodes", "2", "--time", "10m", "--mpi", "pmix")
	l.underWay(id, "hourly-stacks-"+id)
	slurmDir := filepath.Join(l.c.dir, "slurm")
	if out, err := exec.Command("../scripts/nodes.sh", "crash", filepath.Join(slurmDir, "nodes"), "n2").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	lost := time.Now()
	over := regexp.MustCompile(`(?m)^state +failed|exit code [1-9]\d*, |srun: error: .*(Exited|Killed|Aborted)|JOB \d+ ON n1 CANCELLED`)
	for !over.MatchString(l.logs()) {
		if time.Since(lost) > 30*time.Second {
			t.Fatalf("%v after the node was lost:\n%s", time.Since(lost), l.logs())
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Logf("the run ended %.1f s after the node was lost", time.Since(lost).Seconds())
	if out, err := exec.Command("../scripts/slurm.sh", "node", slurmDir, "n2").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if log := l.logs(); !strings.Contains(log, "n2") {
		t.Errorf("the node is not named:\n%s", log)
	}
	l.letGo()
	l.good("run", job, "-q", "--dir", "runs/here")
	l.until(id, "completed", func(s slurm.Status) bool { return s.State == "COMPLETED" })
	parts, err := rundir.Parts(filepath.Join(l.dir, "runs", "hourly-stacks-"+id))
	if err != nil || len(parts) != 2 {
		t.Fatalf("%d parts: %v\n%s", len(parts), err, l.logs())
	}
	l.same("runs/here", l.rel(parts[1].Path))
}

// TestLeash: what scripts/nodes.sh has started ends with the program that started it,
// killed or not.
func TestLeash(t *testing.T) {
	held, leash, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	defer leash.Close() // again does no harm
	dir := t.TempDir()
	up := exec.Command("../scripts/nodes.sh", "up", filepath.Join(dir, "nodes"), "1")
	up.ExtraFiles, up.Env = []*os.File{held}, append(os.Environ(), "NODES_LEASH=3")
	out, err := up.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 && os.Getenv("CI") != "true" {
		t.Skipf("SKIP: %s", out)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	hub, err := os.ReadFile(filepath.Join(dir, "nodes", "outside"))
	if err != nil {
		t.Fatal(err)
	}
	line := filepath.Join("/proc", strings.TrimSpace(string(hub)), "cmdline")
	here := func() bool { text, err := os.ReadFile(line); return err == nil && strings.Contains(string(text), dir) }
	if !here() {
		t.Fatal("there is no hub")
	}
	leash.Close()
	for end := time.Now().Add(30 * time.Second); here(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the hub is still there after 30 s")
		}
	}
}
