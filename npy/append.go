package npy

import (
	"bufio"
	"fmt"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

// appendHeader is room for the header of an Appender, whose number of rows is
// filled in at the end. It fits any shape of maxDims dimensions.
const appendHeader = 1024

// An Appender writes an array row by row to a new file. It is not safe for
// concurrent use.
type Appender[T Element] struct {
	file    *file
	w       *bufio.Writer
	row     []int // the shape of one
	size    int   // elements of one
	rows    int
	scratch []byte
	err     error // the first, after which nothing is written
}

// CreateAppender makes a file for an array of shape (rows, row...), the number of
// rows being open. Without row it has one dimension. The error is ErrExists if
// there is such a file. Close or Abort it.
func CreateAppender[T Element](path string, row ...int) (*Appender[T], error) {
	return createAppender[T](path, row, newfile.Open)
}

func createAppender[T Element](path string, row []int, open newfile.Opener) (*Appender[T], error) {
	size, ok := count(row)
	if !ok || size == 0 || len(row) >= maxDims {
		return nil, cannot(path, fmt.Errorf("%w: rows of %v", ErrShape, row))
	}
	f, err := newFile(path, open)
	if err != nil {
		return nil, err
	}
	a := &Appender[T]{file: f, w: bufio.NewWriterSize(f, 1<<16), row: append([]int(nil), row...), size: size}
	if _, err := a.w.Write(a.header()); err != nil {
		return nil, f.end(err)
	}
	return a, nil
}

func (a *Appender[T]) header() []byte {
	descr, _ := kind[T]()
	return header(descr, append([]int{a.rows}, a.row...), appendHeader)
}

// Append writes whole rows, one after the other in data. It does not keep data.
// After an error only Close and Abort are of use, and no file will appear.
func (a *Appender[T]) Append(data []T) error {
	if a.err == nil && len(data)%a.size != 0 {
		a.err = fmt.Errorf("%w: %d elements for rows of %v", ErrShape, len(data), a.row)
	}
	if a.scratch == nil {
		_, bytes := kind[T]()
		a.scratch = make([]byte, 0, piece*bytes)
	}
	if a.err == nil {
		a.err = writeElements(a.w, data, a.scratch)
	}
	if a.err != nil {
		return cannot(a.file.path, a.err)
	}
	a.rows += len(data) / a.size
	return nil
}

// Rows returns the number of rows so far.
func (a *Appender[T]) Rows() int { return a.rows }

// Close fills in the number of rows and gives the file its name. If a write has
// failed, now or before, it removes what there is and returns that error.
func (a *Appender[T]) Close() error {
	if a.err == nil {
		a.err = a.w.Flush()
	}
	if a.err == nil {
		_, a.err = a.file.WriteAt(a.header(), 0)
	}
	return a.file.end(a.err)
}

// Abort removes what has been written.
func (a *Appender[T]) Abort() {
	a.file.end(errAborted) // nothing else can be wrong with it
}
