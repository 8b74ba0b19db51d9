//go:build cgo && linux

package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/engine/enginetest"
	"github.com/dispel4go/dispel4go/mpi"
	"github.com/dispel4go/dispel4go/mpi/mpitest"
	"github.com/dispel4go/dispel4go/partition"
)

// inside is the variable that makes this test binary a rank.
const inside = "DISPEL4GO_TEST_RANK"

// ours is the session of a rank.
var ours *session

func TestMain(m *testing.M) {
	if os.Getenv(inside) == "" {
		os.Exit(m.Run())
	}
	Main(func(ctx context.Context) error {
		ours = sessionOf(ctx)
		world, err := ours.join("")
		if err != nil {
			return err
		}
		before := runtime.NumGoroutine()
		if m.Run() != 0 {
			return errors.New("tests of this rank have failed")
		}
		if err := lost(world, before); err != nil {
			return err
		}
		return mpitest.Pass()
	})
}

// lost tells what runs have left behind that ended well, goroutines beside
// those that were there before included. Some of these take a moment to end.
func lost(world *mpi.World, before int) error {
	buffers, requests := world.Outstanding()
	if buffers == 0 && requests == 0 && runtime.NumGoroutine() <= before {
		return nil
	}
	for until := time.Now().Add(time.Minute); runtime.NumGoroutine() > before && time.Now().Before(until); {
		runtime.Gosched()
	}
	goroutines := runtime.NumGoroutine() - before
	if buffers == 0 && requests == 0 && goroutines <= 0 {
		return nil
	}
	pprof.Lookup("goroutine").WriteTo(os.Stdout, 1)
	return fmt.Errorf("%d buffers, %d requests and %d goroutines are lost", buffers, requests, goroutines)
}

// launched runs a test of this binary as n ranks, and expects it to pass on all
// of them.
func launched(t *testing.T, m mpitest.MPI, n int, test string, env ...string) {
	t.Helper()
	l := rankOf(test, env...)
	l.Ranks = n
	passed(t, n, m.Run(t, l))
}

// rankOf is a launch of ranks that each run a test of this binary: many graphs
// one after the other, so it may take a while where the machine is busy.
func rankOf(test string, env ...string) mpitest.Launch {
	return mpitest.Launch{Args: []string{"-test.run", "^" + test + "$", "-test.timeout", "170s"}, Env: append(env, inside+"=1"), Limit: 3 * time.Minute}
}

// passed expects that n ranks have passed.
func passed(t *testing.T, n int, res mpitest.Result) {
	t.Helper()
	if !res.Done() || res.Passed != n {
		t.Errorf("exit code %d after %v, %d of %d ranks have passed:\n%s", res.Code, res.Took, res.Passed, n, res.Out())
	}
	t.Log(res.Took)
}

// rank is for tests that are what a rank does: others launch them.
func rank(t *testing.T) {
	if ours == nil {
		t.Skip("for ranks, which other tests launch")
	}
}

// runs is how ranks run the graphs of a suite. Rank 0 compares results with
// those of one process; on the others a test is over with its run.
func runs(o Options) enginetest.Runner {
	return func(t testing.TB, ctx context.Context, g *d4.Graph) (*engine.Result, error) {
		o := o
		// However busy the machine is, no call is stuck and no rank is lost.
		o.Mapping, o.Check, o.grace = "mpi", true, time.Minute
		res, err := Graph(context.WithValue(ctx, sessionKey{}, ours), g, o)
		switch {
		case res == nil:
			t.Fatal(err)
		case err != nil:
			return res.Result, err
		case res.Rank != 0:
			t.SkipNow()
		}
		alone, err := Graph(ctx, g, Options{Mapping: "local"})
		if err != nil || !maps.Equal(alone.Sinks, res.Sinks) {
			t.Errorf("one process: %v, %v; %d ranks: %v", err, alone.Sinks, len(res.Plan.Ranks), res.Sinks)
		}
		return res.Result, nil
	}
}

// What a rank does: the engine suite with ranks of one core and of two, and
// with stages of several PEs.
func TestRankEngine(t *testing.T) {
	rank(t)
	for _, o := range []Options{
		{Cores: 1, Fuse: partition.Off, Memory: 1 << 20},
		{Cores: 2, Fuse: partition.Off, Memory: 1 << 20},
		{Cores: 2},
	} {
		t.Run(fmt.Sprintf("%d cores, fuse %s", o.Cores, o.Fuse), func(t *testing.T) { enginetest.Run(t, runs(o)) })
	}
}

// TestEngine: the engine suite passes with one to four ranks under every MPI.
func TestEngine(t *testing.T) {
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) {
		for n := 1; n <= 4; n++ {
			t.Run(fmt.Sprintf("n=%d", n), func(t *testing.T) { launched(t, m, n, "TestRankEngine") })
		}
	})
}

// TestEngineOnTwoNodes: and so it does across hosts.
func TestEngineOnTwoNodes(t *testing.T) {
	nodes := mpitest.NewNodes(t)
	nodes.Each(t, func(t *testing.T, m mpitest.MPI, each int) {
		passed(t, 2*each, nodes.Run(t, m, each, rankOf("TestRankEngine")))
	})
}
