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

// find looks for what o.Continue names, and notes it in the record.
func find(o *Options, jobID string) (former, error) {
	from, done, err := Former(o.Continue, o.Record.JobDigest, o.Seed, jobID)
	switch {
	case err != nil:
		return former{}, Usage(fmt.Errorf("--continue: %w", err))
	case done != nil:
		return former{}, fmt.Errorf("%w: %s is complete", ErrComplete, done.Path)
	}
	if o.DirPath == "" {
		o.DirPath = rundir.FirstPart(o.Continue)
	}
	if from == nil {
		return former{}, nil
	}
	o.Record.Continues, o.Record.Total = from.Path, from.Run.Sinks()
	return former{from.Run.Rest, from.Run.Positions}, nil
}

// Former finds the part of the run in dir from which a job goes on, which is known by
// its digest and seed (0 is 1): nil where it begins again. Done is the part that has come
// to the end, if one has. The error says why the job cannot go on. JobID is the Slurm job
// that we are in, or "": a part of it does not run any more, as the job was started again,
// and does not keep it from beginning again.
func Former(dir, digest string, seed uint64, jobID string) (from, done *rundir.Record, err error) {
	parts, err := rundir.Parts(dir)
	if err != nil {
		return nil, nil, err
	}
	if _, missing := os.Stat(dir); len(parts) == 0 && (jobID == "" || missing != nil) {
		return nil, nil, fmt.Errorf("there is no run in %s: give the directory of a run, such as runs/NAME-TIME", dir)
	}
	ours := func(r *rundir.Run) bool { return jobID != "" && r.JobID == jobID }
	for _, p := range parts {
		r := &p.Run
		if r.JobDigest != digest || r.Seed != max(seed, 1) {
			return nil, nil, fmt.Errorf("%s is of another job: file, --set and seed must be the same", p.Path)
		}
		if r.State != rundir.Running || ours(r) {
			continue
		}
		heard := r.Updated.Format("2006-01-02 15:04:05")
		if !silent(r) {
			return nil, nil, fmt.Errorf("%s is still running on %s, or has just been killed: it was heard of at %s; end it, or try again when it has been silent for %s",
				p.Path, r.Host, heard, rundir.Silence)
		}
		fmt.Fprintf(os.Stderr, "%s says that it is running on %s, and is taken for killed: it was last heard of at %s, more than %s ago\n", p.Path, r.Host, heard, rundir.Silence)
	}
	if from, done, err = rundir.Continue(parts); err != nil || from != nil || done != nil || len(parts) == 0 {
		return from, done, err
	}
	if last := parts[len(parts)-1]; last.Run.State == rundir.Partial && !ours(&last.Run) {
		return nil, nil, fmt.Errorf("%s was interrupted and has finished what it had begun, so there is nothing to go on from: "+
			"run the job again without --continue; a run that is to be continued is stopped by SIGUSR2 or --time-limit", last.Path)
	}
	return nil, nil, nil
}

// silent reports whether a run that is said to go on has not been heard of for long,
// and ran where it cannot be asked for. If it goes on all the same nothing is spoilt:
// what continues it writes elsewhere.
func silent(r *rundir.Run) bool {
	here, err := os.Hostname()
	return err == nil && here != r.Host && time.Since(r.Updated) > rundir.Silence
}
