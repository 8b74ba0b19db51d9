package bench

import (
	"context"
	"fmt"
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
	to := d4.Add(g, "sink", Add(opts...), d4.Instances(sinks))
	d4.Connect(g, from.Out, to.In)
	res, err := p.Run(ctx, g)
	if err != nil {
		return err
	}
	if got := res.Sinks["sink"].Items; got != uint64(n) {
		return fmt.Errorf("%d of %d numbers arrived", got, n)
	}
	return nil
}
