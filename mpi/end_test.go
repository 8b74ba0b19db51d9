//go:build cgo && linux

package mpi

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/mpi/mpitest"
	"github.com/dispel4go/dispel4go/transport"
	"github.com/dispel4go/dispel4go/transport/transporttest"
)

func open(t testing.TB) *End {
	e, err := here(t).Transport()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// What a rank does.
func TestRankSuite(t *testing.T) { transporttest.Rank(t, open(t)) }
func TestRankAbort(t *testing.T) { transporttest.RankAbort(t, open(t)) }

// TestRankRuns: one run after the other, in which some ranks are quicker than
// others, and frames that nobody polls.
func TestRankRuns(t *testing.T) { runs(t, func(*End) {}) }

// TestRankMetered: the same with every link measured, as between nodes: when
// the run ends, probes are under way or would be due.
func TestRankMetered(t *testing.T) {
	runs(t, func(e *End) {
		for to := range e.peers {
			if to != e.Rank() {
				e.peers[to].meter = &meter{}
			}
		}
	})
}

func runs(t *testing.T, begin func(*End)) {
	for run := range 30 {
		e := open(t)
		begin(e)
		if _, err := e.world.Transport(); err == nil {
			t.Fatal("a second transport is open")
		}
		n := 1 + (run+e.Rank())%7
		for i := range n {
			for to := range e.Size() {
				if to == e.Rank() {
					continue
				}
				frame := e.Alloc(1 + i*30_000)
				frame[0] = byte(run)
				if !e.TrySend(to, frame, [][]byte{make([]byte, 5000*n)}, 1) {
					e.Free(frame)
				}
			}
		}
		if run%3 != e.Rank()%3 && e.Size() > 1 {
			events, err := e.Poll(nil, true)
			if err != nil {
				t.Fatal(err)
			}
			for _, ev := range events {
				if ev.Kind != transport.Received {
					continue
				}
				if got := int(ev.Frame[0]); got != run {
					t.Fatalf("a frame of run %d in run %d", got, run)
				}
				e.Free(ev.Frame)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		buffers, requests := e.world.Outstanding()
		if n := e.Outstanding(); n != 0 || buffers != 0 || requests != 0 {
			t.Fatalf("%d frames, %d buffers, %d requests outstanding", n, buffers, requests)
		}
	}
}

// TestRankIdle: a rank that waits costs less than a twentieth of a core.
func TestRankIdle(t *testing.T) {
	e := open(t)
	defer e.Close()
	const long = 2 * time.Second
	begin := mpitest.ProcessorTime(t)
	var over atomic.Bool
	time.AfterFunc(long, func() {
		over.Store(true)
		e.Wake()
	})
	for !over.Load() {
		if _, err := e.Poll(nil, true); err != nil {
			t.Fatal(err)
		}
	}
	share := float64(mpitest.ProcessorTime(t)-begin) / float64(long)
	t.Logf("a rank that waits takes %.3f of a core", share)
	if share > 0.05 {
		t.Errorf("more than 0.05")
	}
}

// The suite passes with any number of ranks under any MPI.
func TestSuite(t *testing.T) {
	eachMPI(t, func(t *testing.T, r mpitest.MPI) {
		for n := 1; n <= 4; n++ {
			t.Run(fmt.Sprintf("n=%d", n), func(t *testing.T) {
				res := launched(t, r, n, "^TestRankSuite$")
				passes(t, res, n)
				t.Log(res.Took)
			})
		}
		t.Run("pieces", func(t *testing.T) {
			passes(t, launched(t, r, 2, "^TestRankSuite$/(sizes|parts|close_drains)$", "pieces"), 2)
		})
		t.Run("runs", func(t *testing.T) { passes(t, launched(t, r, 3, "^TestRankRuns$"), 3) })
		t.Run("metered", func(t *testing.T) { passes(t, launched(t, r, 3, "^TestRankMetered$"), 3) })
		t.Run("idle", func(t *testing.T) { passes(t, launched(t, r, 2, "^TestRankIdle$"), 2) })
		t.Run("abort", func(t *testing.T) {
			res := launched(t, r, 3, "^TestRankAbort$", "patient")
			if n := strings.Count(res.Out(), "the disk is full"); n != 1 || res.Passed != 3 {
				t.Errorf("%d causes:\n%s", n, res.Out())
			}
		})
	})
}
