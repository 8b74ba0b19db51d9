package netcdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

// ErrExists is returned where a file is there already: nothing is written over.
var ErrExists = newfile.ErrExists

// ErrRange is returned for elements that have no place, or are of another type.
var ErrRange = errors.New("netcdf: no place for these elements")

// Element is the Go type of an element. Text is put as uint8.
type Element interface {
	int8 | uint8 | int16 | int32 | float32 | float64
}

// A Writer writes a new file. It is not safe for concurrent use.
type Writer struct {
	path, tmp string
	file      *os.File
	places    map[string]place
	size      int64
	buf       []byte
	err       error // the first, after which nothing is written
}

// Create makes a file and writes its header. It gets its name with Close. The error
// is ErrExists if there is one, or ErrHeader.
func Create(path string, h Header) (*Writer, error) {
	head, places, size, err := h.encode()
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, cannot(path, ErrExists)
	}
	w := &Writer{path: path, tmp: newfile.Temporary(path), places: places, size: size}
	if w.file, err = os.OpenFile(w.tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666); err != nil {
		return nil, cannot(path, err)
	}
	if _, err := w.file.WriteAt(head, 0); err != nil {
		w.err = err
		return nil, w.Close()
	}
	return w, nil
}

func cannot(path string, err error) error {
	return fmt.Errorf("netcdf: cannot write %s: %w%s", path, newfile.Plain(err), newfile.Remedy(err, "choose another path"))
}

// Put writes elements of a variable from number at on, in row-major order. The error
// is ErrRange if they do not all belong there, or are not of its type.
func Put[T Element](w *Writer, name string, at int64, data []T) error {
	p, ok := w.places[name]
	switch typ := typeOf[T](); {
	case w.err != nil:
	case !ok:
		w.err = fmt.Errorf("%w: there is no variable %s", ErrRange, name)
	case p.typ != typ:
		w.err = fmt.Errorf("%w: variable %s has type %d, and these are %T", ErrRange, name, p.typ, data)
	case at < 0 || int64(len(data)) > p.elements-at:
		w.err = fmt.Errorf("%w: elements %d to %d of variable %s, which has %d", ErrRange, at, at+int64(len(data))-1, name, p.elements)
	default:
		const piece = 1 << 16
		for at := p.begin + at*int64(typ.size()); len(data) > 0 && w.err == nil; {
			n := min(len(data), piece)
			w.buf, _ = binary.Append(w.buf[:0], binary.BigEndian, data[:n]) // fails for no type of Element
			_, w.err = w.file.WriteAt(w.buf, at)
			at, data = at+int64(len(w.buf)), data[n:]
		}
	}
	if w.err != nil {
		return cannot(w.path, w.err)
	}
	return nil
}

func typeOf[T Element]() Type {
	switch any(*new(T)).(type) {
	case int8:
		return Int8
	case uint8:
		return Char
	case int16:
		return Int16
	case int32:
		return Int32
	case float32:
		return Float32
	}
	return Float64
}

// Close gives the file its name. If a write has failed, now or before, it removes what
// there is and returns that error.
func (w *Writer) Close() error {
	if w.err == nil { // what was never put is zero, to the last byte
		w.err = w.file.Truncate(w.size)
	}
	if err := w.file.Close(); w.err == nil {
		w.err = err
	}
	if w.err == nil {
		w.err = newfile.Place(w.tmp, w.path)
	}
	if w.err != nil {
		os.Remove(w.tmp)
		return cannot(w.path, w.err)
	}
	return nil
}

// Abort removes what has been written. After Close it does nothing.
func (w *Writer) Abort() {
	if w.err == nil {
		w.err = errors.New("aborted")
	}
	w.file.Close() // what it holds is not wanted
	os.Remove(w.tmp)
}
