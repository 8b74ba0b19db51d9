package bench

import (
	"context"
	"io"

	d4 "github.com/dispel4go/dispel4go"
)

// A Counter is a source of the numbers below n, 4096 a call.
type Counter struct {
	d4.Base
	Out   d4.Out[uint64]
	at, n uint64
}

// Count returns a factory of Counters; each of several instances emits all the
// numbers.
func Count(n int) func() *Counter { return func() *Counter { return &Counter{n: uint64(n)} } }

// Next emits some numbers.
func (c *Counter) Next() error {
	out, at := c.Out, c.at
	for end := min(at+4096, c.n); at < end; at++ {
		out.Emit(at)
	}
	c.at = at
	if at == c.n {
		return io.EOF
	}
	return nil
}

// A Blocks is a Counter that emits its numbers in blocks.
type Blocks struct {
	Counter
	block [512]uint64
}

// CountInBlocks returns a factory of Blocks.
func CountInBlocks(n int) func() *Blocks {
	return func() *Blocks { return &Blocks{Counter: Counter{n: uint64(n)}} }
}

// Next emits some numbers.
func (c *Blocks) Next() error {
	for end := min(c.at+4096, c.n); c.at < end; {
		block := c.block[:min(uint64(len(c.block)), end-c.at)]
		for i := range block {
			block[i] = c.at + uint64(i)
		}
		c.Out.EmitAll(block)
		c.at += uint64(len(block))
	}
	if c.at == c.n {
		return io.EOF
	}
	return nil
}

// An Adder is a sink that adds up the numbers it gets, batch by batch.
type Adder struct {
	d4.Base
	In    d4.In[uint64]
	total uint64
}

// Add returns a factory of Adders.
func Add(opts ...d4.InputOption) func() *Adder {
	return func() *Adder {
		a := &Adder{}
		a.In = d4.InputBatch(func(items []uint64) error {
			for _, x := range items {
				a.total += x
			}
			return nil
		}, append(opts, d4.ReadOnly)...)
		return a
	}
}

// HandOver sends n numbers from sources to sinks, in so many instances, and
// returns an error unless all arrive. The options are the sinks'.
func HandOver(ctx context.Context, p Place, n, sources, sinks int, opts ...d4.InputOption) error {
	g := d4.NewGraph("numbers")
	from := d4.Add(g, "source", Count(n/sources), d4.Instances(sources))
	return handOver(ctx, p, g, from.Out, n, sinks, opts)
}

// HandOverInBlocks is HandOver with one source that emits blocks.
func HandOverInBlocks(ctx context.Context, p Place, n, sinks int, opts ...d4.InputOption) error {
	g := d4.NewGraph("blocks")
	from := d4.Add(g, "source", CountInBlocks(n), d4.Instances(1))
	return handOver(ctx, p, g, from.Out, n, sinks, opts)
}

func handOver(ctx context.Context, p Place, g *d4.Graph, from d4.Out[uint64], n, sinks int, opts []d4.InputOption) error {
	to := d4.Add(g, "sink", Add(opts...), d4.Instances(sinks))
	d4.Connect(g, from, to.In)
	return p.deliver(ctx, g, "sink", n)
}
