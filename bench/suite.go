package bench

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/pes"
)

// A Measure is one line of the suite.
type Measure struct {
	Name string // as transport/stream/64KiB
	// Ranks is the least number of ranks that it takes.
	Ranks int
	run   func(ctx context.Context, p Place) (Figure, error)
}

// A Figure is what a measure came to.
type Figure struct {
	N       int      // operations
	PerOp   float64  // nanoseconds of each
	Metrics []Metric // beside the time
}

// A Metric is a number with a unit.
type Metric struct {
	Value float64
	Unit  string
}

// Suite is what can be measured between any number of ranks, over any
// transport: of the transport alone, then of the engine.
func Suite() []Measure {
	return []Measure{
		ring(1000, 8), ring(1000, 64<<10),
		stream(50_000, 1<<10, 0), stream(10_000, 64<<10, 0),
		stream(10_000, 64<<10, 1), stream(1000, 1<<20, 1), stream(50, 16<<20, 1),
		allToAll(2000, 64<<10),
		empty(), trips(1000),
		numbers(50_000_000), arrays(50_000, 8<<10), arrays(500, 1<<20),
		spread(20_000_000),
	}
}

// Run measures at a place: all its ranks call it, with the same measures.
func (m Measure) Run(ctx context.Context, p Place) (Figure, error) {
	f, err := m.run(ctx, p)
	if err != nil {
		err = fmt.Errorf("%s: %w", m.Name, err)
	}
	return f, err
}

// Write writes a line in the format of Go's benchmarks.
func (m Measure) Write(w io.Writer, f Figure) error {
	var b strings.Builder
	// Go's names begin with a capital letter.
	fmt.Fprintf(&b, "Benchmark%s%s\t%8d\t%12.1f ns/op", strings.ToUpper(m.Name[:1]), m.Name[1:], f.N, f.PerOp)
	for _, x := range f.Metrics {
		fmt.Fprintf(&b, "\t%12.4g %s", x.Value, x.Unit)
	}
	_, err := fmt.Fprintln(w, b.String())
	return err
}

// figure is that of n operations in a time, of so many bytes each.
func figure(n int, took time.Duration, bytes int) Figure {
	f := Figure{N: n, PerOp: float64(took.Nanoseconds()) / float64(n)}
	if bytes > 0 {
		f.Metrics = []Metric{{float64(n) * float64(bytes) / took.Seconds() / 1e6, "MB/s"}}
	}
	return f
}

// ring is a frame that goes round; an operation is a hop.
func ring(laps, bytes int) Measure {
	return Measure{"transport/ring/" + size(bytes), 2, func(_ context.Context, p Place) (Figure, error) {
		took, err := p.Time(Ring(laps, bytes))
		return figure(laps*p.Ranks, took, 0), err
	}}
}

// stream is frames from rank 0 to rank 1, or parts beside small ones.
func stream(count, bytes, parts int) Measure {
	name, frame, beside := "transport/stream/"+size(bytes), bytes, [][]byte(nil)
	if parts > 0 {
		name, frame, beside = name+"-part", 64, [][]byte{make([]byte, bytes)}
	}
	return Measure{name, 2, func(_ context.Context, p Place) (Figure, error) {
		took, err := p.Time(Stream(count, frame, beside...))
		return figure(count, took, bytes), err
	}}
}

// allToAll is frames from each rank to each other; an operation is what one
// rank gets from another.
func allToAll(count, bytes int) Measure {
	return Measure{"transport/all-to-all/" + size(bytes), 2, func(_ context.Context, p Place) (Figure, error) {
		each := max(1, count/(p.Ranks*(p.Ranks-1)))
		took, err := p.Time(AllToAll(each, bytes))
		return figure(each*p.Ranks*(p.Ranks-1), took, bytes), err
	}}
}

// timed runs f between looks at the clock.
func timed(f func() error) (time.Duration, error) {
	begin := time.Now()
	err := f()
	return time.Since(begin), err
}

// empty is a run that has nothing to do.
func empty() Measure {
	return Measure{"engine/empty", 1, func(ctx context.Context, p Place) (Figure, error) {
		const n = 10
		took, err := timed(func() (err error) {
			for k := 0; k < n && err == nil; k++ {
				err = HandOver(ctx, p, 0, p.Ranks, p.Ranks)
			}
			return err
		})
		return figure(n, took, 0), err
	}}
}

// trips is one item at a time from rank 0 through all others and back.
func trips(n int) Measure {
	return Measure{"engine/trip", 2, func(ctx context.Context, p Place) (Figure, error) {
		took, err := Trips(ctx, p, n)
		if err != nil || len(took) == 0 {
			return Figure{N: n}, err
		}
		p50, p99 := percentile(took, 0.5).Nanoseconds(), percentile(took, 0.99).Nanoseconds()
		return Figure{n, float64(p50), []Metric{{float64(p99), "p99-ns"}}}, nil
	}}
}

// numbers is a stream of n numbers from rank 0 to rank 1.
func numbers(n int) Measure {
	return Measure{"engine/stream/8B", 2, func(ctx context.Context, p Place) (Figure, error) {
		p.Fuse, p.Pin = partition.Off, inOrder
		took, err := timed(func() error { return HandOverInBlocks(ctx, p, n, 1) })
		return flow(n, took, 8), err
	}}
}

// arrays is a stream of n arrays of so many bytes, each made afresh, from rank
// 0 to rank 1.
func arrays(n, bytes int) Measure {
	return Measure{"engine/stream/" + size(bytes), 2, func(ctx context.Context, p Place) (Figure, error) {
		p.Fuse, p.Pin = partition.Off, inOrder
		g := d4.NewGraph("arrays")
		source := d4.Add(g, "source", Make(n, filled(bytes/8)), d4.Instances(1))
		sink := d4.Add(g, "sink", pes.Discard[[]float64](), d4.Instances(1))
		d4.Connect(g, source.Out, sink.In)
		took, err := timed(func() error { return p.deliver(ctx, g, "sink", n) })
		return flow(n, took, bytes), err
	}}
}

// inOrder puts the first element on rank 0, the second on rank 1.
func inOrder(element, _ int) int { return element }

// flow is the figure of n items.
func flow(n int, took time.Duration, bytes int) Figure {
	f := figure(n, took, bytes)
	f.Metrics = append(f.Metrics, Metric{float64(n) / took.Seconds(), "items/s"})
	return f
}

// spread is a source on each rank and a sink on each, dealt round robin.
func spread(n int) Measure {
	return Measure{"engine/all-to-all/8B", 2, func(ctx context.Context, p Place) (Figure, error) {
		p.Fuse, p.Pin = partition.Off, func(_, index int) int { return index }
		n := n / p.Ranks * p.Ranks
		took, err := timed(func() error { return HandOver(ctx, p, n, p.Ranks, p.Ranks, d4.RoundRobin) })
		return flow(n, took, 8), err
	}}
}
