package newfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// full is a disk without room.
type full struct{ Disk }

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	put := func(text string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
	}
	is := func(want string) {
		t.Helper()
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%q, %v; expected %q", got, err, want)
		}
		if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
			t.Errorf("%v, %v: more than the file", all, err)
		}
	}
	if err := Write(path, Open, put("one"), Place); err != nil {
		t.Fatal(err)
	}
	is("one")
	if err := Write(path, Open, put("two"), Place); !errors.Is(err, ErrExists) || !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	is("one")
	if err := Write(path, Open, put("three"), os.Rename); err != nil {
		t.Error(err)
	}
	is("three")
	noRoom := func(path string) (Disk, error) { d, err := Open(path); return full{d}, err }
	if err := Write(path, noRoom, put("four"), os.Rename); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(Remedy(err, "go away"), "free space, or go away") {
		t.Error(err)
	}
	is("three")
	err := Write(filepath.Join(path, "b"), Open, put("five"), Place)
	if !errors.Is(err, syscall.ENOTDIR) || Plain(err) != syscall.ENOTDIR || Remedy(err, "go away") == "" {
		t.Error(err)
	}
	if Remedy(io.EOF, "go away") != "" {
		t.Error("a remedy for everything")
	}
}

func TestTemporary(t *testing.T) {
	a, b := Temporary("x/y.txt"), Temporary("x/y.txt")
	if a == b || filepath.Dir(a) != "x" || !IsTemporary(filepath.Base(a)) || IsTemporary("y.txt") {
		t.Error(a, b)
	}
}
