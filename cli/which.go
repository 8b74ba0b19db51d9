package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
)

// which finds the number of a job and its run directories, by either.
func (c *command) which(arg string) (id string, dirs []string) {
	if !slurm.IsJobID(arg) {
		if record, err := rundir.Open(arg); err == nil {
			id = record.Run.JobID
		}
		return id, []string{arg}
	}
	for _, pattern := range []string{"*-" + arg, "*-" + arg + "_*", "*-" + arg + "-[0-9]*"} {
		found, err := filepath.Glob(filepath.Join("runs", pattern, "run.json"))
		if err != nil {
			continue // the pattern is good
		}
		for _, file := range found {
			if dir := filepath.Dir(file); isOf(dir, arg) {
				dirs = append(dirs, dir)
			}
		}
	}
	if len(dirs) == 0 {
		dirs = runsOf(arg)
	}
	slices.Sort(dirs)
	return arg, slices.Compact(dirs)
}

// isOf reports whether a run directory whose name ends in the number of a job is of
// that job, and not the part with that number of another. Elements of arrays have
// numbers of their own besides.
func isOf(dir, id string) bool {
	record, err := rundir.Open(dir)
	return err != nil || record.Run.JobID == "" || record.Run.JobID == id || strings.Contains(id, "_") || strings.Contains(filepath.Base(dir), "-"+id+"_")
}

// runsOf looks for the run directories of a job that are not called after it, as
// of one that goes on where another was cut short.
func runsOf(id string) (dirs []string) {
	found, err := filepath.Glob(filepath.Join("runs", "*", "run.json"))
	if err != nil {
		return nil // the pattern is good
	}
	for _, file := range found {
		if record, err := rundir.Open(filepath.Dir(file)); err == nil && record.Run.JobID == id {
			dirs = append(dirs, filepath.Dir(file))
		}
	}
	return dirs
}

// noJob says what an argument is that is no job of Slurm, and what to do instead: of a
// run that is here by itself tell says so.
func noJob(arg string, tell func(*rundir.Record) string) error {
	record, err := rundir.Open(arg)
	if err == nil {
		return fmt.Errorf("%s was not run by Slurm: %s", arg, tell(record))
	}
	text := "is not a run directory"
	if _, missing := os.Stat(arg); errors.Is(missing, fs.ErrNotExist) {
		text = "is not there"
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err // there is one, and it says what is wrong with it
	}
	text = fmt.Sprintf("%s %s: give the number of a job, or a run directory", arg, text)
	if newest := newestRun(); newest != "" {
		text += "; the newest here is " + newest
	}
	return errors.New(text)
}

func cancelHere(r *rundir.Record) string {
	if r.Run.State != rundir.Running {
		return fmt.Sprintf("it is over, and %s", r.Run.State)
	}
	return fmt.Sprintf("press Ctrl-C where it was started, or kill -INT %d on %s", r.Run.PID, r.Run.Host)
}

func logHere(r *rundir.Record) string {
	return fmt.Sprintf("it printed to where it was started; %s and the verb report tell of it", filepath.Join(r.Path, "log.jsonl"))
}

// newestRun is the run directory in runs that was begun last, "" if there is none.
func newestRun() (dir string) {
	found, err := filepath.Glob(filepath.Join("runs", "*", "run.json"))
	if err != nil {
		return "" // the pattern is good
	}
	var last fs.FileInfo
	for _, file := range found {
		if info, err := os.Stat(file); err == nil && (last == nil || info.ModTime().After(last.ModTime())) {
			last, dir = info, filepath.Dir(file)
		}
	}
	return dir
}

// onCluster adds to what cannot be done here where it can.
func onCluster(err error) error {
	if errors.Is(err, slurm.ErrNoSlurm) {
		return fmt.Errorf("%w: do this on a login node of the cluster", err)
	}
	return err
}
