package run

import (
	"context"

	"github.com/dispel4go/dispel4go/internal/launch"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/mpi"
	"github.com/dispel4go/dispel4go/transport"
)

// A Fabric is what a mapping moves bytes with, without a graph: for those who
// measure it.
type Fabric struct {
	Mapping string
	Library mpi.Library // of MPI; empty for other mappings
	Ranks   int
	Rank    int // the first of the ranks in this process
	// Open opens the ends of a transport that are in this process. Those
	// opened before must be closed.
	Open func() ([]transport.Transport, error)
}

// Connect returns the fabric of a mapping, between o.Ranks ranks or those that
// the launcher has started. It belongs inside Main.
func Connect(ctx context.Context, o Options) (*Fabric, error) {
	l, err := launch.Current()
	if err != nil {
		return nil, Usage(err)
	}
	if o.Mapping, err = mapping(o.Mapping, l); err != nil {
		return nil, err
	}
	f := &Fabric{Mapping: o.Mapping, Ranks: max(o.Ranks, 1)}
	if o.Mapping != "mpi" {
		f.Open = func() ([]transport.Transport, error) { return local.New(f.Ranks), nil }
		return f, nil
	}
	world, err := sessionOf(ctx).join(o.MPI)
	if err != nil {
		return nil, err
	}
	f.Ranks, f.Rank = world.Size(), world.Rank()
	f.Library = world.Library()
	f.Open = func() ([]transport.Transport, error) {
		end, err := world.Transport()
		return []transport.Transport{end}, err
	}
	return f, nil
}
