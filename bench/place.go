package bench

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/transport"
)

// A Place is where a graph runs.
type Place struct {
	// Ranks is their number. On one, items move by reference.
	Ranks int
	Cores int // of each rank; 0: as many as Go runs, in no fixed order
	Fuse  partition.Fuse
	// Open opens those ends of a transport between the ranks that are in this
	// process. Nil: all are, as ranks of package local.
	Open func() ([]transport.Transport, error)
	// Pin returns the rank of an instance. Nil: the plan decides.
	Pin func(element, index int) int
}

// Stages is one rank of two cores with a stage for each instance.
var Stages = Place{Ranks: 1, Cores: 2, Fuse: partition.Off}

// Local opens n ranks of package local.
func Local(n int, opts ...local.Option) ([]transport.Transport, error) {
	return local.New(n, opts...), nil
}

// Plan plans a graph for the place.
func (p Place) Plan(g *d4.Graph) (*partition.Plan, error) {
	plan, err := partition.Make(g, partition.Ranks(p.Ranks, max(p.Cores, 1)), partition.Options{Fuse: p.Fuse})
	if err != nil || p.Pin == nil {
		return plan, err
	}
	for _, c := range plan.Chains {
		for k := range c.Ranks {
			c.Ranks[k] = p.Pin(c.Elements[0], k)
		}
	}
	return plan, nil
}

// Run runs a graph there and returns what rank 0 has to tell; nil where rank 0
// is in another process.
func (p Place) Run(ctx context.Context, g *d4.Graph) (*engine.Result, error) {
	plan, err := p.Plan(g)
	if err != nil {
		return nil, err
	}
	if p.Ranks == 1 {
		cores := p.Cores
		if cores > 1 && cores >= runtime.GOMAXPROCS(0) {
			cores = 0 // all that there are: nobody has to wait for a turn
		}
		return engine.Run(ctx, engine.Config{Plan: plan, Cores: cores, Seed: 1})
	}
	var first *engine.Result
	err = p.each(func(end transport.Transport, _ int) error {
		res, err := engine.Run(ctx, engine.Config{Plan: plan, Transport: end, Cores: p.Cores, Seed: 1})
		if end.Rank() == 0 {
			first = res
		}
		return err
	})
	return first, err
}

// deliver runs a graph whose sink is to get n items.
func (p Place) deliver(ctx context.Context, g *d4.Graph, sink string, n int) error {
	res, err := p.Run(ctx, g)
	if err != nil || res == nil {
		return err
	}
	if got := res.Sinks[sink].Items; got != uint64(n) {
		return fmt.Errorf("%d of %d items arrived", got, n)
	}
	return nil
}

// each opens the transport and runs f for each end that is in this process,
// all at the same time.
func (p Place) each(f func(end transport.Transport, k int) error) error {
	open := p.Open
	if open == nil {
		open = func() ([]transport.Transport, error) { return Local(p.Ranks) }
	}
	ends, err := open()
	if err != nil {
		return err
	}
	errs := make([]error, len(ends))
	var wg sync.WaitGroup
	for k, end := range ends {
		wg.Go(func() { errs[k] = f(end, k) })
	}
	wg.Wait()
	for k, err := range errs {
		if err != nil {
			return fmt.Errorf("rank %d: %w", ends[k].Rank(), err)
		}
	}
	return nil
}
