package seismo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"sort"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// archive is what the headers of miniSEED files say: where the records of each
// channel and time are, whatever order they are in. Samples are read when their
// time has come, from one file at a time.
type archive struct {
	files  []string
	chunk  d4.Time
	wants  func(channel string) bool
	skips  func(error) error // is told of damage; reading goes on if it returns nil
	keep   func(bytes int) error
	series map[string]*series // by channel; nil for those that are not wanted

	rec     mseed.Record // scratch
	buf     []byte
	samples []float32
}

// series is where the records of a channel are.
type series struct {
	id      string
	rate    float64  // Hz
	extents []extent // by start, once all files have been seen
}

// extent is a stretch of a file with records of a channel, and perhaps those of
// others between them.
type extent struct {
	file       int32
	record     int32 // number of the first
	offset     int64
	length     int32
	start, end d4.Time // of the samples
	reach      d4.Time // the greatest end up to this extent
}

const (
	// extentLength is in bytes, unless a record is longer. A shorter one takes
	// more memory, of a longer one more is read that belongs to other chunks.
	extentLength = 32 << 10

	// What is kept, in bytes: of an extent, of a channel, and of each sample of
	// the chunk that is read (decoded, joined, as float32).
	extentBytes = 56
	seriesBytes = 256
	sampleBytes = 20

	longest = 1e9 // seconds that a record may last
)

// scan reads the headers in all files.
func (a *archive) scan(ctx context.Context) error {
	a.series = map[string]*series{}
	for k := range a.files {
		if err := cmp.Or(ctx.Err(), a.scanFile(k)); err != nil {
			return err
		}
	}
	for _, s := range a.series {
		if s != nil {
			s.sort()
		}
	}
	return nil
}

func (a *archive) scanFile(k int) error {
	f, err := os.Open(a.files[k])
	if err != nil {
		return err
	}
	defer f.Close()
	in := mseed.NewReader(f)
	empty := true
	var dense, end int64 // records follow each other from dense to end
	for rec := &a.rec; ; empty = false {
		err := in.Next(rec)
		switch {
		case err == io.EOF && empty:
			return a.damage(k, mseed.ErrEmpty)
		case err == io.EOF:
			return nil
		case err != nil:
			err = a.damage(k, err)
		default:
			if rec.Offset != end {
				dense = rec.Offset
			}
			end = rec.Offset + int64(len(rec.Raw))
			err = a.note(k, dense, rec)
		}
		if err != nil {
			return err
		}
	}
}

// note keeps where a record is.
func (a *archive) note(file int, dense int64, rec *mseed.Record) error {
	if rec.NumSamples == 0 || !(rec.SampleRate > 0) || rec.Encoding == mseed.Text {
		return nil
	}
	s, known := a.series[rec.ID]
	if !known {
		if err := a.keep(seriesBytes); err != nil {
			return fmt.Errorf("%s: %w", a.files[file], err)
		}
		if a.wants(rec.ID) {
			s = &series{id: rec.ID, rate: rec.SampleRate}
		}
		a.series[rec.ID] = s
	}
	if s == nil {
		return nil
	}
	start, end := d4.Time(rec.Start), d4.Time(rec.Start.Add(rec.NumSamples, rec.SampleRate))
	switch {
	case float64(rec.NumSamples) > longest*rec.SampleRate || end <= start:
		return a.damage(file, inRecord(rec, fmt.Errorf("%w: %d samples at %g Hz", mseed.ErrHeader, rec.NumSamples, rec.SampleRate)))
	case math.Abs(rec.SampleRate/s.rate-1) > 1e-4: // as much as mseed.Assembler allows
		return a.damage(file, inRecord(rec, fmt.Errorf("%w, %g Hz before and %g Hz here: read the files of each alone (path), or leave it out (channels)",
			mseed.ErrRates, s.rate, rec.SampleRate)))
	case float64(a.chunk)/1e9*s.rate < 1:
		return fmt.Errorf("%s: %w", a.files[file], inRecord(rec, fmt.Errorf("a chunk is less than a sample at %g Hz: raise chunk_s, or leave the channel out (channels)", s.rate)))
	}
	until := rec.Offset + int64(len(rec.Raw))
	if n := len(s.extents); n > 0 {
		e := &s.extents[n-1]
		near := start <= e.end+a.chunk && end >= e.start-a.chunk
		if int(e.file) == file && e.offset >= dense && until-e.offset <= extentLength && near {
			e.length = int32(until - e.offset)
			e.start, e.end = min(e.start, start), max(e.end, end)
			return nil
		}
	}
	if err := a.keep(extentBytes); err != nil {
		return fmt.Errorf("%s: %w", a.files[file], err)
	}
	s.extents = append(s.extents, extent{file: int32(file), record: int32(rec.Number), offset: rec.Offset, length: int32(len(rec.Raw)), start: start, end: end})
	return nil
}

// inRecord says which record an error is about.
func inRecord(rec *mseed.Record, err error) error {
	return &mseed.Error{Record: rec.Number, Offset: rec.Offset, ID: rec.ID, Err: err}
}

// damage says which file an error is about, and returns it unless the rest of
// the file may be read without what is damaged.
func (a *archive) damage(file int, err error) error {
	err = fmt.Errorf("%s: %w", a.files[file], err)
	var failed *fs.PathError
	if errors.As(err, &failed) || errors.Is(err, mseed.ErrRates) {
		return err
	}
	return a.skips(err)
}

// forget drops the extents of a series that another instance reads.
func (a *archive) forget(s *series) {
	a.keep(-extentBytes * len(s.extents)) // to keep less is no error
	s.extents = nil
}

func (s *series) sort() {
	slices.SortStableFunc(s.extents, func(x, y extent) int { return cmp.Compare(x.start, y.start) })
	reach := d4.Never
	for i := range s.extents {
		reach = max(reach, s.extents[i].end)
		s.extents[i].reach = reach
	}
}

// from returns the extents from the first that does not end before t on.
func (s *series) from(t d4.Time) []extent {
	return s.extents[sort.Search(len(s.extents), func(i int) bool { return s.extents[i].reach > t }):]
}

// read returns what a series has between two times, without segments if that
// is nothing.
func (a *archive) read(s *series, from, to d4.Time) (mseed.Trace, error) {
	chunk := mseed.NewAssembler(mseed.Options{Window: mseed.Window{From: mseed.Time(from), To: mseed.Time(to)}})
	kept := 0
	defer func() { a.keep(-kept) }()
	var file *os.File
	defer func() { file.Close() }() // to close none is no harm
	for _, e := range s.from(from) {
		if e.start >= to {
			break
		}
		if e.end <= from {
			continue
		}
		name := a.files[e.file]
		if file == nil || file.Name() != name {
			file.Close()
			var err error
			if file, err = os.Open(name); err != nil {
				return mseed.Trace{}, err
			}
		}
		a.buf = slices.Grow(a.buf[:0], int(e.length))[:e.length]
		if _, err := file.ReadAt(a.buf, e.offset); err != nil {
			return mseed.Trace{}, fmt.Errorf("%s: byte %d: %w: the file has changed", name, e.offset, err)
		}
		rec := &a.rec
		for at, number := 0, int(e.record); at < len(a.buf); number++ {
			n, err := rec.Parse(a.buf[at:])
			if err != nil {
				return mseed.Trace{}, fmt.Errorf("%s: byte %d: %w: the file has changed", name, e.offset+int64(at), err)
			}
			rec.Number, rec.Offset = number, e.offset+int64(at)
			at += n
			if rec.ID != s.id || d4.Time(rec.Start) >= to || d4.Time(rec.Start.Add(rec.NumSamples, rec.SampleRate)) <= from {
				continue
			}
			if err := a.keep(sampleBytes * rec.NumSamples); err != nil {
				return mseed.Trace{}, fmt.Errorf("%s: %w", name, err)
			}
			kept += sampleBytes * rec.NumSamples
			if err := a.add(chunk, rec); err != nil {
				if err := a.damage(int(e.file), err); err != nil {
					return mseed.Trace{}, err
				}
			}
		}
	}
	if traces := chunk.Traces(); len(traces) > 0 {
		return traces[0], nil
	}
	return mseed.Trace{}, nil
}

// add decodes a record. One with NaN or infinite samples is damaged.
func (a *archive) add(chunk *mseed.Assembler, rec *mseed.Record) error {
	if err := finite(rec, &a.samples); err != nil {
		return err
	}
	return chunk.Add(rec)
}

// finite is an error where a record has NaN or infinite samples. Room is used for them.
func finite(rec *mseed.Record, room *[]float32) (err error) {
	if t := rec.Encoding.SampleType(); t != mseed.Float32Type && t != mseed.Float64Type {
		return nil
	}
	if *room, err = rec.AppendFloat32((*room)[:0]); err != nil {
		return err
	}
	if i := dsp.FirstNonFinite(*room); i >= 0 {
		return inRecord(rec, fmt.Errorf("sample %d, at %s, is %v", i, clock(d4.Time(rec.Start.Add(i, rec.SampleRate))), (*room)[i]))
	}
	return nil
}

// channels lists what is to be read.
func (a *archive) channels() (all []*series) {
	for _, id := range slices.Sorted(maps.Keys(a.series)) {
		if s := a.series[id]; s != nil && len(s.extents) > 0 {
			all = append(all, s)
		}
	}
	return all
}
