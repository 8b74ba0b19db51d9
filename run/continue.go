package run

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/dispel4go/dispel4go/rundir"
)

// ErrComplete is wrapped by what Graph returns when there is nothing left to
// continue. Main takes it for success.
var ErrComplete = errors.New("there is nothing left to do")

// A former is what a run goes on from; the zero value is the beginning.
type former struct {
	Rest      *rundir.Rest
	Positions []rundir.Position
}

// find looks for what o.Continue names, and notes it in the record. A part of the
// Slurm job that we are in does not run any more: the job was started again.
func find(o *Options, jobID string) (former, error) {
	parts, err := rundir.Parts(o.Continue)
	if err != nil {
		return former{}, Usage(err)
	}
	if _, missing := os.Stat(o.Continue); len(parts) == 0 && missing != nil {
		return former{}, Usage(fmt.Errorf("--continue: there is no run in %s", o.Continue))
	}
	for _, p := range parts {
		switch r := &p.Run; {
		case r.State == rundir.Running && (jobID == "" || r.JobID != jobID) && !silent(r):
			return former{}, Usage(fmt.Errorf("--continue: %s is still running on %s, or has just been killed: it was heard of at %s; end it, or try again when it has been silent for %s",
				p.Path, r.Host, r.Updated.Format("2006-01-02 15:04:05"), rundir.Silence))
		case r.JobDigest != o.Record.JobDigest || r.Seed != max(o.Seed, 1):
			return former{}, Usage(fmt.Errorf("--continue: %s is of another job: file, --set and seed must be the same", p.Path))
		}
	}
	from, done, err := rundir.Continue(parts)
	switch {
	case err != nil:
		return former{}, Usage(fmt.Errorf("--continue: %w", err))
	case done != nil:
		return former{}, fmt.Errorf("%w: %s is complete", ErrComplete, done.Path)
	}
	if o.DirPath == "" {
		o.DirPath = o.Continue
	}
	if n := len(parts); from == nil && jobID == "" && n > 0 && parts[n-1].Run.State == rundir.Partial {
		return former{}, Usage(fmt.Errorf("--continue: %s was interrupted and has finished what it had begun, so there is nothing to go on from: "+
			"run the job again without --continue; a run that is to be continued is stopped by SIGUSR2 or --time-limit", parts[n-1].Path))
	}
	if from == nil {
		return former{}, nil
	}
	o.Record.Continues, o.Record.Total = from.Path, from.Run.Sinks()
	return former{from.Run.Rest, from.Run.Positions}, nil
}

// silent reports whether a run that is said to go on has not been heard of for long,
// and ran where it cannot be asked for. If it goes on all the same nothing is spoilt:
// what continues it writes elsewhere.
func silent(r *rundir.Run) bool {
	here, err := os.Hostname()
	return err == nil && here != r.Host && time.Since(r.Updated) > rundir.Silence
}
