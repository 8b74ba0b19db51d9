//go:build cgo && linux

package mpi

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/mpi/internal/abi"
	"github.com/dispel4go/dispel4go/mpi/mpitest"
	"github.com/dispel4go/dispel4go/transport"
)

// setting is what a test tells its ranks, or "".
func setting(name string) string {
	for _, field := range strings.Fields(os.Getenv(inside)) {
		if value, ok := strings.CutPrefix(field, name+"="); ok {
			return value
		}
	}
	return ""
}

// What a rank does: rank 1 goes wrong in some way while the others wait.
func TestRankFails(t *testing.T) {
	e := open(t)
	if e.Rank() == 1 {
		switch setting("by") {
		case "kill":
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		case "exit0":
			os.Exit(0)
		case "exit3":
			os.Exit(3)
		case "nil":
			var p *int
			*p = 1
		case "abort":
			e.Abort(errors.New("the disk is full"))
		case "library": // an error of MPI
			e.world.calls.Lock()
			e.world.fail(errors.New("the disk is full"))
			e.world.calls.Unlock()
		}
	}
	if e.Rank() == 2 && setting("rank2") == "computes" {
		for { // and never polls
			syscall.Getpid()
		}
	}
	_, err := e.Poll(nil, true)
	for err == nil {
		_, err = e.Poll(nil, true)
	}
	var abort *transport.AbortError
	if !errors.As(err, &abort) || abort.Rank != 1 {
		t.Error(err)
	}
	e.Close()
	t.Fatal("the run has failed") // as a program would end
}

// Whatever happens to a rank, all end soon and the launcher tells.
func TestFailures(t *testing.T) {
	eachMPI(t, func(t *testing.T, r mpitest.MPI) {
		for _, c := range []struct {
			by, rank2 string
			want      string // in the output, once
		}{
			{"kill", "", ""},
			{"exit0", "", ""},
			{"exit3", "", ""},
			{"nil", "", "nil pointer dereference"},
			{"abort", "", "dispel4go: transport: rank 1 aborted: the disk is full"},
			{"library", "", "dispel4go: transport: rank 1 aborted: the disk is full"},
			{"abort", "computes", "dispel4go: transport: rank 1 aborted: the disk is full"},
		} {
			t.Run(c.by+c.rank2, func(t *testing.T) {
				res := launched(t, r, 3, "^TestRankFails$", "by="+c.by, "rank2="+c.rank2)
				if res.Code == 0 || res.Took > 20*time.Second {
					t.Errorf("exit code %d after %v", res.Code, res.Took)
				}
				if n := strings.Count(res.Out(), c.want); c.want != "" && n != 1 {
					t.Errorf("the cause is named %d times", n)
				}
				if t.Failed() {
					t.Log(res.Out())
				}
				t.Log(res.Took)
			})
		}
	})
}

// A library of another installation would see ranks that are alone.
func TestWrongLibrary(t *testing.T) {
	if world != nil {
		t.Skip("launches ranks")
	}
	openMPI, hydra := mpitest.Get(t, "Open MPI 4"), mpitest.Get(t, "MPICH 4")
	for _, c := range []struct {
		r        mpitest.MPI
		wish     abi.Flavor
		launcher string
	}{
		{openMPI, abi.MPICH, "Open MPI's mpirun"},
		{hydra, abi.OpenMPI, "MPICH's mpirun"},
	} {
		wrong := c.r
		wrong.Flavor = c.wish
		res := launched(t, wrong, 2, "^TestRankSuite$")
		// Where the library was found depends on what is installed.
		why := regexp.MustCompile("mpi: " + c.launcher + ` started 2 ranks, but \S*libmpi\S* \(.*\) sees 1: it does not belong to this launcher`)
		if res.Code == 0 || !why.MatchString(res.Out()) {
			t.Errorf("%s: exit code %d\n%s", c.r.Name, res.Code, res.Out())
		}
	}
}
