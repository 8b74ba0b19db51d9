package petest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
)

// folder is the output folder of one run, made when it is asked for.
type folder struct {
	t    testing.TB
	path string
}

// Path is the folder on disk.
func (f *folder) Path() (string, error) {
	if f.path == "" {
		f.path = f.t.TempDir()
	}
	return f.path, nil
}

// Create makes a file under a name that begins with a dot.
func (f *folder) Create(name string) (d4.File, error) {
	root, _ := f.Path()
	path := filepath.Join(root, name)
	if _, err := os.Lstat(path); err == nil {
		return nil, &os.PathError{Op: "create", Path: path, Err: os.ErrExist}
	}
	dir, base := filepath.Split(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, "."+base+".tmp"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	return &pending{File: file, path: path}, err
}

// files returns what is there and reports what was neither named nor removed.
func (f *folder) files() map[string][]byte {
	files := map[string][]byte{}
	if f.path == "" {
		return files
	}
	err := filepath.WalkDir(f.path, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(f.path, path)
		if strings.HasPrefix(filepath.Base(name), ".") {
			f.t.Errorf("the temporary file %s was left behind", name)
		}
		files[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		f.t.Error(err)
	}
	return files
}

// pending is a d4.File.
type pending struct {
	*os.File
	path string
	done bool
}

// Commit gives the file its name.
func (p *pending) Commit() error {
	p.done = true
	if err := p.Close(); err != nil {
		return err
	}
	return os.Rename(p.File.Name(), p.path)
}

// Discard removes it.
func (p *pending) Discard() error {
	if p.done {
		return nil
	}
	p.done = true
	p.Close()
	return os.Remove(p.File.Name())
}
