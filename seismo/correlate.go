package seismo

import (
	"cmp"
	"fmt"
	"math"
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
// one inverse transform a pair.
type Correlate struct {
	d4.Base
	In      d4.In[Spectrum]
	Out     d4.Out[Correlation]
	MaxLagS float64 `help:"longest lag" unit:"s" min:"0"`
	MaxMiB  int     `help:"memory that an instance may use for spectra and stacks; more is an error" unit:"MiB" min:"1"`

	info    *d4.Instance
	grid    grid
	waiting map[d4.Time][]Spectrum
	stacks  map[[2]string]*stack
	bytes   int64
}

// stack is the sum of a pair's cross-spectra.
type stack struct {
	a, b    Station
	rate    float64
	samples int64
	windows int64
	sum     []complex64
}

// NewCorrelate returns lags up to 45 s within 1 GiB.
func NewCorrelate() *Correlate {
	c := &Correlate{MaxLagS: 45, MaxMiB: 1024}
	c.In = d4.InputRoute(c.spectrum, func(s Spectrum, n int, to []int) []int {
		return newGrid(n).of(s.Station.ID, to)
	}, d4.ReadOnly)
	return c
}

// MemoryLimit is what an instance may keep, in bytes.
func (c *Correlate) MemoryLimit(int) int64 { return int64(c.MaxMiB) << 20 }

// Open prepares the grid.
func (c *Correlate) Open(i *d4.Instance) error {
	c.info, c.grid = i, newGrid(i.Count)
	c.waiting, c.stacks = map[d4.Time][]Spectrum{}, map[[2]string]*stack{}
	return nil
}

// keep counts memory and refuses more than the limit.
func (c *Correlate) keep(bytes int) error {
	if c.bytes += int64(bytes); c.bytes > c.MemoryLimit(1) {
		return fmt.Errorf("spectra and stacks need more than %d MiB in one instance: raise max_mib or instances", c.MaxMiB)
	}
	return nil
}

func (c *Correlate) spectrum(s Spectrum) error {
	c.waiting[s.Start] = append(c.waiting[s.Start], s)
	return c.keep(8 * len(s.Bins))
}

// Advance correlates the windows that are complete.
func (c *Correlate) Advance(t d4.Time) (d4.Time, error) { return t, c.before(t) }

func (c *Correlate) before(t d4.Time) error {
	var due []d4.Time
	for start := range c.waiting {
		if start < t {
			due = append(due, start)
		}
	}
	slices.Sort(due)
	for _, start := range due {
		if err := c.window(c.waiting[start]); err != nil {
			return err
		}
		delete(c.waiting, start)
	}
	return nil
}

// window adds all pairs of one window to their stacks.
func (c *Correlate) window(all []Spectrum) error {
	slices.SortFunc(all, func(a, b Spectrum) int { return cmp.Compare(a.Station.ID, b.Station.ID) })
	for i := range all {
		c.bytes -= int64(8 * len(all[i].Bins))
		for j := i + 1; j < len(all); j++ {
			a, b := &all[i], &all[j]
			if c.grid.block(a.Station.ID, b.Station.ID) != c.info.Index {
				continue
			}
			if a.RateHz != b.RateHz || len(a.Bins) != len(b.Bins) {
				return fmt.Errorf("%s and %s have different sampling rates, %g and %g Hz: decimate to one", a.Station.ID, b.Station.ID, a.RateHz, b.RateHz)
			}
			key := [2]string{a.Station.ID, b.Station.ID}
			s := c.stacks[key]
			if s == nil {
				s = &stack{a: a.Station, b: b.Station, rate: a.RateHz, samples: a.Samples, sum: make([]complex64, len(a.Bins))}
				c.stacks[key] = s
				if err := c.keep(8 * len(a.Bins)); err != nil {
					return err
				}
			}
			dsp.AddCross(s.sum, a.Bins, b.Bins)
			s.windows++
		}
	}
	return nil
}

// Finish turns each stack back into lags.
func (c *Correlate) Finish() error {
	if err := c.before(d4.Forever); err != nil {
		return err
	}
	var correlator *dsp.Correlator[float32, complex64]
	n, rate := int64(0), 0.0
	for _, s := range c.stacks {
		if s.samples != n || s.rate != rate {
			n, rate = s.samples, s.rate
			correlator = dsp.NewCorrelator[float32, complex64](int(n), int(c.MaxLagS*rate))
		}
		if correlator.Bins() != len(s.sum) {
			return fmt.Errorf("max_lag_s must be that of the spectra")
		}
		lags := correlator.Lags(nil, s.sum)
		for i := range lags {
			lags[i] /= float32(s.windows)
		}
		c.Out.Emit(Correlation{A: s.a, B: s.b, Windows: s.windows, IntervalS: 1 / rate, Lags: lags})
	}
	return nil
}

// grid is rows x columns of blocks, at most as many as there are instances.
type grid struct{ rows, cols int }

func newGrid(n int) grid {
	rows := int(math.Sqrt(float64(n)))
	return grid{rows, n / rows}
}

func (g grid) row(id string) int { return place(id, g.rows) }
func (g grid) col(id string) int { return place(id, g.cols) }

// place spreads channels over n rows or columns, the same way in every program.
func place(id string, n int) int {
	hash, _ := d4.KeyHash(id) // a string is a key
	return int(hash % d4.Shards * uint64(n) / d4.Shards)
}

// block is where a pair belongs, A before B.
func (g grid) block(a, b string) int { return g.row(a)*g.cols + g.col(b) }

// of appends the blocks of a channel: those of its row and of its column.
func (g grid) of(id string, to []int) []int {
	r, c := g.row(id), g.col(id)
	for k := range g.cols {
		to = append(to, r*g.cols+k)
	}
	for k := range g.rows {
		if k != r {
			to = append(to, k*g.cols+c)
		}
	}
	return to
}
