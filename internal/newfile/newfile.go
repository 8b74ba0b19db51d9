// Package newfile makes files that appear when they are whole: they are
// written under a temporary name beside their own, and get that at the end.
// Nothing is written over unless the caller wants it.
package newfile

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

// ErrExists is in the error where a name is taken. It is fs.ErrExist.
var ErrExists error = exists{}

type exists struct{}

func (exists) Error() string        { return "file already exists" }
func (exists) Is(target error) bool { return target == fs.ErrExist }

// A Disk is what is needed of an open file.
type Disk interface {
	io.Writer
	io.WriterAt
	io.Closer
}

// An Opener opens a file that is not there yet. It is Open but in tests, which
// put a disk in its place that is full.
type Opener func(path string) (Disk, error)

// Open is the Opener of real disks.
func Open(path string) (Disk, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// Temporary is a name beside path that nobody else has.
func Temporary(path string) string {
	dir, name := filepath.Split(path)
	return filepath.Join(dir, fmt.Sprintf(".%s.%016x.tmp", name, rand.Uint64()))
}

// IsTemporary reports whether a name, without its folder, is one that Temporary
// makes.
func IsTemporary(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp")
}

// Write writes a whole file, and gives it its name with place: Place, or
// os.Rename where what is there is to be replaced. Whatever fails, nothing
// stays.
func Write(path string, open Opener, write func(io.Writer) error, place func(from, to string) error) error {
	tmp := Temporary(path)
	f, err := open(tmp)
	if err != nil {
		return err
	}
	err = write(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = place(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
	}
	return err
}

// Place gives a file its name, unless that is taken: then the error is
// ErrExists. A hard link refuses a name that is taken by now; a file system
// without them gets a look and a rename.
func Place(from, to string) error {
	err := os.Link(from, to)
	if err == nil {
		return os.Remove(from)
	}
	if errors.Is(err, fs.ErrExist) {
		return ErrExists
	}
	if _, err := os.Lstat(to); err == nil {
		return ErrExists
	}
	return os.Rename(from, to)
}

// Plain is an error without the operation and the path that the system puts
// before it, for messages that name both themselves.
func Plain(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

// Remedy is what a user can do about an error, in brackets, or "". Elsewhere
// is how to choose another place, as "choose another folder".
func Remedy(err error, elsewhere string) string {
	do := ""
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		do = "free space, or " + elsewhere
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		do = "make the folder writable, or " + elsewhere
	case errors.Is(err, fs.ErrExist):
		do = "nothing is written over: choose another name"
	case errors.Is(err, syscall.ENOTDIR):
		do = "a part of the path is a file: " + elsewhere
	default:
		return ""
	}
	return " (" + do + ")"
}
