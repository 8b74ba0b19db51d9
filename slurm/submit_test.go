//go:build linux

package slurm_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/slurm"
)

// TestScriptsOnSlurm: what sbatch prints is what Slurm takes.
func TestScriptsOnSlurm(t *testing.T) {
	l := onCluster(t)
	job := l.example("wordcount.toml")
	for _, args := range [][]string{nil, {"--nodes", "2", "--ntasks-per-node", "2", "--cpus-per-task", "2", "--exclusive", "--time", "1d", "--time-min", "1h"},
		{"--name", `it's "a" name`, "--mem-per-cpu", "2GiB", "--requeue", "--mail-type", "NONE", "--hint", "nomultithread", "--extra", `--comment="a b"`}} {
		s := l.good(append([]string{"sbatch", job, "--test"}, args...)...)
		if !strings.Contains(s.stderr, "to start at") {
			t.Errorf("%v: Slurm says %q", args, s.stderr)
		}
	}
	for _, c := range [][]string{
		{"--partition", "btch", `site generic has no partition "btch"; there are batch, short; did you mean "batch"?`},
		{"--partition", "short", "--time", "1h", "time 01:00:00 is above the limit of short, which is 00:10:00"},
		{"--cpus-per-task", "5", "1 ranks of 5 cores do not fit on a node of batch, which has 4"},
		{"--mem", "17GiB", "17 GiB of memory is asked for on each node, but a node of batch has 15.62 GiB"},
		{"--nodes", "3", "nodes = 3: batch takes 1 to 2 in one job"},
	} {
		s := l.d4(append([]string{"sbatch", job, "--test"}, c[:len(c)-1]...)...)
		if s.code != 2 || !strings.Contains(s.stderr, c[len(c)-1]) || strings.Count(s.stderr, "\n") != 1 {
			t.Errorf("%v: exit code %d: %s", c, s.code, s.stderr)
		}
	}
}

// TestNames: a job may be called anything, also what looks like its state.
func TestNames(t *testing.T) {
	l := onCluster(t)
	for _, name := range []string{`a|b "c" d`, "x JobState=FAILED UserId=y"} {
		id := l.submit(l.example("wordcount.toml"), "--name", name, "--extra", "--hold")
		s := l.until(id, "held", func(s slurm.Status) bool { return s.State == "PENDING" })
		if s.Name != name || s.Folder != l.dir || s.From != "squeue" {
			t.Errorf("%+v", s)
		}
		l.good("cancel", id)
		l.until(id, "cancelled", func(s slurm.Status) bool { return s.State == "CANCELLED" && s.Name == name && s.From == "scontrol" })
	}
	// Others have more ways to name theirs.
	name := "x JobState=FAILED\nJobId=7 JobName=y UserId=root(0) JobState=TIMEOUT"
	s := l.run("sbatch", "--parsable", "--hold", "--job-name="+name, "--comment=c StdOut=/dev/zero", "--output=other-%j.log", "--wrap", "true")
	if s.code != 0 {
		t.Fatalf("%+v", s)
	}
	id := strings.TrimSpace(s.stdout)
	l.until(id, "held", func(s slurm.Status) bool { return s.State == "PENDING" && s.Name == name })
	l.good("cancel", id)
	l.until(id, "cancelled", func(s slurm.Status) bool {
		return s.State == "CANCELLED" && s.ID == id && s.Name == name && s.Log == filepath.Join(l.dir, "other-"+id+".log")
	})
	if s := l.good("status", id); strings.Count(s.stdout, "\n") != 1 {
		t.Errorf("it is told of in more than one line: %q", s.stdout)
	}
}

// TestNewSite asks the cluster about itself.
func TestNewSite(t *testing.T) {
	l := onCluster(t)
	file := strings.TrimSpace(l.good("sites", "new", "mine").stdout)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := slurm.ParseSite(file, text)
	if err != nil || s.Cluster != "testing" || s.Partition("short").Limit() != 10*time.Minute || s.Partition("").Name != "batch" || s.Partition("").Cores != 4 || s.Default["mpi"] != "pmix" {
		t.Errorf("%v\n%s", err, text)
	}
	if s := l.d4("sites", "new", "mine"); s.code != 2 || !strings.Contains(s.stderr, "exists") {
		t.Errorf("%+v", s)
	}
	// It is the one that is used here from now on.
	if s := l.good("sbatch", l.example("wordcount.toml")); !strings.Contains(s.stdout, "srun --mpi=pmix") {
		t.Errorf("%s", s.stdout)
	}
}
