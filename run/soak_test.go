//go:build cgo && linux

package run

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/engine/enginetest"
	"github.com/dispel4go/dispel4go/mpi/mpitest"
	"github.com/dispel4go/dispel4go/partition"
)

var (
	soakLaunches = flag.Int("soak", 40, "launches of TestSoak")
	soakSeed     = flag.Uint64("soakseed", 0, "repeat the one launch of this seed")
)

// A soaking is one launch of TestSoak: all of it follows from its seed, on
// every rank.
type soaking struct {
	rng   *rand.Rand
	ranks int
	runs  int
	end   string // what happens in the last run: nothing, or to the rank that gets an item
}

func newSoaking(seed uint64) soaking {
	rng := rand.New(rand.NewPCG(seed, 7))
	s := soaking{rng: rng, ranks: 1 + rng.IntN(5), runs: 2 + rng.IntN(4)}
	if ends := []string{"kill", "exit 0", "exit 3"}; rng.IntN(4) == 0 {
		s.end = ends[rng.IntN(len(ends))]
	}
	return s
}

// soakVariable is the variable that tells ranks the seed.
const soakVariable = "DISPEL4GO_TEST_SOAK"

// What a rank does: random graphs one after the other, of which some fail over
// an item and the last may end a rank.
func TestRankSoak(t *testing.T) {
	rank(t)
	var seed uint64
	fmt.Sscan(os.Getenv(soakVariable), &seed)
	s := newSoaking(seed)
	for k := range s.runs {
		// 256 KiB to 256 MiB: from windows of one frame or less to the largest that there are.
		o := Options{Cores: s.rng.IntN(3), Fuse: partition.Fuse(s.rng.IntN(3)), Memory: 256 << 10 << s.rng.IntN(11)}
		last, fails := k == s.runs-1, s.rng.IntN(3) == 0
		graph := rand.New(rand.NewPCG(seed, uint64(100+k)))
		if last && s.end != "" || fails {
			var got atomic.Int64
			at := 1 + s.rng.Int64N(300)
			g := enginetest.Random(graph, func() error {
				if got.Add(1) < at {
					return nil
				}
				if last {
					vanish(s.end)
				}
				return errors.New("this was planned")
			})
			_, err := runs(o)(t, t.Context(), g)
			var f *engine.Failure
			if !errors.As(err, &f) || !strings.Contains(f.Text, "this was planned") && (!last || s.end == "") {
				t.Errorf("run %d: expected the failure that was planned, got %v", k, err)
			}
			continue
		}
		g := enginetest.Random(graph, nil)
		for _, e := range g.Elements {
			if e.IsSource() {
				e.Calls = s.rng.IntN(1 << s.rng.IntN(12))
			}
		}
		t.Run(fmt.Sprint("run ", k), func(t *testing.T) {
			res, err := runs(o)(t, t.Context(), g)
			if err != nil {
				t.Fatal(err)
			}
			enginetest.Compare(t, res)
		})
	}
}

// vanish ends this rank.
func vanish(how string) {
	switch how {
	case "kill":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "exit 0":
		os.Exit(0)
	case "exit 3":
		os.Exit(3)
	}
}

// TestSoak launches random graphs as any number of ranks under every MPI:
// results are those of the oracle, failures are those that were planned,
// nothing is left behind, and no launch takes long.
func TestSoak(t *testing.T) {
	all := mpitest.All(t)
	if len(all) == 0 {
		mpitest.Missing(t, "an MPI")
	}
	began, vanished := time.Now(), 0
	var longest time.Duration
	var slowest uint64 // its seed
	for k := range *soakLaunches {
		seed := uint64(k + 1)
		if *soakSeed != 0 {
			seed = *soakSeed
		}
		s, m := newSoaking(seed), all[int(seed)%len(all)]
		l := rankOf("TestRankSoak", fmt.Sprint(soakVariable, "=", seed))
		l.Ranks = s.ranks
		res := m.Run(t, l)
		if res.Took > longest {
			longest, slowest = res.Took, seed
		}
		if s.end != "" {
			vanished++
		}
		if s.end == "" && (res.Code != 0 || res.Passed != s.ranks) || s.end != "" && res.Code == 0 {
			t.Fatalf("-soakseed %d: %s, %d ranks, %s: exit code %d after %v:\n%s", seed, m.Name, s.ranks, s.end, res.Code, res.Took, res.Out())
		}
		if *soakSeed != 0 {
			break
		}
		if k%100 == 99 {
			t.Logf("%d launches", k+1)
		}
	}
	t.Logf("%d launches, in %d of which a rank vanished, in %v, the longest %v (-soakseed %d)", *soakLaunches, vanished, time.Since(began), longest, slowest)
}
