package seismo

import (
	"errors"
	"math"

	"github.com/dispel4go/dispel4go/plot"
	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/zarr"
)

// ErrFewStations is returned by Measure for a pair alone: a velocity takes a
// network.
var ErrFewStations = errors.New("seismo: too few stations for a velocity")

// Measure reads a store that Moveout has written, and measures the velocity of
// the waves from its correlations and coordinates, nothing else. It returns the
// record section to draw also when there is no arrival (moveout.ErrNoArrival).
func Measure(path string) (plot.RecordSection, moveout.Fit, error) {
	section := plot.RecordSection{Title: "Stacked correlations"}
	var fit moveout.Fit
	s, err := zarr.Open(path)
	if err != nil {
		return section, fit, err
	}
	lag, err := read[float64](s, "lag")
	if err != nil {
		return section, fit, err
	}
	values, err := read[float32](s, "correlation")
	if err != nil {
		return section, fit, err
	}
	var names [2][]string
	var places [4][]float64
	for k, name := range []string{"a", "b"} {
		if names[k], err = read[string](s, name); err != nil {
			return section, fit, err
		}
	}
	for k, name := range []string{"lat_a", "lon_a", "lat_b", "lon_b"} {
		if places[k], err = read[float64](s, name); err != nil {
			return section, fit, err
		}
	}
	g := moveout.Gather[float32]{IntervalS: lag[1] - lag[0]}
	station := map[string]int{}
	var lat, lon []float64
	number := func(name string, la, lo float64) int {
		if _, ok := station[name]; !ok {
			station[name] = len(lat)
			lat, lon = append(lat, la), append(lon, lo)
		}
		return station[name]
	}
	for p := range names[0] {
		row := values[p*len(lag) : (p+1)*len(lag)]
		a := number(names[0][p], places[0][p], places[1][p])
		b := number(names[1][p], places[2][p], places[3][p])
		g.Rows, g.Pairs = append(g.Rows, row), append(g.Pairs, [2]int{a, b})
		section.Traces = append(section.Traces, row)
		section.Distances = append(section.Distances, moveout.Distance(lat[a], lon[a], lat[b], lon[b]))
	}
	section.Start, section.Step = lag[0], g.IntervalS
	section.MaxLag = math.Abs(lag[0])
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
