package rundir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
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

// temporary is the name that a file has until it is complete.
func temporary(path string) string {
	dir, name := filepath.Split(path)
	return filepath.Join(dir, fmt.Sprintf(".%s.%016x.tmp", name, rand.Uint64()))
}

// isTemporary reports whether a name is one that temporary makes, here or in
// the packages that write files of their own.
func isTemporary(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp")
}

// replace puts a complete file under that name, whatever there is.
func replace(path string, write func(io.Writer) error) error {
	tmp := temporary(path)
	f, err := openNew(tmp)
	if err != nil {
		return cannot("write", path, err)
	}
	err = write(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
		return cannot("write", path, err)
	}
	return nil
}

// placeNew gives a file its name unless that is taken. A hard link refuses a
// name that is taken by now; a file system without them gets a look and a
// rename.
func placeNew(from, to string) error {
	err := os.Link(from, to)
	if err == nil {
		return os.Remove(from)
	}
	if errors.Is(err, fs.ErrExist) {
		return fs.ErrExist
	}
	if _, err := os.Lstat(to); err == nil {
		return fs.ErrExist
	}
	return os.Rename(from, to)
}

// cannot says in one line what failed, with which file, and what to do.
func cannot(do, path string, err error) error {
	if path0 := (*fs.PathError)(nil); errors.As(err, &path0) {
		err = path0.Err
	}
	if link := (*os.LinkError)(nil); errors.As(err, &link) {
		err = link.Err
	}
	remedy := ""
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		remedy = " (free space, or choose another place with --dir)"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		remedy = " (make the folder writable, or choose another place with --dir)"
	case errors.Is(err, fs.ErrExist):
		remedy = " (nothing is written over: choose another name)"
	case errors.Is(err, syscall.ENOTDIR):
		remedy = " (a part of the path is a file: choose another place with --dir)"
	}
	return fmt.Errorf("cannot %s %s: %w%s", do, path, err, remedy)
}
