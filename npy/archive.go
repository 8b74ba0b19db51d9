package npy

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

var errAborted = errors.New("aborted")

// An ArchiveWriter writes a new .npz file of named arrays. It is not safe for
// concurrent use.
type ArchiveWriter struct {
	file  *file
	w     *bufio.Writer
	zip   *zip.Writer
	names []string
	err   error // the first, after which nothing is written
}

// CreateArchive makes an .npz file. The error is ErrExists if there is one. Close
// or Abort it.
func CreateArchive(path string) (*ArchiveWriter, error) {
	return createArchive(path, newfile.Open)
}

func createArchive(path string, open newfile.Opener) (*ArchiveWriter, error) {
	f, err := newFile(path, open)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	return &ArchiveWriter{file: f, w: w, zip: zip.NewWriter(w)}, nil
}

// Add writes an array as a member of the archive: np.load(path)[name] is it.
// Members are not packed, as np.savez leaves them, and the same arrays give the
// same bytes. After an error no file will appear.
func Add[T Element](a *ArchiveWriter, name string, shape []int, data []T) error {
	return a.add(name, func(w io.Writer) error { return Write(w, shape, data) })
}

func (a *ArchiveWriter) add(name string, write func(io.Writer) error) error {
	switch {
	case a.err != nil:
	case name == "" || strings.Contains(name, "/") || slices.Contains(a.names, name):
		a.err = fmt.Errorf("%w: the name %.40q is empty, has a slash or was used before", ErrShape, name)
	default:
		a.names = append(a.names, name)
		member, err := a.zip.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
		if err == nil {
			err = write(member)
		}
		a.err = err
	}
	if a.err != nil {
		return cannot(a.file.path, a.err)
	}
	return nil
}

// AddText writes an array of strings as a member of the archive, in NumPy's type of
// fixed length in characters (<U): trailing zeros of a string are lost.
func AddText(a *ArchiveWriter, name string, shape []int, data []string) error {
	return a.add(name, func(w io.Writer) error { return writeText(w, shape, data) })
}

// Close ends the archive and gives the file its name. If a write has failed, now
// or before, it removes what there is and returns that error.
func (a *ArchiveWriter) Close() error {
	if a.err == nil {
		a.err = a.zip.Close()
	}
	if a.err == nil {
		a.err = a.w.Flush()
	}
	return a.file.end(a.err)
}

// Abort removes what has been written.
func (a *ArchiveWriter) Abort() {
	a.file.end(errAborted) // nothing else can be wrong with it
}

// An ArchiveReader reads an .npz file.
type ArchiveReader struct {
	path string
	zip  *zip.ReadCloser
}

// OpenArchive opens an .npz file. Close it.
func OpenArchive(path string) (*ArchiveReader, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("npy: %s: %w", path, err)
	}
	return &ArchiveReader{path, z}, nil
}

// Names returns the names of the arrays, in the order they were written.
func (a *ArchiveReader) Names() []string {
	var names []string
	for _, f := range a.zip.File {
		if name, ok := strings.CutSuffix(f.Name, ".npy"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Load reads the array of that name, under the same conditions as Read.
func Load[T Element](a *ArchiveReader, name string) (data []T, shape []int, err error) {
	f, err := a.zip.Open(name + ".npy")
	if err != nil {
		return nil, nil, fmt.Errorf("npy: %s: no array %.40q: %w", a.path, name, err)
	}
	defer f.Close()
	data, shape, err = Read[T](f)
	if err != nil {
		err = fmt.Errorf("%s: %s: %w", a.path, name, err)
	}
	return data, shape, err
}

// Close closes the file.
func (a *ArchiveReader) Close() error { return a.zip.Close() }
