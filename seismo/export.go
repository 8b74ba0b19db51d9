package seismo

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/internal/newfile"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/seismo/geojson"
	"github.com/dispel4go/dispel4go/seismo/sac"
	"github.com/dispel4go/dispel4go/zarr"
)

// registerExporters makes the exporters of correlations known.
func registerExporters(r *registry.Registry) {
	r.AddExporter(registry.Exporter{Name: "sac", Help: "correlations as SAC files, one for each pair and period", Export: exportSAC})
	r.AddExporter(registry.Exporter{Name: "geojson", Help: "the pairs of correlations as lines on the map", Extension: ".geojson", Export: exportGeoJSON})
}

// errNoStore is returned where a path holds no store of correlations.
var errNoStore = errors.New("no store of correlations")

// stored is what a store of correlations says of its pairs.
type stored struct {
	store     *zarr.Store
	names     map[string][]string  // a, b
	places    map[string][]float64 // lat_a, lon_a, lat_b, lon_b, distance
	firstS    float64              // the first lag
	intervalS float64
	lags      int
	times     []time.Time // of the periods; nil for a store without
	starts    []time.Time // of the rows, where a pair may have several; nil for a store without
}

// openCorrelations reads a store of Moveout, WriteStore or WriteCorrelations but for
// its correlations.
func openCorrelations(path string) (*stored, error) {
	s, err := zarr.Open(path)
	if err != nil {
		return nil, err
	}
	all := &stored{store: s, names: map[string][]string{}, places: map[string][]float64{}}
	have, err := s.Names()
	if err != nil {
		return nil, err
	}
	for _, need := range append(strings.Fields(coordinates), "correlation", "lag") {
		if !slices.Contains(have, need) {
			return nil, fmt.Errorf("%s: %w: there is no array %s in it", path, errNoStore, need)
		}
	}
	for _, name := range strings.Fields(coordinates) {
		var err error
		if name == "a" || name == "b" {
			all.names[name], err = read[string](s, name)
		} else {
			all.places[name], err = read[float64](s, name)
		}
		if err != nil {
			return nil, err
		}
	}
	pairs := len(all.names["a"])
	for _, name := range strings.Fields(coordinates) {
		if n := len(all.names[name]) + len(all.places[name]); n != pairs {
			return nil, fmt.Errorf("%s: %w: %d values of %s for %d pairs", path, errNoStore, n, name, pairs)
		}
	}
	if slices.Contains(have, "start") {
		starts, err := read[float64](s, "start")
		if err != nil {
			return nil, err
		}
		if len(starts) != pairs {
			return nil, fmt.Errorf("%s: %w: %d values of start for %d pairs", path, errNoStore, len(starts), pairs)
		}
		for _, v := range starts {
			all.starts = append(all.starts, time.UnixMicro(int64(math.Round(v*1e6))).UTC())
		}
	}
	lag, err := read[float64](s, "lag")
	if err != nil {
		return nil, err
	}
	if all.lags = len(lag); all.lags < 2 {
		return nil, fmt.Errorf("%s: %w: it has %d lags", path, errNoStore, len(lag))
	}
	all.firstS, all.intervalS = lag[0], lag[1]-lag[0]
	if slices.Contains(have, "time") {
		times, err := read[int64](s, "time")
		if err != nil {
			return nil, err
		}
		for _, t := range times {
			all.times = append(all.times, time.Unix(0, t).UTC())
		}
	}
	return all, nil
}

// station is one of a pair.
func (s *stored) station(side string, pair int) *Station {
	return &Station{ID: s.names[side][pair], Lat: s.places["lat_"+side][pair], Lon: s.places["lon_"+side][pair]}
}

// each calls f with each correlation that is there, its pair and its period.
func (s *stored) each(ctx context.Context, f func(period, pair int, lags []float32) error) error {
	a, err := zarr.OpenArray[float32](s.store, "correlation")
	if err != nil {
		return err
	}
	pairs := len(s.names["a"])
	if n := max(len(s.times), 1) * pairs * s.lags; n != product(a.Info().Shape) {
		return fmt.Errorf("%s: %w: correlations of shape %v for %d pairs", s.store.Path(), errNoStore, a.Info().Shape, pairs)
	}
	return a.EachStretch(func(at int, data []float32) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if at%s.lags != 0 || len(data)%s.lags != 0 {
			return fmt.Errorf("%s: %w: its chunks cut the lags", s.store.Path(), errNoStore)
		}
		for row := range slices.Chunk(data, s.lags) {
			k := at / s.lags
			at += s.lags
			if slices.ContainsFunc(row, func(v float32) bool { return v == v }) {
				if err := f(k/pairs, k%pairs, row); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func product(shape []int) int {
	n := 1
	for _, l := range shape {
		n *= l
	}
	return n
}

// exportSAC makes a folder of SAC files. The event is station a, whose waves arrive at
// station b at positive lags; B is the first lag.
func exportSAC(ctx context.Context, from, to string) error {
	s, err := openCorrelations(from)
	if err != nil {
		return err
	}
	if err := os.Mkdir(to, 0o777); err != nil {
		return fmt.Errorf("%w%s", err, newfile.Remedy(err, "choose another with --to"))
	}
	return s.each(ctx, func(period, pair int, lags []float32) error {
		a, b := s.names["a"][pair], s.names["b"][pair]
		name, start := a+"_"+b, time.Unix(0, 0)
		if strings.ContainsAny(name, `/\`) {
			return fmt.Errorf("%s: %w: %q is no name for a file", from, errNoStore, name)
		}
		switch {
		case s.starts != nil:
			start = s.starts[pair]
		case len(s.times) > 0:
			start = s.times[period]
		}
		if s.starts != nil || len(s.times) > 1 {
			name += "." + start.Format("20060102T150405")
		}
		f := sac.New(b, start, s.intervalS, lags)
		f.Floats[sac.B] = float32(s.firstS)
		f.SetText(sac.KEvNm, a[:min(len(a), 16)])
		// What is not known has no value in the file.
		if a := s.station("a", pair); !a.unplaced() {
			f.Floats[sac.EvLa], f.Floats[sac.EvLo] = float32(a.Lat), float32(a.Lon)
		}
		if b := s.station("b", pair); !b.unplaced() {
			f.Floats[sac.StLa], f.Floats[sac.StLo] = float32(b.Lat), float32(b.Lon)
		}
		if v := s.places["distance"][pair]; !math.IsNaN(v) {
			f.Floats[sac.Dist] = float32(v)
		}
		return newfile.Write(filepath.Join(to, name+".SAC"), newfile.Open, func(w io.Writer) error {
			out := bufio.NewWriter(w)
			return cmp.Or(sac.Write(out, f, binary.LittleEndian), out.Flush())
		}, newfile.Place)
	})
}

// exportGeoJSON writes a line for each pair whose places are known.
func exportGeoJSON(ctx context.Context, from, to string) error {
	s, err := openCorrelations(from)
	if err != nil {
		return err
	}
	err = newfile.Write(to, newfile.Open, func(w io.Writer) error {
		buffer := bufio.NewWriter(w)
		out := geojson.NewWriter(buffer)
		for k, a := range s.names["a"] {
			if err := ctx.Err(); err != nil {
				return err
			}
			from, to := s.station("a", k), s.station("b", k)
			if from.unplaced() || to.unplaced() {
				continue
			}
			b, distance := s.names["b"][k], s.places["distance"][k]
			properties := map[string]any{"a": a, "b": b}
			if !math.IsNaN(distance) {
				properties["distance_km"] = distance
			}
			if err := out.Write(&geojson.Feature{ID: a + "-" + b, Properties: properties, Places: []geojson.Place{
				{LatitudeDeg: from.Lat, LongitudeDeg: from.Lon}, {LatitudeDeg: to.Lat, LongitudeDeg: to.Lon}}}); err != nil {
				return err
			}
		}
		return cmp.Or(out.Close(), buffer.Flush())
	}, newfile.Place)
	if err != nil {
		return fmt.Errorf("%s: %w%s", to, err, newfile.Remedy(err, "choose another with --to"))
	}
	return nil
}
