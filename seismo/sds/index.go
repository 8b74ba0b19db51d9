package sds

import (
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

// An index file begins with indexMagic. Then come, for each folder, its path, the time
// it changed, and its channels, each with its days as differences, all numbers as
// varints and all texts behind their length.
const indexMagic = "dispel4go SDS index 1\n"

var errIndex = errors.New("sds: damaged index")

// writeIndex replaces the index file.
func writeIndex(file string, folders map[string]*folder) error {
	b := []byte(indexMagic)
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	b = binary.AppendUvarint(b, uint64(len(folders)))
	for _, rel := range slices.Sorted(maps.Keys(folders)) {
		f := folders[rel]
		text(rel)
		b = binary.AppendVarint(b, f.changed)
		b = binary.AppendUvarint(b, uint64(len(f.days)))
		for _, id := range slices.Sorted(maps.Keys(f.days)) {
			text(id)
			b = binary.AppendUvarint(b, uint64(len(f.days[id])))
			before := Day(0)
			for _, d := range f.days[id] {
				b = binary.AppendVarint(b, int64(d-before))
				before = d
			}
		}
	}
	return newfile.Write(file, newfile.Open, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}, os.Rename)
}

// indexReader takes numbers and texts off an index, and notes what is missing.
type indexReader struct {
	b   []byte
	bad bool
}

func (r *indexReader) varint() int64 {
	v, n := binary.Varint(r.b)
	r.skip(n)
	return v
}

// count is a number of things of which each takes a byte at least.
func (r *indexReader) count() int {
	v, n := binary.Uvarint(r.b)
	r.skip(n)
	if v > uint64(len(r.b)) {
		r.bad = true
		return 0
	}
	return int(v)
}

func (r *indexReader) text() string {
	n := r.count()
	if r.bad {
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *indexReader) skip(n int) {
	if n <= 0 {
		r.bad = true
		return
	}
	r.b = r.b[n:]
}

// parseIndex is the inverse of writeIndex. It allocates no more than a few times the
// length of what it is given.
func parseIndex(data []byte) (map[string]*folder, error) {
	if len(data) < len(indexMagic) || string(data[:len(indexMagic)]) != indexMagic {
		return nil, errIndex
	}
	r := &indexReader{b: data[len(indexMagic):]}
	folders := map[string]*folder{}
	for range r.count() {
		rel := r.text()
		f := &folder{changed: r.varint(), days: map[string][]Day{}}
		for range r.count() {
			id := r.text()
			n := r.count()
			days := make([]Day, n)
			before := Day(0)
			for i := range days {
				before += Day(r.varint())
				days[i] = before
			}
			f.days[id] = days
			if r.bad {
				return nil, errIndex
			}
		}
		if r.bad {
			return nil, errIndex
		}
		folders[rel] = f
	}
	if r.bad || len(r.b) > 0 {
		return nil, errIndex
	}
	return folders, nil
}
