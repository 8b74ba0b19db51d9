package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/dispel4go/dispel4go/internal/newfile"
	"github.com/dispel4go/dispel4go/zarr"
)

// A Record is a run directory as it is found.
type Record struct {
	Path string
	Run  Run // State is Incomplete where it says running and nobody runs it
	// Rows is the trace: nil if there is none, as after a kill.
	Rows    []Row
	Outputs []Output
	// Temporary lists the files that never became complete, below Path.
	Temporary []string
	// Damage lists what could not be read.
	Damage []string
}

// An Output is a file that PEs have written, or a Zarr store.
type Output struct {
	Name  string `json:"name"` // below outputs, with slashes
	Bytes int64  `json:"bytes"`
	Store bool   `json:"store,omitempty"`
	// Unfinished is a store that its writers have not finished.
	Unfinished bool `json:"unfinished,omitempty"`
}

// Open reads a run directory, whatever became of the run. It fails where there
// is no run.json; all other damage is noted.
func Open(path string) (*Record, error) {
	run, err := ReadRun(path)
	if err != nil {
		return nil, err
	}
	r := &Record{Path: path, Run: *run}
	if run.State == Running && !alive(run.Host, run.PID) {
		r.Run.State = Incomplete
	}
	switch f, err := os.Open(filepath.Join(path, "trace.csv")); {
	case err == nil:
		defer f.Close()
		if r.Rows, err = ReadTrace(f); err != nil {
			r.Damage = append(r.Damage, "trace.csv: "+err.Error())
		}
	case !errors.Is(err, fs.ErrNotExist):
		r.Damage = append(r.Damage, err.Error())
	}
	err = filepath.WalkDir(path, r.visit)
	if err != nil {
		r.Damage = append(r.Damage, err.Error())
	}
	return r, nil
}

// visit notes what is found in the directory. What is gone by now, as the run goes
// on, was not there; a folder that cannot be read does not hide the others.
func (r *Record) visit(path string, d fs.DirEntry, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		r.Damage = append(r.Damage, err.Error())
		return nil
	}
	below, err := filepath.Rel(r.Path, path)
	if err != nil {
		return err
	}
	if newfile.IsTemporary(d.Name()) {
		r.Temporary = append(r.Temporary, filepath.ToSlash(below))
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	name, err := filepath.Rel("outputs", below)
	if err != nil || !filepath.IsLocal(name) || name == "." {
		return nil
	}
	o := Output{Name: filepath.ToSlash(name)}
	if d.IsDir() {
		store, err := zarr.Open(path)
		if err != nil {
			return nil // a folder
		}
		o.Store, o.Unfinished = true, !store.Complete()
		if o.Bytes, err = r.sizeOf(path); err != nil {
			r.Damage = append(r.Damage, err.Error())
		}
		r.Outputs = append(r.Outputs, o)
		return fs.SkipDir
	}
	info, err := d.Info()
	if err != nil {
		return r.visit(path, d, err)
	}
	o.Bytes = info.Size()
	r.Outputs = append(r.Outputs, o)
	return nil
}

// sizeOf adds up the files of a store, and notes the temporary ones.
func (r *Record) sizeOf(store string) (bytes int64, err error) {
	err = filepath.WalkDir(store, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		if newfile.IsTemporary(d.Name()) {
			below, err := filepath.Rel(r.Path, path)
			r.Temporary = append(r.Temporary, filepath.ToSlash(below))
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		} else if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return err
	})
	return bytes, err
}

// Errors yields the items that were skipped; none where there is no
// errors.jsonl.
func (r *Record) Errors() iter.Seq2[ItemError, error] {
	return func(yield func(ItemError, error) bool) {
		f, err := os.Open(filepath.Join(r.Path, "errors.jsonl"))
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(ItemError{}, err)
			return
		}
		defer f.Close()
		for item, err := range ReadErrors(f) {
			if err != nil {
				err = fmt.Errorf("%s: %w", f.Name(), err)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// alive reports whether a program is still there. What runs on another host
// cannot be asked and counts as alive; the report says when it was heard of.
func alive(host string, pid int) bool {
	if here, err := os.Hostname(); err != nil || here != host {
		return true
	}
	if pid <= 0 {
		return false
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer p.Release()
	if runtime.GOOS == "windows" {
		return true // FindProcess has found it
	}
	err = p.Signal(syscall.Signal(0))
	return (err == nil || errors.Is(err, fs.ErrPermission)) && !zombie(pid)
}

// zombie tells whether a process has ended and nobody has asked for its exit
// code, as in containers whose first process does not. Where there is no /proc
// none has.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	// The name of the command is in parentheses and may hold anything.
	return strings.HasPrefix(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " Z")
}
