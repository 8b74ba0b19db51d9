package zarr

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/dispel4go/dispel4go/internal/newfile"
	"github.com/dispel4go/dispel4go/internal/numbers"
)

// maxWhole bounds what Read allocates of its own accord.
const maxWhole = 4 << 30

// WriteChunk writes the chunk at index, a position in the Grid. The data have
// the ChunkShape of the index, in row-major order. The error is ErrExists if the
// chunk is there, and ErrReadOnly in a store that is not open for writing. It is
// on the disk, whole, when the call returns; after an error nothing of it is.
func (a *Array[T]) WriteChunk(index []int, data []T) error {
	return a.writeChunk(index, data, newfile.Place)
}

// ReplaceChunk is WriteChunk for a chunk that may be there: readers see the old
// one or the new one.
func (a *Array[T]) ReplaceChunk(index []int, data []T) error {
	return a.writeChunk(index, data, os.Rename)
}

func (a *Array[T]) writeChunk(index []int, data []T, place func(from, to string) error) error {
	shape, err := a.ChunkShape(index)
	if err != nil {
		return err
	}
	path := a.chunkPath(index)
	if err := a.store.checkWritable(); err != nil {
		return cannot("write the chunk", path, err)
	}
	if n, _ := product(shape); uint64(len(data)) != n {
		return cannot("write the chunk", path, fmt.Errorf("%w: %d elements for %v", ErrShape, len(data), shape))
	}
	if text, ok := any(data).([]string); ok {
		if i := slices.IndexFunc(text, func(s string) bool { return !utf8.ValidString(s) }); i >= 0 {
			return cannot("write the chunk", path, fmt.Errorf("%w: string %d, %.40q, is not UTF-8", ErrFormat, i, text[i]))
		}
	}
	if !a.isWhole(shape) {
		n, _ := product(a.info.Chunks)
		padded := make([]T, n)
		fillWith(padded, a.fill)
		copyBlock(padded, a.info.Chunks, data, shape, shape)
		data = padded
	}
	plain := numbers.Bytes(data)
	if plain == nil {
		copied := a.buffer()
		defer a.pool.Put(copied)
		*copied = appendElements(*copied, data)
		plain = *copied
	}
	if len(plain) > maxChunkBytes {
		return cannot("write the chunk", path, fmt.Errorf("%w: %d bytes of text in a chunk; cut it smaller", ErrShape, len(plain)))
	}
	packed := a.buffer()
	defer a.pool.Put(packed)
	stored, err := a.info.Codec.pack(*packed, plain)
	if err != nil {
		return cannot("write the chunk", path, err)
	}
	if a.info.Codec != Raw {
		*packed = stored
	}
	if err := a.store.put(path, stored, place); err != nil {
		return cannot("write the chunk", path, err)
	}
	return nil
}

// ReadChunk reads the chunk at index, a position in the Grid, into dst, whose
// length must be the product of its ChunkShape; nil allocates. A chunk that was
// never written reads as the fill value. The error is ErrFormat if the chunk is
// damaged; dst is then undefined.
func (a *Array[T]) ReadChunk(dst []T, index []int) ([]T, error) {
	shape, err := a.ChunkShape(index)
	if err != nil {
		return nil, err
	}
	path := a.chunkPath(index)
	n, _ := product(shape)
	if dst == nil {
		dst = make([]T, n)
	} else if uint64(len(dst)) != n {
		return nil, cannot("read the chunk", path, fmt.Errorf("%w: dst of %d elements for %v", ErrShape, len(dst), shape))
	}
	whole := dst
	if !a.isWhole(shape) {
		n, _ := product(a.info.Chunks)
		whole = make([]T, n)
	}
	if err := a.readStored(whole, path); err != nil {
		return nil, cannot("read the chunk", path, err)
	}
	if !a.isWhole(shape) {
		copyBlock(dst, shape, whole, a.info.Chunks, shape)
	}
	return dst, nil
}

// readStored fills dst, a chunk with its padding.
func (a *Array[T]) readStored(dst []T, path string) error {
	limit := len(dst) * sizes[a.info.Type]
	if a.info.Type == "string" {
		limit = maxChunkBytes
	}
	// No codec makes data much longer than they are.
	packed, err := readFile(path, int64(limit)+int64(limit)/8+1024)
	if errors.Is(err, fs.ErrNotExist) {
		fillWith(dst, a.fill)
		return nil
	} else if err != nil {
		return err
	}
	plain := a.buffer()
	defer a.pool.Put(plain)
	data, err := a.info.Codec.unpack(*plain, packed, limit)
	if err != nil {
		return err
	}
	if a.info.Codec != Raw {
		*plain = data
	}
	return decodeElements(dst, data)
}

// Read reads the whole array into dst, whose length must be the product of the
// shape; nil allocates, but not more than 4 GiB.
func (a *Array[T]) Read(dst []T) ([]T, error) {
	n, _ := product(a.info.Shape)
	if dst == nil {
		if n > maxWhole/uint64(sizes[a.info.Type]) {
			return nil, cannot("read the array", a.path(), fmt.Errorf("%w: more than 4 GiB; read it by chunks", ErrShape))
		}
		dst = make([]T, n)
	} else if uint64(len(dst)) != n {
		return nil, cannot("read the array", a.path(), fmt.Errorf("%w: dst of %d elements for %v", ErrShape, len(dst), a.info.Shape))
	}
	err := a.eachChunk(func(index, shape []int, offset int) error {
		chunk, err := a.ReadChunk(nil, index)
		if err == nil {
			copyBlock(dst[offset:], a.info.Shape, chunk, shape, shape)
		}
		return err
	})
	return dst, err
}

// Write writes the whole array, chunk by chunk, as WriteChunk does.
func (a *Array[T]) Write(data []T) error {
	if n, _ := product(a.info.Shape); uint64(len(data)) != n {
		return cannot("write the array", a.path(), fmt.Errorf("%w: %d elements for %v", ErrShape, len(data), a.info.Shape))
	}
	return a.eachChunk(func(index, shape []int, offset int) error {
		n, _ := product(shape)
		chunk := make([]T, n)
		copyBlock(chunk, shape, data[offset:], a.info.Shape, shape)
		return a.WriteChunk(index, chunk)
	})
}

// eachChunk calls f with the index and shape of each chunk in order, and with
// the place of its first element in the whole array.
func (a *Array[T]) eachChunk(f func(index, shape []int, offset int) error) error {
	if n, _ := product(a.info.Shape); n == 0 {
		return nil
	}
	grid := a.Grid()
	for index := make([]int, len(grid)); ; {
		shape, err := a.ChunkShape(index)
		if err != nil {
			return err
		}
		offset := 0
		for i, at := range index {
			offset = offset*a.info.Shape[i] + at*a.info.Chunks[i]
		}
		if err := f(index, shape, offset); err != nil {
			return err
		}
		i := len(index) - 1
		for ; i >= 0; i-- {
			if index[i]++; index[i] < grid[i] {
				break
			}
			index[i] = 0
		}
		if i < 0 {
			return nil
		}
	}
}

// copyBlock copies a block between the first corners of two row-major arrays.
func copyBlock[T any](dst []T, dstShape []int, src []T, srcShape, block []int) {
	if len(block) == 0 {
		dst[0] = src[0]
		return
	}
	if len(block) == 1 {
		copy(dst[:block[0]], src[:block[0]])
		return
	}
	dstRow, _ := product(dstShape[1:])
	srcRow, _ := product(srcShape[1:])
	for i := range block[0] {
		copyBlock(dst[uint64(i)*dstRow:], dstShape[1:], src[uint64(i)*srcRow:], srcShape[1:], block[1:])
	}
}

func fillWith[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}
