package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/internal/launch"
	"github.com/dispel4go/dispel4go/mpi"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/slurm"
	"github.com/dispel4go/dispel4go/storm"
)

// A part of doctor looks for what one mapping needs. Program is this one, for
// what has to be tried in other processes.
type part func(ctx context.Context, program string) []launch.Finding

// parts are those of doctor, by mapping.
var parts = map[string]part{
	"mpi": mpiFindings,
	"slurm": func(ctx context.Context, _ string) []launch.Finding {
		var client slurm.Client
		return client.Findings(ctx, os.LookupEnv)
	},
	"storm": func(ctx context.Context, _ string) []launch.Finding {
		return storm.Findings(ctx, cmp.Or(os.Getenv(nimbus().variable()), storm.DefaultNimbus))
	},
}

func (c *command) doctor() *cobra.Command {
	var asJSON *bool
	cmd := c.verb("doctor [MAPPING]... [flags]", "Tell what each mapping finds here, and what to do about it", cobra.ArbitraryArgs, func(cmd *cobra.Command, args []string) error {
		chosen, err := chosenParts(args)
		if err != nil {
			return err
		}
		program, err := os.Executable()
		if err != nil {
			return err
		}
		l, err := launch.Current()
		if err != nil {
			return err
		}
		all := []launch.Finding{} // not null in JSON
		if l.Kind != launch.None {
			all = append(all, launchFinding(cmd.Context(), l))
		} else {
			for _, name := range chosen {
				all = append(all, parts[name](cmd.Context(), program)...)
			}
		}
		if l.Rank != 0 {
			return nil
		}
		return c.findings(all, *asJSON)
	})
	cmd.Long = "Tells what each mapping (" + strings.Join(slices.Sorted(maps.Keys(parts)), ", ") + ") finds on this machine, and what to do about it.\n" +
		"As ranks under a launcher it tells whether these reach each other: mpirun -n 2 dispel4go doctor"
	asJSON = jsonFlag(cmd)
	return cmd
}

// chosenParts are the parts named, or all.
func chosenParts(args []string) ([]string, error) {
	all := slices.Sorted(maps.Keys(parts))
	for _, name := range args {
		if parts[name] == nil {
			return nil, run.Usage(fmt.Errorf("doctor knows nothing of %q, but of %s", name, strings.Join(all, ", ")))
		}
	}
	if len(args) > 0 {
		return args, nil
	}
	return all, nil
}

// findings prints them. The error says that something is here that does not
// work.
func (c *command) findings(all []launch.Finding, asJSON bool) error {
	var broken []string
	for _, f := range all {
		if f.Status == launch.Broken {
			broken = append(broken, f.Subject)
		}
	}
	var err error
	if asJSON {
		err = c.json(map[string]any{"findings": all})
	} else {
		for _, f := range all {
			fmt.Fprintf(c.out, "%-8s %-22s %s\n", f.Status, f.Subject, f.Text)
			if f.Remedy != "" {
				fmt.Fprintf(c.out, "%31s to do: %s\n", "", f.Remedy)
			}
		}
	}
	if len(broken) > 0 {
		err = errors.Join(err, fmt.Errorf("not working: %s", strings.Join(broken, "; ")))
	}
	return err
}

// mpiFindings looks for launchers and libraries of MPI. Where a library is
// asked for by variable, and there is no launcher, it is that one's turn only.
func mpiFindings(ctx context.Context, program string) []launch.Finding {
	if os.Getenv(mpi.Variable) == "" {
		return mpi.Findings(ctx, program, "doctor", "mpi", "--json")
	}
	f := launch.Finding{Subject: "the library in " + mpi.Variable}
	lib, err := mpi.Look("")
	if f.Text = lib.String(); err != nil {
		f.Status, f.Text = launch.Broken, run.Line(err)
		f.Remedy = "unset " + mpi.Variable + " to see what else there is"
	}
	return []launch.Finding{f}
}

// launchFinding is about the launch that this is a rank of.
func launchFinding(ctx context.Context, l launch.Launch) launch.Finding {
	f := launch.Finding{Subject: "MPI under " + l.Kind.String()}
	fabric, err := run.Connect(ctx, run.Options{Mapping: "mpi"})
	if err != nil {
		f.Status, f.Text = launch.Broken, run.Line(err)
		return f
	}
	round, err := around(fabric)
	f.Text = fmt.Sprintf("%d ranks, once around in %v: %s", fabric.Ranks, round.Round(100*time.Nanosecond), fabric.Library)
	if err != nil {
		f.Status, f.Text = launch.Broken, run.Line(err)+": "+fabric.Library.String()
	}
	return f
}

// around passes a frame around the ranks.
func around(fabric *run.Fabric) (time.Duration, error) {
	ends, err := fabric.Open()
	if err != nil {
		return 0, err
	}
	round, err := mpi.Ring(ends[0])
	if err != nil {
		ends[0].Abort(err)
	}
	return round, errors.Join(err, ends[0].Close())
}
