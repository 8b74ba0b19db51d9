//go:build cgo && linux && bench

package mpi

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/internal/garbage"
	"github.com/dispel4go/dispel4go/mpi/mpitest"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/transport"
)

// rounds of each measurement, C and Go in turn; medians are compared.
const rounds = 9

// A measure is something that both a C program and we do between two ranks. Both return when rank 0 knows that all of it has been done.
type measure struct {
	name  string
	bytes int // of one message
	count int
	unit  string
	// median, if it is not nil, is where c and g leave the median of the time
	// of a round; else all of it counts.
	median *time.Duration
	c, g   func(e *End, m measure) error
}

var measures = []measure{
	{"stream_64K_frames", 64 << 10, 8000, "GB/s", nil, cStream, moves(bench.Stream(8000, 64<<10))},
	{"stream_64K_parts", 64 << 10, 4000, "GB/s", nil, cStream, moves(bench.Stream(4000, 64, make([]byte, 64<<10)))},
	{"stream_1M_parts", 1 << 20, 300, "GB/s", nil, cStream, moves(bench.Stream(300, 64, make([]byte, 1<<20)))},
	{"stream_16M_parts", 16 << 20, 20, "GB/s", nil, cStream, moves(bench.Stream(20, 64, make([]byte, 16<<20)))},
	{"stream_1K_frames", 1 << 10, 50000, "GB/s", nil, cStream, moves(bench.Stream(50000, 1<<10))},
	{"bounce_8", 8, 5000, "us", new(time.Duration), cBounce, bounce},
	{"bounce_64K", 64 << 10, 2000, "us", new(time.Duration), cBounce, bounce},
	// The engine beside the same loops: packed numbers, and one at a time.
	{"engine_numbers", 64 << 10, 2000, "GB/s", nil, cPacked, numbers},
	{"engine_trips", 8, 3000, "us", new(time.Duration), cBounce, trips},
}

func cStream(e *End, m measure) error { return cMessages(e, m, 0) }

// cPacked is cStream with numbers that are put in and taken out one by one.
func cPacked(e *End, m measure) error { return cMessages(e, m, 1) }

func cMessages(e *End, m measure, items int) error {
	if e.Rank() == 0 {
		if err := e.world.lib.BenchSend(1, m.bytes, m.count, items); err != nil {
			return err
		}
		return e.world.lib.BenchReceive(1, 8, 1, 0)
	}
	if err := e.world.lib.BenchReceive(0, m.bytes, m.count, items); err != nil {
		return err
	}
	return e.world.lib.BenchSend(0, 8, 1, 0)
}

// some is how many rounds are timed at once, where the median of these times
// counts: what the machine does meanwhile is then not in it.
const some = 20

func cBounce(e *End, m measure) error {
	return inParts(m, func() error { return e.world.lib.BenchBounce(1-e.Rank(), m.bytes, some, e.Rank() == 0) })
}

// bounce is rounds of our transport.
func bounce(e *End, m measure) error {
	return inParts(m, func() error { return bench.Ring(some, m.bytes)(e) })
}

// inParts notes the median time of a round.
func inParts(m measure, f func() error) error {
	var took []time.Duration
	for range m.count / some {
		begin := time.Now()
		if err := f(); err != nil {
			return err
		}
		took = append(took, time.Since(begin)/some)
	}
	slices.Sort(took)
	*m.median = took[len(took)/2]
	return nil
}

// moves is a move by our transport.
func moves(m bench.Move) func(*End, measure) error {
	return func(e *End, _ measure) error { return m(e) }
}

// numbers is as many bytes as C sends, as items of 8 bytes from a PE on rank 0
// to one on rank 1.
func numbers(e *End, m measure) error {
	p := between(e)
	p.Pin = func(element, _ int) int { return element }
	return bench.HandOverInBlocks(context.Background(), p, m.bytes*m.count/8, 1)
}

// trips is as many items as C sends, from rank 0 through a PE on rank 1 and
// back, one after the other.
func trips(e *End, m measure) error {
	took, err := bench.Trips(context.Background(), between(e), m.count)
	if slices.Sort(took); len(took) > 0 {
		*m.median = took[len(took)/2]
	}
	return err
}

func between(e *End) bench.Place {
	return bench.Place{Ranks: e.Size(), Fuse: partition.Off, Open: func() ([]transport.Transport, error) { return []transport.Transport{e}, nil }}
}

// What a rank does: each measure in C and in Go, in turn.
func TestRankBench(t *testing.T) {
	w := here(t)
	garbage.Spare() // as the engine does
	clock := func(f func(*End, measure) error, m measure, e *End) float64 {
		begin := time.Now()
		if err := f(e, m); err != nil {
			t.Fatal(err)
		}
		s := time.Since(begin).Seconds()
		if m.median != nil {
			return 1e6 * m.median.Seconds()
		}
		return float64(m.bytes) * float64(m.count) / s / 1e9
	}
	for _, m := range measures {
		if only := setting("only"); only != "" && only != m.name {
			continue
		}
		var c, g, ratio []float64
		for range rounds {
			// The loops in C use the same lists of requests: no End may be open.
			x := clock(m.c, m, &End{world: w})
			e := open(t)
			y := clock(m.g, m, e)
			if !e.isClosed() { // the engine closes what it is given
				e.Close()
			}
			c, g, ratio = append(c, x), append(g, y), append(ratio, y/x)
		}
		if w.Rank() == 0 {
			for _, l := range [][]float64{c, g, ratio} {
				slices.Sort(l)
			}
			fmt.Printf("%-20s C %8.2f Go %8.2f %-4s  Go/C %.2f [%.2f %.2f]\n",
				m.name, c[rounds/2], g[rounds/2], m.unit, ratio[rounds/2], ratio[rounds/4], ratio[rounds*3/4])
		}
	}
}

var only = flag.String("only", "", "run this measure only")

// TestBench prints how our transport compares with C under every MPI.
func TestBench(t *testing.T) {
	eachMPI(t, func(t *testing.T, r mpitest.MPI) {
		res := r.Run(t, mpitest.Launch{Ranks: 2, Args: []string{"-test.run", "^TestRankBench$", "-test.v"}, Env: []string{inside + "=rank only=" + *only},
			Limit: 10 * time.Minute}) // where others run beside it, loops that spin take their time
		if res.Code != 0 {
			t.Fatal(res.Out())
		}
		for line := range strings.Lines(res.Out()) {
			if strings.Contains(line, "Go/C") {
				fmt.Printf("%-18s %s", r.Name, line)
			}
		}
	})
}
