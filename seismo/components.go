package seismo

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/seismo/rotate"
)

// instrument is a channel's name without its last letter, which is the component.
func instrument(channel string) (name, component string) {
	if channel == "" {
		return "", ""
	}
	return channel[:len(channel)-1], channel[len(channel)-1:]
}

// components are the ports of a PE that takes the components of an instrument
// together. They must be windows: alike in time and length. Windows of which a
// component is missing are dropped and counted ("incomplete"), and so are those of
// components that are not among them ("other_components").
type components struct {
	d4.Base
	In d4.In[Trace]
	Limit
	progress

	want       string // letters of the components, in the order they are handed over
	other      string // letters that stand for them, as 1 for N and 2 for E
	waiting    pending[Trace]
	incomplete *atomic.Int64
	unwanted   *atomic.Int64
	all        func(c []Trace) error
}

// together says what is done with the components.
func (p *components) together(all func(c []Trace) error) {
	p.Limit.MaxMiB, p.all = 256, all
	p.In = d4.InputBy(func(t Trace) error {
		if err := t.finite(); err != nil {
			return err
		}
		if t.Start < p.done {
			return nil
		}
		p.waiting[t.Start] = append(p.waiting[t.Start], t)
		return p.keep(4 * len(t.Samples))
	}, func(t Trace) string { name, _ := instrument(t.Station.ID); return name })
}

// Open begins with nothing waiting.
func (p *components) Open(i *d4.Instance) error {
	p.waiting, p.incomplete, p.unwanted = pending[Trace]{}, i.Counter("incomplete"), i.Counter("other_components")
	p.progress = atStart
	return nil
}

// Advance takes the windows that are complete.
func (p *components) Advance(t d4.Time) (d4.Time, error) {
	p.pass(t)
	return t, p.waiting.before(t, p.window)
}

// Finish takes the rest.
func (p *components) Finish() error { return p.waiting.before(d4.Forever, p.window) }

func (p *components) window(at d4.Time, traces []Trace) error {
	sets := map[string][]Trace{}
	for _, t := range traces {
		p.keep(-4 * len(t.Samples)) // to keep less is no error
		name, letter := instrument(t.Station.ID)
		k := indexOf(p.want, p.other, letter)
		if k < 0 {
			p.unwanted.Add(1)
			continue
		}
		if sets[name] == nil {
			sets[name] = make([]Trace, len(p.want))
		}
		if sets[name][k].Samples != nil {
			return fmt.Errorf("%s at %s: two windows of one time: cut them with seismo.Window", t.Station.ID, clock(at))
		}
		sets[name][k] = t
	}
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		c := sets[name]
		n, whole := len(c[0].Samples), true
		for _, t := range c {
			whole = whole && t.Samples != nil && len(t.Samples) == n && t.RateHz == c[0].RateHz
		}
		if !whole {
			p.incomplete.Add(1)
			continue
		}
		if err := p.all(c); err != nil {
			return fmt.Errorf("%s* at %s: %w", name, clock(at), err)
		}
	}
	return nil
}

// indexOf finds a letter among those wanted or those that stand for them.
func indexOf(want, other, letter string) int {
	for k := range len(want) {
		if want[k:k+1] == letter || k < len(other) && other[k:k+1] == letter {
			return k
		}
	}
	return -1
}

// Rotate turns the components of each instrument, window by window: horizontals to
// radial and transverse, all three to the directions of a ray, or components with any
// azimuths and dips to vertical, north and east. The letters of the channels change
// with them.
type Rotate struct {
	components
	Out         d4.Out[Trace]
	Method      string    `help:"what becomes of what; 12 counts as NE, except for components" oneof:"NE-RT|RT-NE|ZNE-LQT|LQT-ZNE|components-ZNE"`
	BackAzimuth float64   `help:"direction to the source, clockwise from north" unit:"degrees" min:"-360" max:"360"`
	Incidence   float64   `help:"of the ray, from the vertical" unit:"degrees" min:"0" max:"180"`
	Source      []float64 `help:"latitude and longitude of the source: back_azimuth is that of each station then" unit:"degrees"`
	Letters     string    `help:"components-ZNE: the letters of the components, in the order of their directions"`
	Azimuths    []float64 `help:"components-ZNE: clockwise from north" unit:"degrees"`
	Dips        []float64 `help:"components-ZNE: down from the horizontal, -90 for up" unit:"degrees"`

	inverse rotate.Basis
}

// NewRotate returns a rotation to radial and transverse of a source in the north.
func NewRotate() *Rotate {
	r := &Rotate{Method: "NE-RT", Letters: "123", Azimuths: []float64{0, 0, 90}, Dips: []float64{-90, 0, 0}}
	r.together(r.turn)
	return r
}

// Setup checks the parameters.
func (r *Rotate) Setup() error {
	r.other = ""
	switch r.Method {
	case "NE-RT":
		r.want, r.other = "NE", "12"
	case "RT-NE":
		r.want = "RT"
	case "ZNE-LQT":
		r.want, r.other = "ZNE", "Z12"
	case "LQT-ZNE":
		r.want = "LQT"
	case "components-ZNE":
		if len(r.Letters) != 3 || len(r.Azimuths) != 3 || len(r.Dips) != 3 {
			return fmt.Errorf("letters = %q, azimuths = %v and dips = %v: give three of each", r.Letters, r.Azimuths, r.Dips)
		}
		b, err := rotate.Components([3]float64(r.Azimuths), [3]float64(r.Dips))
		if err != nil {
			return err
		}
		r.want, r.inverse = r.Letters, b.Inverse()
	default:
		return fmt.Errorf("method = %q is none of NE-RT, RT-NE, ZNE-LQT, LQT-ZNE, components-ZNE", r.Method)
	}
	if n := len(r.Source); n != 0 && n != 2 {
		return fmt.Errorf("source = %v is not a latitude and a longitude", r.Source)
	}
	return nil
}

func (r *Rotate) turn(c []Trace) error {
	back := r.BackAzimuth
	if len(r.Source) == 2 {
		if err := c[0].Station.placed(); err != nil {
			return err
		}
		back = moveout.Azimuth(c[0].Station.Lat, c[0].Station.Lon, r.Source[0], r.Source[1])
	}
	switch r.Method {
	case "NE-RT":
		rotate.RadialTransverse(c[0].Samples, c[1].Samples, c[0].Samples, c[1].Samples, back)
		r.emit(c, "RT")
	case "RT-NE":
		rotate.NorthEast(c[0].Samples, c[1].Samples, c[0].Samples, c[1].Samples, back)
		r.emit(c, "NE")
	default:
		x := [3][]float32{c[0].Samples, c[1].Samples, c[2].Samples}
		switch r.Method {
		case "ZNE-LQT":
			rotate.Rotate(rotate.LQT(back, r.Incidence), x, x)
			r.emit(c, "LQT")
		case "LQT-ZNE":
			rotate.Rotate(rotate.LQT(back, r.Incidence).Inverse(), x, x)
			r.emit(c, "ZNE")
		default:
			rotate.Rotate(r.inverse, x, x)
			r.emit(c, "ZNE")
		}
	}
	return nil
}

func (r *Rotate) emit(c []Trace, letters string) {
	for k, t := range c {
		name, _ := instrument(t.Station.ID)
		t.Station.ID = name + letters[k:k+1]
		r.Out.Emit(t)
	}
}

// A Polarization is how the ground moved within a window of three components
// (rotate.Motion). Angles are in degrees.
type Polarization struct {
	Instrument     string // channel without its component
	Start          d4.Time
	Azimuth        float64
	Incidence      float64
	Rectilinearity float64
	Planarity      float64
}

// Polarize measures the polarisation of each window of three components, Z, N and E
// (or Z, 1 and 2).
type Polarize struct {
	components
	Out d4.Out[Polarization]
}

// NewPolarize returns a Polarize.
func NewPolarize() *Polarize {
	p := &Polarize{}
	p.want, p.other = "ZNE", "Z12"
	p.together(func(c []Trace) error {
		if len(c[0].Samples) < 2 {
			return nil
		}
		m := rotate.Polarize(c[0].Samples, c[1].Samples, c[2].Samples)
		name, _ := instrument(c[0].Station.ID)
		p.Out.Emit(Polarization{Instrument: name, Start: c[0].Start, Azimuth: m.Azimuth, Incidence: m.Incidence,
			Rectilinearity: m.Rectilinearity, Planarity: m.Planarity})
		return nil
	})
	return p
}

// RotatePairs turns the nine correlations of each pair of instruments, of one time,
// from north, east and vertical to radial, transverse and vertical, along the way
// from the first station to the second (rotate.RTZ). Correlations within one station
// are dropped; so are pairs of which some of the nine are missing, counted
// ("incomplete"). Put it behind Correlate or Stack.
type RotatePairs struct {
	d4.Base
	In   d4.In[Correlation]
	Out  d4.Out[Correlation]
	Keep []string `help:"which of the nine are passed on, as ZZ or TT; all if empty"`
	Limit
	progress

	waiting    pending[Correlation]
	incomplete *atomic.Int64
}

// NewRotatePairs returns a RotatePairs within 1 GiB.
func NewRotatePairs() *RotatePairs {
	r := &RotatePairs{Limit: Limit{MaxMiB: 1024}}
	r.In = d4.InputBy(func(c Correlation) error {
		if c.Start < r.done {
			return nil
		}
		if err := c.check(); err != nil {
			return err
		}
		r.waiting[c.Start] = append(r.waiting[c.Start], c)
		return r.keep(4 * len(c.Lags))
	}, instruments)
	return r
}

// instruments is the pair of instruments of a correlation.
func instruments(c Correlation) pair {
	a, _ := instrument(c.A.ID)
	b, _ := instrument(c.B.ID)
	return pair{a, b}
}

// Setup checks the parameters.
func (r *RotatePairs) Setup() error {
	for _, k := range r.Keep {
		if len(k) != 2 || !strings.Contains("RTZ", k[:1]) || !strings.Contains("RTZ", k[1:]) {
			return fmt.Errorf("keep = %q: it is none of RR, RT, RZ, TR, TT, TZ, ZR, ZT, ZZ", k)
		}
	}
	return nil
}

// Open begins with nothing waiting.
func (r *RotatePairs) Open(i *d4.Instance) error {
	r.waiting, r.incomplete = pending[Correlation]{}, i.Counter("incomplete")
	r.progress = atStart
	return nil
}

// Advance turns what is complete.
func (r *RotatePairs) Advance(t d4.Time) (d4.Time, error) {
	r.pass(t)
	return t, r.waiting.before(t, r.turn)
}

// Finish turns the rest.
func (r *RotatePairs) Finish() error { return r.waiting.before(d4.Forever, r.turn) }

func (r *RotatePairs) turn(at d4.Time, all []Correlation) error {
	const from, to, other = "NEZ", "RTZ", "12Z"
	sets := map[pair]*[3][3]*Correlation{}
	for i := range all {
		c := &all[i]
		r.keep(-4 * len(c.Lags)) // to keep less is no error
		p := instruments(*c)
		if p[0] == p[1] {
			continue
		}
		_, a := instrument(c.A.ID)
		_, b := instrument(c.B.ID)
		j, k := indexOf(from, other, a), indexOf(from, other, b)
		if j < 0 || k < 0 {
			continue
		}
		if sets[p] == nil {
			sets[p] = &[3][3]*Correlation{}
		}
		if sets[p][j][k] != nil {
			return fmt.Errorf("%s-%s at %s: two correlations of one time", c.A.ID, c.B.ID, clock(at))
		}
		sets[p][j][k] = c
	}
	for _, p := range slices.SortedFunc(maps.Keys(sets), comparePairs) {
		set := sets[p]
		var lags [3][3][]float32
		first, whole := set[0][0], true
		for j := range set {
			for k := range set[j] {
				c := set[j][k]
				whole = whole && c != nil && first != nil && len(c.Lags) == len(first.Lags)
				if whole {
					lags[j][k] = c.Lags
				}
			}
		}
		if !whole {
			r.incomplete.Add(1)
			continue
		}
		a, b := first.A, first.B
		if err := cmp.Or(a.placed(), b.placed()); err != nil {
			return err
		}
		rotate.RTZ(&lags, moveout.Azimuth(a.Lat, a.Lon, b.Lat, b.Lon), moveout.Azimuth(b.Lat, b.Lon, a.Lat, a.Lon))
		for j := range set {
			for k := range set[j] {
				if len(r.Keep) > 0 && !slices.Contains(r.Keep, to[j:j+1]+to[k:k+1]) {
					continue
				}
				c := *set[j][k]
				c.A.ID, c.B.ID, c.Lags = p[0]+to[j:j+1], p[1]+to[k:k+1], lags[j][k]
				r.Out.Emit(c)
			}
		}
	}
	return nil
}
