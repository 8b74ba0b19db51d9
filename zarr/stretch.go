package zarr

// EachStretch calls f with all elements in stretches that follow each other in the
// row-major order of the whole array, with the number of the first. A stretch
// lies within a chunk; one chunk is in memory at a time, and data may be changed but not kept.
func (a *Array[T]) EachStretch(f func(at int, data []T) error) error {
	var buf []T
	return a.eachChunk(func(index, shape []int, offset int) error {
		n, _ := product(shape)
		if uint64(cap(buf)) < n {
			buf = make([]T, n)
		}
		data, err := a.ReadChunk(buf[:n], index)
		if err != nil {
			return err
		}
		// A stretch is what the chunk has of the dimensions that it spans whole, and of the
		// one before them.
		length, d := 1, len(shape)
		for d > 0 && (d == len(shape) || shape[d] == a.info.Shape[d]) {
			d--
			length *= shape[d]
		}
		for k := 0; k*length < len(data); k++ {
			at, rest := offset, k
			for i := d - 1; i >= 0; i-- {
				stride, _ := product(a.info.Shape[i+1:])
				at += rest % shape[i] * int(stride)
				rest /= shape[i]
			}
			if err := f(at, data[k*length:(k+1)*length]); err != nil {
				return err
			}
		}
		return nil
	})
}
