package zarr

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Spec says how a new array is laid out.
type Spec[T Element] struct {
	Shape      []int          // elements along each dimension; none for a single value
	Chunks     []int          // elements of a chunk along each dimension; nil for one chunk
	Dims       []string       // names of the dimensions: xarray wants them
	Fill       *T             // what was never written; nil for NaN or zero
	Codec      Codec          // how chunks are packed
	Attributes map[string]any // fit for JSON: units, long_name, coordinates
}

// An Array is an array of elements T in a store, in row-major (C) order. It is
// safe for concurrent use.
type Array[T Element] struct {
	store *Store
	info  *Info
	fill  T
	pool  sync.Pool // of *[]byte: chunks in their stored form
}

// NewArray adds an array to a store. The error is ErrExists if there is one of
// that name.
func NewArray[T Element](s *Store, name string, spec Spec[T]) (*Array[T], error) {
	path := filepath.Join(s.path, name)
	meta, err := spec.meta(name)
	if err == nil {
		err = s.checkWritable()
	}
	if err == nil {
		err = s.addArray(name, meta)
	}
	if err != nil {
		return nil, cannot("create the array", path, err)
	}
	return OpenArray[T](s, name)
}

// OpenArray opens an array of a store. The error is ErrType if its elements are
// not T.
func OpenArray[T Element](s *Store, name string) (*Array[T], error) {
	info, err := s.Info(name)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(s.path, name)
	if info.Type != typeName[T]() {
		return nil, cannot("open the array", path, fmt.Errorf("%w: it holds %s, not %s", ErrType, info.Type, typeName[T]()))
	}
	fill, err := parseFill[T](info.fill)
	if err != nil {
		return nil, cannot("open the array", path, err)
	}
	return &Array[T]{store: s, info: info, fill: fill}, nil
}

// meta is the zarr.json of the array.
func (spec Spec[T]) meta(name string) ([]byte, error) {
	dataType := typeName[T]()
	shape, chunks := append([]int{}, spec.Shape...), append([]int{}, spec.Chunks...)
	if spec.Chunks == nil {
		for _, n := range shape {
			chunks = append(chunks, max(n, 1))
		}
	}
	if err := errors.Join(checkName(name), checkShape(shape, chunks, dataType)); err != nil {
		return nil, err
	}
	if spec.Codec < Raw || spec.Codec > Gzip {
		return nil, fmt.Errorf("%w: %v", ErrShape, spec.Codec)
	}
	if spec.Dims != nil && len(spec.Dims) != len(shape) {
		return nil, fmt.Errorf("%w: %d names for %d dimensions", ErrShape, len(spec.Dims), len(shape))
	}
	var dims []*string
	for i := range spec.Dims {
		dims = append(dims, &spec.Dims[i])
	}
	attributes, err := rawAttributes(spec.Attributes)
	if err != nil {
		return nil, err
	}
	if spec.Fill == nil {
		spec.Fill = new(defaultFill[T]())
	}
	fill, err := json.Marshal(fillJSON(*spec.Fill))
	if err != nil {
		return nil, err
	}
	grid, err := json.Marshal(map[string]any{"chunk_shape": chunks})
	if err != nil {
		return nil, err
	}
	return indented(arrayMeta{
		ZarrFormat: 3, NodeType: "array", Shape: shape, DataType: json.RawMessage(strconv.Quote(dataType)),
		ChunkGrid:        named{Name: "regular", Configuration: grid},
		ChunkKeyEncoding: named{Name: "default", Configuration: json.RawMessage(`{"separator":"/"}`)},
		FillValue:        fill, Codecs: spec.Codec.chain(dataType), Attributes: attributes, DimensionNames: dims,
		StorageTransformers: []named{},
	})
}

// Resize makes the array n elements long along its first dimension. What there
// was beyond is no longer read, but stays on the disk; what is new reads as the
// fill value. It is for one rank, while nobody else uses the array; who has
// opened the array before knows it as it was.
func (a *Array[T]) Resize(n int) error {
	if err := a.resize(n); err != nil {
		return cannot("resize the array", a.path(), err)
	}
	return nil
}

func (a *Array[T]) resize(n int) error {
	if len(a.info.Shape) == 0 || n < 0 {
		return fmt.Errorf("%w: %d elements along the first of %d dimensions", ErrShape, n, len(a.info.Shape))
	}
	return a.reshape(append([]int{n}, a.info.Shape[1:]...), true)
}

// reshape writes another shape into the metadata of the array, and publishes it in
// those of the group.
func (a *Array[T]) reshape(shape []int, publish bool) error {
	if err := a.store.checkWritable(); err != nil {
		return err
	}
	if err := checkShape(shape, a.info.Chunks, a.info.Type); err != nil {
		return err
	}
	name := filepath.Join(a.path(), metaName)
	data, err := readFile(name, maxMetaBytes)
	if err != nil {
		return err
	}
	var meta arrayMeta
	if err := json.Unmarshal(data, &meta); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	meta.Shape = shape
	if data, err = indented(meta); err != nil {
		return err
	}
	if publish {
		err = a.store.replaceArray(a.info.Name, data)
	} else {
		err = a.store.put(name, data, os.Rename)
	}
	if err != nil {
		return err
	}
	info := *a.info
	info.Shape = meta.Shape
	a.info = &info
	return nil
}

func (s *Store) checkWritable() error {
	if !s.writable || s.Complete() {
		return ErrReadOnly
	}
	return nil
}

// Info describes the array. It is shared and not to be changed.
func (a *Array[T]) Info() *Info { return a.info }

// Grid returns the number of chunks along each dimension.
func (a *Array[T]) Grid() []int {
	grid := make([]int, len(a.info.Shape))
	for i, n := range a.info.Shape {
		grid[i] = (n + a.info.Chunks[i] - 1) / a.info.Chunks[i]
	}
	return grid
}

// ChunkShape returns the elements along each dimension of the chunk at index,
// a position in the Grid: those of Info.Chunks, less at the far edges.
func (a *Array[T]) ChunkShape(index []int) ([]int, error) {
	if len(index) != len(a.info.Shape) {
		return nil, a.outside(index)
	}
	shape := make([]int, len(index))
	for i, at := range index {
		n, c := a.info.Shape[i], a.info.Chunks[i]
		if at < 0 || at >= (n+c-1)/c {
			return nil, a.outside(index)
		}
		shape[i] = min(c, n-at*c)
	}
	return shape, nil
}

func (a *Array[T]) outside(index []int) error {
	return fmt.Errorf("zarr: chunk %v of %s: %w: the grid is %v", index, a.path(), ErrShape, a.Grid())
}

func (a *Array[T]) path() string { return filepath.Join(a.store.path, a.info.Name) }

// chunkPath is the file of a chunk: c/1/2, or c alone for no dimensions.
func (a *Array[T]) chunkPath(index []int) string {
	var key strings.Builder
	key.WriteString("c")
	for _, i := range index {
		key.WriteString(a.info.separator)
		key.WriteString(strconv.Itoa(i))
	}
	return filepath.Join(a.path(), filepath.FromSlash(key.String()))
}

// Has reports whether the chunk at index has been written.
func (a *Array[T]) Has(index []int) (bool, error) {
	if _, err := a.ChunkShape(index); err != nil {
		return false, err
	}
	_, err := os.Stat(a.chunkPath(index))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, cannot("look for the chunk", a.chunkPath(index), err)
	}
	return true, nil
}

// buffer lends an empty slice for chunks in their stored form, to be put back in
// the pool.
func (a *Array[T]) buffer() *[]byte {
	if b, ok := a.pool.Get().(*[]byte); ok {
		*b = (*b)[:0]
		return b
	}
	return new([]byte)
}

// isWhole reports whether a chunk of this shape needs no padding.
func (a *Array[T]) isWhole(shape []int) bool { return slices.Equal(shape, a.info.Chunks) }
