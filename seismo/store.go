package seismo

import (
	"cmp"
	"fmt"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/zarr"
)

// coordinates are the columns that xarray takes for coordinates of the pairs.
const coordinates = "a b lat_a lon_a lat_b lon_b distance"

// chunkBytes is about how much of the correlations is in one file.
const chunkBytes = 1 << 20

// store writes correlations with the same lags, one after the other, as pair x
// lag, with names and places as coordinates. Lags are written chunk by chunk;
// what it keeps is some 40 bytes a pair, besides the stations.
type store struct {
	zarr     *zarr.Store
	data     *zarr.Array[float32]
	dated    bool // whether the start of each correlation is a coordinate too
	interval float64
	lags     int
	chunk    []float32
	written  int // chunks
	stations []Station
	numbers  map[string]int32 // of stations, by name
	rows     []storeRow
}

// storeRow is what is said of a correlation.
type storeRow struct {
	a, b    int32
	windows int64
	start   d4.Time
}

// createStore makes a store at path for correlations like c.
func createStore(path string, c *Correlation, dated bool) (*store, error) {
	if err := c.hasLags(); err != nil {
		return nil, err
	}
	z, err := zarr.Create(path, map[string]any{"title": "stacked correlations", "sign": "positive lag: the wave passes a first"})
	if err != nil {
		return nil, err
	}
	s := &store{zarr: z, dated: dated, interval: c.IntervalS, lags: len(c.Lags), numbers: map[string]int32{}}
	rows := max(1, chunkBytes/(4*s.lags))
	of := coordinates
	if dated {
		of += " start"
	}
	s.data, err = zarr.NewArray(z, "correlation", zarr.Spec[float32]{Shape: []int{rows, s.lags}, Chunks: []int{rows, s.lags}, Dims: []string{"pair", "lag"},
		Attributes: map[string]any{"long_name": "stacked correlation", "coordinates": of}})
	if err != nil {
		return nil, err
	}
	s.chunk = make([]float32, 0, rows*s.lags)
	return s, nil
}

// add writes a correlation behind the others.
func (s *store) add(c *Correlation) error {
	if c.IntervalS != s.interval || len(c.Lags) != s.lags {
		first := &s.rows[0]
		return otherLags(c, s.stations[first.a].ID, s.stations[first.b].ID)
	}
	s.rows = append(s.rows, storeRow{s.number(&c.A), s.number(&c.B), c.Windows, c.Start})
	s.chunk = append(s.chunk, c.Lags...)
	if len(s.chunk) < cap(s.chunk) {
		return nil
	}
	return s.write()
}

func otherLags(c *Correlation, a, b string) error {
	return fmt.Errorf("%s-%s has other lags than %s-%s: decimate all channels to one sampling rate", c.A.ID, c.B.ID, a, b)
}

func (s *store) number(of *Station) int32 {
	n, ok := s.numbers[of.ID]
	if !ok {
		n = int32(len(s.stations))
		s.numbers[of.ID], s.stations = n, append(s.stations, *of)
	}
	return n
}

// write writes the chunk. The array has room for twice as many each time it is
// full, for its size is written too.
func (s *store) write() error {
	if s.written == s.data.Grid()[0] {
		if err := s.data.Resize(2 * s.data.Info().Shape[0]); err != nil {
			return err
		}
	}
	if err := s.data.WriteChunk([]int{s.written, 0}, s.chunk); err != nil {
		return err
	}
	s.written++
	s.chunk = s.chunk[:0]
	return nil
}

// finish writes what is left and the coordinates. There is at least one
// correlation.
func (s *store) finish() error {
	if err := s.data.Resize(len(s.rows)); err != nil {
		return err
	}
	if len(s.chunk) > 0 {
		if err := s.data.WriteChunk([]int{s.written, 0}, s.chunk); err != nil {
			return err
		}
	}
	lag := make([]float64, s.lags)
	for i := range lag {
		lag[i] = float64(i-s.lags/2) * s.interval
	}
	a := func(r *storeRow) *Station { return &s.stations[r.a] }
	b := func(r *storeRow) *Station { return &s.stations[r.b] }
	if err := cmp.Or(
		column(s.zarr, "lag", "lag", "s", lag),
		perPair(s, "pair", "", func(r *storeRow) string { return a(r).ID + "-" + b(r).ID }),
		perPair(s, "a", "", func(r *storeRow) string { return a(r).ID }),
		perPair(s, "b", "", func(r *storeRow) string { return b(r).ID }),
		perPair(s, "lat_a", "degrees_north", func(r *storeRow) float64 { return a(r).Lat }),
		perPair(s, "lon_a", "degrees_east", func(r *storeRow) float64 { return a(r).Lon }),
		perPair(s, "lat_b", "degrees_north", func(r *storeRow) float64 { return b(r).Lat }),
		perPair(s, "lon_b", "degrees_east", func(r *storeRow) float64 { return b(r).Lon }),
		perPair(s, "distance", "km", func(r *storeRow) float64 { return distance(a(r), b(r)) }),
		perPair(s, "windows", "", func(r *storeRow) int64 { return r.windows }),
	); err != nil {
		return err
	}
	if s.dated {
		if err := perPair(s, "start", "seconds since 1970-01-01", func(r *storeRow) float64 { return float64(r.start) / 1e9 }); err != nil {
			return err
		}
	}
	return s.zarr.Finish(nil)
}

// perPair writes what f says of each pair.
func perPair[T zarr.Element](s *store, name, unit string, f func(*storeRow) T) error {
	values := make([]T, len(s.rows))
	for i := range s.rows {
		values[i] = f(&s.rows[i])
	}
	return column(s.zarr, name, "pair", unit, values)
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
