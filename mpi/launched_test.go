//go:build cgo && linux

package mpi

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/mpi/internal/abi"
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
		if set == "pieces" {
			opts.piece = 100_000
		}
	}
	var err error
	if world, err = Init(opts); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	code := m.Run()
	if err := world.Finalize(); err != nil {
		fmt.Println(err)
		code = 1
	}
	if n := world.frames.out; n != 0 && world.aborted.Load() == nil {
		fmt.Println(n, "buffers are lost")
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

// A row is an MPI to run under.
type row struct {
	name   string
	l      Launcher
	flavor abi.Flavor
}

// required are the rows that have to be there in continuous integration.
var required = []string{"Open MPI 4", "MPICH 4", "MPICH 5", "MPICH 5 standard"}

// rows lists what is installed here.
var rows = sync.OnceValues(func() ([]row, error) {
	wheels, err := filepath.Glob("../build/mpi-wheels/*/bin") // of scripts/mpi.sh
	if err != nil {
		return nil, err
	}
	for i := range wheels {
		if wheels[i], err = filepath.Abs(wheels[i]); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var list []row
	for _, l := range Launchers(ctx, wheels...) {
		vendor := l.Name[:strings.LastIndexByte(l.Name, ' ')]
		for _, f := range l.Flavors {
			r := row{name: fmt.Sprint(vendor, " ", l.Major()), l: l}
			if f == abi.Standard { // the only one that has to be asked for
				r.name += " standard"
				r.flavor = f
			}
			if slices.ContainsFunc(list, func(o row) bool { return o.name == r.name }) {
				r.name += " in " + filepath.Dir(l.Path)
			}
			list = append(list, r)
		}
	}
	return list, nil
})

// eachMPI runs a test under every MPI that is here: under the required ones,
// or under all with DISPEL4GO_MPI_ALL set.
func eachMPI(t *testing.T, test func(t *testing.T, r row)) {
	t.Helper()
	if world != nil {
		t.Skip("launches ranks")
	}
	list, err := rows()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range required {
		if slices.ContainsFunc(list, func(r row) bool { return r.name == name }) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if os.Getenv("CI") == "true" {
				t.Fatal("not here; scripts/mpi.sh installs it")
			}
			t.Skip("SKIP: not here; scripts/mpi.sh installs it")
		})
	}
	for _, r := range list {
		if os.Getenv("DISPEL4GO_MPI_ALL") == "" && !slices.Contains(required, r.name) {
			continue
		}
		t.Run(r.name, func(t *testing.T) { test(t, r) })
	}
}

// A result is what has become of a launch.
type result struct {
	out  string
	code int
	took time.Duration
}

// launched runs tests of this binary as n ranks, for at most a minute.
func (r row) launched(t *testing.T, n int, tests string, settings ...string) result {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := r.l.Command(ctx, n, r.flavor, program, "-test.run", tests, "-test.v", "-test.timeout", "55s")
	cmd.Env = append(cmd.Env, inside+"=rank "+strings.Join(settings, " "))
	cmd.WaitDelay = time.Second
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	res := result{string(out), 0, time.Since(begin)}
	if exit, ok := err.(*exec.ExitError); ok {
		res.code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Fatalf("no end after %v:\n%s", res.took, res.out)
	}
	return res
}

// passes checks that all ranks have passed.
func (res result) passes(t *testing.T, n int) {
	t.Helper()
	if res.code != 0 || strings.Count(res.out, "\nPASS") != n {
		t.Errorf("exit code %d after %v:\n%s", res.code, res.took, res.out)
	}
}
