package seismo

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/seismo/quakeml"
	"github.com/dispel4go/dispel4go/seismo/trigger"
)

// characteristic is a characteristic function of the samples of a channel.
type characteristic struct {
	Method string  `help:"classic or recursive STA/LTA, which go on across the borders of traces; delayed STA/LTA, z-detector, Carl Johnson's, energy ratios of each trace by itself" oneof:"classic|recursive|delayed|z_detect|carl|energy_ratio|modified_energy_ratio"`
	STAS   float64 `param:"sta_s" help:"short window" unit:"s" min:"0"`
	LTAS   float64 `param:"lta_s" help:"long window" unit:"s" min:"0"`
	Ratio  float64 `help:"carl: the smaller, the more sensitive" min:"0"`
	Quiet  float64 `help:"carl: the smaller, the more sensitive, in the unit of the samples"`
}

// streams are the methods that go on from trace to trace.
func (c *characteristic) streams() bool { return c.Method == "classic" || c.Method == "recursive" }

func (c *characteristic) check() error {
	if !slices.Contains([]string{"classic", "recursive", "delayed", "z_detect", "carl", "energy_ratio", "modified_energy_ratio"}, c.Method) {
		return fmt.Errorf("method = %q is none of classic, recursive, delayed, z_detect, carl, energy_ratio, modified_energy_ratio", c.Method)
	}
	if !(c.STAS > 0 && c.LTAS >= c.STAS) {
		return fmt.Errorf("sta_s = %g s and lta_s = %g s: the short window is above 0 and not longer than the long one", c.STAS, c.LTAS)
	}
	return nil
}

// maxWindow is the most samples of a window, which are kept: half a day at 200 Hz is
// less. A rate is what a file says.
const maxWindow = 1 << 24

// lengths are the windows in samples, rounded down as ObsPy does.
func (c *characteristic) lengths(rate float64) (nsta, nlta int, err error) {
	if !(c.LTAS*rate <= maxWindow) {
		return 0, 0, fmt.Errorf("lta_s = %g s is more than %d samples at %g Hz", c.LTAS, maxWindow, rate)
	}
	nsta, nlta = int(c.STAS*rate), int(c.LTAS*rate)
	if nsta < 1 {
		return 0, 0, fmt.Errorf("sta_s = %g s is less than a sample at %g Hz", c.STAS, rate)
	}
	return nsta, nlta, nil
}

// ratio returns the stream of a channel.
func (c *characteristic) ratio(rate float64) (*trigger.Ratio[float32], error) {
	nsta, nlta, err := c.lengths(rate)
	switch {
	case err != nil:
		return nil, err
	case c.Method == "classic":
		return trigger.Classic[float32](nsta, nlta), nil
	}
	return trigger.Recursive[float32](nsta, nlta), nil
}

// whole is the function of one trace by itself.
func (c *characteristic) whole(x []float32, rate float64) ([]float32, error) {
	nsta, nlta, err := c.lengths(rate)
	if err != nil {
		return nil, err
	}
	if len(x) <= 2*max(nsta, nlta) {
		return nil, fmt.Errorf("a trace of %d samples: method = %q takes more than twice lta_s: put seismo.Window before it", len(x), c.Method)
	}
	switch c.Method {
	case "delayed":
		return trigger.Delayed(nil, x, nsta, nlta), nil
	case "z_detect":
		return trigger.ZDetect(nil, x, nsta), nil
	case "carl":
		return trigger.Carl(nil, x, nsta, nlta, c.Ratio, c.Quiet), nil
	case "energy_ratio":
		return trigger.EnergyRatio(nil, x, nsta), nil
	}
	return trigger.ModifiedEnergyRatio(nil, x, nsta, 3), nil
}

// Characteristic makes each trace its characteristic function (package trigger), to
// be drawn or stored; Trigger does so itself.
type Characteristic struct {
	Traces
	characteristic
	channels channels[*trigger.Ratio[float32]]
}

// NewCharacteristic returns the recursive STA/LTA over 1 and 20 s.
func NewCharacteristic() *Characteristic {
	c := &Characteristic{characteristic: characteristic{Method: "recursive", STAS: 1, LTAS: 20, Ratio: 0.8, Quiet: 0.8}}
	c.each(func(t *Trace) (err error) {
		if !c.streams() {
			t.Samples, err = c.whole(t.Samples, t.RateHz)
			return err
		}
		r, err := c.channels.of(t)
		if err == nil {
			r.Process(t.Samples, t.Samples)
		}
		return err
	})
	return c
}

// Setup checks the parameters.
func (c *Characteristic) Setup() error { return c.check() }

// Open begins with no channels.
func (c *Characteristic) Open(i *d4.Instance) error {
	c.channels.open(i, c.ratio)
	return nil
}

// A Detection is a stretch of a channel in which its characteristic function is
// above the thresholds of a Trigger.
type Detection struct {
	Station Station
	On, Off d4.Time // of the first and the last sample
	Peak    float64 // of the characteristic function
}

// Trigger detects where the characteristic function of each channel rises to a
// threshold and until it has fallen below another. A detection is emitted when it
// has ended. A gap ends it, and begins the averages anew.
type Trigger struct {
	d4.Base
	In     d4.In[Trace]
	Out    d4.Out[Detection]
	ThrOn  float64 `help:"value at which a detection begins" min:"0"`
	ThrOff float64 `help:"value below which it ends, at most thr_on" min:"0"`
	MaxS   float64 `help:"longest detection, ended there; 0 for no limit" unit:"s" min:"0"`
	Drop   bool    `help:"leave longer detections out instead"`
	characteristic

	channels channels[*detector]
}

// detector is the state of a channel.
type detector struct {
	ratio   *trigger.Ratio[float32]
	gate    *trigger.Gate[float32]
	station Station
	begin   d4.Time // of the gate's first sample
	rate    float64
}

// NewTrigger returns the recursive STA/LTA over 1 and 20 s with the thresholds 3.5
// and 1.
func NewTrigger() *Trigger {
	t := &Trigger{ThrOn: 3.5, ThrOff: 1, MaxS: 300, characteristic: characteristic{Method: "recursive", STAS: 1, LTAS: 20, Ratio: 0.8, Quiet: 0.8}}
	t.In = d4.InputBy(func(tr Trace) error {
		if err := tr.finite(); err != nil {
			return err
		}
		if err := t.trace(&tr); err != nil {
			return fmt.Errorf("%s at %s: %w", tr.Station.ID, clock(tr.Start), err)
		}
		return nil
	}, func(tr Trace) string { return tr.Station.ID })
	return t
}

// Setup checks the parameters.
func (t *Trigger) Setup() error {
	if !(t.ThrOn >= t.ThrOff) {
		return fmt.Errorf("thr_off = %g is above thr_on = %g", t.ThrOff, t.ThrOn)
	}
	return t.check()
}

// Open begins with no channels.
func (t *Trigger) Open(i *d4.Instance) error {
	t.channels.open(i, func(rate float64) (*detector, error) {
		r, err := t.ratio(rate)
		if err != nil {
			return nil, err
		}
		limit := 0
		if t.MaxS > 0 {
			limit = max(1, int(math.Min(t.MaxS*rate, 1<<40)))
		}
		return &detector{ratio: r, rate: rate, gate: trigger.NewGate[float32](t.ThrOn, t.ThrOff, limit, t.Drop)}, nil
	})
	t.channels.lost = t.end
	return nil
}

func (t *Trigger) trace(tr *Trace) error {
	d, err := t.channels.of(tr)
	if err != nil || len(tr.Samples) == 0 {
		return err
	}
	if d.station.ID == "" {
		d.station, d.begin = tr.Station, tr.Start
	}
	var cft []float32
	if t.streams() {
		cft = d.ratio.Process(tr.Samples, tr.Samples)
	} else if cft, err = t.whole(tr.Samples, tr.RateHz); err != nil {
		return err
	}
	for _, v := range cft {
		if s, ok := d.gate.Next(v); ok {
			t.emit(d, s)
		}
	}
	return nil
}

func (t *Trigger) emit(d *detector, s trigger.Span) {
	t.Out.Emit(Detection{Station: d.station, On: d.begin + span(s.On, d.rate), Off: d.begin + span(s.Off, d.rate), Peak: float64(d.gate.Peak)})
}

// end ends a channel's detection at a gap or at the end.
func (t *Trigger) end(d *detector) {
	if s, ok := d.gate.End(); ok {
		t.emit(d, s)
	}
}

// Advance promises the begin of the first detection that is still open.
func (t *Trigger) Advance(at d4.Time) (d4.Time, error) {
	pass := at
	for _, c := range t.channels.all {
		d := c.state
		if on, open := d.gate.Open(); open {
			pass = min(pass, d.begin+span(on, d.rate))
		}
	}
	return pass, nil
}

// Finish emits what is open.
func (t *Trigger) Finish() error {
	for _, id := range slices.Sorted(maps.Keys(t.channels.all)) {
		t.end(t.channels.all[id].state)
	}
	return nil
}

// Coincide finds events that several channels of a network detect together (ObsPy's
// coincidence_trigger, see trigger.Coincidences), one in each stretch of time in which
// detections follow each other, with the detections as picks. Their
// origin is where waves of one velocity from one depth come nearest to the times of the
// detections, or the station that was first where there are fewer than four. Stations
// without coordinates are left out of it, and counted ("without_coordinates"); where the
// first has none, and too few others have, the event is without an origin. It is one
// instance.
type Coincide struct {
	d4.Base
	In          d4.In[Detection]
	Out         d4.Out[quakeml.Event]
	Sum         float64 `help:"least number of channels" min:"0"`
	ExtensionS  float64 `help:"how long after the end of a detection the next may begin to belong to it; give the travel time across the network" unit:"s" min:"0"`
	VelocityKmS float64 `help:"of the waves that are detected, for the origin; 0 for the place of the first station" unit:"km/s" min:"0" max:"15"`
	DepthKm     float64 `help:"of the origin" unit:"km" min:"0" max:"800"`
	Limit

	waiting  []Detection
	unplaced *atomic.Int64
}

// NewCoincide returns events of three channels, of P waves from a depth of 8 km.
func NewCoincide() *Coincide {
	c := &Coincide{Sum: 3, VelocityKmS: 5.9, DepthKm: 8, Limit: Limit{MaxMiB: 64}}
	c.In = d4.Input(func(d Detection) error {
		c.waiting = append(c.waiting, d)
		return c.keep(detectionBytes)
	}, d4.AllToOne)
	return c
}

// detectionBytes is roughly what a detection takes.
const detectionBytes = 128

// RootPlaced says that it is one instance.
func (*Coincide) RootPlaced() {}

// Setup checks the parameters.
func (c *Coincide) Setup() error {
	if !(c.ExtensionS >= 0) || !(c.VelocityKmS >= 0) || !(c.DepthKm >= 0) {
		return fmt.Errorf("extension_s = %g s, velocity_km_s = %g km/s and depth_km = %g km must not be negative", c.ExtensionS, c.VelocityKmS, c.DepthKm)
	}
	return nil
}

// Open begins with no detections.
func (c *Coincide) Open(i *d4.Instance) error {
	c.waiting, c.unplaced = nil, i.Counter("without_coordinates")
	return nil
}

// Advance emits the events that no detection to come can belong to.
func (c *Coincide) Advance(t d4.Time) (d4.Time, error) {
	if t <= d4.Never/2 || t >= d4.Forever/2 {
		return t, nil
	}
	pass, err := c.cluster(t)
	return min(t, pass), err
}

// Finish emits the rest.
func (c *Coincide) Finish() error {
	_, err := c.cluster(d4.Forever)
	return err
}

// cluster takes the detections apart where there is a time without any, and makes an
// event of each cluster that has ended before t. What is left begins at the time
// returned.
func (c *Coincide) cluster(t d4.Time) (rest d4.Time, err error) {
	slices.SortStableFunc(c.waiting, func(a, b Detection) int { return cmp.Compare(a.On, b.On) })
	extension := seconds(c.ExtensionS)
	for len(c.waiting) > 0 {
		end, n := c.waiting[0].Off, 1
		for n < len(c.waiting) && c.waiting[n].On <= end+extension {
			end = max(end, c.waiting[n].Off)
			n++
		}
		if t < d4.Forever/2 && end+extension >= t {
			return c.waiting[0].On, nil
		}
		if err := c.event(c.waiting[:n]); err != nil {
			return t, err
		}
		c.waiting = slices.Delete(c.waiting, 0, n)
		if err := c.keep(-n * detectionBytes); err != nil {
			return t, err
		}
	}
	return t, nil
}

// event makes an event of a cluster, if enough channels are in it.
func (c *Coincide) event(all []Detection) error {
	stations := map[string]Station{}
	list := make([]trigger.Detection, len(all))
	for i, d := range all {
		list[i] = trigger.Detection{ID: d.Station.ID, On: int64(d.On), Off: int64(d.Off), Peak: d.Peak}
		stations[d.Station.ID] = d.Station
	}
	// A channel that triggers again, as at S after P, would make events that begin
	// later out of the rest of the cluster: only the one that most channels saw counts.
	var best *trigger.Event
	found := trigger.Coincidences(list, c.Sum, int64(seconds(c.ExtensionS)), nil)
	for i := range found {
		if best == nil || found[i].Sum > best.Sum {
			best = &found[i]
		}
	}
	if best == nil {
		return nil
	}
	event := quakeml.Event{Descriptions: []quakeml.Description{{
		Text: fmt.Sprintf("%d channels together, over %.2f s", len(best.Seen), float64(best.Duration)/1e9), Type: "earthquake name"}}}
	seen := make([]Detection, len(best.Seen))
	for i, d := range best.Seen {
		seen[i] = Detection{Station: stations[d.ID], On: d4.Time(d.On), Off: d4.Time(d.Off), Peak: d.Peak}
		event.Picks = append(event.Picks, quakeml.Pick{Time: quakeml.Moment{Time: clockOf(seen[i].On)}, Channel: d.ID, Mode: "automatic", Status: "preliminary"})
	}
	if o, ok := c.origin(seen); ok {
		event.Origins = []quakeml.Origin{o}
	}
	c.Out.Emit(event)
	return nil
}

// origin is where and when the waves of an event's detections began: of the stations
// whose places are known, and that of the first where these are too few. There is none
// where it is not known where that is.
func (c *Coincide) origin(seen []Detection) (o quakeml.Origin, ok bool) {
	first := seen[0].Station
	all := len(seen)
	seen = slices.DeleteFunc(seen, func(d Detection) bool { return d.Station.unplaced() })
	c.unplaced.Add(int64(all - len(seen)))
	o = quakeml.Origin{Mode: "automatic", Status: "preliminary", Stations: len(seen), Phases: len(seen)}
	if len(seen) < 4 || c.VelocityKmS == 0 {
		if first.unplaced() {
			return o, false
		}
		o.Time.Time = clockOf(seen[0].On)
		o.LatitudeDeg.Value, o.LongitudeDeg.Value = first.Lat, first.Lon
		return o, true
	}
	first = seen[0].Station
	// On a grid that gets finer around its best point: twice the way from the first
	// station to the farthest each side, first.
	reach := 0.0
	for _, d := range seen {
		reach = max(reach, moveout.Distance(first.Lat, first.Lon, d.Station.Lat, d.Station.Lon))
	}
	best := c.fit(seen, first.Lat, first.Lon)
	const side, degree = 10, 111.2
	for step := max(2*reach, 1) / side; step > 0.02; step /= 4 {
		lat, lon := best.lat, best.lon
		for i := -side; i <= side; i++ {
			for j := -side; j <= side; j++ {
				la := lat + float64(i)*step/degree
				if math.Abs(la) > 89 {
					continue
				}
				if f := c.fit(seen, la, lon+float64(j)*step/(degree*math.Cos(lat*math.Pi/180))); f.rms < best.rms {
					best = f
				}
			}
		}
	}
	o.LatitudeDeg.Value, o.LongitudeDeg.Value = best.lat, best.lon
	o.DepthM = &quakeml.Quantity{Value: 1000 * c.DepthKm}
	o.Time.Time, o.RMSS = clockOf(best.at), best.rms
	return o, true
}

// fit is a place with the time that suits the detections best there.
type fit struct {
	lat, lon float64
	at       d4.Time
	rms      float64 // s
}

func (c *Coincide) fit(seen []Detection, lat, lon float64) fit {
	residuals := make([]float64, len(seen)) // s after the first detection, if all began at once
	mean := 0.0
	for i, d := range seen {
		way := math.Hypot(moveout.Distance(lat, lon, d.Station.Lat, d.Station.Lon), c.DepthKm)
		residuals[i] = float64(d.On-seen[0].On)/1e9 - way/c.VelocityKmS
		mean += residuals[i] / float64(len(seen))
	}
	sum := 0.0
	for _, r := range residuals {
		sum += (r - mean) * (r - mean)
	}
	return fit{lat, lon, seen[0].On + seconds(mean), math.Sqrt(sum / float64(len(seen)))}
}

// An Onset is the begin of a phase.
type Onset struct {
	Station Station // of the component that it was picked on
	Time    d4.Time
	Phase   string // P or S
}

// Pick picks P on the vertical and S on the horizontals of each window of three
// components (trigger.Picker). Windows without an onset give none.
type Pick struct {
	components
	Out     d4.Out[Onset]
	FreqMin float64 `help:"lower end of the band" unit:"Hz" min:"0"`
	FreqMax float64 `help:"upper end of the band; at most 0.45 of the sampling rate is taken" unit:"Hz" min:"0"`
	STAS    float64 `param:"sta_s" help:"short window for P" unit:"s" min:"0"`
	LTAS    float64 `param:"lta_s" help:"long window for P" unit:"s" min:"0"`
	Ratio   float64 `help:"least STA/LTA of an onset" min:"1"`
	S       bool    `help:"pick S too"`
}

// NewPick returns trigger.DefaultPicker.
func NewPick() *Pick {
	d := trigger.DefaultPicker(100)
	p := &Pick{FreqMin: d.FreqMin, FreqMax: d.FreqMax, STAS: d.STA, LTAS: d.LTA, Ratio: d.Ratio, S: true}
	p.want, p.other = "ZNE", "Z12"
	p.together(p.pick)
	return p
}

// Setup checks the parameters.
func (p *Pick) Setup() error {
	if !(p.STAS > 0 && p.LTAS > p.STAS) {
		return fmt.Errorf("sta_s = %g s is not above 0 and below lta_s = %g s", p.STAS, p.LTAS)
	}
	return band(p.FreqMin, p.FreqMax)
}

func (p *Pick) pick(c []Trace) error {
	rate := c[0].RateHz
	picker := trigger.DefaultPicker(rate)
	picker.FreqMin, picker.FreqMax = p.FreqMin, min(p.FreqMax, 0.45*rate)
	picker.STA, picker.LTA, picker.Ratio, picker.S = p.STAS, p.LTAS, p.Ratio, p.S
	if len(c[0].Samples) < 2*int(picker.LTA*rate)+8 {
		return nil
	}
	onsetP, onsetS, err := picker.Pick(widen(c[0].Samples), widen(c[1].Samples), widen(c[2].Samples))
	if err != nil {
		if errors.Is(err, trigger.ErrNoOnset) {
			return nil
		}
		return err
	}
	p.Out.Emit(Onset{Station: c[0].Station, Time: c[0].Start + seconds(onsetP), Phase: "P"})
	if onsetS > 0 {
		p.Out.Emit(Onset{Station: c[1].Station, Time: c[1].Start + seconds(onsetS), Phase: "S"})
	}
	return nil
}
