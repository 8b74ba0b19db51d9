package zarr_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dispel4go/dispel4go/zarr"
)

// TestResize: an array grows while it is written, shrinks to what there is, and
// reads so in a store that is opened afresh.
func TestResize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.zarr")
	s, err := zarr.Create(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := zarr.NewArray(s, "x", zarr.Spec[float32]{Shape: []int{2, 3}, Chunks: []int{2, 3}, Dims: []string{"row", "column"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.WriteChunk([]int{1, 0}, make([]float32, 6)); !errors.Is(err, zarr.ErrShape) {
		t.Errorf("a chunk beyond the array: %v", err)
	}
	if err := a.Resize(6); err != nil {
		t.Fatal(err)
	}
	for k := range 2 {
		if err := a.WriteChunk([]int{k, 0}, []float32{1, 2, 3, 4, 5, 6}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Resize(3); err != nil {
		t.Fatal(err)
	}
	if err := a.Resize(-1); !errors.Is(err, zarr.ErrShape) {
		t.Errorf("-1 rows: %v", err)
	}
	if err := s.Finish(nil); err != nil {
		t.Fatal(err)
	}
	if err := a.Resize(4); !errors.Is(err, zarr.ErrReadOnly) {
		t.Errorf("a complete store: %v", err)
	}
	if s, err = zarr.Open(path); err != nil {
		t.Fatal(err)
	}
	if a, err = zarr.OpenArray[float32](s, "x"); err != nil {
		t.Fatal(err)
	}
	if got, err := a.Read(nil); err != nil || !slices.Equal(got, []float32{1, 2, 3, 4, 5, 6, 1, 2, 3}) || !slices.Equal(a.Info().Shape, []int{3, 3}) {
		t.Errorf("%v of shape %v, %v", got, a.Info().Shape, err)
	}
}
