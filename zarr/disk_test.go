package zarr

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

// fullDisk lets so many bytes be written and then has no room, at the write or
// only at the close, as network file systems do.
type fullDisk struct {
	newfile.Disk
	room    *int
	atClose bool
}

func (f fullDisk) Write(b []byte) (int, error) {
	if *f.room -= len(b); *f.room < 0 && !f.atClose {
		n, _ := f.Disk.Write(b[:len(b)/2])
		return n, syscall.ENOSPC
	}
	return f.Disk.Write(b)
}

func (f fullDisk) Close() error {
	if err := f.Disk.Close(); err != nil || *f.room >= 0 {
		return err
	}
	return syscall.ENOSPC
}

// TestNoRoom writes with ever more room until all of it fits.
func TestNoRoom(t *testing.T) {
	for _, atClose := range []bool{false, true} {
		steps := map[string]int{}
		for room := 0; ; room += 100 {
			path := filepath.Join(t.TempDir(), "s.zarr")
			step, err := writeAll(path, room, atClose)
			if err == nil {
				break
			}
			steps[step]++
			if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free space") || strings.Contains(err.Error(), "\n") {
				t.Fatalf("room for %d bytes: %s: %v", room, step, err)
			}
			noTemporaries(t, filepath.Dir(path))
			switch _, statErr := os.Stat(path); step {
			case "create":
				if !errors.Is(statErr, fs.ErrNotExist) {
					t.Fatal("a store without metadata stays")
				}
			default:
				s, err := Open(path)
				if err != nil || s.Complete() {
					t.Fatalf("room for %d bytes: %s: %v", room, step, err)
				}
				if names, err := s.Names(); err != nil || step == "array" && len(names) > 0 {
					t.Fatal(names, err)
				}
			}
		}
		for _, step := range []string{"create", "array", "chunk", "finish"} {
			if steps[step] == 0 {
				t.Errorf("no room at %s was not tried: %v", step, steps)
			}
		}
	}
}

// writeAll writes a small store and says at which step it failed.
func writeAll(path string, room int, atClose bool) (step string, err error) {
	disk := func(path string) (newfile.Disk, error) {
		f, err := newfile.Open(path)
		return fullDisk{f, &room, atClose}, err
	}
	s, err := create(path, nil, disk)
	if err != nil {
		return "create", err
	}
	a, err := NewArray(s, "a", Spec[float64]{Shape: []int{40}})
	if err != nil {
		return "array", err
	}
	if err := a.Write(make([]float64, 40)); err != nil {
		return "chunk", err
	}
	return "finish", s.Finish(nil)
}

func TestNotWritable(t *testing.T) {
	denied := func(path string) (newfile.Disk, error) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.EACCES}
	}
	path := filepath.Join(t.TempDir(), "s.zarr")
	_, err := create(path, nil, denied)
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "make the folder writable") {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a folder stays")
	}
	if os.Geteuid() == 0 {
		return // to whom all folders are writable
	}
	if err := os.Chmod(filepath.Dir(path), 0o555); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, nil); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
}
