package seismo

import (
	"errors"
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/plot"
	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/zarr"
)

// ErrFewStations is returned by Measure for a pair alone: a velocity takes a
// network.
var ErrFewStations = errors.New("seismo: too few stations for a velocity")

// ErrNoPlaces is wrapped by what Measure returns when the place of a station is not known.
var ErrNoPlaces = errors.New("seismo: a station has no coordinates")

// Measure reads a store that Moveout has written, and measures the velocity of
// the waves from its correlations and coordinates, nothing else. It returns the
// record section to draw also when there is no arrival (moveout.ErrNoArrival).
func Measure(path string) (plot.RecordSection, moveout.Fit, error) {
	section := plot.RecordSection{Title: "Stacked correlations"}
	var fit moveout.Fit
	s, err := openCorrelations(path)
	if err != nil {
		return section, fit, err
	}
	values, err := read[float32](s.store, "correlation")
	if err != nil {
		return section, fit, err
	}
	if pairs := len(s.names["a"]); len(values) != pairs*s.lags {
		return section, fit, fmt.Errorf("%s: %w: %d values for %d pairs of %d lags: stack the periods first", path, errNoStore, len(values), pairs, s.lags)
	}
	g := moveout.Gather[float32]{IntervalS: s.intervalS}
	station := map[string]int{}
	var lat, lon []float64
	number := func(name string, la, lo float64) int {
		if _, ok := station[name]; !ok {
			station[name] = len(lat)
			lat, lon = append(lat, la), append(lon, lo)
		}
		return station[name]
	}
	for p := range s.names["a"] {
		for _, side := range []string{"a", "b"} {
			if of := s.station(side, p); of.unplaced() {
				return section, fit, fmt.Errorf("%w: %s; set stations_path of the source to StationXML that has its station", ErrNoPlaces, of.ID)
			}
		}
		row := values[p*s.lags : (p+1)*s.lags]
		a := number(s.names["a"][p], s.places["lat_a"][p], s.places["lon_a"][p])
		b := number(s.names["b"][p], s.places["lat_b"][p], s.places["lon_b"][p])
		g.Rows, g.Pairs = append(g.Rows, row), append(g.Pairs, [2]int{a, b})
		section.Traces = append(section.Traces, row)
		section.Distances = append(section.Distances, moveout.Distance(lat[a], lon[a], lat[b], lon[b]))
	}
	section.Start, section.Step = s.firstS, g.IntervalS
	section.MaxLag = math.Abs(s.firstS)
	if len(lat) < 3 {
		return section, fit, ErrFewStations
	}
	g.DistancesKm = moveout.Distances(lat, lon)
	fit, err = moveout.Measure(g, moveout.Options{})
	return section, fit, err
}

func read[T zarr.Element](s *zarr.Store, name string) ([]T, error) {
	a, err := zarr.OpenArray[T](s, name)
	if err != nil {
		return nil, err
	}
	return a.Read(nil)
}
