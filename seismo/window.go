package seismo

import (
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
)

// Window cuts the traces of each channel, of whatever lengths they are, into
// windows that begin at multiples of StepS since 1970, to the nearest sample;
// Start of a window is the multiple, so that those of all channels are alike. A
// window is whole or it is not emitted: what is left over at the ends of a
// stretch without gaps is counted ("too_short_for_a_window").
type Window struct {
	Traces
	WindowS float64 `help:"length of a window" unit:"s" min:"0.001" max:"1e6"`
	StepS   float64 `help:"from the start of one window to the next, less than window_s for windows that overlap; 0 for window_s" unit:"s" min:"0" max:"1e6"`
	Limit

	window, step d4.Time
	channels     channels[*stretch]
	short        *atomic.Int64
}

// stretch is what is there of the windows of a channel that are not full yet.
type stretch struct {
	rate    float64
	n       int // samples of a window
	samples []float32
	end     d4.Time // of samples
	next    d4.Time // start of the next window
	done    d4.Time // until when samples have been in a window or counted
}

// NewWindow returns windows of 120 s, one after the other.
func NewWindow() *Window {
	w := &Window{Limit: Limit{MaxMiB: 256}, WindowS: 120}
	w.take(w.trace)
	return w
}

// Setup checks the parameters.
func (w *Window) Setup() error {
	w.window, w.step = seconds(w.WindowS), seconds(w.StepS)
	if w.step == 0 {
		w.step = w.window
	}
	if w.window <= 0 || w.step < 0 {
		return fmt.Errorf("window_s = %g s and step_s = %g s: they must be above 0", w.WindowS, w.StepS)
	}
	return nil
}

// Open begins with no channels.
func (w *Window) Open(i *d4.Instance) error {
	w.short = i.Counter("too_short_for_a_window")
	w.channels.open(i, func(rate float64) (*stretch, error) {
		n := int(math.Round(w.WindowS * rate))
		if n < 1 {
			return nil, fmt.Errorf("window_s = %g s is less than a sample at %g Hz", w.WindowS, rate)
		}
		return &stretch{rate: rate, n: n, next: d4.Never}, nil
	})
	w.channels.lost = w.drop
	return nil
}

func (w *Window) trace(t *Trace) error {
	s, err := w.channels.of(t)
	if err != nil || len(t.Samples) == 0 {
		return err
	}
	if s.next == d4.Never {
		half := span(1, t.RateHz) / 2
		s.next = ceiling(t.Start-half, w.step)
		s.done = s.next
		if s.next > t.Start+half {
			w.short.Add(1)
		}
	}
	if err := w.keep(4 * len(t.Samples)); err != nil {
		return err
	}
	s.samples, s.end = append(s.samples, t.Samples...), t.End()
	for {
		at := s.place()
		if at+s.n > len(s.samples) {
			break
		}
		w.Out.Emit(Trace{Station: t.Station, Start: s.next, RateHz: s.rate, Samples: slices.Clone(s.samples[at : at+s.n])})
		s.done = s.next + w.window
		s.next += w.step
	}
	return w.trim(s)
}

// place is where in the samples the next window begins.
func (s *stretch) place() int {
	begin := s.end - span(len(s.samples), s.rate)
	return max(0, int(math.Round(float64(s.next-begin)/1e9*s.rate)))
}

// trim forgets the samples before the next window.
func (w *Window) trim(s *stretch) error {
	n := min(s.place(), len(s.samples))
	s.samples = slices.Delete(s.samples, 0, n)
	return w.keep(-4 * n)
}

// drop counts what is left of a stretch and forgets it.
func (w *Window) drop(s *stretch) {
	if s.end-s.done > span(1, s.rate)/2 {
		w.short.Add(1)
	}
	w.keep(-4 * len(s.samples)) // to keep less is no error
	s.samples, s.done = nil, s.end
}

// Advance drops the windows that cannot be filled any more, and promises the
// start of the first that can.
func (w *Window) Advance(t d4.Time) (d4.Time, error) {
	if t <= d4.Never/2 || t >= d4.Forever/2 {
		return t, nil
	}
	pass := ceiling(t-w.window+1, w.step)
	for _, c := range w.channels.all {
		if s := c.state; s.next < pass {
			w.drop(s)
			s.next = pass
		}
	}
	return min(t, pass), nil
}

// Suspend asks for the traces of which there are samples in no window yet to come
// again. Some windows of them may then come again as well.
func (w *Window) Suspend() (d4.Time, error) {
	again := d4.Forever
	for _, c := range w.channels.all {
		if s := c.state; len(s.samples) > 0 {
			again = min(again, s.end-span(len(s.samples), s.rate))
		}
	}
	return again, nil
}

// Finish counts what is left.
func (w *Window) Finish() error {
	for _, c := range w.channels.all {
		w.drop(c.state)
	}
	return nil
}
