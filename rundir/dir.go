package rundir

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Every is how often run.json is rewritten while a run goes on.
const Every = 3 * time.Second

// Silence is for how long nothing is heard of a run before it is taken to be gone,
// where nobody can be asked.
const Silence = 10 * Every

// A Dir is a run directory in the hands of the one that writes it. Its methods
// can be called from any goroutine.
type Dir struct {
	path string
	log  *os.File

	mu       sync.Mutex
	run      Run
	progress progress
	look     func(*Run)
	stop     chan struct{}
	done     chan struct{}
}

// Folder is where run directories are made that are given no place.
const Folder = "runs"

// Create makes a run directory: at path, or if that is "" in the folder runs,
// named after the run and the job's number, or where there is none the time. If
// there is such a directory with something in it, -2, -3 and so on are added to
// the name; parent folders are made.
func Create(path string, now time.Time, name, jobID string) (*Dir, error) {
	if path == "" {
		path = filepath.Join(Folder, FileName(name)+"-"+cmp.Or(FileName(jobID), now.Format("20060102-150405")))
	}
	path = filepath.Clean(path)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, cannot("make the run directory", path, err)
	}
	for n := 1; ; n++ {
		at := numbered(path, n)
		switch err := claim(at); {
		case errors.Is(err, fs.ErrExist):
			continue
		case err != nil:
			return nil, cannot("make the run directory", at, err)
		}
		log, err := os.OpenFile(filepath.Join(at, "log.jsonl"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
		if err != nil {
			return nil, cannot("write", filepath.Join(at, "log.jsonl"), err)
		}
		return &Dir{path: at, log: log, run: own(Run{Name: name, JobID: jobID, Started: now})}, nil
	}
}

// own says of a run that it is this program's.
func own(run Run) Run {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	run.Format, run.State, run.Host, run.PID, run.Versions = Format, Running, host, os.Getpid(), ThisProgram()
	return run
}

// claim makes a directory ours. An empty one will do; of several that find it
// empty, the one that makes the folder in it wins.
func claim(at string) error {
	if err := os.Mkdir(at, 0o777); err != nil {
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if inside, err := os.ReadDir(at); err != nil || len(inside) > 0 {
			return fs.ErrExist
		}
	}
	return os.Mkdir(filepath.Join(at, "outputs"), 0o777)
}

// FileName is a name with all that does not belong in that of a file replaced.
func FileName(name string) string {
	return strings.TrimLeft(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		}
		return '-'
	}, name), ".-")
}

// Path is where the directory is.
func (d *Dir) Path() string { return d.path }

// Outputs is the folder for what PEs write.
func (d *Dir) Outputs() *Outputs { return NewOutputs(d.path) }

// Log appends what is logged to log.jsonl, one JSON object a line.
func (d *Dir) Log(level slog.Leveler) slog.Handler {
	return slog.NewJSONHandler(d.log, &slog.HandlerOptions{Level: level})
}

// Show puts a file into the directory by which others can see whether they
// reach the same one. It is gone after hide.
func (d *Dir) Show() (name string, hide func(), err error) {
	f, err := os.CreateTemp(d.path, ".reach-*")
	if err != nil {
		return "", nil, cannot("write", d.path, err)
	}
	f.Close()
	return filepath.Base(f.Name()), func() { os.Remove(f.Name()) }, nil
}

// Sees tells whether the run directory at path is one that Show has put the
// file into.
func Sees(path, name string) bool {
	_, err := os.Stat(filepath.Join(path, name))
	return err == nil
}

// RankLog opens the log of a rank, in the folder logs of the run directory at
// path: on a rank that does not see it that is one of this host's. The file is
// the caller's to close.
func RankLog(path string, rank int, level slog.Leveler) (slog.Handler, io.Closer, error) {
	at := filepath.Join(path, "logs", fmt.Sprintf("rank-%d.jsonl", rank))
	if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
		return nil, nil, cannot("write", at, err)
	}
	f, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, nil, cannot("write", at, err)
	}
	return slog.NewJSONHandler(f, &slog.HandlerOptions{Level: level}), f, nil
}

// Start writes run.json for the first time and keeps it up to date until End:
// before each time that it is written, look, which may be nil, can change what
// it will say. Format, State, Host, PID, Versions and Updated are filled in, and
// Name, JobID and Started if they are not given.
func (d *Dir) Start(run Run, look func(*Run)) error {
	if run.Started.IsZero() {
		run.Started = d.run.Started
	}
	run.Name, run.JobID = cmp.Or(run.Name, d.run.Name), cmp.Or(run.JobID, d.run.JobID)
	d.run, d.look = own(run), look
	if err := d.rewrite(); err != nil {
		return err
	}
	d.stop, d.done = make(chan struct{}), make(chan struct{})
	go d.keep()
	return nil
}

// LogLine appends a line to log.jsonl as it is, the newline apart: one that was
// logged somewhere else.
func (d *Dir) LogLine(line []byte) { d.log.Write(append(slices.Clip(line), '\n')) }

// HandOver leaves the directory to another program, which calls TakeOver.
func (d *Dir) HandOver() error {
	close(d.stop)
	<-d.done
	if d.progress.file != nil {
		d.progress.file.Close() // each line in it is written already
	}
	return d.log.Close()
}

// TakeOver makes the directory of a run that goes on, at path, this program's,
// and keeps run.json up to date as Start does.
func TakeOver(path string, look func(*Run)) (*Dir, error) {
	run, err := ReadRun(path)
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(path, "log.jsonl"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, cannot("write", filepath.Join(path, "log.jsonl"), err)
	}
	d := &Dir{path: path, log: log, run: *run}
	return d, d.Start(*run, look)
}

func (d *Dir) rewrite() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.look != nil {
		d.look(&d.run)
	}
	d.run.Updated = time.Now()
	return d.run.write(d.path)
}

// note adds to progress.csv what run.json says by now.
func (d *Dir) note() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.progress.note(d.path, &d.run, d.run.Updated)
}

// keep rewrites run.json and notes progress. A time that fails, the disk being full
// say, is logged; End reports it if it lasts.
func (d *Dir) keep() {
	defer close(d.done)
	beat := time.NewTicker(Every)
	defer beat.Stop()
	for {
		select {
		case <-d.stop:
			return
		case <-beat.C:
			if err := errors.Join(d.rewrite(), d.note()); err != nil {
				slog.New(d.Log(nil)).Error(err.Error())
			}
		}
	}
}

// End writes trace.csv and errors.jsonl and, last of all, run.json as change
// leaves it: it must set the state, and finds Ended, the wall time and the
// counts of skipped items filled in. A run that ends before Start is recorded
// too. If anything could not be written, run.json does not say complete.
func (d *Dir) End(rows []Row, items []ItemError, change func(*Run)) error {
	if d.stop != nil {
		close(d.stop)
		<-d.done
	}
	err := errors.Join(
		replace(filepath.Join(d.path, "trace.csv"), writerOf(rows, WriteTrace)),
		replace(filepath.Join(d.path, "errors.jsonl"), writerOf(items, WriteErrors)),
		d.log.Close(),
	)
	d.mu.Lock()
	d.look = nil
	r := &d.run
	r.Ended = time.Now()
	r.Result.Wall = r.Ended.Sub(r.Started).Seconds()
	r.Skipped = map[string]uint64{}
	for _, item := range items {
		r.Skipped[item.PE]++
	}
	change(r)
	for name, value := range r.Result.Summary {
		if _, err := json.Marshal(value); err != nil { // NaN, say
			r.Result.Summary[name] = fmt.Sprint(value)
		}
	}
	if err = errors.Join(err, d.progress.end(d.path, r)); err != nil && r.State == Complete {
		r.State, r.Cause = Failed, err.Error()
	}
	d.mu.Unlock()
	return errors.Join(err, d.rewrite())
}
