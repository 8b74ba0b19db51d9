package run

import (
	"context"
	"errors"
	"fmt"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/rundir"
)

// pilot runs the graph for o.Pilot and makes a profile of what it measured.
func pilot(ctx context.Context, g *d4.Graph, o *Options) error {
	if o.Mapping == "storm" {
		return Usage(errors.New("there is no pilot on storm: run it on another mapping and give its run directory as the profile"))
	}
	if o.Mapping == "mpi" && sessionOf(ctx) == nil {
		return Usage(errors.New("a pilot over MPI belongs inside run.Main: it is a run before the run"))
	}
	p := *o
	p.TimeLimit, p.Pilot, p.Continue, p.NoDigest = o.Pilot, 0, "", true
	if p.Name == "" {
		p.Name = g.Name
	}
	p.Name += "-pilot"
	if p.DirPath != "" {
		p.DirPath += "-pilot"
	}
	if p.Progress != nil {
		fmt.Fprintf(p.Progress, "pilot of %s:\n", o.Pilot)
	}
	res, err := Graph(ctx, g, p)
	if err != nil && !errors.Is(err, engine.ErrTimeLimit) {
		return fmt.Errorf("the pilot: %w", err)
	}
	if res.Rank == 0 {
		o.Profile = rundir.ProfileOf(res.Rows, res.Usage)
	}
	return nil
}
