package seismo

import (
	"cmp"

	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/zarr"
)

// coordinates are the columns that xarray takes for coordinates of the pairs.
const coordinates = "a b lat_a lon_a lat_b lon_b distance"

// writeStore writes correlations with the same lags as pair x lag, with names and
// places as coordinates.
func writeStore(path string, all []Correlation) error {
	s, err := zarr.Create(path, map[string]any{"title": "stacked correlations", "sign": "positive lag: the wave passes a first"})
	if err != nil {
		return err
	}
	n, lags := len(all), len(all[0].Lags)
	rows := min(n, max(1, 1<<20/(4*lags))) // a chunk of about a MiB
	data, err := zarr.NewArray(s, "correlation", zarr.Spec[float32]{Shape: []int{n, lags}, Chunks: []int{rows, lags}, Dims: []string{"pair", "lag"},
		Attributes: map[string]any{"long_name": "stacked correlation", "coordinates": coordinates}})
	if err != nil {
		return err
	}
	for at := 0; at < n; at += rows {
		var chunk []float32
		for _, c := range all[at:min(at+rows, n)] {
			chunk = append(chunk, c.Lags...)
		}
		if err := data.WriteChunk([]int{at / rows, 0}, chunk); err != nil {
			return err
		}
	}
	lag := make([]float64, lags)
	for i := range lag {
		lag[i] = float64(i-lags/2) * all[0].IntervalS
	}
	if err := cmp.Or(
		column(s, "lag", "lag", "s", lag),
		perPair(s, "pair", "", all, func(c *Correlation) string { return c.A.ID + "-" + c.B.ID }),
		perPair(s, "a", "", all, func(c *Correlation) string { return c.A.ID }),
		perPair(s, "b", "", all, func(c *Correlation) string { return c.B.ID }),
		perPair(s, "lat_a", "degrees_north", all, func(c *Correlation) float64 { return c.A.Lat }),
		perPair(s, "lon_a", "degrees_east", all, func(c *Correlation) float64 { return c.A.Lon }),
		perPair(s, "lat_b", "degrees_north", all, func(c *Correlation) float64 { return c.B.Lat }),
		perPair(s, "lon_b", "degrees_east", all, func(c *Correlation) float64 { return c.B.Lon }),
		perPair(s, "distance", "km", all, func(c *Correlation) float64 {
			return moveout.Distance(c.A.Lat, c.A.Lon, c.B.Lat, c.B.Lon)
		}),
		perPair(s, "windows", "", all, func(c *Correlation) int64 { return c.Windows }),
	); err != nil {
		return err
	}
	return s.Finish(nil)
}

// perPair writes what f says of each pair.
func perPair[T zarr.Element](s *zarr.Store, name, unit string, all []Correlation, f func(*Correlation) T) error {
	values := make([]T, len(all))
	for i := range all {
		values[i] = f(&all[i])
	}
	return column(s, name, "pair", unit, values)
}

// column writes an array of one dimension.
func column[T zarr.Element](s *zarr.Store, name, dim, unit string, values []T) error {
	spec := zarr.Spec[T]{Shape: []int{len(values)}, Dims: []string{dim}}
	if unit != "" {
		spec.Attributes = map[string]any{"units": unit}
	}
	a, err := zarr.NewArray(s, name, spec)
	if err != nil {
		return err
	}
	return a.Write(values)
}
