package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
)

// again is the command line of sbatch for one file as it was given, without what is
// of this time only: whether it was submitted, and after what.
func again(cmd *cobra.Command, program, file string) []string {
	args := []string{program, cmd.Name(), file}
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

// goOn has the work go on from a run that was cut short. What run would refuse when
// the job has begun is refused now; left is false where there is nothing to do.
func goOn(w *slurm.Work, job *jobs.Job, dir string) (left bool, err error) {
	if w.Table != "" {
		return false, errors.New("--continue is of one run: of a table, --only-failed runs again what is not complete")
	}
	if unfit := engine.Unfit(job.Graph); len(unfit) > 0 {
		return false, fmt.Errorf("--continue: this job cannot go on where it was, as %s would lose what they keep: submit it without", strings.Join(unfit, ", "))
	}
	parts, err := rundir.Parts(dir)
	if err != nil {
		return false, fmt.Errorf("--continue: %w", err)
	}
	if len(parts) == 0 {
		return false, fmt.Errorf("--continue: there is no run in %s", dir)
	}
	for _, p := range parts {
		if p.Run.JobDigest != job.Digest {
			return false, fmt.Errorf("--continue: %s is of another job: file, --set and seed must be the same", p.Path)
		}
	}
	_, done, err := rundir.Continue(parts)
	if err != nil {
		return false, fmt.Errorf("--continue: %w", err)
	}
	w.Continue, err = filepath.Abs(dir)
	return done == nil, err
}
