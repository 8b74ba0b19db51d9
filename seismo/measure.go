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
	s, err := openCorrelations(path)
	if err != nil {
		return plot.RecordSection{}, moveout.Fit{}, err
	}
	return s.measure(path)
}

func (s *stored) measure(path string) (section plot.RecordSection, fit moveout.Fit, err error) {
	section.Title = "Stacked correlations"
	values, err := read[float32](s.store, "correlation")
	if err != nil {
		return section, fit, err
	}
	if pairs := len(s.names["a"]); len(values) != pairs*s.lags {
		return section, fit, fmt.Errorf("%s: %w: %d values for %d pairs of %d lags: stack the periods first", path, errNoStore, len(values), pairs, s.lags)
	}
	n, err := s.network(func(channel string) string { return channel })
	if err != nil {
		return section, fit, err
	}
	g := moveout.Gather[float32]{IntervalS: s.intervalS, Pairs: n.pairs}
	for p, of := range n.pairs {
		row := values[p*s.lags : (p+1)*s.lags]
		g.Rows, section.Traces = append(g.Rows, row), append(section.Traces, row)
		section.Distances = append(section.Distances, moveout.Distance(n.lat[of[0]], n.lon[of[0]], n.lat[of[1]], n.lon[of[1]]))
	}
	section.Start, section.Step = s.firstS, g.IntervalS
	section.MaxLag = math.Abs(s.firstS)
	if len(n.names) < 3 {
		return section, fit, ErrFewStations
	}
	g.DistancesKm = moveout.Distances(n.lat, n.lon)
	fit, err = moveout.Measure(g, moveout.Options{})
	return section, fit, err
}

// StationMap reads a store of correlations, and returns the map of its stations and of
// the pairs between them.
func StationMap(path string) (plot.Map, error) {
	s, err := openCorrelations(path)
	if err != nil {
		return plot.Map{}, err
	}
	return s.stationMap()
}

func (s *stored) stationMap() (plot.Map, error) {
	m := plot.Map{Title: "Stations and pairs"}
	n, err := s.network(stationName)
	if err != nil {
		return m, err
	}
	for i, name := range n.names {
		east, north := plane(n.lat[0], n.lon[0], n.lat[i], n.lon[i])
		m.Stations = append(m.Stations, plot.Station{Name: name, East: east, North: north})
	}
	m.Pairs = n.pairs
	return m, nil
}

// network is the stations of a store, and which of them its pairs are of.
type network struct {
	names    []string
	lat, lon []float64
	pairs    [][2]int
}

// network lists the stations in the order in which pairs have them, those channels being
// of one whose names are the same. The error is ErrNoPlaces where one has no coordinates.
func (s *stored) network(name func(channel string) string) (*network, error) {
	n, number := &network{}, map[string]int{}
	for p := range s.names["a"] {
		var of [2]int
		for k, side := range []string{"a", "b"} {
			station := s.station(side, p)
			if station.unplaced() {
				return nil, fmt.Errorf("%w: %s; set stations_path of the source to StationXML that has its station", ErrNoPlaces, station.ID)
			}
			i, ok := number[name(station.ID)]
			if !ok {
				i = len(n.names)
				number[name(station.ID)] = i
				n.names, n.lat, n.lon = append(n.names, name(station.ID)), append(n.lat, station.Lat), append(n.lon, station.Lon)
			}
			of[k] = i
		}
		n.pairs = append(n.pairs, of)
	}
	return n, nil
}

func read[T zarr.Element](s *zarr.Store, name string) ([]T, error) {
	a, err := zarr.OpenArray[T](s, name)
	if err != nil {
		return nil, err
	}
	return a.Read(nil)
}
