package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/internal/launch"
	"github.com/dispel4go/dispel4go/mpi"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/run"
)

// underMPI is a case on a rank for each stage, theirs and ours under the same
// launcher.
func underMPI(c bench.Case, theirItems int) contest {
	var launcher *mpi.Launcher
	packages := pip("d4py", "stream-d4py==2.9.1", "mpi4py==4.1.2")
	start := func(program string, args ...string) (*exec.Cmd, error) {
		return launcher.Command(context.Background(), c.Stages, launcher.Flavors[0], program, args...), nil
	}
	return contest{
		name: c.Name, peer: "stream-d4py 2.9.1 mpi", unit: "items/s",
		install: func(dir string) error {
			for _, l := range mpi.Launchers(context.Background()) {
				if l.Kind == launch.OpenMPI { // which mpi4py opens by itself
					launcher = &l
					return packages(dir)
				}
			}
			return errors.New("no launcher of Open MPI is here")
		},
		command: func(dir string) (*exec.Cmd, error) {
			return start(python(dir, "d4py"), filepath.Join(dir, "d4py_driver.py"), "mpi", c.Name, fmt.Sprint(theirItems))
		},
		ours: []way{{name: "mpi, a rank a stage", rate: func(context.Context) (float64, error) {
			program, err := os.Executable()
			if err != nil {
				return 0, err
			}
			cmd, err := start(program, rankArgument, c.Name)
			if err != nil {
				return 0, err
			}
			return rate(cmd)
		}}},
	}
}

// rankArgument makes this program a rank.
const rankArgument = "--rank"

// asRank runs a case on the ranks that a launcher has started, and prints the
// rate on the first.
func asRank(name string) {
	run.Main(func(ctx context.Context) error {
		fabric, err := run.Connect(ctx, run.Options{Mapping: "mpi"})
		if err != nil {
			return err
		}
		for _, c := range bench.Cases() {
			if c.Name != name {
				continue
			}
			place := bench.Place{Ranks: fabric.Ranks, Cores: 1, Fuse: partition.Off, Open: fabric.Open}
			begin := time.Now()
			err := c.Run(ctx, place, c.Items)
			if err == nil && fabric.Rank == 0 {
				fmt.Println(float64(c.Items) / time.Since(begin).Seconds())
			}
			return err
		}
		return run.Usage(fmt.Errorf("there is no case %s", name))
	})
}
