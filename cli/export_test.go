package cli_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/npy"
	"github.com/dispel4go/dispel4go/zarr"
)

// makeStore makes a store of one array.
func makeStore(t *testing.T, path string, values ...int32) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	s, err := zarr.Create(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := zarr.NewArray(s, "x", zarr.Spec[int32]{Shape: []int{len(values)}})
	if err == nil {
		err = a.Write(values)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestExport: a store, or all stores of a run directory, beside the outputs of
// their run, beside them or elsewhere, and nothing is written over.
func TestExport(t *testing.T) {
	dir := t.TempDir()
	makeStore(t, filepath.Join(dir, "run", "outputs", "a-00.zarr"), 1, 2, 3)
	makeStore(t, filepath.Join(dir, "run", "outputs", "a-01.zarr"), 4)
	makeStore(t, filepath.Join(dir, "loose.zarr"), 4)
	if err := os.WriteFile(filepath.Join(dir, "run", "run.json"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args, files string
		code        int
	}{
		{"export run --format npz", "run/exports/a-00.npz run/exports/a-01.npz", 0},
		{"export run --format npz", "", 2},
		{"export run -f npz -o there", "there/a-00.npz there/a-01.npz", 0},
		{"export run/outputs/a-01.zarr -f netcdf", "run/exports/a-01.nc", 0},
		{"export loose.zarr -f netcdf", "loose.nc", 0},
		{"export run/outputs/a-01.zarr -f npz -o one.npz", "one.npz", 0},
	} {
		got := outcomeOf(t, program(dir, strings.Fields(c.args)...))
		if got.code != c.code || got.code == 0 && !slices.Equal(strings.Fields(filepath.ToSlash(got.stdout)), strings.Fields(c.files)) {
			t.Errorf("%s: %+v", c.args, got)
		}
		for _, name := range strings.Fields(c.files) {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
				t.Errorf("%s: %v", c.args, err)
			}
		}
	}
	z, err := npy.OpenArchive(filepath.Join(dir, "one.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if x, _, err := npy.Load[int32](z, "x"); err != nil || !slices.Equal(x, []int32{4}) {
		t.Errorf("%v, %v", x, err)
	}
}
