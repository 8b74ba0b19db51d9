package seismo

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/quakeml"
	"github.com/dispel4go/dispel4go/seismo/trigger"
)

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
		c.event(c.waiting[:n])
		c.waiting = slices.Delete(c.waiting, 0, n)
		if err := c.keep(-n * detectionBytes); err != nil {
			return t, err
		}
	}
	return t, nil
}

// event makes an event of a cluster, if enough channels are in it.
func (c *Coincide) event(all []Detection) {
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
		return
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
}
