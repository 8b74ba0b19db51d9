package zarr

import (
	"errors"
	"fmt"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

var (
	// ErrExists is returned when a store, an array or a chunk is there already.
	ErrExists = newfile.ErrExists
	// ErrNotStore is returned when a folder has no readable group metadata.
	ErrNotStore = errors.New("not a Zarr v3 store")
	// ErrFormat is returned when metadata or a chunk is damaged, or uses parts of
	// Zarr that this package does not read.
	ErrFormat = errors.New("bad or unsupported Zarr data")
	// ErrType is returned when an array holds other elements than asked for.
	ErrType = errors.New("wrong element type")
	// ErrShape is returned when an index or the length of a slice does not fit an
	// array, and when a Spec contradicts itself.
	ErrShape = errors.New("does not fit the shape")
	// ErrReadOnly is returned by a write to a store from Open, and by Join when
	// the store is complete.
	ErrReadOnly = errors.New("not open for writing")
)

// cannot says in one line what failed, where, and what to do about it.
func cannot(what, path string, err error) error {
	remedy := newfile.Remedy(err, "choose another folder")
	if errors.Is(err, ErrNotStore) {
		remedy = " (is the path right?)"
	}
	return fmt.Errorf("zarr: cannot %s: %s: %w%s", what, path, newfile.Plain(err), remedy)
}
