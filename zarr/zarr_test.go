package zarr

import (
	"errors"
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// roundTrip writes an array of random shape and reads it back whole and by
// chunk.
func roundTrip[T Element](t *testing.T, rng *rand.Rand, draw func() T) {
	t.Helper()
	for _, codec := range []Codec{Raw, Zstd, Gzip} {
		for dims := range 4 {
			s, err := Create(filepath.Join(t.TempDir(), "s.zarr"), nil)
			if err != nil {
				t.Fatal(err)
			}
			shape, chunks, n := []int{}, []int{}, 1
			for range dims {
				shape = append(shape, 1+rng.IntN(9))
				chunks = append(chunks, 1+rng.IntN(11))
				n *= shape[len(shape)-1]
			}
			a, err := NewArray(s, "a", Spec[T]{Shape: shape, Chunks: chunks, Codec: codec})
			if err != nil {
				t.Fatal(err)
			}
			want := make([]T, n)
			for i := range want {
				want[i] = draw()
			}
			if err := a.Write(want); err != nil {
				t.Fatal(err)
			}
			got, err := a.Read(nil)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%v %v in %v: %v\n got %v\nwant %v", codec, shape, chunks, err, got, want)
			}
			// The dumb twin of copyBlock: every element by its position.
			err = a.eachChunk(func(index, size []int, _ int) error {
				chunk, err := a.ReadChunk(nil, index)
				for i := range chunk {
					at, rest, stride := 0, i, 1
					for d := dims - 1; d >= 0; d-- {
						at += (index[d]*chunks[d] + rest%size[d]) * stride
						rest, stride = rest/size[d], stride*shape[d]
					}
					if chunk[i] != want[at] {
						return fmt.Errorf("chunk %v element %d is %v, want %v", index, i, chunk[i], want[at])
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	roundTrip(t, rng, rng.Float32)
	roundTrip(t, rng, rng.NormFloat64)
	roundTrip(t, rng, func() int32 { return int32(rng.Uint32()) })
	roundTrip(t, rng, func() int64 { return int64(rng.Uint64()) })
	roundTrip(t, rng, func() uint8 { return uint8(rng.Uint32()) })
	roundTrip(t, rng, func() bool { return rng.IntN(2) == 0 })
	roundTrip(t, rng, func() complex64 { return complex(rng.Float32(), -rng.Float32()) })
	roundTrip(t, rng, func() complex128 { return complex(rng.Float64(), -rng.Float64()) })
	roundTrip(t, rng, func() string { return strings.Repeat("Zürich ", rng.IntN(3)) })
}

func mustCreate(t *testing.T) *Store {
	t.Helper()
	s, err := Create(filepath.Join(t.TempDir(), "s.zarr"), map[string]any{"title": "test"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMissingChunkIsFill(t *testing.T) {
	s := mustCreate(t)
	f, _ := NewArray(s, "f", Spec[float32]{Shape: []int{3}, Chunks: []int{2}})
	c, _ := NewArray(s, "c", Spec[complex128]{Shape: []int{1}})
	i, _ := NewArray(s, "i", Spec[int32]{Shape: []int{2}, Fill: new(int32(-7))})
	x, _ := NewArray(s, "x", Spec[float64]{Shape: []int{1}, Fill: new(math.Inf(-1))})
	z, _ := NewArray(s, "z", Spec[float64]{Shape: []int{1}, Fill: new(1e-300)})
	e, _ := NewArray(s, "e", Spec[float64]{Shape: []int{0, 4}, Chunks: []int{2, 2}})
	if v, err := f.Read(nil); err != nil || len(v) != 3 || !math.IsNaN(float64(v[2])) {
		t.Error(v, err)
	}
	if v, err := c.Read(nil); err != nil || !cmplx.IsNaN(v[0]) {
		t.Error(v, err)
	}
	if v, err := i.Read(nil); err != nil || v[0] != -7 || v[1] != -7 {
		t.Error(v, err)
	}
	if v, err := x.Read(nil); err != nil || !math.IsInf(v[0], -1) {
		t.Error(v, err)
	}
	if v, err := z.Read(nil); err != nil || v[0] != 1e-300 {
		t.Error(v, err)
	}
	if v, err := e.Read(nil); err != nil || len(v) != 0 {
		t.Error(v, err)
	}
	if err := f.WriteChunk([]int{1}, []float32{5}); err != nil {
		t.Fatal(err)
	}
	for at, want := range []bool{false, true} {
		if got, err := f.Has([]int{at}); got != want || err != nil {
			t.Errorf("Has(%d) = %v, %v", at, got, err)
		}
	}
}

func TestNothingIsWrittenOver(t *testing.T) {
	s := mustCreate(t)
	if _, err := Create(s.Path(), nil); !errors.Is(err, ErrExists) {
		t.Error("store:", err)
	}
	a, err := NewArray(s, "a", Spec[uint8]{Shape: []int{4}, Chunks: []int{2}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewArray(s, "a", Spec[uint8]{Shape: []int{4}}); !errors.Is(err, ErrExists) {
		t.Error("array:", err)
	}
	if err := a.WriteChunk([]int{0}, []uint8{1, 2}); err != nil {
		t.Fatal(err)
	}
	if err := a.WriteChunk([]int{0}, []uint8{3, 4}); !errors.Is(err, ErrExists) {
		t.Error("chunk:", err)
	}
	if v, err := a.ReadChunk(nil, []int{0}); err != nil || v[0] != 1 {
		t.Error(v, err)
	}
	if err := a.ReplaceChunk([]int{0}, []uint8{5, 6}); err != nil {
		t.Error(err)
	}
	if v, err := a.ReadChunk(nil, []int{0}); err != nil || v[0] != 5 {
		t.Error(v, err)
	}
	noTemporaries(t, s.Path())
}

// TestLife follows a store that two ranks write and a third one watches.
func TestLife(t *testing.T) {
	s := mustCreate(t)
	if _, err := NewArray(s, "a", Spec[int64]{Shape: []int{64, 3}, Chunks: []int{1, 3}, Dims: []string{"row", ""}}); err != nil {
		t.Fatal(err)
	}
	watch, err := Open(s.Path())
	if err != nil || watch.Complete() {
		t.Fatal(watch, err)
	}
	var group sync.WaitGroup
	for rank := range 2 {
		group.Go(func() {
			mine, err := Join(s.Path())
			if err != nil {
				t.Error(err)
				return
			}
			a, err := OpenArray[int64](mine, "a")
			if err != nil {
				t.Error(err)
				return
			}
			for row := rank; row < 64; row += 2 {
				group.Go(func() {
					r := int64(row)
					if err := a.WriteChunk([]int{row, 0}, []int64{r, r + 1, r + 2}); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
	group.Wait()
	a, err := OpenArray[int64](watch, "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.ReplaceChunk([]int{0, 0}, make([]int64, 3)); !errors.Is(err, ErrReadOnly) {
		t.Error(err)
	}
	v, err := a.Read(nil)
	for i := range v {
		if v[i] != int64(i/3+i%3) {
			t.Fatal(i, v[i])
		}
	}
	if err != nil || !reflect.DeepEqual(a.Info().Dims, []string{"row", ""}) {
		t.Error(a.Info(), err)
	}
	if err := watch.Finish(nil); !errors.Is(err, ErrReadOnly) {
		t.Error(err)
	}
	if err := s.Finish(map[string]any{"large": int64(1)<<62 + 1, "velocity_km_s": 3.1}); err != nil {
		t.Fatal(err)
	}
	if _, err := Join(s.Path()); !errors.Is(err, ErrReadOnly) {
		t.Error(err)
	}
	done, err := Open(s.Path())
	if err != nil || !done.Complete() {
		t.Fatal(err)
	}
	attributes, err := done.Attributes()
	if err != nil || attributes["title"] != "test" || attributes["velocity_km_s"] != 3.1 {
		t.Error(attributes, err)
	}
	if got := string(done.meta.Attributes["large"]); got != "4611686018427387905" {
		t.Error(got)
	}
	if names, err := done.Names(); err != nil || len(names) != 1 || names[0] != "a" {
		t.Error(names, err)
	}
	noTemporaries(t, s.Path())
}

// TestRace has many goroutines write one chunk: one of them may.
func TestRace(t *testing.T) {
	s := mustCreate(t)
	a, err := NewArray(s, "a", Spec[int32]{Shape: []int{1}})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		group.Go(func() { errs[i] = a.WriteChunk([]int{0}, []int32{int32(i)}) })
	}
	group.Wait()
	v, err := a.Read(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, err := range errs {
		if (err == nil) != (v[0] == int32(i)) || err != nil && !errors.Is(err, ErrExists) {
			t.Errorf("%d of %d: %v", i, v[0], err)
		}
	}
	noTemporaries(t, s.Path())
}

func TestWrongUse(t *testing.T) {
	s := mustCreate(t)
	a, err := NewArray(s, "a", Spec[float64]{Shape: []int{5, 5}, Chunks: []int{2, 5}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := NewArray(s, "text", Spec[string]{Shape: []int{1}})
	if err != nil {
		t.Fatal(err)
	}
	for name, check := range map[string]struct {
		err  error
		want error
	}{
		"index":       {a.WriteChunk([]int{3, 0}, make([]float64, 10)), ErrShape},
		"negative":    {a.WriteChunk([]int{-1, 0}, make([]float64, 10)), ErrShape},
		"dimensions":  {a.WriteChunk([]int{0}, make([]float64, 10)), ErrShape},
		"length":      {a.WriteChunk([]int{2, 0}, make([]float64, 10)), ErrShape},
		"dst":         {second(a.ReadChunk(make([]float64, 4), []int{2, 0})), ErrShape},
		"whole dst":   {second(a.Read(make([]float64, 24))), ErrShape},
		"whole":       {a.Write(make([]float64, 24)), ErrShape},
		"type":        {second(OpenArray[float32](s, "a")), ErrType},
		"none":        {second(OpenArray[float32](s, "b")), os.ErrNotExist},
		"up":          {second(OpenArray[float32](s, "../b")), ErrShape},
		"name":        {second(NewArray(s, "a/b", Spec[uint8]{})), ErrShape},
		"shape":       {second(NewArray(s, "b", Spec[uint8]{Shape: []int{-1}})), ErrShape},
		"chunks":      {second(NewArray(s, "b", Spec[uint8]{Shape: []int{1}, Chunks: []int{0}})), ErrShape},
		"chunk rank":  {second(NewArray(s, "b", Spec[uint8]{Shape: []int{1}, Chunks: []int{1, 1}})), ErrShape},
		"large chunk": {second(NewArray(s, "b", Spec[uint8]{Shape: []int{1 << 31}})), ErrShape},
		"overflow":    {second(NewArray(s, "b", Spec[uint8]{Shape: []int{1 << 40, 1 << 40}, Chunks: []int{1, 1}})), ErrShape},
		"names":       {second(NewArray(s, "b", Spec[uint8]{Shape: []int{1}, Dims: []string{"x", "y"}})), ErrShape},
		"codec":       {second(NewArray(s, "b", Spec[uint8]{Codec: 9})), ErrShape},
		"empty":       {second(Open(t.TempDir())), ErrNotStore},
		"nowhere":     {second(Open(filepath.Join(t.TempDir(), "no"))), ErrNotStore},
		"no parent":   {second(Create(filepath.Join(t.TempDir(), "no", "s"), nil)), os.ErrNotExist},
	} {
		if !errors.Is(check.err, check.want) || strings.Contains(check.err.Error(), "\n") {
			t.Errorf("%s: %v, want %v", name, check.err, check.want)
		}
	}
	if _, err := NewArray(s, "b", Spec[uint8]{Attributes: map[string]any{"x": math.NaN()}}); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Error(err)
	}
	if err := text.WriteChunk([]int{0}, []string{"\xff"}); err == nil {
		t.Error("text that is not UTF-8 was written")
	}
	if names, err := s.Names(); err != nil || len(names) != 2 {
		t.Error(names, err)
	}
}

func second[T any](_ T, err error) error { return err }

// noTemporaries fails if a temporary file was left behind.
func noTemporaries(t *testing.T, root string) {
	t.Helper()
	err := filepath.Walk(root, func(path string, _ os.FileInfo, err error) error {
		if strings.HasSuffix(path, ".tmp") {
			t.Error("left behind:", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
