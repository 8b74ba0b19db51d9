//go:build unix

package storm_test

import (
	"io"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/storm"
)

// TestTimeIsUp: an endless run that is told that time is up stops, and what has been
// emitted has arrived.
func TestTimeIsUp(t *testing.T) {
	c := storm.NewFakeCluster(t)
	dir := filepath.Join(t.TempDir(), "run")
	cmd := program("run", row(t, "bad.Words with = { items = 0 }", "bad.Prints", "pes.Discard"), "--mapping", "storm", "--nimbus", c.Address, "-q", "--dir", dir)
	stdout, errs := begun(t, cmd, "seen by the user")
	cmd.Process.Signal(syscall.SIGUSR2)
	io.Copy(io.Discard, stdout)
	cmd.Wait()
	outcome{code: cmd.ProcessState.ExitCode(), stderr: errs.String()}.fails(t, run.ExitTimeLimit, "time limit reached")
	r := open(t, dir)
	if r.Run.State != rundir.Partial || len(r.Rows) != 3 || r.Run.Items["p0"] == 0 || r.Run.Items["p0"] != r.Run.Result.Sinks["p2"].Items {
		t.Errorf("the run is %s, with %d rows, items %v and sinks %v", r.Run.State, len(r.Rows), r.Run.Items, r.Run.Result.Sinks)
	}
	if left := c.Running(); len(left) > 0 {
		t.Errorf("topologies %v still run", left)
	}
}
