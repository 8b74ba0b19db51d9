package main

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/zarr"
)

// sample is of how many chunks of the store the velocity is measured.
const sample = 24

var errWrong = errors.New("the correlations are wrong")

// check measures the velocity from chunks all over the store, and compares it
// with the one that went into the recordings, and says so on out.
func check(path string, out io.Writer) error {
	s, err := zarr.Open(path)
	if err != nil {
		return err
	}
	data, err := zarr.OpenArray[float32](s, "correlation")
	if err != nil {
		return err
	}
	var names [2][]string
	var places [4][]float64
	for k, name := range []string{"a", "b"} {
		if names[k], err = whole[string](s, name); err != nil {
			return err
		}
	}
	for k, name := range []string{"lat_a", "lon_a", "lat_b", "lon_b"} {
		if places[k], err = whole[float64](s, name); err != nil {
			return err
		}
	}
	info, chunks := data.Info(), data.Grid()[0]
	if want := *stations * (*stations - 1) / 2; info.Shape[0] != want {
		return fmt.Errorf("%w: %d pairs in the store, expected %d", errWrong, info.Shape[0], want)
	}
	g := moveout.Gather[float32]{IntervalS: 0.25}
	numbers := map[string]int{}
	var lat, lon []float64
	number := func(name string, la, lo float64) int {
		n, ok := numbers[name]
		if !ok {
			n = len(lat)
			numbers[name], lat, lon = n, append(lat, la), append(lon, lo)
		}
		return n
	}
	for k := range min(sample, chunks) {
		chunk := k * chunks / min(sample, chunks)
		rows, err := data.ReadChunk(nil, []int{chunk, 0})
		if err != nil {
			return err
		}
		lags := info.Shape[1]
		for i := range len(rows) / lags {
			at := chunk*info.Chunks[0] + i
			g.Rows = append(g.Rows, rows[i*lags:][:lags])
			g.Pairs = append(g.Pairs, [2]int{number(names[0][at], places[0][at], places[1][at]), number(names[1][at], places[2][at], places[3][at])})
		}
	}
	g.DistancesKm = moveout.Distances(lat, lon)
	fit, err := moveout.Measure(g, moveout.Options{})
	if err != nil {
		return fmt.Errorf("%w: %w", errWrong, err)
	}
	fmt.Fprintf(out, "velocity in %d of the pairs: %.3f km/s, %.3f went in\n", len(g.Rows), fit.VelocityKmS, velocityKmS)
	if math.Abs(fit.VelocityKmS/velocityKmS-1) > 0.02 {
		return fmt.Errorf("%w: the velocity is more than 2 %% off", errWrong)
	}
	return nil
}

func whole[T zarr.Element](s *zarr.Store, name string) ([]T, error) {
	a, err := zarr.OpenArray[T](s, name)
	if err != nil {
		return nil, err
	}
	return a.Read(nil)
}
