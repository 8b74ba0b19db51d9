package rundir

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dispel4go/dispel4go/zarr"
)

// compareStores compares the arrays of two Zarr stores; their attributes may
// differ.
func compareStores(a, b string, rtol float64) (equal bool, text string, err error) {
	one, err := zarr.Open(a)
	if err != nil {
		return false, "", err
	}
	two, err := zarr.Open(b)
	if err != nil {
		return false, "", err
	}
	names, err := one.Names()
	if err != nil {
		return false, "", err
	}
	others, err := two.Names()
	if err != nil {
		return false, "", err
	}
	switch {
	case one.Complete() != two.Complete():
		return false, "only one of the stores is finished", nil
	case !slices.Equal(names, others):
		return false, fmt.Sprintf("arrays %v against %v", names, others), nil
	}
	equal = true
	for _, name := range names {
		same, text, err := compareNamed(one, two, name, rtol)
		if err != nil {
			return false, "", fmt.Errorf("array %s: %w", name, err)
		}
		if text != "" {
			return false, "array " + name + ": " + text, nil
		}
		equal = equal && same
	}
	return equal, "", nil
}

func compareNamed(one, two *zarr.Store, name string, rtol float64) (equal bool, text string, err error) {
	x, err := one.Info(name)
	if err != nil {
		return false, "", err
	}
	y, err := two.Info(name)
	if err != nil {
		return false, "", err
	}
	switch {
	case x.Type != y.Type:
		return false, fmt.Sprintf("elements are %s against %s", x.Type, y.Type), nil
	case !slices.Equal(x.Shape, y.Shape):
		return false, fmt.Sprintf("shape %v against %v", x.Shape, y.Shape), nil
	}
	compare := map[string]func(one, two *zarr.Store, name string, rtol float64) (bool, string, error){
		"float32": compareStored[float32], "float64": compareStored[float64], "int32": compareStored[int32], "int64": compareStored[int64],
		"uint8": compareStored[uint8], "bool": compareStored[bool], "complex64": compareStored[complex64], "complex128": compareStored[complex128],
		"string": compareStored[string],
	}[x.Type]
	return compare(one, two, name, rtol)
}

// compareStored goes chunk by chunk where both arrays are cut alike, so that
// memory is bounded.
func compareStored[T zarr.Element](one, two *zarr.Store, name string, rtol float64) (equal bool, text string, err error) {
	a, err := zarr.OpenArray[T](one, name)
	if err != nil {
		return false, "", err
	}
	b, err := zarr.OpenArray[T](two, name)
	if err != nil {
		return false, "", err
	}
	var within, exact tally
	both := func(x, y []T, err, other error) error {
		if err = errors.Join(err, other); err == nil {
			numbers(&within, x, y, rtol)
			numbers(&exact, x, y, 0)
		}
		return err
	}
	if !slices.Equal(a.Info().Chunks, b.Info().Chunks) {
		x, err := a.Read(nil)
		y, other := b.Read(nil)
		err = both(x, y, err, other)
		return exact.differ == 0, within.text(), err
	}
	for index := range grid(a.Grid()) {
		x, err := a.ReadChunk(nil, index)
		y, other := b.ReadChunk(nil, index)
		if err := both(x, y, err, other); err != nil {
			return false, "", err
		}
	}
	return exact.differ == 0, within.text(), nil
}

// grid yields all positions in a grid of that many along each dimension.
func grid(n []int) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		if slices.Contains(n, 0) {
			return
		}
		at := make([]int, len(n))
		for {
			if !yield(at) {
				return
			}
			k := len(n) - 1
			for ; k >= 0; k-- {
				if at[k]++; at[k] < n[k] {
					break
				}
				at[k] = 0
			}
			if k < 0 {
				return
			}
		}
	}
}
