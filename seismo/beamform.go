package seismo

import (
	"fmt"
	"maps"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/array"
)

// A Beam is where the strongest wave of a window came from (package array).
type Beam struct {
	Start       d4.Time
	Power       float64 // relative: 1 where all records are alike
	BackAzimuth float64 // degrees
	SlownessSKm float64 // s/km
	Stations    int64
}

// Beamform finds the back-azimuth and slowness of the strongest wave in each window of
// all stations, by delaying and adding or by Capon's method. The windows must be alike
// in time, rate and length; it is one instance.
type Beamform struct {
	d4.Base
	In           d4.In[Trace]
	Out          d4.Out[Beam]
	FreqMin      float64 `help:"lower end of the band" unit:"Hz" min:"0"`
	FreqMax      float64 `help:"upper end of the band" unit:"Hz" min:"0"`
	MaxSlowness  float64 `help:"greatest slowness that is looked for, east and north" unit:"s/km" min:"0"`
	StepSlowness float64 `help:"distance of the slownesses that are tried" unit:"s/km" min:"0"`
	Method       string  `help:"how the records are weighed" oneof:"bartlett|capon"`
	Prewhiten    bool    `help:"let every frequency count alike"`
	LeastPower   float64 `help:"least relative power of a beam that is emitted" min:"0" max:"1"`
	Limit
	progress

	waiting pending[Trace]
	former  *array.Beamformer
	names   []string
	n       int
	rate    float64
}

// NewBeamform returns a beam of 0.1 to 1 Hz up to 0.4 s/km.
func NewBeamform() *Beamform {
	b := &Beamform{FreqMin: 0.1, FreqMax: 1, MaxSlowness: 0.4, StepSlowness: 0.02, Method: "bartlett", Limit: Limit{MaxMiB: 512}}
	b.In = d4.Input(func(t Trace) error {
		if err := t.finite(); err != nil {
			return err
		}
		if t.Start < b.done {
			return nil
		}
		b.waiting[t.Start] = append(b.waiting[t.Start], t)
		return b.keep(4 * len(t.Samples))
	}, d4.AllToOne)
	return b
}

// Setup checks the parameters.
func (b *Beamform) Setup() error {
	if b.Method != "bartlett" && b.Method != "capon" {
		return fmt.Errorf("method = %q is neither bartlett nor capon", b.Method)
	}
	if !(b.StepSlowness > 0 && b.MaxSlowness >= b.StepSlowness) {
		return fmt.Errorf("step_slowness = %g s/km is not above 0 and within max_slowness = %g s/km", b.StepSlowness, b.MaxSlowness)
	}
	return band(b.FreqMin, b.FreqMax)
}

// Open begins with nothing waiting.
func (b *Beamform) Open(*d4.Instance) error {
	b.waiting, b.former, b.progress = pending[Trace]{}, nil, atStart
	return nil
}

// Advance takes the windows that are complete.
func (b *Beamform) Advance(t d4.Time) (d4.Time, error) {
	b.pass(t)
	return t, b.waiting.before(t, b.window)
}

// Finish takes the rest.
func (b *Beamform) Finish() error { return b.waiting.before(d4.Forever, b.window) }

func (b *Beamform) window(at d4.Time, all []Trace) error {
	byName := map[string]*Trace{}
	for i := range all {
		t := &all[i]
		b.keep(-4 * len(t.Samples)) // to keep less is no error
		if byName[t.Station.ID] != nil {
			return fmt.Errorf("%s at %s: two windows of one time: cut them with seismo.Window", t.Station.ID, clock(at))
		}
		byName[t.Station.ID] = t
	}
	names := slices.Sorted(maps.Keys(byName))
	if len(names) < 3 {
		return nil // no direction
	}
	first := byName[names[0]]
	for _, name := range names {
		if t := byName[name]; t.RateHz != first.RateHz || len(t.Samples) != len(first.Samples) {
			return fmt.Errorf("%s at %s: %d samples at %g Hz beside %d at %g Hz of %s: resample and window all alike", name, clock(at),
				len(t.Samples), t.RateHz, len(first.Samples), first.RateHz, names[0])
		}
	}
	if b.former == nil || !slices.Equal(names, b.names) || b.n != len(first.Samples) || b.rate != first.RateHz {
		if err := b.prepare(names, byName); err != nil {
			return err
		}
	}
	records := make([][]float64, len(names))
	for i, name := range names {
		records[i] = widen(byName[name].Samples)[:b.former.Samples()]
	}
	beam := b.former.Scan(records)
	if beam.Power >= b.LeastPower {
		b.Out.Emit(Beam{Start: at, Power: beam.Power, BackAzimuth: beam.BackAzimuth, SlownessSKm: beam.Slowness, Stations: int64(len(names))})
	}
	return nil
}

// prepare makes a beamformer for stations.
func (b *Beamform) prepare(names []string, byName map[string]*Trace) (err error) {
	first := byName[names[0]]
	var places [][2]float64
	for _, name := range names {
		s := byName[name].Station
		if err := s.placed(); err != nil {
			return err
		}
		east, north := plane(first.Station.Lat, first.Station.Lon, s.Lat, s.Lon)
		places = append(places, [2]float64{east, north})
	}
	o := array.Options{RateHz: first.RateHz, WindowS: (float64(len(first.Samples)) + 0.5) / first.RateHz, FreqMin: b.FreqMin, FreqMax: b.FreqMax,
		MaxSlowness: b.MaxSlowness, StepSlowness: b.StepSlowness, Prewhiten: b.Prewhiten}
	if b.Method == "capon" {
		o.Method = array.Capon
	}
	b.names, b.n, b.rate = names, len(first.Samples), first.RateHz
	b.former, err = array.New(places, o)
	return err
}
