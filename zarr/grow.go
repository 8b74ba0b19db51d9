package zarr

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Grow makes an array longer. What lies beyond the old shape reads as the fill
// value until it is written. The error is ErrShape where a length would shrink. Readers who
// go by the metadata of the group, as xarray does, see the new shape only after
// Publish: arrays that belong together can grow first, and be written.
//
// It is for one writer of the array, not while others use it.
func (a *Array[T]) Grow(shape ...int) error {
	path := a.path()
	if err := a.store.checkWritable(); err != nil {
		return cannot("grow the array", path, err)
	}
	if err := checkShape(shape, a.info.Chunks, a.info.Type); err != nil {
		return cannot("grow the array", path, err)
	}
	for i, n := range shape {
		if n < a.info.Shape[i] {
			return cannot("grow the array", path, fmt.Errorf("%w: from %v to %v", ErrShape, a.info.Shape, shape))
		}
	}
	name := filepath.Join(path, metaName)
	data, err := readFile(name, maxMetaBytes)
	if err != nil {
		return cannot("grow the array", path, err)
	}
	var meta arrayMeta
	if err := json.Unmarshal(data, &meta); err != nil {
		return cannot("grow the array", path, fmt.Errorf("%w: %w", ErrFormat, err))
	}
	meta.Shape = append([]int{}, shape...)
	if data, err = indented(meta); err == nil {
		err = a.store.put(name, data, os.Rename)
	}
	if err != nil {
		return cannot("grow the array", path, err)
	}
	info := *a.info
	info.Shape = meta.Shape
	a.info = &info
	return nil
}

// Publish shows readers the shapes of all arrays as they are now, at once.
func (s *Store) Publish() error {
	if err := s.checkWritable(); err != nil {
		return cannot("publish the store", s.path, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writeGroup(); err != nil {
		return cannot("publish the store", s.path, err)
	}
	return nil
}
