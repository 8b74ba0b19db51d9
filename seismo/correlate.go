package seismo

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Correlate correlates all pairs of channels and stacks. Its instances are the
// blocks of a grid: a spectrum goes to its channel's row and column of blocks,
// and the pair of A and B belongs to the block in A's row and B's column, so
// each instance holds few of the spectra and no pair is done twice. Spectra are
// shared by reference. Cross-spectra are added up in the order of time, which
// makes the sums the same bits for any instances, ranks and cores, and there is
// one inverse transform for each pair and SubstackS.
type Correlate struct {
	d4.Base
	In        d4.In[Spectrum]
	Out       d4.Out[Correlation]
	MaxLagS   float64 `help:"longest lag, at most that of the spectra" unit:"s" min:"0" max:"1e6"`
	SubstackS float64 `help:"emit a stack of the windows that begin within each multiple of this; 0 for one stack of all" unit:"s" min:"0" max:"1e9"`
	Limit

	info     *d4.Instance
	grid     grid
	waiting  pending[Spectrum]
	due      [][]Spectrum // windows that are complete, to be correlated together
	substack d4.Time
	period   d4.Time // start of the substack that is being filled
	done     d4.Time // substacks before have been emitted by an earlier run
	stacks   map[pair]*crossStack
	inverse  *dsp.Correlator[float32, complex64]
	size     int // of the transforms that inverse was made for
	lags     int
}

// crossStack is the sum of a pair's cross-spectra. It keeps the first spectrum of
// each channel without its bins, for what it says of them.
type crossStack struct {
	a, b    Spectrum
	windows int64
	sum     []complex64
}

// NewCorrelate returns lags up to 45 s, one stack of all windows, within 1 GiB.
func NewCorrelate() *Correlate {
	c := &Correlate{MaxLagS: 45, Limit: Limit{MaxMiB: 1024}}
	c.In = d4.InputRoute(c.spectrum, func(s Spectrum, n int, to []int) []int {
		return newGrid(n).of(s.Station.ID, to)
	}, d4.ReadOnly)
	return c
}

// Setup checks the parameters.
func (c *Correlate) Setup() error {
	c.substack = seconds(c.SubstackS)
	if c.substack < 0 {
		return fmt.Errorf("substack_s = %g s is negative", c.SubstackS)
	}
	return maxLag(c.MaxLagS)
}

// Open prepares the grid.
func (c *Correlate) Open(i *d4.Instance) error {
	c.info, c.grid = i, newGrid(i.Count)
	c.period, c.done = d4.Never, d4.Never
	c.waiting, c.stacks = pending[Spectrum]{}, map[pair]*crossStack{}
	return nil
}

// together is how many windows are correlated at a time: a stack that is added to
// so often in a row stays in the cache. The order of a pair's windows, and so the
// bits of its sum, are the same for any number.
const together = 8

func (c *Correlate) spectrum(s Spectrum) error {
	if s.Start < c.done {
		return nil
	}
	if err := c.room(8 * len(s.Bins)); err != nil {
		return err
	}
	c.waiting[s.Start] = append(c.waiting[s.Start], s)
	return nil
}

// room keeps so many bytes more. Where memory is short, no windows are held back
// to be correlated together.
func (c *Correlate) room(bytes int) error {
	if c.keep(bytes) == nil {
		return nil
	}
	if err := c.correlate(); err != nil {
		return err
	}
	return c.keep(bytes)
}

// Advance correlates the windows that are complete, and emits the stacks of the
// periods that are. One stack of all may be as old as the first window, so it
// leaves nothing to be promised.
func (c *Correlate) Advance(t d4.Time) (d4.Time, error) {
	if err := c.waiting.before(t, c.window); err != nil {
		return d4.Never, err
	}
	if c.substack == 0 || t <= d4.Never/2 {
		return d4.Never, nil
	}
	if err := c.begin(floor(t, c.substack)); err != nil {
		return d4.Never, err
	}
	return min(t, c.period), nil
}

// Suspend asks for the windows of the period that is being stacked to come again.
func (c *Correlate) Suspend() (d4.Time, error) {
	if c.substack == 0 {
		return d4.Forever, errors.New("the one stack of all windows would be lost: give substack_s, so that stacks close")
	}
	return c.period, nil
}

// Continue leaves out the periods whose stacks an earlier run has emitted.
func (c *Correlate) Continue(done d4.Time) error {
	c.period, c.done = done, done
	return nil
}

// Finish emits what is left.
func (c *Correlate) Finish() error {
	if err := c.waiting.before(d4.Forever, c.window); err != nil {
		return err
	}
	return c.emit()
}

// window takes the spectra of one time.
func (c *Correlate) window(start d4.Time, all []Spectrum) error {
	if c.substack > 0 {
		if err := c.begin(floor(start, c.substack)); err != nil {
			return err
		}
	}
	c.due = append(c.due, all)
	if len(c.due) < together && len(c.stacks) > 0 { // the first goes alone, so that stacks find room
		return nil
	}
	return c.correlate()
}

// begin ends the substack of an earlier period.
func (c *Correlate) begin(period d4.Time) error {
	if period <= c.period {
		return nil
	}
	if err := c.emit(); err != nil {
		return err
	}
	c.period = period
	return nil
}

// correlate adds all pairs of the windows that are due to their stacks.
func (c *Correlate) correlate() error {
	channels := map[string][]*Spectrum{} // the windows of each, nil where it has none
	bytes := 0
	for w, window := range c.due {
		for i := range window {
			s := &window[i]
			of := channels[s.Station.ID]
			if of == nil {
				of = make([]*Spectrum, len(c.due))
				channels[s.Station.ID] = of
			}
			if of[w] != nil {
				return fmt.Errorf("%s at %s: two windows of one time: cut them with seismo.Window", s.Station.ID, clock(s.Start))
			}
			of[w] = s
			bytes += 8 * len(s.Bins)
		}
	}
	names := slices.Sorted(maps.Keys(channels))
	for i, a := range names {
		for _, b := range names[i+1:] {
			if c.grid.block(a, b) != c.info.Index {
				continue
			}
			if err := c.add(channels[a], channels[b]); err != nil {
				return err
			}
		}
	}
	c.due = nil
	return c.keep(-bytes)
}

// add adds the windows that two channels have in common to their stack.
func (c *Correlate) add(all, others []*Spectrum) error {
	var s *crossStack
	for w, a := range all {
		b := others[w]
		if a == nil || b == nil {
			continue
		}
		if s == nil {
			s = c.stacks[pair{a.Station.ID, b.Station.ID}]
		}
		if s == nil || !s.takes(a, b) {
			var err error
			if s, err = c.stack(s, a, b); err != nil {
				return fmt.Errorf("%s and %s at %s: %w", a.Station.ID, b.Station.ID, clock(a.Start), err)
			}
		}
		dsp.AddCross(s.sum, a.Bins, b.Bins)
		s.windows++
	}
	return nil
}

// takes reports whether two spectra are like those that the stack has.
func (s *crossStack) takes(a, b *Spectrum) bool {
	return a.RateHz == s.a.RateHz && b.RateHz == s.a.RateHz && len(a.Bins) == len(s.sum) && len(b.Bins) == len(s.sum)
}

// stack begins a stack for spectra like a and b, or says why they cannot be
// correlated, or not in the stack s that there is.
func (c *Correlate) stack(s *crossStack, a, b *Spectrum) (*crossStack, error) {
	switch {
	case a.RateHz != b.RateHz:
		return nil, fmt.Errorf("different sampling rates, %g Hz and %g Hz: decimate to one", a.RateHz, b.RateHz)
	case s != nil && a.RateHz != s.a.RateHz:
		return nil, fmt.Errorf("two sampling rates, %g Hz and now %g Hz: give each a run of its own", s.a.RateHz, a.RateHz)
	case a.Samples != b.Samples || len(a.Bins) != len(b.Bins) || s != nil && len(a.Bins) != len(s.sum):
		return nil, fmt.Errorf("windows of different lengths, %d and %d samples: cut them with seismo.Window", a.Samples, b.Samples)
	}
	switch lags, padding := lagsOf(c.MaxLagS, a.RateHz), a.size()-int(a.Samples); {
	case lags < 1:
		return nil, fmt.Errorf("max_lag_s = %g s is less than a sample, %.4g s", c.MaxLagS, 1/a.RateHz)
	case lags > padding:
		return nil, fmt.Errorf("max_lag_s = %g s is more than the spectra allow, %.4g s: raise that of seismo.Spectra too", c.MaxLagS, float64(padding)/a.RateHz)
	}
	if err := c.keep(8 * len(a.Bins)); err != nil {
		return nil, err
	}
	s = &crossStack{a: *a, b: *b, sum: make([]complex64, len(a.Bins))}
	s.a.Bins, s.b.Bins = nil, nil
	c.stacks[pair{a.Station.ID, b.Station.ID}] = s
	return s, nil
}

// emit turns each stack back into lags, and begins anew.
func (c *Correlate) emit() error {
	if err := c.correlate(); err != nil {
		return err
	}
	for _, key := range slices.SortedFunc(maps.Keys(c.stacks), comparePairs) {
		s := c.stacks[key]
		delete(c.stacks, key)
		c.keep(-8 * len(s.sum))
		start := s.a.Start
		if c.substack > 0 {
			start = c.period
		}
		lags := c.correlator(s).Lags(nil, s.sum)
		scale := 1 / float32(s.windows)
		for i := range lags {
			lags[i] *= scale
		}
		c.Out.Emit(Correlation{A: s.a.Station, B: s.b.Station, Start: start, Windows: s.windows, IntervalS: 1 / s.a.RateHz, Lags: lags})
	}
	return nil
}

// correlator returns a plan for the inverse transform of a stack. The windows
// may have been shorter than it is told: only the transform counts.
func (c *Correlate) correlator(s *crossStack) *dsp.Correlator[float32, complex64] {
	size, lags := 2*(len(s.sum)-1), lagsOf(c.MaxLagS, s.a.RateHz)
	if size != c.size || lags != c.lags {
		c.size, c.lags = size, lags
		c.inverse = dsp.NewCorrelator[float32, complex64](size-lags, lags)
	}
	return c.inverse
}
