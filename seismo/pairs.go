package seismo

import (
	"fmt"
	"maps"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/xcorr"
)

// CorrelatePairs correlates all pairs of windows by other definitions than
// Correlate's, which is much faster (package xcorr): coherency, deconvolution of the
// second record by the first, the phase cross-correlation with v = 2, and the plain
// one over the energies of both windows. It takes windows as traces and stacks them
// in the order of time. Its instances are the blocks of a grid, as Correlate's.
type CorrelatePairs struct {
	d4.Base
	In        d4.In[Trace]
	Out       d4.Out[Correlation]
	Method    string  `help:"the definition" oneof:"cc|coherency|deconvolution|pcc"`
	MaxLagS   float64 `help:"longest lag" unit:"s" min:"0" max:"1e6"`
	SubstackS float64 `help:"emit a stack of the windows that begin within each multiple of this; 0 for one stack of all" unit:"s" min:"0" max:"1e9"`
	SmoothHz  float64 `help:"width of the running mean of amplitudes that coherency and deconvolution divide by" unit:"Hz" min:"0"`
	Level     float64 `help:"least amplitude that is divided by, as a share of the mean of all" min:"0" max:"1"`
	Between   bool    `help:"leave out pairs of channels of one station"`
	Limit
	periods

	info    *d4.Instance
	grid    grid
	waiting pending[Trace]
	stacks  map[pair]*pairStack
	plan    *pairPlan
}

// pairStack is the sum of a pair's cross-spectra.
type pairStack struct {
	a, b    Station
	start   d4.Time
	rate    float64
	n       int
	windows int64
	sum     []complex64
}

// pairPlan is what windows of one length and rate are correlated with.
type pairPlan struct {
	n      int
	rate   float64
	plain  *dsp.Correlator[float32, complex64]
	phase  *xcorr.PhaseCorrelator[float32, complex64]
	smooth *xcorr.Smoother
}

// spectra are those of one window: of its real and its imaginary phase for pcc.
type spectra struct {
	trace  *Trace
	bins   []complex64
	other  []complex64
	silent bool // of cc: there is nothing but zeros
}

// NewCorrelatePairs returns phase cross-correlations to 45 s, one stack of all
// windows, within 1 GiB.
func NewCorrelatePairs() *CorrelatePairs {
	c := &CorrelatePairs{Method: "pcc", MaxLagS: 45, SmoothHz: 0.1, Level: 1e-3, Limit: Limit{MaxMiB: 1024}, periods: periods{parameter: "substack_s"}}
	c.In = d4.InputRoute(func(t Trace) error {
		if err := t.finite(); err != nil {
			return err
		}
		if t.Start < c.done {
			return nil
		}
		c.waiting[t.Start] = append(c.waiting[t.Start], t)
		return c.keep(4 * len(t.Samples))
	}, func(t Trace, n int, to []int) []int { return newGrid(n).of(t.Station.ID, to) }, d4.ReadOnly)
	return c
}

// Setup checks the parameters.
func (c *CorrelatePairs) Setup() error {
	c.length = seconds(c.SubstackS)
	switch {
	case !slices.Contains([]string{"cc", "coherency", "deconvolution", "pcc"}, c.Method):
		return fmt.Errorf("method = %q is none of cc, coherency, deconvolution, pcc", c.Method)
	case c.length < 0:
		return fmt.Errorf("substack_s = %g s is negative", c.SubstackS)
	case !(c.SmoothHz >= 0) || !(c.Level >= 0):
		return fmt.Errorf("smooth_hz = %g Hz and level = %g: they must not be negative", c.SmoothHz, c.Level)
	}
	return maxLag(c.MaxLagS)
}

// Open prepares the grid.
func (c *CorrelatePairs) Open(i *d4.Instance) error {
	c.info, c.grid = i, newGrid(i.Count)
	c.periods.open()
	c.waiting, c.stacks = pending[Trace]{}, map[pair]*pairStack{}
	return nil
}

// Advance correlates the windows that are complete, and emits the stacks of the
// periods that are.
func (c *CorrelatePairs) Advance(t d4.Time) (d4.Time, error) {
	if err := c.waiting.before(t, c.window); err != nil {
		return d4.Never, err
	}
	return c.advance(t, c.emit)
}

// Finish emits what is left.
func (c *CorrelatePairs) Finish() error {
	if err := c.waiting.before(d4.Forever, c.window); err != nil {
		return err
	}
	return c.emit()
}

// window correlates the windows of one time.
func (c *CorrelatePairs) window(start d4.Time, all []Trace) error {
	if err := c.turn(start, c.emit); err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b Trace) int { return comparePairs(pair{a.Station.ID}, pair{b.Station.ID}) })
	done := make([]spectra, len(all))
	for i := range all {
		a := &all[i]
		c.keep(-4 * len(a.Samples)) // to keep less is no error
		for j := i + 1; j < len(all); j++ {
			b := &all[j]
			if a.Station.ID == b.Station.ID {
				return fmt.Errorf("%s at %s: two windows of one time: cut them with seismo.Window", a.Station.ID, clock(start))
			}
			if c.grid.block(a.Station.ID, b.Station.ID) != c.info.Index || c.Between && stationName(a.Station.ID) == stationName(b.Station.ID) {
				continue
			}
			if err := c.add(a, b, &done[i], &done[j]); err != nil {
				return fmt.Errorf("%s and %s at %s: %w", a.Station.ID, b.Station.ID, clock(start), err)
			}
		}
	}
	return nil
}

// add adds two windows to the stack of their pair.
func (c *CorrelatePairs) add(a, b *Trace, of, other *spectra) error {
	switch {
	case a.RateHz != b.RateHz:
		return fmt.Errorf("different sampling rates, %g Hz and %g Hz: decimate to one", a.RateHz, b.RateHz)
	case len(a.Samples) != len(b.Samples):
		return fmt.Errorf("windows of different lengths, %d and %d samples: cut them with seismo.Window", len(a.Samples), len(b.Samples))
	case len(a.Samples) < 2:
		return nil
	}
	if c.plan == nil || c.plan.n != len(a.Samples) || c.plan.rate != a.RateHz {
		c.prepare(len(a.Samples), a.RateHz)
	}
	c.transform(a, of)
	c.transform(b, other)
	s := c.stacks[pair{a.Station.ID, b.Station.ID}]
	if s == nil {
		s = &pairStack{a: a.Station, b: b.Station, start: a.Start, rate: a.RateHz, n: len(a.Samples), sum: make([]complex64, len(of.bins))}
		if err := c.keep(8 * len(s.sum)); err != nil {
			return err
		}
		c.stacks[pair{a.Station.ID, b.Station.ID}] = s
	}
	if s.rate != a.RateHz || s.n != len(a.Samples) {
		return fmt.Errorf("windows of %d samples at %g Hz and now %d at %g Hz: give each a run of its own", s.n, s.rate, len(a.Samples), a.RateHz)
	}
	switch c.Method {
	case "coherency":
		xcorr.Coherency(c.plan.smooth, s.sum, of.bins, other.bins, c.Level)
	case "deconvolution":
		xcorr.Deconvolution(c.plan.smooth, s.sum, of.bins, other.bins, c.Level)
	case "pcc":
		dsp.AddCross(s.sum, of.bins, other.bins)
		dsp.AddCross(s.sum, of.other, other.other)
	case "cc":
		if of.silent || other.silent {
			return nil // nothing to be like
		}
		dsp.AddCross(s.sum, of.bins, other.bins)
	}
	s.windows++
	return nil
}

func (c *CorrelatePairs) prepare(n int, rate float64) {
	lags := lagsOf(c.MaxLagS, rate)
	c.plan = &pairPlan{n: n, rate: rate, plain: dsp.NewCorrelator[float32, complex64](n, lags)}
	c.plan.smooth = xcorr.NewSmoother(int(min(c.SmoothHz/2/rate, 1) * float64(c.plan.plain.Size())))
	if c.Method == "pcc" {
		c.plan.phase = xcorr.NewPhaseCorrelator[float32, complex64](n, lags)
	}
}

// transform sets the spectra of a window once.
func (c *CorrelatePairs) transform(t *Trace, s *spectra) {
	if s.trace != nil {
		return
	}
	s.trace = t
	if c.plan.phase != nil {
		s.bins, s.other = make([]complex64, c.plan.phase.Bins()), make([]complex64, c.plan.phase.Bins())
		c.plan.phase.Spectra(s.bins, s.other, t.Samples)
		return
	}
	x := t.Samples
	if c.Method == "cc" {
		rms := dsp.RMS(x)
		s.silent = rms == 0
		x = make([]float32, len(t.Samples))
		for i, v := range t.Samples { // before they are multiplied, as small and as large as float32 can be
			x[i] = float32(float64(v) / rms)
		}
	}
	s.bins = c.plan.plain.Spectrum(nil, x)
}

// emit turns each stack into lags, and begins anew.
func (c *CorrelatePairs) emit() error {
	for _, key := range slices.SortedFunc(maps.Keys(c.stacks), comparePairs) {
		s := c.stacks[key]
		c.keep(-8 * len(s.sum)) // to keep less is no error
		if s.windows == 0 {
			continue
		}
		if c.plan.n != s.n || c.plan.rate != s.rate {
			c.prepare(s.n, s.rate)
		}
		var lags []float32
		if c.plan.phase != nil {
			lags = c.plan.phase.Lags(nil, s.sum, int(s.windows))
		} else {
			lags = c.plan.plain.Lags(nil, s.sum)
			scale := 1 / float32(s.windows)
			if c.Method == "cc" {
				scale /= float32(s.n)
			}
			for i := range lags {
				lags[i] *= scale
			}
		}
		out := Correlation{A: s.a, B: s.b, Start: c.start(s.start), Windows: s.windows, IntervalS: 1 / s.rate, Lags: lags}
		if err := out.finite(); err != nil {
			return err
		}
		c.Out.Emit(out)
	}
	c.stacks = map[pair]*pairStack{}
	return nil
}
