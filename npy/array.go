package npy

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"github.com/dispel4go/dispel4go/internal/newfile"
	"github.com/dispel4go/dispel4go/internal/numbers"
)

// piece is how many elements are converted at a time: no array is held twice.
const piece = 1 << 15

// Write writes an array of the shape to w; data are in row-major order. A shape
// without dimensions is a single value.
func Write[T Element](w io.Writer, shape []int, data []T) error {
	if n, ok := count(shape); !ok || n != len(data) {
		return fmt.Errorf("npy: %w: %d elements for %v", ErrShape, len(data), shape)
	}
	descr, _ := kind[T]()
	if _, err := w.Write(header(descr, shape, 0)); err != nil {
		return err
	}
	return writeElements(w, data, nil)
}

// writeElements uses scratch, which may be nil, for one piece at a time.
func writeElements[T Element](w io.Writer, data []T, scratch []byte) error {
	for len(data) > 0 {
		n := min(piece, len(data))
		scratch = numbers.Append(scratch[:0], data[:n])
		if _, err := w.Write(scratch); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// Read reads one array from r and no byte more. It allocates as the data come,
// whatever the header claims, and 4 GiB at most. The error is ErrType if the
// elements are not T.
func Read[T Element](r io.Reader) (data []T, shape []int, err error) {
	descr, shape, err := readHeader(r)
	if err != nil {
		return nil, nil, fmt.Errorf("npy: %w", err)
	}
	want, size := kind[T]()
	if descr != want {
		return nil, nil, fmt.Errorf("npy: %w: it holds %.20q, not %q", ErrType, descr, want)
	}
	n, ok := count(shape)
	if !ok || n > maxRead/size {
		return nil, nil, fmt.Errorf("npy: %w: an array of %v, more than 4 GiB", ErrFormat, shape)
	}
	data = make([]T, 0, min(n, piece))
	scratch := make([]byte, min(n, piece)*size)
	for len(data) < n {
		step := min(piece, n-len(data))
		if _, err := io.ReadFull(r, scratch[:step*size]); err != nil {
			return nil, nil, fmt.Errorf("npy: %w: the data end after %d of %d elements: %w", ErrFormat, len(data), n, err)
		}
		at := len(data)
		data = append(data, make([]T, step)...)
		numbers.Decode(data[at:], scratch[:step*size])
	}
	return data, shape, nil
}

// WriteFile writes an array to a new file, which appears when it is whole. The
// error is ErrExists if there is one.
func WriteFile[T Element](path string, shape []int, data []T) error {
	f, err := newFile(path, newfile.Open)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	if err = Write(w, shape, data); err == nil {
		err = w.Flush()
	}
	return f.end(err)
}

// ReadFile reads the array of a file.
func ReadFile[T Element](path string) (data []T, shape []int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("npy: %w", err)
	}
	defer f.Close()
	data, shape, err = Read[T](bufio.NewReader(f))
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return data, shape, err
}
