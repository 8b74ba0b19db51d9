package seismo

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dispel4go/dispel4go/internal/kernel"
)

// crossing multiplies spectra of many channels by tiles: those of a tile of
// rows and of a tile of columns are laid out for the kernel, and then correlated
// a few rows and columns at a time, whose spectra and sums the cache can hold.
// What it lays out is kept from tile to tile and is no more than twice
// tileBytes.
type crossing struct {
	leads, trails []*kernel.Crossing // as wide as a tile
	like          *Spectrum          // the spectra that are laid out
	windows       int
}

const (
	tileBytes  = 16 << 20
	few        = 4              // rows and columns at a time
	spares     = few * few      // sums that are kept to be used again
	cacheBytes = 128 << 10      // of the spectra of a few rows and columns that are multiplied in one go
	partBytes  = tileBytes / 16 // what the spectra of a channel may take to be laid out
)

// recorded is the spectra of one channel in the windows that are due.
type recorded struct {
	id      string
	spectra []*Spectrum // nil where it has none
	alike   bool        // it has all, like those that are laid out
}

// correlate adds all pairs of the windows that are due to their stacks. If these
// windows are all there are, done gets the stacks, and they are not kept.
func (c *Correlate) correlate(done func(*crossStack) error) error {
	channels, bytes, err := c.channels()
	if err != nil {
		return err
	}
	var rows, cols []*recorded
	for _, ch := range channels {
		if c.grid.row(ch.id) == c.info.Index/c.grid.cols {
			rows = append(rows, ch)
		}
		if c.grid.col(ch.id) == c.info.Index%c.grid.cols {
			cols = append(cols, ch)
		}
	}
	width := c.crossing.open(channels, len(c.due))
	for r := 0; r < len(rows); r += width {
		tile := rows[r:min(r+width, len(rows))]
		c.crossing.lay(&c.crossing.leads, tile, (*Spectrum).lead)
		// Columns before the first row have no pairs here.
		first, _ := slices.BinarySearchFunc(cols, tile[0].id, func(ch *recorded, id string) int { return strings.Compare(ch.id, id) })
		for k := first; k < len(cols); k += width {
			others := cols[k:min(k+width, len(cols))]
			c.crossing.lay(&c.crossing.trails, others, (*Spectrum).trail)
			if err := c.tile(tile, others, done); err != nil {
				return err
			}
		}
	}
	c.due = nil
	return c.keep(-bytes)
}

// channels sorts the windows that are due by channel, and says how many bytes
// they are.
func (c *Correlate) channels() (all []*recorded, bytes int, err error) {
	byID := map[string]*recorded{}
	for w, window := range c.due {
		for i := range window {
			s := &window[i]
			ch := byID[s.Station.ID]
			if ch == nil {
				ch = &recorded{id: s.Station.ID, spectra: make([]*Spectrum, len(c.due))}
				byID[s.Station.ID] = ch
			}
			if ch.spectra[w] != nil {
				return nil, 0, fmt.Errorf("%s at %s: two windows of one time: cut them with seismo.Window", s.Station.ID, clock(s.Start))
			}
			ch.spectra[w] = s
			bytes += 8 * len(s.Bins)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		all = append(all, byID[id])
	}
	return all, bytes, nil
}

// open sees which channels can be laid out, and says how many to a tile.
func (x *crossing) open(channels []*recorded, windows int) (width int) {
	x.like, x.windows = nil, windows
	for _, ch := range channels {
		if slices.Contains(ch.spectra, nil) {
			continue
		}
		first := ch.spectra[0]
		if x.like == nil {
			if 8*windows*first.parts()*kernel.Padded(first.bins()) > partBytes || !first.whole() {
				break
			}
			x.like = first
		}
		ch.alike = true
		for _, s := range ch.spectra {
			ch.alike = ch.alike && s.like(x.like) && s.Samples == x.like.Samples && len(s.Bins) == len(x.like.Bins)
		}
	}
	if x.like == nil {
		return max(1, len(channels))
	}
	return min(128, tileBytes/(8*windows*x.like.parts()*kernel.Padded(x.like.bins())))
}

// lay lays a tile out.
func (x *crossing) lay(to *[]*kernel.Crossing, tile []*recorded, part func(*Spectrum, int) []complex64) {
	for len(*to) < len(tile) {
		*to = append(*to, &kernel.Crossing{})
	}
	for i, ch := range tile {
		if !ch.alike {
			continue
		}
		parts := x.like.parts()
		(*to)[i].Reset(x.windows*parts, x.like.bins())
		for w, s := range ch.spectra {
			for k := range parts {
				(*to)[i].Set(w*parts+k, part(s, k))
			}
		}
	}
}

// tile correlates the pairs of a tile, a few rows and columns at a time.
func (c *Correlate) tile(rows, cols []*recorded, done func(*crossStack) error) error {
	for i := 0; i < len(rows); i += few {
		for j := 0; j < len(cols); j += few {
			var stacks [few][few]*crossStack
			for r, a := range rows[i:min(i+few, len(rows))] {
				for s, b := range cols[j:min(j+few, len(cols))] {
					if a.id >= b.id {
						continue
					}
					of, err := c.add(a, b, done != nil)
					if err != nil {
						return err
					}
					stacks[r][s] = of
				}
			}
			c.crossing.add(rows, cols, i, j, &stacks)
			if done == nil {
				continue
			}
			for _, row := range stacks {
				for _, s := range row {
					if s == nil {
						continue
					}
					if err := done(s); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// add finds or begins the stack of two channels; nil if they have no window in
// common. What cannot be multiplied together with others it adds at once.
func (c *Correlate) add(a, b *recorded, passing bool) (*crossStack, error) {
	key := pair{a.id, b.id}
	s := c.stacks[key]
	for w, x := range a.spectra {
		y := b.spectra[w]
		if x == nil || y == nil {
			continue
		}
		if s == nil || !s.takes(x, y) {
			var err error
			if s, err = c.stack(s, x, y); err != nil {
				return nil, fmt.Errorf("%s and %s at %s: %w", a.id, b.id, clock(x.Start), err)
			}
			if !passing {
				c.stacks[key] = s
			}
		}
		s.windows++
		if a.alike && b.alike {
			continue
		}
		for k := range x.parts() {
			kernel.AddCross(s.sum[:x.bins()], x.lead(k), y.trail(k))
		}
	}
	return s, nil
}

// add multiplies a few rows from i on and columns from j on.
func (x *crossing) add(rows, cols []*recorded, i, j int, stacks *[few][few]*crossStack) {
	if x.like == nil {
		return
	}
	n := kernel.Padded(x.like.bins())
	step := max(8, cacheBytes/(8*2*few*x.windows*x.like.parts())&^7)
	ready := func(r, s int) bool { return stacks[r][s] != nil && rows[i+r].alike && cols[j+s].alike }
	for first := 0; first < n; first += step {
		last := min(first+step, n)
		for r := 0; r < few; r += 2 {
			for s := 0; s < few; s += 2 {
				if ready(r, s) && ready(r, s+1) && ready(r+1, s) && ready(r+1, s+1) {
					at := func(r, s int) []complex64 { return stacks[r][s].sum[first:last] }
					kernel.AddCrosses4(&[4][]complex64{at(r, s), at(r, s+1), at(r+1, s), at(r+1, s+1)}, first,
						[2]*kernel.Crossing{x.lead(i, r), x.lead(i, r+1)}, [2]*kernel.Crossing{x.trail(j, s), x.trail(j, s+1)})
					continue
				}
				for k := range 4 {
					if r, s := r+k/2, s+k%2; ready(r, s) {
						kernel.AddCrosses(stacks[r][s].sum[first:last], first, x.lead(i, r), x.trail(j, s), 0, x.windows*x.like.parts())
					}
				}
			}
		}
	}
}

func (x *crossing) lead(i, r int) *kernel.Crossing  { return x.leads[i+r] }
func (x *crossing) trail(j, s int) *kernel.Crossing { return x.trails[j+s] }
