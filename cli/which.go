package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
)

// jobOf finds the number of a job, which arg is, or is in the run directory that arg is,
// and which is "" where that was not run by Slurm. The record is nil where arg is a number.
func jobOf(arg string) (id string, record *rundir.Record, err error) {
	if slurm.IsJobID(arg) {
		return arg, nil, nil
	}
	record, err = rundir.Open(arg)
	if err == nil {
		return record.Run.JobID, record, nil
	}
	if errors.Is(err, rundir.ErrNoRun) { // else there is one, and it says what is wrong with it
		err = orNewest(fmt.Errorf("%w; give the number of a job, or a run directory", err))
	}
	return "", nil, err
}

// orNewest adds to an error about what is no run directory which one is the newest here.
func orNewest(err error) error {
	if newest := newestRun(); errors.Is(err, rundir.ErrNoRun) && newest != "" {
		return fmt.Errorf("%w; the newest here is %s", err, newest)
	}
	return err
}

// runsOf finds the run directories of a job: those that are called after it, else those
// that say so, as where it goes on from a run of another.
func runsOf(id string) (dirs []string) {
	called := regexp.MustCompile("-" + id + "(_[0-9]+)?(-[0-9]+)?$")
	element := func(dir string) bool { // which has a number of its own besides
		return strings.Contains(id, "_") || called.FindStringSubmatch(dir)[1] != ""
	}
	found, err := filepath.Glob(filepath.Join("runs", "*", "run.json"))
	if err != nil {
		return nil // the pattern is good
	}
	var others []string
	for _, file := range found {
		if dir := filepath.Dir(file); called.MatchString(dir) {
			dirs = append(dirs, dir)
		} else {
			others = append(others, dir)
		}
	}
	dirs = slices.DeleteFunc(dirs, func(dir string) bool {
		r, err := rundir.ReadRun(dir)
		return err == nil && r.JobID != id && !element(dir) // what is damaged is to be told of
	})
	if len(dirs) > 0 {
		return dirs
	}
	return slices.DeleteFunc(others, func(dir string) bool {
		r, err := rundir.ReadRun(dir)
		return err != nil || r.JobID != id
	})
}

func cancelHere(r *rundir.Record) string {
	if r.Run.State != rundir.Running {
		return fmt.Sprintf("it is over, and %s", r.Run.State)
	}
	if r.Run.Mapping == "storm" { // and may have been left to itself
		return "press Ctrl-C where it was started, or end its topology: storm status lists them, storm kill NAME ends one"
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
