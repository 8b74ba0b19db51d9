package mseed

import (
	"math"
	"slices"
	"time"
)

// run is a stretch of samples that follow each other in a store and in time.
type run struct {
	start Time // of the first sample
	due   Time // of the sample after the last one
	block int
	from  int // index of the first sample in the block
	n     int
}

// adjoins reports whether next lies in memory where r ends.
func (r run) adjoins(next run) bool { return r.block == next.block && r.from+r.n == next.from }

// store holds samples in the order in which they came, in blocks, so that what
// is there is not copied when there is more.
type store[T any] struct{ blocks [][]T }

// The first block of a store, and the largest unless a record is larger.
const (
	minBlock = 1 << 12
	maxBlock = 1 << 20
)

// keep decodes a record of n samples and keeps samples from to to-1. More is
// how many are expected to come, 0 if nobody knows: what is expected gets one
// block, so that a series need not be put together from several.
func (s *store[T]) keep(n, more int, decode func([]T) ([]T, error), from, to int) (run, error) {
	last := len(s.blocks) - 1
	switch {
	case last < 0:
		s.blocks = [][]T{make([]T, 0, max(minBlock, n))}
		last = 0
	case cap(s.blocks[last])-len(s.blocks[last]) >= n:
	case last == 0 && more >= len(s.blocks[0]):
		s.blocks[0] = slices.Grow(s.blocks[0], n+more)
	default:
		size := min(2*cap(s.blocks[last]), maxBlock)
		s.blocks = append(s.blocks, make([]T, 0, max(size, n)))
		last++
	}
	at := len(s.blocks[last])
	block, err := decode(s.blocks[last])
	if err != nil && !keepsSamples(err) {
		return run{}, err
	}
	if from > 0 {
		copy(block[at:], block[at+from:at+to])
	}
	s.blocks[last] = block[:at+to-from]
	return run{block: last, from: at, n: to - from}, err
}

// samples returns those of r.
func (s *store[T]) samples(r run) []T {
	return s.blocks[r.block][r.from : r.from+r.n : r.from+r.n]
}

// chain is a segment that grows: runs that continue each other.
type chain struct {
	runs []run // in the order of their samples
	n    int
	due  Time
}

// maxOpen is how many chains are tried as what a run continues. More than two
// need several streams of the same channel and time that differ.
const maxOpen = 16

// segments joins runs, in the order of time, to the segments of t.
func segments[T int32 | float32 | float64](t *Trace, runs []run, all *store[T], series func(*Segment) *[]T) {
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b run) int {
		if a.start != b.start {
			return int(max(-1, min(1, a.start-b.start)))
		}
		return b.n - a.n
	})
	var chains []chain
	for i, r := range runs {
		tail := chains[max(0, len(chains)-maxOpen):]
		if !join(t, tail, r, all) {
			chains = append(chains, chain{runs: runs[i : i+1 : i+1], n: r.n, due: r.due})
		}
	}
	t.Segments = make([]Segment, len(chains))
	for i := range chains {
		c, s := &chains[i], &t.Segments[i]
		*s = Segment{ID: t.ID, Start: c.runs[0].start, SampleRate: t.SampleRate}
		s.Drift = time.Duration(c.due - s.Start.Add(c.n, t.SampleRate))
		samples := all.samples(c.runs[0])
		if len(c.runs) > 1 {
			samples = make([]T, 0, c.n)
			for _, r := range c.runs {
				samples = append(samples, all.samples(r)...)
			}
		}
		*series(s) = samples
	}
}

// join adds r to the chain that it continues, or whose samples it repeats.
func join[T int32 | float32 | float64](t *Trace, chains []chain, r run, all *store[T]) bool {
	for i := range chains {
		c := &chains[i]
		if ahead := c.due.samplesUntil(r.start, t.SampleRate); math.Abs(ahead) < 0.5 {
			c.add(r)
			return true
		}
	}
	for i := range chains {
		c := &chains[i]
		ahead := math.Round(c.due.samplesUntil(r.start, t.SampleRate))
		if ahead >= 0 || -ahead > float64(c.n) {
			continue
		}
		overlap := int(-ahead)
		same := min(overlap, r.n)
		if !repeats(c, overlap, all.samples(r)[:same], all) {
			continue
		}
		t.Repeated += same
		if r.n > same {
			r.from, r.n = r.from+same, r.n-same
			c.add(r)
		}
		return true
	}
	return false
}

// add appends r, whose start is due.
func (c *chain) add(r run) {
	if last := &c.runs[len(c.runs)-1]; last.adjoins(r) {
		last.n += r.n
	} else {
		c.runs = append(c.runs, r)
	}
	c.n += r.n
	c.due = r.due
}

// repeats reports whether the samples of c from overlap before its end on
// begin with those of part.
func repeats[T int32 | float32 | float64](c *chain, overlap int, part []T, all *store[T]) bool {
	i := len(c.runs) - 1
	for overlap > c.runs[i].n {
		overlap -= c.runs[i].n
		i--
	}
	have := all.samples(c.runs[i])
	have = have[len(have)-overlap:]
	for len(part) > 0 {
		if len(have) == 0 {
			i++
			have = all.samples(c.runs[i])
		}
		n := min(len(have), len(part))
		for k, v := range part[:n] {
			if w := have[k]; v != w && (v == v || w == w) { // NaN repeats NaN
				return false
			}
		}
		have, part = have[n:], part[n:]
	}
	return true
}
