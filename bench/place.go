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
)

// A Place is where a graph runs within this process.
type Place struct {
	// Ranks is their number. On one, items move by reference; several are
	// ranks of package local, with frames between them.
	Ranks int
	Cores int // of each rank
	Fuse  partition.Fuse
	// Options of the transport between several ranks.
	Options []local.Option
}

// Stages is one rank of two cores with a stage for each instance.
var Stages = Place{Ranks: 1, Cores: 2, Fuse: partition.Off}

// Plan plans a graph for the place.
func (p Place) Plan(g *d4.Graph) (*partition.Plan, error) {
	return partition.Make(g, partition.Ranks(p.Ranks, p.Cores), partition.Options{Fuse: p.Fuse})
}

// Run runs a graph there and returns what rank 0 has to tell.
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
	results := make([]*engine.Result, p.Ranks)
	errs := make([]error, p.Ranks)
	var wg sync.WaitGroup
	for rank, end := range local.New(p.Ranks, p.Options...) {
		wg.Go(func() {
			results[rank], errs[rank] = engine.Run(ctx, engine.Config{Plan: plan, Transport: end, Cores: p.Cores, Seed: 1})
		})
	}
	wg.Wait()
	for rank, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("rank %d: %w", rank, err)
		}
	}
	return results[0], nil
}
