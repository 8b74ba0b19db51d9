package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
)

// sameCommand is the command line of sbatch for one file as it was given, with the
// variables that had a say, and without what is of this time only: whether it was
// submitted, and after what.
func sameCommand(cmd *cobra.Command, program, file string) (args []string) {
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "D4_") {
			args = append(args, v)
		}
	}
	if args != nil {
		slices.Sort(args)
		args = slices.Insert(args, 0, "env")
	}
	args = append(args, program, cmd.Name(), file)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains([]string{"submit", "wait", "test", "json", "continue", "only-failed", "dependency"}, f.Name) {
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			args = append(args, "--"+f.Name+"="+v)
		}
	})
	return args
}

// continueIn has the work go on from the run in dir, which was cut short. What run would
// refuse when the job has begun is refused now; left is false where there is nothing to do.
func continueIn(w *slurm.Work, job *jobs.Job, seed uint64, dir string) (left bool, err error) {
	if w.Table != "" {
		return false, errors.New("it is of one run: of a table, --only-failed runs again what is not complete")
	}
	if unfit := engine.Unfit(job.Graph); len(unfit) > 0 {
		return false, fmt.Errorf("this job cannot go on where it was, as %s would lose what they keep: submit it without", strings.Join(unfit, ", "))
	}
	_, done, err := run.Former(dir, job.Digest, seed, "")
	if err != nil {
		return false, err
	}
	w.Continue, err = filepath.Abs(rundir.FirstPart(dir))
	return done == nil, err
}
