package seismo

import (
	"fmt"
	"maps"
	"math"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/trigger"
)

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
