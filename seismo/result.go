package seismo

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/plot"
	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/zarr"
)

// Moveout is the sink of correlations: it writes them into one Zarr store,
// measures the velocity from nothing but that store, and draws a record
// section. It keeps the correlations of all pairs until the end.
type Moveout struct {
	d4.Base
	In       d4.In[Correlation]
	Name     string `help:"of the store and the pictures, without extension"`
	Pictures bool   `help:"draw the record section"`
	MaxMiB   int    `help:"memory for correlations; more is an error" unit:"MiB" min:"1"`

	info    *d4.Instance
	all     []Correlation
	bytes   int64
	summary map[string]any
}

// NewMoveout returns a sink that writes correlations.zarr, .png and .svg.
func NewMoveout() *Moveout {
	m := &Moveout{Name: "correlations", Pictures: true, MaxMiB: 1024}
	m.In = d4.Input(m.correlation, d4.AllToOne)
	return m
}

// RootPlaced says that the sink is one instance, where the result is read.
func (*Moveout) RootPlaced() {}

// WritesOutput says that the sink needs a run directory.
func (*Moveout) WritesOutput() {}

// MemoryLimit is what the sink may keep, in bytes.
func (m *Moveout) MemoryLimit(int) int64 { return int64(m.MaxMiB) << 20 }

// Summary tells what was measured.
func (m *Moveout) Summary() map[string]any { return m.summary }

// Open keeps where to write.
func (m *Moveout) Open(i *d4.Instance) error { m.info = i; return nil }

func (m *Moveout) correlation(c Correlation) error {
	if m.bytes += int64(4 * len(c.Lags)); m.bytes > m.MemoryLimit(1) {
		return fmt.Errorf("the correlations need more than %d MiB: raise max_mib", m.MaxMiB)
	}
	m.all = append(m.all, c)
	return nil
}

// Finish writes, measures and draws.
func (m *Moveout) Finish() error {
	m.summary = map[string]any{"pairs": len(m.all), "velocity_measured_km_s": nil}
	if len(m.all) == 0 {
		return nil
	}
	slices.SortFunc(m.all, func(x, y Correlation) int {
		return cmp.Or(cmp.Compare(x.A.ID, y.A.ID), cmp.Compare(x.B.ID, y.B.ID))
	})
	for i := range m.all {
		if m.all[i].IntervalS != m.all[0].IntervalS || len(m.all[i].Lags) != len(m.all[0].Lags) {
			return fmt.Errorf("%s-%s has other lags than %s-%s", m.all[i].A.ID, m.all[i].B.ID, m.all[0].A.ID, m.all[0].B.ID)
		}
	}
	folder, err := m.info.Folder().Path()
	if err != nil {
		return err
	}
	path := filepath.Join(folder, m.Name+".zarr")
	if err := m.write(path); err != nil {
		return err
	}
	var known []plot.Velocity
	if v := m.all[0].A.KnownKmS; v > 0 {
		m.summary["velocity_known_km_s"] = v
		known = append(known, plot.Velocity{Name: "known", KmPerS: v, Dashed: true})
	}
	section, fit, err := Measure(path)
	switch {
	case errors.Is(err, ErrFewStations):
	case errors.Is(err, moveout.ErrNoArrival):
		m.summary["arrival"] = "no arrival"
	case err != nil:
		return err
	default:
		m.summary["velocity_measured_km_s"] = fit.VelocityKmS
		m.summary["velocity_error_km_s"] = fit.StdErrKmS
		section.Velocities = append(section.Velocities, plot.Velocity{Name: "measured", KmPerS: fit.VelocityKmS})
	}
	if !m.Pictures {
		return nil
	}
	section.Velocities = append(section.Velocities, known...)
	for _, ext := range []string{".png", ".svg"} {
		if err := plot.Save(filepath.Join(folder, m.Name+ext), section); err != nil {
			return err
		}
	}
	return nil
}

// write writes the store: pair x lag, with names and places as coordinates.
func (m *Moveout) write(path string) error {
	s, err := zarr.Create(path, map[string]any{"title": "stacked correlations", "sign": "positive lag: the wave passes a first"})
	if err != nil {
		return err
	}
	n, lags := len(m.all), len(m.all[0].Lags)
	rows := min(n, max(1, 1<<20/(4*lags))) // a chunk of about a MiB
	data, err := zarr.NewArray(s, "correlation", zarr.Spec[float32]{Shape: []int{n, lags}, Chunks: []int{rows, lags}, Dims: []string{"pair", "lag"},
		Attributes: map[string]any{"long_name": "stacked correlation"}})
	if err != nil {
		return err
	}
	for at := 0; at < n; at += rows {
		var chunk []float32
		for _, c := range m.all[at:min(at+rows, n)] {
			chunk = append(chunk, c.Lags...)
		}
		if err := data.WriteChunk([]int{at / rows, 0}, chunk); err != nil {
			return err
		}
	}
	lag := make([]float64, lags)
	for i := range lag {
		lag[i] = float64(i-lags/2) * m.all[0].IntervalS
	}
	if err := column(s, "lag", "lag", "s", lag); err != nil {
		return err
	}
	if err := column(s, "pair", "pair", "", each(m.all, func(c Correlation) string { return c.A.ID + "-" + c.B.ID })); err != nil {
		return err
	}
	for name, of := range map[string]func(Correlation) string{
		"a": func(c Correlation) string { return c.A.ID }, "b": func(c Correlation) string { return c.B.ID }} {
		if err := column(s, name, "pair", "", each(m.all, of)); err != nil {
			return err
		}
	}
	for name, of := range map[string]func(Correlation) float64{
		"lat_a": func(c Correlation) float64 { return c.A.Lat }, "lon_a": func(c Correlation) float64 { return c.A.Lon },
		"lat_b": func(c Correlation) float64 { return c.B.Lat }, "lon_b": func(c Correlation) float64 { return c.B.Lon }} {
		if err := column(s, name, "pair", "degrees", each(m.all, of)); err != nil {
			return err
		}
	}
	distance := func(c Correlation) float64 { return moveout.Distance(c.A.Lat, c.A.Lon, c.B.Lat, c.B.Lon) }
	if err := column(s, "distance", "pair", "km", each(m.all, distance)); err != nil {
		return err
	}
	if err := column(s, "windows", "pair", "", each(m.all, func(c Correlation) int64 { return c.Windows })); err != nil {
		return err
	}
	return s.Finish(nil)
}

func each[T any](all []Correlation, f func(Correlation) T) []T {
	out := make([]T, len(all))
	for i, c := range all {
		out[i] = f(c)
	}
	return out
}

// column writes a coordinate.
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
