package bench_test

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/bench"
)

// BenchmarkStartAndEnd is the life of 10,000 instances: a source, 4,999 that
// take its items and 5,000 that take theirs.
func BenchmarkStartAndEnd(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		g := d4.NewGraph("life")
		source := d4.Add(g, "source", bench.Count(10_000), d4.Instances(1))
		relays := d4.Add(g, "relays", batchRelay, d4.Instances(4999))
		sinks := d4.Add(g, "sinks", bench.Add(), d4.Instances(5000))
		d4.Connect(g, source.Out, relays.In, d4.RoundRobin)
		d4.Connect(g, relays.Out, sinks.In, d4.RoundRobin)
		if _, err := bench.Stages.Run(b.Context(), g); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/run")
}

// BenchmarkAllToAll is n instances that each send to n others in turns,
// one item to each: the most memory that the process takes meanwhile, beside
// what the plan says may be on its way.
func BenchmarkAllToAll(b *testing.B) {
	for _, n := range []int{1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { allToAll(b, n) })
	}
}

func allToAll(b *testing.B, n int) {
	b.ReportAllocs()
	peak, bound := uint64(0), int64(0)
	for b.Loop() {
		b.StopTimer()
		runtime.GC()
		debug.FreeOSMemory()
		b.StartTimer()
		g := d4.NewGraph("all")
		sources := d4.Add(g, "sources", bench.Count(n), d4.Instances(n))
		sinks := d4.Add(g, "sinks", bench.Add(), d4.Instances(n))
		d4.Connect(g, sources.Out, sinks.In, d4.RoundRobin)
		plan, err := bench.Stages.Plan(g)
		if err != nil {
			b.Fatal(err)
		}
		bound = plan.Bound(0)
		most := watchMemory()
		res, err := bench.Stages.Run(b.Context(), g)
		peak = max(peak, most())
		if err != nil {
			b.Fatal(err)
		}
		if got := res.Sinks["sinks"].Items; got != uint64(n*n) {
			b.Fatal(fmt.Sprint(got, " items arrived"))
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/run")
	b.ReportMetric(float64(peak)/(1<<20), "MiB-peak")
	b.ReportMetric(float64(bound)/(1<<20), "MiB-bound")
}

// watchMemory looks every two milliseconds at what the process has from the
// system. The function it returns ends that and tells the most it has seen.
func watchMemory() (most func() uint64) {
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		most := uint64(0)
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64()-sample[1].Value.Uint64())
			select {
			case <-stop:
				peak <- most
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 { close(stop); return <-peak }
}
