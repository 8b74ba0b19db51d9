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

	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

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
	outcomeOf(t, program(dir, "run", "job.toml", "--time-limit", "20ms", "--digest=false")).oneLine(t, run.ExitTimeLimit, "time limit")
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
