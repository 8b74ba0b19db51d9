package npy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
)

// disk is what is needed of an open file; tests put one in its place that is
// full.
type disk interface {
	io.Writer
	io.WriterAt
	io.Closer
}

func openNew(path string) (disk, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// file is a new file that has a temporary name until its end.
type file struct {
	disk
	path, tmp string
}

func newFile(path string, open func(string) (disk, error)) (*file, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, cannot(path, ErrExists)
	}
	dir, name := filepath.Split(path)
	tmp := filepath.Join(dir, fmt.Sprintf(".%s.%016x.tmp", name, rand.Uint64()))
	d, err := open(tmp)
	if err != nil {
		return nil, cannot(path, err)
	}
	return &file{d, path, tmp}, nil
}

// end closes the file. It gives it its name, or if there was an error removes it
// and returns that. A hard link refuses a name that is taken by now; a file
// system without them gets a look and a rename.
func (f *file) end(err error) error {
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		switch linked := os.Link(f.tmp, f.path); {
		case errors.Is(linked, fs.ErrExist):
			err = ErrExists
		case linked != nil:
			if _, there := os.Lstat(f.path); there == nil {
				err = ErrExists
			} else if err = os.Rename(f.tmp, f.path); err == nil {
				return nil
			}
		}
	}
	os.Remove(f.tmp)
	if err != nil {
		return cannot(f.path, err)
	}
	return nil
}

// cannot says in one line what failed and what to do about it.
func cannot(path string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	remedy := ""
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		remedy = " (free space or choose another folder)"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		remedy = " (make the folder writable or choose another one)"
	case errors.Is(err, ErrExists):
		remedy = " (remove it or choose another name)"
	}
	return fmt.Errorf("npy: cannot write %s: %w%s", path, err, remedy)
}
