package zarr

import (
	"fmt"
	"slices"
)

// Grow makes an array longer along any dimension. What is new reads as the fill value
// until it is written. The error is ErrShape where a length would shrink. Unlike
// Resize it says so only in the metadata of the array: readers who go by those of the
// group, as xarray does, see the new shape after Publish, so that arrays that
// belong together can grow first, and be written.
//
// It is for one writer of the array, not while others use it.
func (a *Array[T]) Grow(shape ...int) error {
	err := a.grow(shape)
	if err != nil {
		return cannot("grow the array", a.path(), err)
	}
	return nil
}

func (a *Array[T]) grow(shape []int) error {
	if len(shape) != len(a.info.Shape) {
		return fmt.Errorf("%w: from %v to %v", ErrShape, a.info.Shape, shape)
	}
	for i, n := range shape {
		if n < a.info.Shape[i] {
			return fmt.Errorf("%w: from %v to %v", ErrShape, a.info.Shape, shape)
		}
	}
	return a.reshape(slices.Clone(shape), false)
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
