package zarr

import (
	"errors"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/internal/python"
)

// TestGrow: what was there stays, what is new is the fill value until it is written,
// and nothing shrinks.
func TestGrow(t *testing.T) {
	s := mustCreate(t)
	a, err := NewArray(s, "a", Spec[float64]{Shape: []int{0, 3}, Chunks: []int{1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.Grow(1, 3), a.WriteChunk([]int{0, 1}, []float64{7}), a.Grow(2, 5), a.WriteChunk([]int{1, 1}, []float64{1, 2})); err != nil {
		t.Fatal(err)
	}
	for _, shape := range [][]int{{1, 5}, {2, 4}, {2}, {2, -1}} {
		if err := a.Grow(shape...); !errors.Is(err, ErrShape) {
			t.Errorf("to %v: %v", shape, err)
		}
	}
	again, err := OpenArray[float64](s, "a")
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	got, err := again.Read(nil)
	if want := []float64{nan, nan, 7, nan, nan, nan, nan, 1, 2, nan}; err != nil || !slices.EqualFunc(got, want, func(a, b float64) bool { return a == b || a != a && b != b }) {
		t.Errorf("%v, %v", got, err)
	}
	if err := s.Finish(nil); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.Grow(3, 5), s.Publish()); !errors.Is(err, ErrReadOnly) {
		t.Errorf("%v", err)
	}
}

// TestGrowPython: xarray sees a store as it was last published, while more is written.
func TestGrowPython(t *testing.T) {
	exe := python.Find(t, "xarray, zarr")
	path := filepath.Join(t.TempDir(), "a.zarr")
	s, err := Create(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewArray(s, "a", Spec[int32]{Shape: []int{0, 2}, Chunks: []int{1, 2}, Dims: []string{"time", "x"}})
	if err != nil {
		t.Fatal(err)
	}
	look := func() string {
		out, err := exec.Command(exe, "-c", "import sys, xarray as xr; ds = xr.open_zarr(sys.argv[1]); print(ds.sizes['time'], ds.a.values.ravel().tolist())", path).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if err := errors.Join(a.Grow(1, 2), a.WriteChunk([]int{0, 0}, []int32{1, 2}), s.Publish(), a.Grow(2, 2), a.WriteChunk([]int{1, 0}, []int32{3, 4})); err != nil {
		t.Fatal(err)
	}
	if got := look(); got != "1 [1, 2]" {
		t.Errorf("before it is published: %s", got)
	}
	if err := s.Publish(); err != nil {
		t.Fatal(err)
	}
	if got := look(); got != "2 [1, 2, 3, 4]" {
		t.Errorf("after: %s", got)
	}
}
