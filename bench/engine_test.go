package bench_test

import (
	"fmt"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/partition"
)

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
		for _, x := range batch {
			total += x
		}
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
// emitted one by one or in blocks, beside the same batches over a channel by
// hand.
func BenchmarkHandOver(b *testing.B) {
	const n = 16 << 20
	for _, c := range []struct {
		name string
		run  func() error
	}{
		{"emit", func() error { return bench.HandOver(b.Context(), bench.Stages, n, 1, 1) }},
		{"emit_all", func() error { return bench.HandOverInBlocks(b.Context(), bench.Stages, n, 1) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			engine := bench.Way{Name: "engine", Units: n, Run: c.run}
			allocs := counting(&engine)
			compare(b, 1e6, "Mitems/s", engine, bench.Way{Name: "channel", Units: n, Run: func() error { return overChannel(n) }})
			b.ReportMetric(allocs(), "allocs/item")
		})
	}
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
	out := d4.Add(g, "source", bench.Count(n), d4.Instances(1)).Out
	for i := range relays {
		r := d4.Add(g, fmt.Sprintf("relay%d", i), relay, d4.Instances(1))
		d4.Connect(g, out, r.In)
		out = r.Out
	}
	sink := d4.Add(g, "sink", bench.Add(), d4.Instances(1))
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
			w := bench.Way{Name: "by", Units: n, Run: func() error { return bench.HandOver(b.Context(), bench.Stages, n, sources, 4, self) }}
			allocs := counting(&w)
			compare(b, 1e6, "Mitems/s", w)
			b.ReportMetric(allocs(), "allocs/item")
		})
	}
}
