package bench_test

import (
	"fmt"
	"io"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/partition"
)

// An adder is a sink that adds up what it gets, batch by batch.
type adder struct {
	d4.Base
	In    d4.In[uint64]
	total uint64
}

func newAdder(opts ...d4.InputOption) func() *adder {
	return func() *adder {
		a := &adder{}
		a.In = d4.InputBatch(func(items []uint64) error {
			a.total += sum(items)
			return nil
		}, append(opts, d4.ReadOnly)...)
		return a
	}
}

func sum(items []uint64) (total uint64) {
	for _, x := range items {
		total += x
	}
	return total
}

// A counter is a source of the numbers below n.
type counter struct {
	d4.Base
	Out   d4.Out[uint64]
	at, n uint64
}

func count(n int) func() *counter { return func() *counter { return &counter{n: uint64(n)} } }

func (c *counter) Next() error {
	out, at := c.Out, c.at
	for end := min(at+4096, c.n); at < end; at++ {
		out.Emit(at)
	}
	c.at = at
	if c.at == c.n {
		return io.EOF
	}
	return nil
}

// through is source -> sink of n numbers, the sink in so many instances.
func through(b *testing.B, p bench.Place, n, sources int, sinks func() *adder, instances int) error {
	g := d4.NewGraph("through")
	from := d4.Add(g, "source", count(n/sources), d4.Instances(sources))
	to := d4.Add(g, "sink", sinks, d4.Instances(instances))
	d4.Connect(g, from.Out, to.In)
	res, err := p.Run(b.Context(), g)
	if err != nil {
		return err
	}
	if got := res.Sinks["sink"].Items; got != uint64(n) {
		return fmt.Errorf("%d of %d items arrived", got, n)
	}
	return nil
}

// channelBatch is the engine's: 16 KiB of 8-byte items. 64 of them fill the
// window that an edge has.
const channelBatch = 16 << 10 / 8

// overChannel is the same stream by hand: batches over one channel, and back
// over another one to be filled again.
func overChannel(n int) error {
	full, empty := make(chan []uint64, 64), make(chan []uint64, 64)
	go func() {
		for at := uint64(0); at < uint64(n); {
			var batch []uint64
			select {
			case batch = <-empty:
			default:
				batch = make([]uint64, 0, channelBatch)
			}
			batch = batch[:0]
			for len(batch) < channelBatch && at < uint64(n) {
				batch = append(batch, at)
				at++
			}
			full <- batch
		}
		close(full)
	}()
	total := uint64(0)
	for batch := range full {
		total += sum(batch)
		select {
		case empty <- batch:
		default:
		}
	}
	if want := uint64(n) * uint64(n-1) / 2; total != want {
		return fmt.Errorf("the sum is %d, not %d", total, want)
	}
	return nil
}

// BenchmarkHandOver is 8-byte items from one core to the other by reference,
// beside the same batches over a channel by hand.
func BenchmarkHandOver(b *testing.B) {
	const n = 16 << 20
	engine := bench.Way{Name: "engine", Units: n, Run: func() error { return through(b, oneRank, n, 1, newAdder(), 1) }}
	allocs := counting(&engine)
	compare(b, 1e6, "Mitems/s", engine, bench.Way{Name: "channel", Units: n, Run: func() error { return overChannel(n) }})
	b.ReportMetric(allocs(), "allocs/item")
}

// A relay passes numbers on.
type relay struct {
	d4.Base
	In  d4.In[uint64]
	Out d4.Out[uint64]
}

func batchRelay() *relay {
	r := &relay{}
	r.In = d4.InputBatch(func(items []uint64) error {
		for _, x := range items {
			r.Out.Emit(x + 1)
		}
		return nil
	})
	return r
}

func itemRelay() *relay {
	r := &relay{}
	r.In = d4.Input(func(x uint64) error {
		r.Out.Emit(x + 1)
		return nil
	})
	return r
}

// chain is source -> relays -> sink in one stage.
func chain(b *testing.B, n, relays int, relay func() *relay) error {
	g := d4.NewGraph("chain")
	out := d4.Add(g, "source", count(n), d4.Instances(1)).Out
	for i := range relays {
		r := d4.Add(g, fmt.Sprintf("relay%d", i), relay, d4.Instances(1))
		d4.Connect(g, out, r.In)
		out = r.Out
	}
	sink := d4.Add(g, "sink", newAdder(), d4.Instances(1))
	d4.Connect(g, out, sink.In)
	_, err := bench.Place{Ranks: 1, Cores: 1, Fuse: partition.All}.Run(b.Context(), g)
	return err
}

// BenchmarkInStage is what one more PE costs an item in a fused chain: that of
// a chain with eight relays, less that of one without.
func BenchmarkInStage(b *testing.B) {
	const n, relays = 4 << 20, 8
	for _, c := range []struct {
		name  string
		relay func() *relay
	}{{"batch", batchRelay}, {"item", itemRelay}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			with := bench.Way{Name: "with", Units: n, Run: func() error { return chain(b, n, relays, c.relay) }}
			allocs := counting(&with)
			t := bench.InTurn(with, bench.Way{Name: "without", Units: n, Run: func() error { return chain(b, n, 0, c.relay) }})
			for b.Loop() {
				if err := t.Round(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric((1e9/t.Rate(0)-1e9/t.Rate(1))/relays, "ns/item/PE")
			b.ReportMetric(1e9/t.Rate(1), "ns/item/source+sink")
			b.ReportMetric(allocs(), "allocs/item")
		})
	}
}

// BenchmarkGroupBy is 8-byte items grouped by themselves to four instances.
func BenchmarkGroupBy(b *testing.B) {
	const n = 16 << 20
	self := d4.By(func(x uint64) uint64 { return x })
	for _, sources := range []int{1, 2} {
		b.Run(fmt.Sprintf("sources=%d", sources), func(b *testing.B) {
			w := bench.Way{Name: "by", Units: n, Run: func() error { return through(b, oneRank, n, sources, newAdder(self), 4) }}
			allocs := counting(&w)
			compare(b, 1e6, "Mitems/s", w)
			b.ReportMetric(allocs(), "allocs/item")
		})
	}
}
