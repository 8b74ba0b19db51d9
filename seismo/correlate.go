package seismo

import (
	"fmt"
	"maps"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/kernel"
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
	periods

	info     *d4.Instance
	grid     grid
	waiting  pending[Spectrum]
	due      [][]Spectrum // windows that are complete, to be correlated together
	stacks   map[pair]*crossStack
	spare    [][]complex64 // sums to be used again
	crossing crossing
	inverse  inverse
}

// crossStack is the sum of a pair's cross-spectra. It keeps the first spectrum of
// each channel without its bins, for what it says of them.
type crossStack struct {
	a, b    Spectrum
	length  int // of the bins of a window
	windows int64
	sum     []complex64 // as long as kernel.Padded makes it
}

// NewCorrelate returns lags up to 45 s, one stack of all windows, within 1 GiB.
func NewCorrelate() *Correlate {
	c := &Correlate{MaxLagS: 45, Limit: Limit{MaxMiB: 1024}, periods: periods{parameter: "substack_s"}}
	c.In = d4.InputRoute(c.spectrum, func(s Spectrum, n int, to []int) []int {
		return newGrid(n).of(s.Station.ID, to)
	}, d4.ReadOnly)
	return c
}

// MemoryLimit is MaxMiB, and what spectra are laid out in to be multiplied.
func (c *Correlate) MemoryLimit(count int) int64 { return c.Limit.MemoryLimit(count) + 2*tileBytes }

// Setup checks the parameters.
func (c *Correlate) Setup() error {
	c.length = seconds(c.SubstackS)
	if c.length < 0 {
		return fmt.Errorf("substack_s = %g s is negative", c.SubstackS)
	}
	return maxLag(c.MaxLagS)
}

// Open prepares the grid.
func (c *Correlate) Open(i *d4.Instance) error {
	c.info, c.grid = i, newGrid(i.Count)
	c.periods.open()
	c.waiting, c.stacks = pending[Spectrum]{}, map[pair]*crossStack{}
	return nil
}

// together is how many windows are correlated at a time: a stack that is added to
// so often in a row stays in the cache, and if these are all, none needs be kept.
// The order of a pair's windows, and so the bits of its sum, are the same for any
// number.
const together = 8

func (c *Correlate) spectrum(s Spectrum) error {
	if s.Start < c.done {
		return nil
	}
	if len(s.Bins) < 2 {
		return fmt.Errorf("%s at %s: a spectrum of %d bins: take it from seismo.Spectra", s.Station.ID, clock(s.Start), len(s.Bins))
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
	if err := c.correlate(nil); err != nil {
		return err
	}
	return c.keep(bytes)
}

// Advance correlates the windows that are complete, and emits the stacks of the
// periods that are.
func (c *Correlate) Advance(t d4.Time) (d4.Time, error) {
	if err := c.waiting.before(t, c.window); err != nil {
		return d4.Never, err
	}
	return c.advance(t, c.emit)
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
	if err := c.turn(start, c.emit); err != nil {
		return err
	}
	c.due = append(c.due, all)
	if c.holds() {
		return nil
	}
	return c.correlate(nil)
}

// holds reports whether the windows that are due can wait for more: there are
// few, and they leave room for the stacks that they will want and for the window
// after them. The first waits anyway. It may be the only one of its period, and
// then wants no stacks.
func (c *Correlate) holds() bool {
	if len(c.due) == 1 || len(c.due) < together && len(c.stacks) > 0 {
		return true
	}
	if len(c.due) == together {
		return false
	}
	most, bins := 0, 0
	for _, window := range c.due {
		most, bins = max(most, len(window)), max(bins, window[0].bins())
	}
	return c.kept+8*int64(bins*most*(most-1)/2+most*len(c.due[0][0].Bins)) <= c.Limit.MemoryLimit(1)
}

// bins is the number of coefficients of the sum.
func (s *crossStack) bins() int {
	if s.a.Blocks > 0 {
		return s.length / int(2*s.a.Blocks)
	}
	return s.length
}

// takes reports whether two spectra are like those that the stack has.
func (s *crossStack) takes(a, b *Spectrum) bool {
	return a.like(b) && a.like(&s.a) && len(a.Bins) == s.length
}

// stack begins a stack for spectra like a and b, or says why they cannot be
// correlated, or not in the stack s that there is.
func (c *Correlate) stack(s *crossStack, a, b *Spectrum) (*crossStack, error) {
	switch {
	case a.RateHz != b.RateHz:
		return nil, fmt.Errorf("different sampling rates, %g Hz and %g Hz: decimate to one", a.RateHz, b.RateHz)
	case s != nil && a.RateHz != s.a.RateHz:
		return nil, fmt.Errorf("two sampling rates, %g Hz and now %g Hz: give each a run of its own", s.a.RateHz, a.RateHz)
	case a.Samples != b.Samples || len(a.Bins) != len(b.Bins) || s != nil && len(a.Bins) != s.length:
		return nil, fmt.Errorf("windows of different lengths, %d and %d samples: cut them with seismo.Window", a.Samples, b.Samples)
	case !a.like(b) || s != nil && !a.like(&s.a):
		return nil, fmt.Errorf("windows in different blocks: take all from one seismo.Spectra")
	case !c.inverse.knows(a) && !a.whole():
		return nil, fmt.Errorf("%d bins for %d blocks of a window of %d samples: take them from seismo.Spectra", len(a.Bins), a.Blocks, a.Samples)
	}
	switch lags, most := lagsOf(c.MaxLagS, a.RateHz), a.lags(); {
	case lags < 1:
		return nil, fmt.Errorf("max_lag_s = %g s is less than a sample, %.4g s", c.MaxLagS, 1/a.RateHz)
	case lags > most:
		return nil, fmt.Errorf("max_lag_s = %g s is more than the spectra allow, %.4g s: raise that of seismo.Spectra too", c.MaxLagS, float64(most)/a.RateHz)
	}
	n := kernel.Padded(a.bins())
	if err := c.keep(8 * n); err != nil {
		return nil, err
	}
	s = &crossStack{a: *a, b: *b, length: len(a.Bins)}
	s.a.Bins, s.b.Bins = nil, nil
	if last := len(c.spare) - 1; last >= 0 && len(c.spare[last]) == n {
		s.sum, c.spare = c.spare[last], c.spare[:last]
		clear(s.sum)
	} else {
		s.sum, c.spare = make([]complex64, n), nil
	}
	return s, nil
}

// emit turns each stack back into lags, and begins anew. Where all windows of the
// period are due, sums need not be kept until the last is there.
func (c *Correlate) emit() error {
	if len(c.stacks) == 0 {
		return c.correlate(c.emitStack)
	}
	if err := c.correlate(nil); err != nil {
		return err
	}
	for _, key := range slices.SortedFunc(maps.Keys(c.stacks), comparePairs) {
		s := c.stacks[key]
		delete(c.stacks, key)
		if err := c.emitStack(s); err != nil {
			return err
		}
	}
	c.spare = nil
	return nil
}

// emitStack emits a stack as lags, and takes its sum back.
func (c *Correlate) emitStack(s *crossStack) error {
	lags := c.inverse.lags(s, lagsOf(c.MaxLagS, s.a.RateHz))
	out := Correlation{A: s.a.Station, B: s.b.Station, Start: c.start(s.a.Start), Windows: s.windows, IntervalS: 1 / s.a.RateHz, Lags: lags}
	if err := out.finite(); err != nil {
		return err
	}
	c.Out.Emit(out)
	c.keep(-8 * len(s.sum))
	if len(c.spare) < spares {
		c.spare = append(c.spare, s.sum)
	}
	return nil
}

// inverse makes lags of stacks, with a plan for the last kind of them.
type inverse struct {
	of     Spectrum // what the plan was made for
	length int      // of its bins
	count  int
	whole  *dsp.Correlator[float32, complex64]
	blocks *dsp.BlockCorrelator[float32, complex64]
}

// knows reports whether there have been spectra like s, so that it is whole.
func (p *inverse) knows(s *Spectrum) bool {
	return p.blocks != nil && s.like(&p.of) && len(s.Bins) == p.length
}

// lags returns so many lags on either side, of the mean of the windows.
func (p *inverse) lags(s *crossStack, count int) []float32 {
	by := 1 / float32(s.windows)
	sum := s.sum[:s.bins()]
	if !p.of.like(&s.a) || p.count != count || p.of.Samples != s.a.Samples || p.whole == nil && p.blocks == nil {
		*p = inverse{of: s.a, length: s.length, count: count}
		if s.a.Blocks == 0 {
			// Windows may have been shorter than this says: only the transform counts.
			p.whole = dsp.NewCorrelator[float32, complex64](2*(len(sum)-1)-count, count)
		} else {
			p.blocks = s.a.correlator()
		}
	}
	if p.whole != nil {
		return p.whole.ScaledLags(nil, sum, by)
	}
	return p.blocks.ScaledLags(nil, sum, count, by)
}
