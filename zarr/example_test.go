package zarr_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dispel4go/dispel4go/zarr"
)

// A store of three correlations, whose names and lags are coordinates, so that
// xarray.open_zarr(path).cc.sel(pair="A-C") works.
func Example() {
	dir, err := os.MkdirTemp("", "zarr")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := write(filepath.Join(dir, "cc.zarr")); err != nil {
		fmt.Println(err)
		return
	}

	s, err := zarr.Open(filepath.Join(dir, "cc.zarr"))
	if err != nil {
		fmt.Println(err)
		return
	}
	cc, err := zarr.OpenArray[float32](s, "cc")
	if err != nil {
		fmt.Println(err)
		return
	}
	row, err := cc.ReadChunk(nil, []int{1, 0})
	fmt.Println(s.Complete(), cc.Info().Dims, row, err)
	// Output: true [pair lag] [1 2 1] <nil>
}

func write(path string) error {
	s, err := zarr.Create(path, map[string]any{"title": "correlations"})
	if err != nil {
		return err
	}
	pair, err := zarr.NewArray(s, "pair", zarr.Spec[string]{Shape: []int{3}, Dims: []string{"pair"}})
	if err != nil {
		return err
	}
	if err := pair.Write([]string{"A-B", "A-C", "B-C"}); err != nil {
		return err
	}
	lag, err := zarr.NewArray(s, "lag", zarr.Spec[float64]{
		Shape: []int{3}, Dims: []string{"lag"}, Attributes: map[string]any{"units": "s"}})
	if err != nil {
		return err
	}
	if err := lag.Write([]float64{-1, 0, 1}); err != nil {
		return err
	}
	cc, err := zarr.NewArray(s, "cc", zarr.Spec[float32]{
		Shape: []int{3, 3}, Chunks: []int{1, 3}, Dims: []string{"pair", "lag"}, Codec: zarr.Zstd})
	if err != nil {
		return err
	}
	for i := range 3 { // in any order, by any goroutine or rank
		if err := cc.WriteChunk([]int{i, 0}, []float32{1, float32(i) + 1, 1}); err != nil {
			return err
		}
	}
	return s.Finish(nil)
}
