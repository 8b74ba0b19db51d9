package zarr

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

// put writes data as the file path, in a folder that it makes if need be, and
// gives it its name with place.
func (s *Store) put(path string, data []byte, place func(from, to string) error) error {
	write := func(w io.Writer) error { _, err := w.Write(data); return err }
	err := newfile.Write(path, s.open, write, place)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(path), 0o777); err == nil {
			err = newfile.Write(path, s.open, write, place)
		}
	}
	return err
}

// readFile reads a file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%w: the file has more than %d bytes", ErrFormat, limit)
	}
	return data, err
}
