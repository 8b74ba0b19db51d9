package mseed

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"time"
)

// Window is the half-open interval of time [From, To). The zero Window is all
// of time.
type Window struct{ From, To Time }

// Options says what ReadTraces keeps. The zero value keeps everything and
// stops at the first thing that is wrong.
type Options struct {
	// Window keeps the samples within it; records outside are not decoded.
	Window Window

	// Select, if set, keeps the channels for which it returns true.
	Select func(id string) bool

	// OnDamage, if set, is told of every stretch of garbage (skipped up to the
	// next record), damaged record (left out) and failed Steim check (the
	// samples are kept), and of a cut off last record. Reading goes on when it
	// returns nil, and else stops with what it returned.
	OnDamage func(*Error) error
}

// ReadFile is ReadTraces of a file; its errors name the file.
func ReadFile(path string, opt Options) ([]Trace, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	traces, err := ReadTraces(f, opt)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return traces, err
}

// ReadTraces reads all records of r, in any order and of any number of
// channels, and returns the traces sorted by ID. Records without samples or
// sampling rate, and text, are left out. With an error it returns what it has
// read before; the error is an *Error, ErrEmpty, or what OnDamage returned.
func ReadTraces(r io.Reader, opt Options) ([]Trace, error) {
	reader, asm := NewReader(r), NewAssembler(opt)
	err := asm.readAll(reader)
	if err == nil && reader.record == 0 {
		err = ErrEmpty
	}
	return asm.Traces(), err
}

// readAll adds the records of r.
func (a *Assembler) readAll(r *Reader) error {
	var rec Record
	for {
		err := r.Next(&rec)
		if err == nil {
			err = a.Add(&rec)
		}
		if err == nil {
			continue
		}
		if err == io.EOF {
			return nil
		}
		damage, ok := err.(*Error)
		if !ok || a.opt.OnDamage == nil || errors.Is(err, ErrRates) || errors.Is(err, ErrSampleType) || r.failed() {
			return err
		}
		if err := a.opt.OnDamage(damage); err != nil {
			return err
		}
	}
}

// Assembler joins records to traces. Its memory is that of the samples it
// keeps, plus some 200 bytes for each interruption.
type Assembler struct {
	opt      Options
	channels map[string]*channel
}

// channel is what has been added of one channel: all samples in one slice, in
// the order in which they came, and the runs that they form.
type channel struct {
	rate    float64
	enc     Encoding // of the first record
	records int
	runs    []run
	int32s  []int32
	float32 []float32
	float64 []float64
}

// run is a stretch of samples that follow each other in memory and in time.
type run struct {
	start Time // of the first sample
	due   Time // of the sample after the last one
	from  int  // index of the first sample
	n     int
}

// NewAssembler returns an empty Assembler.
func NewAssembler(opt Options) *Assembler {
	return &Assembler{opt: opt, channels: map[string]*channel{}}
}

// Add decodes rec and keeps its samples. Its error is an *Error: that of
// decoding (a record that fails its Steim check is kept all the same), or one
// that wraps ErrRates or ErrSampleType if rec does not fit its channel.
func (a *Assembler) Add(rec *Record) error {
	if rec.NumSamples == 0 || rec.SampleRate <= 0 || rec.Encoding == Text {
		return nil
	}
	if a.opt.Select != nil && !a.opt.Select(rec.ID) {
		return nil
	}
	from, to := a.opt.Window.cut(rec)
	if from >= to {
		return nil
	}
	c := a.channels[rec.ID]
	if c == nil {
		c = &channel{rate: rec.SampleRate, enc: rec.Encoding}
	}
	// The nominal rate of a header and the measured one of blockette 100 may
	// differ a little within one file (libmseed allows the same 1 in 10^4).
	if math.Abs(rec.SampleRate/c.rate-1) > 1e-4 {
		return rec.wrap(fmt.Errorf("%w: %v Hz before and %v Hz here; read them apart with Options.Window", ErrRates, c.rate, rec.SampleRate))
	}
	var start int
	var err error
	switch typ := rec.Encoding.SampleType(); {
	case typ != UnknownType && typ != c.enc.SampleType():
		return rec.wrap(fmt.Errorf("%w: the channel has %s before and %s here", ErrSampleType, c.enc, rec.Encoding))
	case typ == Float32Type:
		c.float32, start, err = keep(c.float32, rec.AppendFloat32, from, to)
	case typ == Float64Type:
		c.float64, start, err = keep(c.float64, rec.AppendFloat64, from, to)
	default:
		c.int32s, start, err = keep(c.int32s, rec.AppendInt32, from, to)
	}
	if err != nil && !keepsSamples(err) {
		return err
	}
	a.channels[rec.ID] = c
	c.records++
	c.extend(run{
		start: rec.Start.Add(from, rec.SampleRate),
		due:   rec.Start.Add(to, rec.SampleRate),
		from:  start, n: to - from,
	})
	return err
}

// keep appends samples from to to-1 of a record to all, and returns the index
// of the first of them.
func keep[T any](all []T, decode func([]T) ([]T, error), from, to int) ([]T, int, error) {
	n := len(all)
	all, err := decode(all)
	if err != nil && !keepsSamples(err) {
		return all[:n], n, err
	}
	kept := copy(all[n:], all[n+from:n+to])
	return all[:n+kept], n, err
}

// cut returns which samples of rec lie in w. A millionth of a sample makes up
// for what rounding does to the times.
func (w Window) cut(rec *Record) (from, to int) {
	if w == (Window{}) {
		return 0, rec.NumSamples
	}
	index := func(t Time) int {
		i := math.Ceil(rec.Start.samplesUntil(t, rec.SampleRate) - 1e-6)
		return int(min(max(i, 0), float64(rec.NumSamples)))
	}
	return index(w.From), index(w.To)
}

// extend adds r to the last run, if it continues it, or as a new one.
func (c *channel) extend(r run) {
	if n := len(c.runs); n > 0 {
		last := &c.runs[n-1]
		if math.Abs(last.due.samplesUntil(r.start, c.rate)) < 0.5 {
			last.n += r.n
			last.due = r.due
			return
		}
	}
	c.runs = append(c.runs, r)
}

// Traces returns what has been added. The segments of a trace share one block
// of memory, without overlapping in it, where their order allows it.
func (a *Assembler) Traces() []Trace {
	traces := make([]Trace, 0, len(a.channels))
	for _, id := range slices.Sorted(maps.Keys(a.channels)) {
		c := a.channels[id]
		t := Trace{ID: id, SampleRate: c.rate, SampleType: c.enc.SampleType(), Records: c.records}
		switch t.SampleType {
		case Float32Type:
			segments(&t, c.runs, c.float32, func(s *Segment) *[]float32 { return &s.Float32 })
		case Float64Type:
			segments(&t, c.runs, c.float64, func(s *Segment) *[]float64 { return &s.Float64 })
		default:
			segments(&t, c.runs, c.int32s, func(s *Segment) *[]int32 { return &s.Int32 })
		}
		traces = append(traces, t)
	}
	return traces
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
func segments[T int32 | float32 | float64](t *Trace, runs []run, all []T, series func(*Segment) *[]T) {
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
		first := c.runs[0]
		samples := all[first.from : first.from+first.n : first.from+first.n]
		if len(c.runs) > 1 {
			samples = make([]T, 0, c.n)
			for _, r := range c.runs {
				samples = append(samples, all[r.from:r.from+r.n]...)
			}
		}
		*series(s) = samples
	}
}

// join adds r to the chain that it continues, or whose samples it repeats.
func join[T int32 | float32 | float64](t *Trace, chains []chain, r run, all []T) bool {
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
		if !repeats(c, overlap, all[r.from:r.from+same], all) {
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
	if last := &c.runs[len(c.runs)-1]; last.from+last.n == r.from {
		last.n += r.n
	} else {
		c.runs = append(c.runs, r)
	}
	c.n += r.n
	c.due = r.due
}

// repeats reports whether the samples of c from overlap before its end on
// begin with those of part.
func repeats[T int32 | float32 | float64](c *chain, overlap int, part, all []T) bool {
	i := len(c.runs) - 1
	for overlap > c.runs[i].n {
		overlap -= c.runs[i].n
		i--
	}
	at := c.runs[i].n - overlap
	for _, v := range part {
		if at == c.runs[i].n {
			i, at = i+1, 0
		}
		if w := all[c.runs[i].from+at]; v != w && (v == v || w == w) { // NaN repeats NaN
			return false
		}
		at++
	}
	return true
}
