package npy

import (
	"fmt"
	"os"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

// file is a new file that has a temporary name until its end.
type file struct {
	newfile.Disk
	path, tmp string
}

func newFile(path string, open newfile.Opener) (*file, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, cannot(path, ErrExists)
	}
	tmp := newfile.Temporary(path)
	d, err := open(tmp)
	if err != nil {
		return nil, cannot(path, err)
	}
	return &file{d, path, tmp}, nil
}

// end closes the file. It gives it its name, or if there was an error removes it
// and returns that.
func (f *file) end(err error) error {
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = newfile.Place(f.tmp, f.path)
	}
	if err != nil {
		os.Remove(f.tmp)
		return cannot(f.path, err)
	}
	return nil
}

// cannot says in one line what failed and what to do about it.
func cannot(path string, err error) error {
	return fmt.Errorf("npy: cannot write %s: %w%s", path, newfile.Plain(err), newfile.Remedy(err, "choose another folder"))
}
