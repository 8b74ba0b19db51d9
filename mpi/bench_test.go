//go:build cgo && linux && bench

package mpi

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/internal/garbage"
	"github.com/dispel4go/dispel4go/transport"
)

// rounds of each measurement, C and Go in turn; medians are compared.
const rounds = 9

// A measure is something that both a C program and our transport do between
// two ranks. Both return when rank 0 knows that all of it has been done.
type measure struct {
	name  string
	bytes int // of one message
	count int
	unit  string
	c, g  func(e *End, m measure) error
}

var measures = []measure{
	{"stream_64K_frames", 64 << 10, 8000, "GB/s", cStream, frameStream},
	{"stream_64K_parts", 64 << 10, 4000, "GB/s", cStream, partStream},
	{"stream_1M_parts", 1 << 20, 300, "GB/s", cStream, partStream},
	{"stream_16M_parts", 16 << 20, 20, "GB/s", cStream, partStream},
	{"stream_1K_frames", 1 << 10, 50000, "GB/s", cStream, frameStream},
	{"bounce_8", 8, 5000, "us", cBounce, frameBounce},
	{"bounce_64K", 64 << 10, 2000, "us", cBounce, frameBounce},
}

func cStream(e *End, m measure) error {
	if e.Rank() == 0 {
		if err := e.world.lib.BenchSend(1, m.bytes, m.count); err != nil {
			return err
		}
		return e.world.lib.BenchReceive(1, 8, 1)
	}
	if err := e.world.lib.BenchReceive(0, m.bytes, m.count); err != nil {
		return err
	}
	return e.world.lib.BenchSend(0, 8, 1)
}

func cBounce(e *End, m measure) error {
	return e.world.lib.BenchBounce(1-e.Rank(), m.bytes, m.count, e.Rank() == 0)
}

// send sends, polling while there is no room, and drops what it polls.
func send(e *End, to int, frame []byte, parts [][]byte) error {
	for !e.TrySend(to, frame, parts, 0) {
		if _, err := e.Poll(nil, true); err != nil {
			return err
		}
	}
	return nil
}

// receive polls until so many frames have come.
func receive(e *End, count int) error {
	var events []transport.Event
	for count > 0 {
		var err error
		if events, err = e.Poll(events[:0], true); err != nil {
			return err
		}
		for _, ev := range events {
			if ev.Kind == transport.Received {
				count--
				e.Free(ev.Frame)
			}
		}
	}
	return nil
}

func frameStream(e *End, m measure) error {
	return stream(e, m.count, m.bytes, nil)
}

// partStream lends the same memory again and again, as C does.
func partStream(e *End, m measure) error {
	return stream(e, m.count, 64, [][]byte{make([]byte, m.bytes)})
}

func stream(e *End, count, bytes int, parts [][]byte) error {
	if e.Rank() == 0 {
		for range count {
			if err := send(e, 1, e.Alloc(bytes), parts); err != nil {
				return err
			}
		}
		return receive(e, 1)
	}
	if err := receive(e, count); err != nil {
		return err
	}
	return send(e, 0, e.Alloc(8), nil)
}

func frameBounce(e *End, m measure) error {
	for range m.count {
		if e.Rank() == 0 {
			if err := send(e, 1, e.Alloc(m.bytes), nil); err != nil {
				return err
			}
		}
		if err := receive(e, 1); err != nil {
			return err
		}
		if e.Rank() == 1 {
			if err := send(e, 0, e.Alloc(m.bytes), nil); err != nil {
				return err
			}
		}
	}
	return nil
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
		if m.unit == "us" {
			return 1e6 * s / float64(m.count)
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
			e.Close()
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
	eachMPI(t, func(t *testing.T, r row) {
		res := r.launched(t, 2, "^TestRankBench$", "only="+*only)
		if res.code != 0 {
			t.Fatal(res.out)
		}
		for line := range strings.Lines(res.out) {
			if strings.Contains(line, "Go/C") {
				fmt.Printf("%-18s %s", r.name, line)
			}
		}
	})
}
