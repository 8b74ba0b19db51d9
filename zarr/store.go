package zarr

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

// completeName is the attribute of the group that says whether the run that
// wrote it came to its end.
const completeName = "complete"

// A Store is a folder with one group of arrays. It is safe for concurrent use.
type Store struct {
	path     string
	writable bool
	open     newfile.Opener

	mu   sync.Mutex // over meta, and over changes of the group's file
	meta *groupMeta
}

// Create makes a store in a folder that must not exist yet, in one that does.
// The attributes must be fit for JSON; "complete" is the store's own. The error
// is ErrExists if there is anything at path.
func Create(path string, attributes map[string]any) (*Store, error) {
	return create(path, attributes, newfile.Open)
}

func create(path string, attributes map[string]any, open newfile.Opener) (*Store, error) {
	raw, err := rawAttributes(attributes)
	if err != nil {
		return nil, cannot("create a store", path, err)
	}
	raw[completeName] = json.RawMessage("false")
	s := &Store{path: path, writable: true, open: open, meta: &groupMeta{ZarrFormat: 3, NodeType: "group", Attributes: raw}}
	if err := os.Mkdir(path, 0o777); errors.Is(err, fs.ErrExist) {
		return nil, cannot("create a store", path, ErrExists)
	} else if err != nil {
		return nil, cannot("create a store", path, err)
	}
	if err := s.writeGroup(); err != nil {
		os.Remove(path)
		return nil, cannot("create a store", path, err)
	}
	return s, nil
}

// Open opens a store for reading, complete or not.
func Open(path string) (*Store, error) {
	data, err := readFile(filepath.Join(path, metaName), maxMetaBytes)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNotStore
	}
	if err != nil {
		return nil, cannot("open the store", path, err)
	}
	meta, err := parseGroup(data)
	if err != nil {
		return nil, cannot("open the store", path, err)
	}
	return &Store{path: path, meta: meta, open: newfile.Open}, nil
}

// Join opens a store that another rank has created, or a run that was stopped,
// to write more chunks into it. The error is ErrReadOnly if it is complete.
func Join(path string) (*Store, error) {
	s, err := Open(path)
	if err != nil {
		return nil, err
	}
	if s.Complete() {
		return nil, cannot("write to the store", path, fmt.Errorf("%w: it is complete", ErrReadOnly))
	}
	s.writable = true
	return s, nil
}

// Path returns the folder.
func (s *Store) Path() string { return s.path }

// Complete reports whether the store was finished when it was opened, or has
// been since by this Store.
func (s *Store) Complete() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.meta.Attributes[completeName]) == "true"
}

// Attributes returns a copy of the group's attributes, as encoding/json decodes
// them.
func (s *Store) Attributes() (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return plainAttributes(s.meta.Attributes)
}

// Names returns the names of the arrays, sorted.
func (s *Store) Names() ([]string, error) {
	entries, err := os.ReadDir(s.path)
	if err != nil {
		return nil, cannot("list the arrays", s.path, err)
	}
	var names []string
	for _, e := range entries {
		if checkName(e.Name()) != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(s.path, e.Name(), metaName)); err == nil {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Info describes the array of that name.
func (s *Store) Info(name string) (*Info, error) {
	if err := checkName(name); err != nil {
		return nil, cannot("open an array", s.path, err)
	}
	path := filepath.Join(s.path, name)
	data, err := readFile(filepath.Join(path, metaName), maxMetaBytes)
	if err != nil {
		return nil, cannot("open the array", path, err)
	}
	info, err := parseArray(name, data)
	if err != nil {
		return nil, cannot("open the array", path, err)
	}
	return info, nil
}

// Finish marks the store complete, with more attributes that were not known
// before. Nothing may be written to it afterwards.
func (s *Store) Finish(attributes map[string]any) error {
	raw, err := rawAttributes(attributes)
	if err == nil && !s.writable {
		err = ErrReadOnly
	}
	if err != nil {
		return cannot("finish the store", s.path, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := maps.Clone(s.meta.Attributes)
	maps.Copy(s.meta.Attributes, raw)
	s.meta.Attributes[completeName] = json.RawMessage("true")
	if err := s.writeGroup(); err != nil {
		s.meta.Attributes = before
		return cannot("finish the store", s.path, err)
	}
	return nil
}

// addArray writes an array's metadata beside the others'.
func (s *Store) addArray(name string, meta []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := filepath.Join(s.path, name)
	if err := os.Mkdir(path, 0o777); errors.Is(err, fs.ErrExist) {
		return ErrExists
	} else if err != nil {
		return err
	}
	err := s.put(filepath.Join(path, metaName), meta, os.Rename)
	if err == nil {
		err = s.writeGroup()
	}
	if err != nil {
		os.RemoveAll(path)
	}
	return err
}

// replaceArray changes an array's metadata.
func (s *Store) replaceArray(name string, meta []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.put(filepath.Join(s.path, name, metaName), meta, os.Rename); err != nil {
		return err
	}
	return s.writeGroup()
}

// writeGroup replaces the group's file, with the metadata of all arrays in it.
func (s *Store) writeGroup() error {
	names, err := s.Names()
	if err != nil {
		return err
	}
	all := make(map[string]json.RawMessage, len(names))
	for _, name := range slices.Sorted(slices.Values(names)) {
		if all[name], err = readFile(filepath.Join(s.path, name, metaName), maxMetaBytes); err != nil {
			return err
		}
	}
	s.meta.Consolidated = &consolidated{Kind: "inline", Metadata: all}
	data, err := indented(s.meta)
	if err != nil {
		return err
	}
	return s.put(filepath.Join(s.path, metaName), data, os.Rename)
}
