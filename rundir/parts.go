package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/dispel4go/dispel4go/internal/port"
)

// Parts returns the run directories of a job that is run again where it was cut
// short: the first, which path is or goes on from, and what Create has made of the
// same name, path-2, path-3 and so on, in that order. Only those count that hold a
// run.json; there may be none.
func Parts(path string) ([]*Record, error) {
	path = FirstPart(path)
	var parts []*Record
	for n := 1; ; n++ {
		at := numbered(path, n)
		info, err := os.Stat(at)
		if errors.Is(err, fs.ErrNotExist) {
			return parts, nil
		}
		if err == nil && !info.IsDir() {
			continue // Create has gone past it
		}
		if _, err := os.Stat(filepath.Join(at, "run.json")); errors.Is(err, fs.ErrNotExist) {
			continue // killed before it had begun
		}
		part, err := Open(at)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
}

// FirstPart is the run directory by whose name all parts of a run are found: path
// itself, unless that is a later part beside it.
func FirstPart(path string) string {
	path = filepath.Clean(path)
	first := partNumber.ReplaceAllString(path, "")
	run, err := ReadRun(path)
	if _, missing := os.Stat(first); err != nil || missing != nil || run.Continues == "" {
		return path
	}
	if before := filepath.Base(run.Continues); before != filepath.Base(first) && partNumber.ReplaceAllString(before, "") != filepath.Base(first) {
		return path // what it goes on from has another name
	}
	return first
}

var partNumber = regexp.MustCompile(`-[0-9]+$`)

// numbered is the n-th directory of that name.
func numbered(path string, n int) string {
	if n == 1 {
		return path
	}
	return fmt.Sprintf("%s-%d", path, n)
}

// Continue finds out where a run goes on whose parts these are: at the last that
// was cut short by its time limit. Those that were killed since count for
// nothing. It is nil where there is none, and the run begins again. Done is the
// part that has come to the end, if one has.
func Continue(parts []*Record) (from, done *Record, err error) {
	for _, p := range parts {
		switch {
		case p.Run.State == Complete:
			done = p
		case p.Run.State == Partial && p.Run.Rest != nil:
			from = p
		}
	}
	if done == nil && from != nil && len(from.Run.Rest.Lost) > 0 {
		return nil, nil, fmt.Errorf("%s cannot be continued: %s", from.Path, from.Run.Rest.Lost[0])
	}
	return from, done, nil
}

// Total adds what reached the sinks of a run to what had in the parts before.
func Total(before, now map[string]Sink) map[string]Sink {
	all := map[string]Sink{}
	for name, s := range now {
		b, ok := before[name]
		if !ok {
			all[name] = s
			continue
		}
		sum := Sink{Items: b.Items + s.Items}
		var x, y port.Digest
		if x.Parse(b.Digest) == nil && y.Parse(s.Digest) == nil {
			x.Add(y)
			sum.Digest = x.String()
		}
		all[name] = sum
	}
	return all
}

// Sinks are what reached the sinks, in all parts of a run that was continued.
func (r *Run) Sinks() map[string]Sink {
	if r.Total != nil {
		return r.Total
	}
	return r.Result.Sinks
}
