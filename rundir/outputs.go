package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/newfile"
)

// Outputs is the folder for what PEs write: a d4.Folder. It can be used by
// several goroutines and, where the directory is shared, by several ranks.
type Outputs struct {
	path string
	open newfile.Opener
}

var _ d4.Folder = (*Outputs)(nil)

// NewOutputs returns the folder for outputs of the run directory at path, which
// another rank may have made.
func NewOutputs(path string) *Outputs {
	return &Outputs{path: filepath.Join(path, "outputs"), open: newfile.Open}
}

// Path is the folder on disk.
func (o *Outputs) Path() (string, error) { return o.path, nil }

// Create makes a file under a temporary name. Name may have folders in it,
// which are made, but must not lead out of the outputs. It fails when there is
// a file of that name; of two who write the same name at the same time, Commit
// fails for the second.
func (o *Outputs) Create(name string) (d4.File, error) {
	local := filepath.FromSlash(name)
	if !filepath.IsLocal(local) || filepath.Clean(local) == "." || newfile.IsTemporary(filepath.Base(local)) {
		return nil, fmt.Errorf("%q is not a name for an output: it is a path inside the outputs, and not one of a temporary file", name)
	}
	path := filepath.Join(o.path, local)
	if _, err := os.Lstat(path); err == nil {
		return nil, cannot("write", path, fs.ErrExist)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, cannot("write", path, err)
	}
	tmp := newfile.Temporary(path)
	d, err := o.open(tmp)
	if err != nil {
		return nil, cannot("write", path, err)
	}
	return &output{Disk: d, path: path, tmp: tmp}, nil
}

// output is a file that is being written.
type output struct {
	newfile.Disk
	path, tmp string
	failed    error // the first write that did
	over      bool  // committed or discarded
}

func (f *output) Write(p []byte) (int, error) { return f.wrote(f.Disk.Write(p)) }

func (f *output) WriteAt(p []byte, at int64) (int, error) { return f.wrote(f.Disk.WriteAt(p, at)) }

func (f *output) wrote(n int, err error) (int, error) {
	if err != nil {
		err = cannot("write", f.path, err)
		if f.failed == nil {
			f.failed = err
		}
	}
	return n, err
}

var errOver = errors.New("it has been committed or discarded before")

// Commit refuses a file in which a write has failed.
func (f *output) Commit() error {
	if f.over {
		return cannot("commit", f.path, errOver)
	}
	f.over = true
	err := f.Disk.Close()
	if err == nil && f.failed == nil {
		err = newfile.Place(f.tmp, f.path)
	}
	if err == nil && f.failed == nil {
		return nil
	}
	os.Remove(f.tmp)
	if f.failed != nil {
		return f.failed
	}
	return cannot("write", f.path, err)
}

func (f *output) Discard() error {
	if f.over {
		return nil
	}
	f.over = true
	f.Disk.Close() // what it holds is not wanted
	if err := os.Remove(f.tmp); err != nil {
		return cannot("remove", f.tmp, err)
	}
	return nil
}
