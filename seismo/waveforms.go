package seismo

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/plot"
)

// Waveforms is a sink that draws the recordings of all channels above each other, in the
// order of their names, as PNG and SVG. Of more channels than one picture has room for
// (plot.MaxWaveforms) there are several. It keeps the traces of the periods that are not
// drawn yet.
type Waveforms struct {
	d4.Base
	In      d4.In[Trace]
	Name    string  `help:"of the pictures, without extension"`
	PeriodS float64 `help:"draw the traces that begin within each multiple of this; 0 for all in one" unit:"s" min:"0" max:"1e9"`
	Unit    string  `help:"of the samples, as m/s, to be written beside their peaks"`
	Most    int     `help:"how many pictures are drawn; traces of further periods are not" min:"1" max:"10000"`
	Limit
	progress

	info    *d4.Instance
	late    *atomic.Int64
	period  d4.Time
	waiting pending[Trace]
	drawn   int
}

// NewWaveforms returns a sink that draws waveforms.png and .svg of all there is.
func NewWaveforms() *Waveforms {
	w := &Waveforms{Name: "waveforms", Most: 20, Limit: Limit{MaxMiB: 1024}}
	w.In = d4.Input(w.trace, d4.AllToOne)
	return w
}

// RootPlaced says that the sink is one instance, where the result is read.
func (*Waveforms) RootPlaced() {}

// WritesOutput says that pictures go to the run directory.
func (*Waveforms) WritesOutput() {}

// Setup checks the parameters.
func (w *Waveforms) Setup() error {
	w.period = seconds(w.PeriodS)
	if w.period < 0 {
		return fmt.Errorf("period_s = %g s is negative", w.PeriodS)
	}
	return goodName(w.Name, "pictures")
}

// Open begins with nothing drawn.
func (w *Waveforms) Open(i *d4.Instance) error {
	w.info, w.late, w.waiting, w.drawn, w.progress = i, i.Counter("late"), pending[Trace]{}, 0, atStart
	return nil
}

func (w *Waveforms) trace(t Trace) error {
	if err := t.finite(); err != nil {
		return err
	}
	if t.Start < w.passed { // its period has been drawn
		if t.Start >= w.done {
			w.late.Add(1)
		}
		return nil
	}
	if w.drawn >= w.Most || len(t.Samples) == 0 {
		return nil
	}
	if err := w.keep(4 * len(t.Samples)); err != nil {
		return fmt.Errorf("%w, or lower period_s", err)
	}
	w.waiting.put(t.Start, w.period, t)
	return nil
}

// Advance draws the periods that are complete.
func (w *Waveforms) Advance(t d4.Time) (d4.Time, error) {
	return w.waiting.over(t, w.period, &w.progress, w.draw)
}

// Suspend asks for the traces of the periods that are not drawn to come again.
func (w *Waveforms) Suspend() (d4.Time, error) {
	if w.period == 0 {
		return d4.Forever, errors.New("the one picture of all would lack what has come before: give period_s")
	}
	return w.progress.Suspend()
}

// Finish draws the rest.
func (w *Waveforms) Finish() error { return w.waiting.before(d4.Forever, w.draw) }

// Summary tells how many pictures there are.
func (w *Waveforms) Summary() map[string]any { return map[string]any{w.Name + "_pictures": w.drawn} }

// draw draws the traces of a period.
func (w *Waveforms) draw(at d4.Time, all []Trace) error {
	slices.SortFunc(all, func(a, b Trace) int {
		return cmp.Or(cmp.Compare(a.Station.ID, b.Station.ID), cmp.Compare(a.Start, b.Start))
	})
	first := d4.Forever
	byChannel := map[string][]plot.Waveform{}
	for i := range all {
		first = min(first, all[i].Start)
		w.keep(-4 * len(all[i].Samples)) // to keep less is no error
	}
	for _, t := range all {
		byChannel[t.Station.ID] = append(byChannel[t.Station.ID],
			plot.Waveform{Name: t.Station.ID, Start: float64(t.Start-first) / 1e9, Step: 1 / t.RateHz, Samples: t.Samples})
	}
	name := w.Name
	if w.period > 0 {
		name = fmt.Sprintf("%s-%d", w.Name, int64(at)/1e9)
	}
	page := 1
	for channels := range slices.Chunk(slices.Sorted(maps.Keys(byChannel)), plot.MaxWaveforms) {
		if w.drawn >= w.Most {
			break
		}
		p := plot.Waveforms{Title: "Waveforms from " + clock(first), Unit: w.Unit}
		for _, channel := range channels {
			p.Traces = append(p.Traces, byChannel[channel]...)
		}
		file := name
		if page > 1 {
			file = fmt.Sprintf("%s-page%d", name, page)
		}
		if err := drawBoth(w.info, file, p); err != nil {
			return err
		}
		page, w.drawn = page+1, w.drawn+1
	}
	return nil
}
