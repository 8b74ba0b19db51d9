package npy

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/internal/python"
)

const script = `
import sys, warnings
warnings.simplefilter("error")
import numpy as np
d = sys.argv[1] + "/"
z = np.load(d + "a.npz")
for k in sorted(z.files): print(k, z[k].dtype.str, z[k].shape, z[k].ravel().tolist())
r = np.load(d + "rows.npy")
print(r.dtype.str, r.shape, r.sum())
np.save(d + "theirs.npy", np.arange(6, dtype="<i8").reshape(2, 3))
np.savez_compressed(d + "theirs.npz", a=np.ones((2, 2), "<c8"), b=np.array([True, False]))
np.lib.format.write_array(open(d + "two.npy", "wb"), np.arange(3.0), version=(2, 0))
`

func TestPython(t *testing.T) {
	exe := python.Find(t, "numpy")
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a, err := CreateArchive(filepath.Join(dir, "a.npz"))
	must(err)
	must(errors.Join(
		Add(a, "b1", []int{2}, []bool{true, false}), Add(a, "u1", []int{2}, []uint8{0, 255}),
		Add(a, "i4", []int{1, 2}, []int32{-1, 7}), Add(a, "i8", []int{}, []int64{1<<62 + 1}),
		Add(a, "f4", []int{0, 3}, []float32{}), Add(a, "f8", []int{1}, []float64{0.5}),
		Add(a, "c8", []int{1}, []complex64{1 - 2i}), Add(a, "c16", []int{1}, []complex128{3 + 4i}), a.Close()))
	rows, err := CreateAppender[float32](filepath.Join(dir, "rows.npy"), 3)
	must(err)
	must(errors.Join(rows.Append([]float32{1, 2, 3}), rows.Append([]float32{4, 5, 6, 7, 8, 9}), rows.Close()))

	cmd := exec.Command(exe, "-c", script, dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	must(err)
	want := `b1 |b1 (2,) [True, False]
c16 <c16 (1,) [(3+4j)]
c8 <c8 (1,) [(1-2j)]
f4 <f4 (0, 3) []
f8 <f8 (1,) [0.5]
i4 <i4 (1, 2) [-1, 7]
i8 <i8 () [4611686018427387905]
u1 |u1 (2,) [0, 255]
<f4 (3, 3) 45.0
`
	if got := strings.ReplaceAll(string(out), "\r", ""); got != want {
		t.Errorf("Python reads\n%s\nwant\n%s", got, want)
	}
	v, shape, err := ReadFile[int64](filepath.Join(dir, "theirs.npy"))
	if err != nil || !reflect.DeepEqual(v, []int64{0, 1, 2, 3, 4, 5}) || !reflect.DeepEqual(shape, []int{2, 3}) {
		t.Error(v, shape, err)
	}
	if v, _, err := ReadFile[float64](filepath.Join(dir, "two.npy")); err != nil || len(v) != 3 || v[2] != 2 {
		t.Error(v, err)
	}
	z, err := OpenArchive(filepath.Join(dir, "theirs.npz"))
	must(err)
	defer z.Close()
	if v, _, err := Load[complex64](z, "a"); err != nil || len(v) != 4 || v[3] != 1 {
		t.Error(v, err)
	}
}
