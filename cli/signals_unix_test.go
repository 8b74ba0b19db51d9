//go:build unix

package cli_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

// bad.TimeUp sends its own program, and no other rank, the signal that time is up.
func init() {
	bads["bad.TimeUp"] = func(*bad) error { return syscall.Kill(os.Getpid(), syscall.SIGUSR2) }
}

// TestStopped: an endless run is stopped by a signal, finishes what is under
// way and says that its results are partial.
func TestStopped(t *testing.T) {
	for _, c := range []struct {
		name   string
		signal syscall.Signal
		code   int
		stderr string
	}{
		{"interrupt", syscall.SIGINT, run.ExitInterrupt, "interrupted"},
		{"terminate", syscall.SIGTERM, run.ExitTerminate, "interrupted"},
		{"time is up", syscall.SIGUSR2, run.ExitTimeLimit, "time limit"},
	} {
		for _, how := range [][]string{nil, {"-n", "2"}, {"--cores", "1"}} {
			t.Run(c.name+strings.Join(how, ""), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				pipe(t, dir, "bad.Words", `bad.Tell with = { at = "first" }`, "pes.WriteLines")
				cmd := program(dir, append([]string{"run", "job.toml", "--dir", "run"}, how...)...)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				stdout := began(t, cmd, "first")
				cmd.Process.Signal(c.signal)
				rest, _ := io.ReadAll(stdout)
				cmd.Wait()
				if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(stderr.String(), c.stderr) {
					t.Errorf("exit code %d, expected %d: %s", code, c.code, stderr.String())
				}
				if !strings.Contains(string(rest), "partial") {
					t.Errorf("stdout does not say that it is partial: %s", rest)
				}
				r := open(t, filepath.Join(dir, "run"))
				if r.Run.State != rundir.Partial || len(r.Rows) == 0 || len(r.Temporary) > 0 {
					t.Errorf("the run is %s, with %d rows and temporary files %v", r.Run.State, len(r.Rows), r.Temporary)
				}
				f, err := os.Open(filepath.Join(dir, "run", "outputs", "lines.txt"))
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				lines := uint64(0)
				for s := bufio.NewScanner(f); s.Scan(); lines++ {
				}
				if lines == 0 || lines != r.Run.Result.Sinks["p2"].Items || lines != r.Run.Items["p0"] {
					t.Errorf("%d lines, but %d items at the sink and %d emitted", lines, r.Run.Result.Sinks["p2"].Items, r.Run.Items["p0"])
				}
			})
		}
	}
}

// TestTimeLimit does the same by a flag.
func TestTimeLimit(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "bad.Words", "pes.Discard")
	outcomeOf(t, program(dir, "run", "job.toml", "-q", "--time-limit", "20ms", "--digest=false")).oneLine(t, run.ExitTimeLimit, "time limit")
}

// TestUnattended: Ctrl-C ends who waits for a job, and not the job, and says so.
func TestUnattended(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "pes.Range", "pes.Discard")
	for name, text := range map[string]string{
		"sbatch": "echo 7", "squeue": `printf '7\037row\037RUNNING\037None\0370:05\0371:00:00\037n1\037N/A\037/x\n'`, "log": "7  printed",
		"scontrol": "echo 'JobId=7 JobName=row UserId=root(0) JobState=RUNNING StdOut=" + filepath.Join(dir, "log") + "'",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range []string{"sbatch job.toml --wait", "logs -f 7"} {
		cmd := program(dir, strings.Fields(args)...)
		cmd.Env = append(cmd.Env, "PATH="+dir)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		stdout := began(t, cmd, "7  ")
		cmd.Process.Signal(syscall.SIGINT)
		io.ReadAll(stdout)
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != run.ExitInterrupt || !strings.HasSuffix(stderr.String(), "interrupted; job 7 goes on without: cancel 7 ends it\n") {
			t.Errorf("%s: exit code %d: %s", args, code, stderr.String())
		}
	}
}

// TestTwice: a PE that ignores that it is to stop does not keep a second
// Ctrl-C from ending the program.
func TestTwice(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "bad.Deaf", "pes.WriteLines")
	cmd := program(dir, "run", "job.toml", "--dir", "run", "--fuse", "all") // so that the sink is open too
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr := began(t, cmd, "deaf"), bufio.NewReader(pipe)
	cmd.Process.Signal(syscall.SIGINT)
	readTo(t, stderr, "stopping") // until then the system may make one of two signals
	cmd.Process.Signal(syscall.SIGTERM)
	io.ReadAll(stdout)
	io.ReadAll(stderr)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != run.ExitTerminate {
		t.Errorf("exit code %d", code)
	}
	if r := open(t, filepath.Join(dir, "run")); r.Run.State != rundir.Incomplete || len(r.Outputs) > 0 || len(r.Temporary) != 1 {
		t.Errorf("the run is %s, with outputs %v and temporary files %v", r.Run.State, r.Outputs, r.Temporary)
	}
}

// TestKilledEfficiency: a run that was killed says what it took, as of the last time
// that it told, beside what its job was given.
func TestKilledEfficiency(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "bad.Words", `bad.Tell with = { at = "first" }`, "pes.Discard")
	cmd := program(dir, "run", "job.toml", "--dir", "run", "-q", "-n", "2", "--cores", "1")
	cmd.Env = append(cmd.Env, "SLURM_JOB_ID=12", "SLURM_JOB_NUM_NODES=1", "SLURM_NTASKS=2", "SLURM_CPUS_PER_TASK=2", "SLURM_MEM_PER_NODE=100000", "SLURM_JOB_START_TIME=1000", "SLURM_JOB_END_TIME=4600")
	stdout := began(t, cmd, "first")
	for end := time.Now().Add(time.Minute); len(open(t, filepath.Join(dir, "run")).Run.Usage) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it has not told of itself in a minute")
		}
	}
	cmd.Process.Kill()
	io.ReadAll(stdout)
	cmd.Wait()
	got := outcomeOf(t, program(dir, "report", "run"))
	if got.code != 0 || !strings.Contains(got.stdout, "incomplete") || !strings.Contains(got.stdout, "% of 4 cores") || !strings.Contains(got.stdout, "of what was asked for") ||
		!strings.Contains(got.stdout, "of the limit") || !strings.Contains(got.stdout, "next time ask for memory: ") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
}
