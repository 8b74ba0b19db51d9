package seismo

import (
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/plot"
	"github.com/dispel4go/dispel4go/seismo/geojson"
	"github.com/dispel4go/dispel4go/seismo/motion"
)

// A Shaking is the strength of ground motion at a station.
type Shaking struct {
	Label    string // what the GroundMotion was labelled with, as observed
	Station  Station
	Start    d4.Time
	PGAMS2   float64   // m/s2
	PGVMS    float64   // m/s
	PGDM     float64   // m
	PeriodsS []float64 // of PSAMS2
	PSAMS2   []float64 // m/s2, by PeriodsS
}

// GroundMotion measures the peak ground motion of each window of horizontals, N and
// E (or 1 and 2), and the pseudo-acceleration of oscillators by period, exactly for
// what is straight between samples (package motion). Records are to be ground motion
// in SI units, filtered to where it is signal.
type GroundMotion struct {
	components
	Out      d4.Out[Shaking]
	Label    string    `help:"what the results are called, as observed or synthetic"`
	Quantity string    `help:"what the traces are, in m, m/s or m/s2" oneof:"displacement|velocity|acceleration"`
	PeriodsS []float64 `help:"periods of the oscillators; ShakeMap's are 0.3, 1 and 3 s" unit:"s"`
	Damping  float64   `help:"of the oscillators, as a share of the critical" min:"0" max:"0.99"`
	Combine  string    `help:"how the horizontals make one value" oneof:"larger|geometric_mean|vector_sum"`

	of motion.Quantity
	by motion.Combination
}

var combinations = map[string]motion.Combination{"larger": motion.Larger, "geometric_mean": motion.GeometricMean, "vector_sum": motion.VectorSum}

// NewGroundMotion returns ShakeMap's periods and a damping of 5 %, of the larger
// horizontal.
func NewGroundMotion() *GroundMotion {
	g := &GroundMotion{Label: "observed", Quantity: "velocity", PeriodsS: []float64{0.3, 1, 3}, Damping: 0.05, Combine: "larger"}
	g.want, g.other = "NE", "12"
	g.together(g.measure)
	return g
}

// Setup checks the parameters.
func (g *GroundMotion) Setup() (err error) {
	if g.of, err = motion.ParseQuantity(g.Quantity); err != nil {
		return err
	}
	var ok bool
	if g.by, ok = combinations[g.Combine]; !ok {
		return fmt.Errorf("combine = %q is none of larger, geometric_mean, vector_sum", g.Combine)
	}
	_, err = motion.PSA([]float64{0, 0}, 0.01, g.Damping, g.PeriodsS...)
	return err
}

func (g *GroundMotion) measure(c []Trace) error {
	if len(c[0].Samples) < 2 {
		return nil
	}
	delta := 1 / c[0].RateHz
	var peaks [2]motion.Peaks
	var psa [2][]float64
	for k := range 2 {
		d, v, a := motion.Series(widen(c[k].Samples), g.of, delta)
		peaks[k] = motion.Peaks{PGD: motion.Peak(d), PGV: motion.Peak(v), PGA: motion.Peak(a)}
		var err error
		if psa[k], err = motion.PSA(a, delta, g.Damping, g.PeriodsS...); err != nil {
			return err
		}
	}
	s := Shaking{Label: g.Label, Station: c[0].Station, Start: c[0].Start, PeriodsS: slices.Clone(g.PeriodsS)}
	s.Station.ID, _ = instrument(s.Station.ID)
	s.PGAMS2, s.PGVMS, s.PGDM = g.by.Combine(peaks[0].PGA, peaks[1].PGA), g.by.Combine(peaks[0].PGV, peaks[1].PGV), g.by.Combine(peaks[0].PGD, peaks[1].PGD)
	for i := range g.PeriodsS {
		s.PSAMS2 = append(s.PSAMS2, g.by.Combine(psa[0][i], psa[1][i]))
	}
	g.Out.Emit(s)
	return nil
}

// MotionMap is the sink of ground motion: of each station and label the greatest
// value of the run, as a table (CSV), as GeoJSON, and as a map for each label and
// measure. Where two labels are there, the logarithms of their ratios are compared, in
// a picture and in the summary. Stations without coordinates have none in the table, and
// are on no map.
type MotionMap struct {
	d4.Base
	In       d4.In[Shaking]
	Name     string    `help:"of the files, without extension"`
	Pictures bool      `help:"draw the maps"`
	Source   []float64 `help:"latitude and longitude of the source, to be marked" unit:"degrees"`
	Limit

	info    *d4.Instance
	all     map[[2]string]Shaking // by label and station
	periods []float64             // of their pseudo-accelerations
	summary map[string]any
}

// NewMotionMap returns a sink that writes motion.csv and the like.
func NewMotionMap() *MotionMap {
	m := &MotionMap{Name: "motion", Pictures: true, Limit: Limit{MaxMiB: 256}}
	m.In = d4.Input(m.take, d4.AllToOne)
	return m
}

// RootPlaced says that the sink is one instance, where the result is read.
func (*MotionMap) RootPlaced() {}

// WritesOutput says that the sink needs a run directory.
func (*MotionMap) WritesOutput() {}

// Summary tells what was compared.
func (m *MotionMap) Summary() map[string]any { return m.summary }

// Setup checks the parameters.
func (m *MotionMap) Setup() error {
	if n := len(m.Source); n != 0 && n != 2 {
		return fmt.Errorf("source = %v is not a latitude and a longitude", m.Source)
	}
	return goodName(m.Name, "file")
}

// Open keeps where to write.
func (m *MotionMap) Open(i *d4.Instance) error {
	m.info, m.all = i, map[[2]string]Shaking{}
	return nil
}

func (m *MotionMap) take(s Shaking) error {
	// All are compared with each other, whatever their label.
	if len(m.all) == 0 {
		m.periods = s.PeriodsS
	}
	if !slices.Equal(m.periods, s.PeriodsS) || len(s.PSAMS2) != len(s.PeriodsS) {
		return fmt.Errorf("%s %s: %d pseudo-accelerations at %v s, and those before are at %v s: set periods_s alike in every seismo.GroundMotion",
			s.Label, s.Station.ID, len(s.PSAMS2), s.PeriodsS, m.periods)
	}
	key := [2]string{s.Label, s.Station.ID}
	before, ok := m.all[key]
	if !ok {
		m.all[key] = s
		return m.keep(256 + 16*len(s.PeriodsS))
	}
	before.PGAMS2, before.PGVMS, before.PGDM = max(before.PGAMS2, s.PGAMS2), max(before.PGVMS, s.PGVMS), max(before.PGDM, s.PGDM)
	for i, v := range s.PSAMS2 {
		before.PSAMS2[i] = max(before.PSAMS2[i], v)
	}
	m.all[key] = before
	return nil
}

// measure is one of the values of a Shaking.
type measure struct {
	name, unit string
	of         func(s Shaking) float64
}

func measures(s Shaking) []measure {
	all := []measure{
		{"PGA", "m/s2", func(s Shaking) float64 { return s.PGAMS2 }},
		{"PGV", "m/s", func(s Shaking) float64 { return s.PGVMS }},
		{"PGD", "m", func(s Shaking) float64 { return s.PGDM }},
	}
	for i, p := range s.PeriodsS {
		all = append(all, measure{fmt.Sprintf("PSA %g s", p), "m/s2", func(s Shaking) float64 { return s.PSAMS2[i] }})
	}
	return all
}

// Finish writes and draws.
func (m *MotionMap) Finish() error {
	m.summary = map[string]any{"stations": 0}
	if len(m.all) == 0 {
		return nil
	}
	byLabel, stations, unplaced := map[string][]Shaking{}, map[string]bool{}, map[string]bool{}
	keys := slices.SortedFunc(maps.Keys(m.all), func(a, b [2]string) int { return comparePairs(pair(a), pair(b)) })
	labels := []string{}
	for _, k := range keys {
		s := m.all[k]
		stations[k[1]] = true
		if !slices.Contains(labels, s.Label) {
			labels = append(labels, s.Label)
		}
		if s.Station.unplaced() {
			unplaced[k[1]] = true
			continue
		}
		byLabel[s.Label] = append(byLabel[s.Label], s)
	}
	m.summary["stations"] = len(stations)
	if len(unplaced) > 0 {
		m.summary["stations_without_coordinates"] = len(unplaced)
	}
	list := measures(m.all[keys[0]])
	if err := m.table(keys, list); err != nil {
		return err
	}
	if err := m.geoJSON(keys, list); err != nil {
		return err
	}
	if len(labels) == 2 {
		if err := m.compare(labels, list); err != nil {
			return err
		}
	}
	if !m.Pictures {
		return nil
	}
	for _, what := range list[:2] {
		if err := m.maps(byLabel, what); err != nil {
			return err
		}
	}
	return nil
}

func (m *MotionMap) table(keys [][2]string, list []measure) error {
	f, err := m.info.Folder().Create(m.Name + ".csv")
	if err != nil {
		return err
	}
	defer f.Discard()
	w := csv.NewWriter(f)
	head := []string{"label", "station", "latitude", "longitude"}
	for _, x := range list {
		head = append(head, x.name+" ("+x.unit+")")
	}
	w.Write(head) // errors are kept until Flush
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
	for _, k := range keys {
		s := m.all[k]
		row := []string{s.Label, s.Station.ID, "", ""}
		if !s.Station.unplaced() {
			row[2], row[3] = strconv.FormatFloat(s.Station.Lat, 'f', 5, 64), strconv.FormatFloat(s.Station.Lon, 'f', 5, 64)
		}
		for _, x := range list {
			row = append(row, number(x.of(s)))
		}
		w.Write(row)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return f.Commit()
}

func (m *MotionMap) geoJSON(keys [][2]string, list []measure) error {
	f, err := m.info.Folder().Create(m.Name + ".geojson")
	if err != nil {
		return err
	}
	defer f.Discard()
	out := geojson.NewWriter(f)
	for _, k := range keys {
		s := m.all[k]
		if s.Station.unplaced() {
			continue
		}
		properties := map[string]any{"label": s.Label, "station": s.Station.ID}
		for _, x := range list {
			properties[x.name+" ("+x.unit+")"] = x.of(s)
		}
		if err := out.Write(&geojson.Feature{ID: s.Label + " " + s.Station.ID, Properties: properties,
			Places: []geojson.Place{{LatitudeDeg: s.Station.Lat, LongitudeDeg: s.Station.Lon}}}); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	return f.Commit()
}

// compare tells by how much the first label is above the second.
func (m *MotionMap) compare(labels []string, list []measure) error {
	var picture plot.Lines
	picture.Title = fmt.Sprintf("Ground motion, %s against %s", labels[0], labels[1])
	picture.XLabel, picture.YLabel = labels[1]+" (log10 of m, m/s, m/s2)", labels[0]+" (log10)"
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, what := range list {
		series := plot.Series{Name: what.name, Points: true}
		var sum, squares float64
		for _, k := range slices.SortedFunc(maps.Keys(m.all), func(a, b [2]string) int { return comparePairs(pair(a), pair(b)) }) {
			other, ok := m.all[[2]string{labels[1], k[1]}]
			if k[0] != labels[0] || !ok || what.of(m.all[k]) <= 0 || what.of(other) <= 0 {
				continue
			}
			x, y := math.Log10(what.of(other)), math.Log10(what.of(m.all[k]))
			series.X, series.Y = append(series.X, x), append(series.Y, y)
			lo, hi = min(lo, x, y), max(hi, x, y)
			sum, squares = sum+(y-x), squares+(y-x)*(y-x)
		}
		if n := float64(len(series.X)); n > 0 {
			m.summary[what.name+" mean log10 "+labels[0]+"/"+labels[1]] = sum / n
			m.summary[what.name+" rms log10 "+labels[0]+"/"+labels[1]] = math.Sqrt(squares / n)
			picture.Series = append(picture.Series, series)
		}
	}
	if !m.Pictures || len(picture.Series) == 0 {
		return nil
	}
	picture.Series = append(picture.Series, plot.Series{Name: "equal", X: []float64{lo, hi}, Y: []float64{lo, hi}})
	return m.draw("compared", picture)
}

// maps draws a map for each label, with one scale of colours.
func (m *MotionMap) maps(byLabel map[string][]Shaking, what measure) error {
	lo, hi := math.Inf(1), 0.0
	for _, all := range byLabel {
		for _, s := range all {
			if v := what.of(s); v > 0 {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	if hi == 0 {
		return nil
	}
	labels := slices.Sorted(maps.Keys(byLabel))
	first := byLabel[labels[0]][0].Station
	for _, label := range labels {
		p := plot.Map{Title: what.name + ", " + label, ValueLabel: fmt.Sprintf("%s (%s)", what.name, what.unit), Log: true, Min: lo, Max: hi}
		for _, s := range byLabel[label] {
			x, y := plane(first.Lat, first.Lon, s.Station.Lat, s.Station.Lon)
			name := stationName(s.Station.ID)
			p.Stations, p.Values = append(p.Stations, plot.Station{Name: name, East: x, North: y}), append(p.Values, max(what.of(s), lo))
		}
		if len(m.Source) == 2 {
			x, y := plane(first.Lat, first.Lon, m.Source[0], m.Source[1])
			p.Marks = append(p.Marks, plot.Station{Name: "source", East: x, North: y})
		}
		if err := m.draw(what.name+"-"+label, p); err != nil {
			return err
		}
	}
	return nil
}

func (m *MotionMap) draw(name string, p plot.Picture) error {
	return drawBoth(m.info, m.Name+"-"+name, p)
}

// drawBoth draws a picture as PNG and SVG into the run's outputs.
func drawBoth(i *d4.Instance, name string, p plot.Picture) error {
	folder, err := i.Folder().Path()
	if err != nil {
		return err
	}
	for _, ext := range []string{".png", ".svg"} {
		if err := plot.Save(filepath.Join(folder, name+ext), p); err != nil {
			return err
		}
	}
	return nil
}
