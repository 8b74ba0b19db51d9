package seismo

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/plot"
	"github.com/dispel4go/dispel4go/seismo/moveout"
)

// Moveout is the sink of correlations: it writes them into one Zarr store,
// measures the velocity from nothing but that store, and draws a record section
// and a map of stations and pairs. It keeps the correlations of all pairs until the end.
type Moveout struct {
	d4.Base
	In       d4.In[Correlation]
	Name     string `help:"of the store and the pictures, without extension"`
	Pictures bool   `help:"draw the record section, and the map of stations and pairs"`
	Limit

	info    *d4.Instance
	all     []Correlation
	summary map[string]any
}

// NewMoveout returns a sink that writes correlations.zarr, .png and .svg, and
// correlations-map.png and .svg.
func NewMoveout() *Moveout {
	m := &Moveout{Name: "correlations", Pictures: true, Limit: Limit{MaxMiB: 1024}}
	m.In = d4.Input(m.correlation, d4.AllToOne)
	return m
}

// RootPlaced says that the sink is one instance, where the result is read.
func (*Moveout) RootPlaced() {}

// WritesOutput says that the sink needs a run directory.
func (*Moveout) WritesOutput() {}

// Summary tells what was measured.
func (m *Moveout) Summary() map[string]any { return m.summary }

// Setup checks the name.
func (m *Moveout) Setup() error { return goodName(m.Name, "store") }

// Open keeps where to write.
func (m *Moveout) Open(i *d4.Instance) error { m.info = i; return nil }

func (m *Moveout) correlation(c Correlation) error {
	if err := m.keep(4 * len(c.Lags)); err != nil {
		return err
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
	slices.SortFunc(m.all, func(x, y Correlation) int { return comparePairs(x.pair(), y.pair()) })
	for i, c := range m.all[1:] {
		if c.pair() == m.all[i].pair() {
			return fmt.Errorf("two correlations of %s-%s: put a seismo.Stack before this, or leave substack_s at 0", c.A.ID, c.B.ID)
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
	made, err := openCorrelations(path)
	if err != nil {
		return err
	}
	section, fit, err := made.measure(path)
	switch {
	case errors.Is(err, ErrFewStations):
	case errors.Is(err, ErrNoPlaces): // the correlations are what they are
		m.info.Log.Warn("no velocity, no picture", "error", err)
		m.summary["velocity"] = err.Error()
		return nil
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
	if err := drawBoth(m.info, m.Name, section); err != nil {
		return err
	}
	stations, err := made.stationMap()
	if err != nil {
		return err
	}
	return drawBoth(m.info, m.Name+"-map", stations)
}

// write writes the store.
func (m *Moveout) write(path string) error {
	first := &m.all[0]
	for i := range m.all { // before there is a store
		if c := &m.all[i]; c.IntervalS != first.IntervalS || len(c.Lags) != len(first.Lags) {
			return otherLags(c, first.A.ID, first.B.ID)
		}
	}
	s, err := createStore(path, first, false)
	if err != nil {
		return err
	}
	for i := range m.all {
		if err := s.add(&m.all[i]); err != nil {
			return err
		}
	}
	return s.finish()
}
