package merge

import (
	"cmp"
	"math"
	"slices"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// A Piece is a stretch of samples without gaps.
type Piece[F dsp.Float] struct {
	Start   int64 // of the first sample, ns since 1970
	Samples []F
}

// Method is what becomes of overlaps whose samples differ. Overlaps that are alike
// are joined by every method.
type Method int8

// The methods, by ObsPy's numbers.
const (
	Cleanup Method = -1 // they stay two pieces
	Discard Method = 0  // what differs in part is all left out: a gap, which a third piece does not fill, as it may in ObsPy
	Later   Method = 1  // the later piece counts; one that lies within another is left out
)

// Fill is what becomes of gaps.
type Fill uint8

// The fills. Where Discard has made a gap of an overlap, they go on from what is left
// beside it; ObsPy takes the samples that it discards for that.
const (
	None    Fill = iota // gaps stay
	Value               // a value
	Latest              // the sample before the gap
	Between             // the straight line between the samples beside the gap
)

// Options of Merge.
type Options struct {
	Method Method
	Bridge int // samples over which Later goes from one piece to the other; negative for the whole overlap
	Fill   Fill
	Value  float64 // for Fill Value
	MaxGap int     // longest gap that is filled, in samples; 0 for any that memory can hold
}

// A Report counts what was found.
type Report struct {
	Gaps, Missing int // and the samples that are missing in them
	Filled        int // gaps of these
	Overlaps      int
	Differing     int // overlaps of these
	Misaligned    int // pieces off the grid by more than a hundredth of an interval
}

// maxFill bounds a gap that is filled to 4 GiB of float32.
const maxFill = 1 << 30

// Merge joins the pieces of one channel, in any order, sampled at rate Hz. Pieces
// without samples are left out. The result is in the order of time and shares no
// memory with the pieces; the pieces are only read.
func Merge[F dsp.Float](pieces []Piece[F], rate float64, o Options) ([]Piece[F], Report) {
	if !(rate > 0) {
		panic("merge: sampling rate is not positive")
	}
	var r Report
	// First what is alike or adjacent is joined, whatever the method, as ObsPy does.
	m := merger[F]{rate: rate, o: o, method: Cleanup, report: &r}
	sorted := slices.DeleteFunc(slices.Clone(pieces), func(p Piece[F]) bool { return len(p.Samples) == 0 })
	if len(sorted) == 0 {
		return nil, r
	}
	// By start, and by end: what ObsPy sorts by.
	slices.SortStableFunc(sorted, func(a, b Piece[F]) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(len(a.Samples), len(b.Samples)))
	})
	m.origin = sorted[0].Start
	for _, p := range sorted {
		at := float64(p.Start-m.origin) / 1e9 * rate
		whole := math.Round(at)
		if math.Abs(at-whole) > 0.01 {
			r.Misaligned++
		}
		m.add(int(whole), p.Samples)
	}
	if o.Method != Cleanup && r.Differing > 0 {
		m = m.resolve(o.Method)
	}
	return m.finish(), r
}

// resolve takes what a cleanup has left, in the order of time again, by another method.
func (m merger[F]) resolve(method Method) merger[F] {
	slices.SortStableFunc(m.runs, func(a, b run[F]) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(len(a.samples), len(b.samples)))
	})
	counted := *m.report // once
	by := merger[F]{rate: m.rate, origin: m.origin, o: m.o, method: method, report: m.report}
	for _, r := range m.runs {
		by.add(r.at, r.samples)
	}
	*m.report = counted
	return by
}

// merger holds runs of samples on the grid of the first piece.
type merger[F dsp.Float] struct {
	rate   float64
	origin int64
	o      Options
	method Method // of this pass
	report *Report
	runs   []run[F]
}

type run[F dsp.Float] struct {
	at      int
	samples []F
}

func (r *run[F]) end() int { return r.at + len(r.samples) }

// add adds a piece that begins no earlier than those before.
func (m *merger[F]) add(at int, x []F) {
	if len(m.runs) == 0 || at > m.last().end() {
		m.runs = append(m.runs, run[F]{at, slices.Clone(x)})
		return
	}
	last := m.last()
	if at == last.end() {
		last.samples = append(last.samples, x...)
		return
	}
	m.report.Overlaps++
	from := max(at, last.at)
	n := min(last.end(), at+len(x)) - from
	if at < last.at {
		// Discard has cut the last run short; what came before it is given up too.
		cut := min(last.at-at, len(x))
		m.report.Differing++
		if cut < len(x) {
			m.add(last.at, x[cut:])
		}
		return
	}
	old, new := last.samples[from-last.at:][:n], x[:n]
	if slices.Equal(old, new) {
		last.samples = append(last.samples, x[n:]...)
		return
	}
	m.report.Differing++
	contained := at+len(x) <= last.end()
	switch m.method {
	case Cleanup:
		m.runs = append(m.runs, run[F]{at, slices.Clone(x)})
	case Discard:
		rest, after := slices.Clone(last.samples[from-last.at+n:]), from+n
		if !contained {
			rest = slices.Clone(x[n:])
		}
		last.samples = last.samples[:from-last.at]
		if len(last.samples) == 0 {
			m.runs = m.runs[:len(m.runs)-1]
		}
		if len(rest) > 0 {
			m.runs = append(m.runs, run[F]{after, rest})
		}
	case Later:
		if contained {
			return
		}
		last.samples = append(last.samples[:at-last.at], m.bridge(last.samples[:at-last.at], x, n)...)
	}
}

func (m *merger[F]) last() *run[F] { return &m.runs[len(m.runs)-1] }

// bridge returns the later samples x, the first of n that overlap replaced by a line
// from the last sample before.
func (m *merger[F]) bridge(before, x []F, n int) []F {
	k := m.o.Bridge
	if k < 0 || k > n {
		k = n
	}
	if k == 0 || len(before) == 0 || k >= len(x) {
		return x
	}
	y := slices.Clone(x)
	line(y[:k], float64(before[len(before)-1]), float64(x[k]))
	return y
}

// line fills x with the values between two that stand beside it.
func line[F dsp.Float](x []F, before, after float64) {
	for i := range x {
		x[i] = F(before + (after-before)*float64(i+1)/float64(len(x)+1))
	}
}

// finish fills gaps, and turns runs into pieces.
func (m *merger[F]) finish() []Piece[F] {
	var out []Piece[F]
	for _, r := range m.runs {
		if len(out) > 0 {
			before := &out[len(out)-1]
			end := m.place(before.Start) + len(before.Samples)
			if gap := r.at - end; gap > 0 {
				m.report.Gaps++
				m.report.Missing += gap
				if m.fill(before, gap, r.samples) {
					m.report.Filled++
					continue
				}
			}
		}
		out = append(out, Piece[F]{Start: m.origin + int64(math.Round(float64(r.at)/m.rate*1e9)), Samples: r.samples})
	}
	return out
}

func (m *merger[F]) place(start int64) int {
	return int(math.Round(float64(start-m.origin) / 1e9 * m.rate))
}

// fill appends a filled gap and what follows it, if that is wanted.
func (m *merger[F]) fill(before *Piece[F], gap int, after []F) bool {
	limit := m.o.MaxGap
	if limit <= 0 || limit > maxFill {
		limit = maxFill
	}
	if m.o.Fill == None || gap > limit {
		return false
	}
	n := len(before.Samples)
	before.Samples = append(slices.Grow(before.Samples, gap+len(after)), make([]F, gap)...)
	hole := before.Samples[n:]
	switch m.o.Fill {
	case Value:
		for i := range hole {
			hole[i] = F(m.o.Value)
		}
	case Latest:
		for i := range hole {
			hole[i] = before.Samples[n-1]
		}
	case Between:
		line(hole, float64(before.Samples[n-1]), float64(after[0]))
	}
	before.Samples = append(before.Samples, after...)
	return true
}
