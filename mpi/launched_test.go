//go:build cgo && linux

package mpi

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/mpi/mpitest"
)

// inside is the variable that makes this test binary a rank. Its value is the
// kind of launch.
const inside = "DISPEL4GO_TEST_RANK"

// world is this rank's, where this is one.
var world *World

func TestMain(m *testing.M) {
	if os.Getenv(inside) == "" {
		os.Exit(m.Run())
	}
	var opts Options
	for _, set := range strings.Fields(os.Getenv(inside)) {
		switch set {
		case "pieces":
			opts.piece = 100_000
		case "patient": // however busy the machine is
			opts.Grace = time.Minute
		}
	}
	var err error
	if world, err = Init(opts); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	code := m.Run()
	if code == 0 {
		if err := mpitest.Pass(); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	if err := world.Finalize(); err != nil {
		fmt.Println(err)
		code = 1
	}
	if buffers, requests := world.Outstanding(); buffers+requests != 0 && world.aborted.Load() == nil {
		fmt.Println(buffers, "buffers and", requests, "requests are lost")
		code = 1
	}
	os.Exit(code)
}

// here is this rank's world. Where this is no rank the test is left out: it is
// for ranks, and another test launches them.
func here(t testing.TB) *World {
	if world == nil {
		t.Skip("for ranks, which other tests launch")
	}
	return world
}

// launched runs tests of this binary as n ranks.
func launched(t *testing.T, m mpitest.MPI, n int, tests string, settings ...string) mpitest.Result {
	t.Helper()
	return m.Run(t, mpitest.Launch{Ranks: n, Args: []string{"-test.run", tests, "-test.v", "-test.timeout", "55s"},
		Env: []string{inside + "=rank " + strings.Join(settings, " ")}})
}

// eachMPI runs a test under every MPI that is here.
func eachMPI(t *testing.T, test func(t *testing.T, m mpitest.MPI)) {
	t.Helper()
	if world != nil {
		t.Skip("launches ranks")
	}
	mpitest.Each(t, test)
}

// passes checks that all ranks have passed.
func passes(t *testing.T, res mpitest.Result, n int) {
	t.Helper()
	if res.Code != 0 || res.Passed != n {
		t.Errorf("exit code %d after %v, %d of %d ranks have passed:\n%s", res.Code, res.Took, res.Passed, n, res.Out())
	}
}
