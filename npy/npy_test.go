package npy

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

func roundTrip[T Element](t *testing.T, draw func() T) {
	t.Helper()
	for _, shape := range [][]int{{}, {0}, {1}, {7}, {2, 3}, {4, 0}, {2, 1, 5}, {piece + 3}, {3, piece}} {
		n, _ := count(shape)
		want := make([]T, n)
		for i := range want {
			want[i] = draw()
		}
		var b bytes.Buffer
		if err := Write(&b, shape, want); err != nil {
			t.Fatal(err)
		}
		if _, size := kind[T](); (b.Len()-n*size)%64 != 0 {
			t.Errorf("%v: %d bytes", shape, b.Len())
		}
		b.WriteString("more")
		got, gotShape, err := Read[T](&b)
		if err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotShape, shape) || b.String() != "more" {
			t.Fatalf("%T %v: read %v %v", want, shape, gotShape, err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	roundTrip(t, rng.Float32)
	roundTrip(t, rng.NormFloat64)
	roundTrip(t, func() int32 { return int32(rng.Uint32()) })
	roundTrip(t, func() int64 { return int64(rng.Uint64()) })
	roundTrip(t, func() uint8 { return uint8(rng.Uint32()) })
	roundTrip(t, func() bool { return rng.IntN(2) == 0 })
	roundTrip(t, func() complex64 { return complex(rng.Float32(), -rng.Float32()) })
	roundTrip(t, func() complex128 { return complex(rng.Float64(), -rng.Float64()) })
}

// TestBytes holds the layout that NumPy's format description gives.
func TestBytes(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, []int{2}, []int32{1, -2}); err != nil {
		t.Fatal(err)
	}
	dict := "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }"
	want := "\x93NUMPY\x01\x00\x76\x00" + dict + strings.Repeat(" ", 118-len(dict)-1) + "\n\x01\x00\x00\x00\xfe\xff\xff\xff"
	if b.String() != want {
		t.Errorf("%q\nwant\n%q", b.String(), want)
	}
}

func TestHeaders(t *testing.T) {
	for dict, want := range map[string][]int{
		"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }":                  {3, 4},
		`{"shape":(),"fortran_order":False,"descr":"<f4"}`:                             {},
		"{'descr': '<f4', 'fortran_order': False, 'shape': (3,)} \n":                   {3},
		"{'descr': '<f4', 'fortran_order': True, 'shape': (3,), }":                     nil,
		"{'descr': '<f4', 'fortran_order': False}":                                     nil,
		"{'descr': '<f4', 'descr': '<f4', 'shape': (1,)}":                              nil,
		"{'descr': '<f4', 'fortran_order': False, 'shape': (-3,), }":                   nil,
		"{'descr': '<f4', 'fortran_order': False, 'shape': (3 4), }":                   nil,
		"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } x":                  nil,
		"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }": nil,
		"{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (3,), }":           nil,
		"{'descr': '<f4":  nil,
		"":                nil,
		"{'descr' '<f4'}": nil,
		"{'x': 1}":        nil,
		"{'shape': (" + strings.Repeat("1,", maxDims+1) + ")}": nil,
	} {
		_, shape, err := parseDict(dict)
		if !reflect.DeepEqual(shape, want) && want != nil || (err == nil) != (want != nil) || err != nil && !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v, %v", dict, shape, err)
		}
	}
}

func TestAppender(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	a, err := CreateAppender[float32](path, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	var want []float32
	for i := range 5 {
		rows := make([]float32, 4*i)
		for j := range rows {
			rows[j] = float32(len(want))
			want = append(want, rows[j])
		}
		if err := a.Append(rows); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the file has its name before it is closed")
	}
	if err := a.Close(); err != nil || a.Rows() != 10 {
		t.Fatal(a.Rows(), err)
	}
	got, shape, err := ReadFile[float32](path)
	if err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(shape, []int{10, 2, 2}) {
		t.Error(got, shape, err)
	}
	if _, err := CreateAppender[float32](path); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	other := filepath.Join(filepath.Dir(path), "b.npy")
	b, err := CreateAppender[bool](other)
	if err != nil {
		t.Fatal(err)
	}
	b.Abort()
	c, err := CreateAppender[bool](other, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Append(make([]bool, 4)); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
	if err := c.Close(); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
	only(t, filepath.Dir(path), "a.npy")
}

func TestAppendAllocatesNothing(t *testing.T) {
	a, err := CreateAppender[float64](filepath.Join(t.TempDir(), "a.npy"), 100)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float64, 100)
	// binary.Append takes the slice as an interface: 24 bytes.
	if n := testing.AllocsPerRun(50, func() {
		if err := a.Append(row); err != nil {
			t.Fatal(err)
		}
	}); n > 1 {
		t.Errorf("%v allocations a row", n)
	}
	a.Abort()
}

func TestArchive(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.npz")
	for _, p := range []string{path, filepath.Join(dir, "b.npz")} {
		a, err := CreateArchive(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(Add(a, "x", []int{2, 2}, []float64{1, 2, 3, 4}), Add(a, "ok", []int{1}, []bool{true}), a.Close()); err != nil {
			t.Fatal(err)
		}
	}
	first, _ := os.ReadFile(path)
	if again, err := os.ReadFile(filepath.Join(dir, "b.npz")); err != nil || !bytes.Equal(first, again) {
		t.Error("two archives of the same arrays differ", err)
	}
	r, err := OpenArchive(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	x, shape, err := Load[float64](r, "x")
	if err != nil || !reflect.DeepEqual(x, []float64{1, 2, 3, 4}) || !reflect.DeepEqual(shape, []int{2, 2}) || !reflect.DeepEqual(r.Names(), []string{"x", "ok"}) {
		t.Error(x, shape, r.Names(), err)
	}
	if _, _, err := Load[float32](r, "x"); !errors.Is(err, ErrType) {
		t.Error(err)
	}
	if _, _, err := Load[float32](r, "y"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	bad, err := CreateArchive(filepath.Join(dir, "c.npz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := Add(bad, "x", []int{3}, []uint8{1}); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
	bad.Abort()
	only(t, dir, "a.npz", "b.npz")
}

func TestWrongUse(t *testing.T) {
	dir := t.TempDir()
	if err := WriteFile(filepath.Join(dir, "x.npy"), []int{3}, []float64{1, 2}); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
	if err := WriteFile(filepath.Join(dir, "x.npy"), []int{-1}, []float64{}); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
	only(t, dir)
	if err := WriteFile(filepath.Join(dir, "x.npy"), []int{1}, []float64{math.NaN()}); err != nil {
		t.Error(err)
	}
	if err := WriteFile(filepath.Join(dir, "x.npy"), []int{1}, []float64{0}); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	if v, _, err := ReadFile[float64](filepath.Join(dir, "x.npy")); err != nil || !math.IsNaN(v[0]) {
		t.Error(v, err)
	}
	if _, _, err := ReadFile[complex64](filepath.Join(dir, "x.npy")); !errors.Is(err, ErrType) || !strings.Contains(err.Error(), "x.npy") {
		t.Error(err)
	}
	cut := header("<f8", []int{1 << 28}, 0)
	if _, _, err := Read[float64](bytes.NewReader(cut)); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
	only(t, dir, "x.npy")
}

// fullDisk has no room from some byte on.
type fullDisk struct {
	newfile.Disk
	room int
}

func (f *fullDisk) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, syscall.ENOSPC
	}
	return f.Disk.Write(b)
}

func (f *fullDisk) Close() error {
	if err := f.Disk.Close(); err != nil || f.room >= 0 {
		return err
	}
	return syscall.EDQUOT
}

func TestNoRoom(t *testing.T) {
	dir := t.TempDir()
	open := func(path string) (newfile.Disk, error) {
		d, err := newfile.Open(path)
		return &fullDisk{d, 100_000}, err
	}
	a, err := createAppender[float64](filepath.Join(dir, "a.npy"), nil, open)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		err = a.Append(make([]float64, 1000))
	}
	for _, err := range []error{err, a.Close()} {
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free space") {
			t.Error(err)
		}
	}
	z, err := createArchive(filepath.Join(dir, "a.npz"), open)
	if err != nil {
		t.Fatal(err)
	}
	if err := Add(z, "x", []int{20_000}, make([]float64, 20_000)); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	if err := z.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	only(t, dir)
}

// only fails if there are other files in a folder than these.
func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the folder holds %v, want %v", got, want)
	}
}

// FuzzRead reads hostile files.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := Write(&b, []int{2, 2}, []float32{1, 2, 3, 4}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(header("<c16", []int{1 << 40, 1 << 40}, 0))
	f.Add(header("<f4", []int{1 << 28}, 0))
	f.Add([]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, shape, err := Read[float32](bytes.NewReader(data)); err == nil {
			if n, ok := count(shape); !ok || n != len(v) || 4*n > len(data) {
				t.Fatal(len(v), shape)
			}
		}
		if v, shape, err := Read[complex128](bytes.NewReader(data)); err == nil {
			if n, ok := count(shape); !ok || n != len(v) {
				t.Fatal(len(v), shape)
			}
		}
	})
}
