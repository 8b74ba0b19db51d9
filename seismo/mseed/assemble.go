package mseed

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
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

	// Check, if set, is asked of each record that Select keeps before it is added.
	// An *Error is damage of the record; any other ends reading.
	Check func(*Record) error

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
	asm := NewAssembler(opt)
	err := asm.AddAll(r)
	return asm.Traces(), err
}

// AddAll adds all records of r, as ReadTraces reads them; records of several files
// may be added to one Assembler.
func (a *Assembler) AddAll(r io.Reader) error {
	reader := NewReader(r)
	err := a.readAll(reader)
	if err == nil && reader.record == 0 {
		err = ErrEmpty
	}
	return err
}

// readAll adds the records of r.
func (a *Assembler) readAll(r *Reader) error {
	var rec Record
	a.size = r.size()
	for {
		err := r.Next(&rec)
		if err == nil && a.opt.Check != nil && (a.opt.Select == nil || a.opt.Select(rec.ID)) {
			err = a.opt.Check(&rec)
		}
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
	size     int64 // of the stream that records come from, if that is known
}

// channel is what has been added of one channel: its samples in the order in
// which they came, and the runs that they form.
type channel struct {
	rate    float64
	enc     Encoding // of the first record
	records int
	samples int
	runs    []run
	int32   store[int32]
	float32 store[float32]
	float64 store[float64]
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
	var r run
	var err error
	more := a.expects(c, rec)
	switch typ := rec.Encoding.SampleType(); {
	case typ != UnknownType && typ != c.enc.SampleType():
		return rec.wrap(fmt.Errorf("%w: the channel has %s before and %s here", ErrSampleType, c.enc, rec.Encoding))
	case typ == Float32Type:
		r, err = c.float32.keep(rec.NumSamples, more, rec.AppendFloat32, from, to)
	case typ == Float64Type:
		r, err = c.float64.keep(rec.NumSamples, more, rec.AppendFloat64, from, to)
	default:
		r, err = c.int32.keep(rec.NumSamples, more, rec.AppendInt32, from, to)
	}
	if err != nil && !keepsSamples(err) {
		return err
	}
	a.channels[rec.ID] = c
	c.records++
	c.samples += r.n
	r.start, r.due = rec.Start.Add(from, rec.SampleRate), rec.Start.Add(to, rec.SampleRate)
	c.extend(r)
	return err
}

// expects is how many samples are still to come of a channel if the rest of the
// stream is like what was read of it, all of this channel; 0 if that cannot be
// said. From the beginning of a stream little can be said.
func (a *Assembler) expects(c *channel, rec *Record) int {
	if len(a.channels) != 1 || c.records == 0 || a.opt.Window != (Window{}) || rec.Offset == 0 || a.size <= rec.Offset {
		return 0
	}
	rest := 1.1 * float64(a.size-rec.Offset) / float64(rec.Offset)
	if rest > 8 {
		rest = 1
	}
	return int(rest * float64(c.samples))
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
		if math.Abs(last.due.samplesUntil(r.start, c.rate)) < 0.5 && last.adjoins(r) {
			last.n += r.n
			last.due = r.due
			return
		}
	}
	c.runs = append(c.runs, r)
}

// Traces returns what has been added. Short segments of a trace share blocks of
// memory, without overlapping in them. It ends the use of the Assembler.
func (a *Assembler) Traces() []Trace {
	traces := make([]Trace, 0, len(a.channels))
	for _, id := range slices.Sorted(maps.Keys(a.channels)) {
		c := a.channels[id]
		t := Trace{ID: id, SampleRate: c.rate, SampleType: c.enc.SampleType(), Records: c.records}
		switch t.SampleType {
		case Float32Type:
			segments(&t, c.runs, &c.float32, func(s *Segment) *[]float32 { return &s.Float32 })
		case Float64Type:
			segments(&t, c.runs, &c.float64, func(s *Segment) *[]float64 { return &s.Float64 })
		default:
			segments(&t, c.runs, &c.int32, func(s *Segment) *[]int32 { return &s.Int32 })
		}
		traces = append(traces, t)
	}
	return traces
}
