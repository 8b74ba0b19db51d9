package pes

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
)

// Files is the part that sources over files share: each file is a split, and a
// position is where in it the next item begins.
type Files struct {
	d4.Base
	Paths []string `help:"files to read: paths, or patterns like data/*.txt; each file is read once, in the order of their names"`

	list  []string
	next  []int64 // of each file: where its next item begins; finished at its end
	index int
	count int
	at    int // the file that is being read
	file  *os.File
	read  func() (next int64, err error)
	// start makes the function that emits some items of a file and returns
	// where the next one begins, with io.EOF when there is none.
	start func(f *os.File, from int64) (read func() (int64, error), err error)
}

const finished = -1

// find lists the files once.
func (f *Files) find() error {
	if f.list != nil {
		return nil
	}
	for _, pattern := range f.Paths {
		found := []string{pattern}
		if _, err := os.Lstat(pattern); err != nil {
			if found, err = filepath.Glob(pattern); err != nil {
				return fmt.Errorf("pattern %q: %w", pattern, err)
			}
			if len(found) == 0 {
				return fmt.Errorf("no file is called, or matches, %q", pattern)
			}
		}
		f.list = append(f.list, found...)
	}
	if len(f.list) == 0 {
		return errors.New("there are no paths of files to read")
	}
	slices.Sort(f.list)
	f.list = slices.Compact(f.list)
	f.next = make([]int64, len(f.list))
	return nil
}

// Open lists the files. It fails when a pattern matches none.
func (f *Files) Open(i *d4.Instance) error {
	f.index, f.count, f.at = i.Index, i.Count, i.Index
	return f.find()
}

// Next emits some items of one file.
func (f *Files) Next() error {
	for f.read == nil {
		if f.at >= len(f.list) {
			return io.EOF
		}
		if f.next[f.at] == finished {
			f.at += f.count
			continue
		}
		if err := f.begin(); err != nil {
			return err
		}
	}
	next, err := f.read()
	if err == io.EOF {
		f.next[f.at] = finished
		return f.end()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.list[f.at], err)
	}
	f.next[f.at] = next
	return nil
}

func (f *Files) begin() (err error) {
	if f.file, err = os.Open(f.list[f.at]); err != nil {
		return err
	}
	if f.read, err = f.start(f.file, f.next[f.at]); err != nil {
		return fmt.Errorf("%s: %w", f.list[f.at], err)
	}
	return nil
}

func (f *Files) end() error {
	f.read = nil
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

// Close closes the file that is open.
func (f *Files) Close() error { return f.end() }

// Splits lists the files.
func (f *Files) Splits() []string {
	if f.find() != nil {
		return nil // Open fails for the same reason
	}
	return slices.Clone(f.list)
}

// Position is where in file k the next item begins, as a varint; -1 after its
// last item.
func (f *Files) Position(k int) ([]byte, error) {
	return binary.AppendVarint(nil, f.next[k]), nil
}

// Seek goes to a position.
func (f *Files) Seek(k int, position []byte) error {
	if err := f.find(); err != nil {
		return err
	}
	at, n := binary.Varint(position)
	if n != len(position) || n <= 0 || at < finished {
		return fmt.Errorf("%x is no position in %s", position, f.list[k])
	}
	f.next[k] = at
	return nil
}

// PathLister is the source made by Glob.
type PathLister struct {
	Files
	Out d4.Out[string]
}

// Glob makes a source of the paths that are, or match, the given ones.
func Glob(paths ...string) func() *PathLister {
	return func() *PathLister {
		g := &PathLister{}
		g.Paths = slices.Clone(paths)
		g.start = func(f *os.File, _ int64) (func() (int64, error), error) {
			return func() (int64, error) {
				g.Out.Emit(f.Name())
				return 0, io.EOF
			}, nil
		}
		return g
	}
}
