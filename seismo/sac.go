package seismo

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/sac"
)

// ReadSAC is a source of recordings: SAC files, each of which is one trace, or with ChunkS
// as many as lie between multiples of it since 1970. Channels are the splits; the files of
// a channel come in the order of time, and all channels of an instance go through time
// together. The places of stations are those in the headers. Each instance reads all
// headers once before it begins.
type ReadSAC struct {
	d4.Base
	recordings
	Out    d4.Out[Trace]
	Path   string  `help:"recordings: a folder, a file, or a pattern such as data/*/*.SAC; of a folder the files *.sac"`
	ChunkS float64 `help:"longest trace, so that a run that time cuts short can go on where it was; 0 for whole files" unit:"s" min:"0" max:"1e6"`
	Limit

	chunk d4.Time
	files [][]sacFile // of each channel, by start
}

// sacFile is what the header of a file says.
type sacFile struct {
	name    string
	start   d4.Time
	reach   d4.Time // the greatest end up to this file
	samples int
	rate    float64 // Hz
}

// NewReadSAC returns a reader of the working folder, and of whole files.
func NewReadSAC() *ReadSAC { return &ReadSAC{Limit: Limit{MaxMiB: 256}, Path: "."} }

// Setup checks the parameters.
func (r *ReadSAC) Setup() error {
	if r.chunk = seconds(r.ChunkS); r.ChunkS == 0 {
		return nil
	}
	return goodChunk(r.ChunkS)
}

// Open reads the headers.
func (r *ReadSAC) Open(i *d4.Instance) error {
	r.recordings.open(i)
	files, err := filesAt(r.Path, ".sac")
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no SAC files there (*.sac)", r.Path)
	}
	if err != nil {
		return fmt.Errorf("%w: set path to recordings", err)
	}
	r.places = map[string][2]float64{}
	byChannel := map[string][]sacFile{}
	for _, name := range files {
		if err := cmp.Or(i.Context().Err(), r.keep(96+len(name))); err != nil {
			return err
		}
		f, err := readSAC(name, 0, 0)
		if err != nil {
			return err
		}
		start, id := f.Start(), f.ID()
		if start.Year() < 1700 || start.Year() > 2250 {
			return fmt.Errorf("%s: it begins at %v: set the reference time of the file", name, start)
		}
		if years := float64(f.Ints[sac.Npts]) / f.RateHz() / (365.25 * 86400); float64(start.Year())+years > 2255 {
			return fmt.Errorf("%s: its %d samples at %v Hz end %.0f years after it begins: set the sampling interval of the file", name, f.Ints[sac.Npts], f.RateHz(), years)
		}
		if lat, lon := f.Float(sac.StLa), f.Float(sac.StLo); lat == lat && lon == lon {
			r.places[stationName(id)] = [2]float64{lat, lon}
		}
		file := sacFile{name: name, start: d4.Time(start.UnixNano()), samples: int(f.Ints[sac.Npts]), rate: f.RateHz()}
		file.reach = file.start + span(file.samples, file.rate)
		byChannel[id] = append(byChannel[id], file)
	}
	var names []string
	var next []int64
	last := d4.Never
	r.files = nil
	for id := range byChannel {
		names = append(names, id)
	}
	slices.Sort(names)
	for _, id := range names {
		all := byChannel[id]
		slices.SortStableFunc(all, func(a, b sacFile) int { return cmp.Compare(a.start, b.start) })
		reach := d4.Never
		for j := range all {
			reach = max(reach, all[j].reach)
			all[j].reach = reach
		}
		r.files = append(r.files, all)
		next = append(next, int64(r.step(all[0].start)))
		last = max(last, reach)
	}
	r.begin(names, next, int64(last))
	return nil
}

// step is the beginning of the chunk that a time is in; whole files begin at any time.
func (r *ReadSAC) step(t d4.Time) d4.Time {
	if r.chunk == 0 {
		return t
	}
	return floor(t, r.chunk)
}

// readSAC reads a file with n samples from the one numbered first on.
func readSAC(name string, first, n int) (*sac.File, error) {
	in, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	f, err := sac.ReadPart(in, first, n)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: mend or remove the file", name, err)
	}
	return f, nil
}

// Next emits the next file, or chunk, of one channel.
func (r *ReadSAC) Next() error {
	k, err := r.split()
	if err != nil {
		return err
	}
	files, from, to := r.files[k], d4.Time(r.next[k]), d4.Time(r.next[k])+1
	at, _ := slices.BinarySearchFunc(files, from, func(f sacFile, t d4.Time) int { return cmp.Compare(f.start, t) })
	if r.chunk > 0 {
		to = r.step(from) + r.chunk
		at = reaching(files, from)
	}
	for ; at < len(files) && files[at].start < to; at++ {
		if err := r.part(k, files[at], from, to); err != nil {
			return err
		}
	}
	if r.chunk > 0 {
		at = reaching(files, to)
	}
	next := int64(ended)
	if at < len(files) {
		next = int64(r.step(max(files[at].start, to)))
	}
	if at, rose := r.done(k, next); rose {
		r.Out.Mark(d4.Time(at))
	}
	return nil
}

// reaching is the first file that may have samples from a time on.
func reaching(files []sacFile, t d4.Time) int {
	at, _ := slices.BinarySearchFunc(files, t, func(f sacFile, t d4.Time) int { return cmp.Compare(f.reach, t+1) })
	return at
}

// part emits what a file of channel k has between two times, or all of it.
func (r *ReadSAC) part(k int, file sacFile, from, to d4.Time) error {
	first, end := 0, file.samples
	if r.chunk > 0 {
		if first, end = file.before(from), file.before(to); first == end {
			return nil
		}
	}
	if err := r.keep(4 * (end - first)); err != nil {
		return fmt.Errorf("%s: %w", file.name, err)
	}
	r.keep(-4 * (end - first))
	f, err := readSAC(file.name, first, end-first)
	if err != nil {
		return err
	}
	start := mseed.Time(file.start).Add(first, file.rate)
	seg := mseed.Segment{ID: f.ID(), Start: start, SampleRate: file.rate, Float32: f.Samples}
	r.emit(&r.Out, k, file.rate, &mseed.Trace{ID: f.ID(), Segments: []mseed.Segment{seg}}, max(from, d4.Time(start)))
	return nil
}

// before is how many samples come before a time; one that rounding makes a millionth of an
// interval too early does not.
func (f sacFile) before(t d4.Time) int {
	n := math.Ceil(float64(t-f.start)/1e9*f.rate - 1e-6)
	return int(min(max(n, 0), float64(f.samples)))
}

// WriteSAC is a sink of traces: a SAC file for each among the outputs of the run,
// named like XX.A..BHZ.20240301T000000.000000.SAC. Times are exact to the nanosecond
// where the rate allows it: a reference to the millisecond, and B.
type WriteSAC struct {
	d4.Base
	In        d4.In[Trace]
	BigEndian bool `help:"byte order of the files; most programs read both"`

	folder d4.Folder
}

// NewWriteSAC returns a sink that writes little-endian files.
func NewWriteSAC() *WriteSAC {
	w := &WriteSAC{}
	w.In = d4.Input(w.trace, d4.ReadOnly)
	return w
}

// WritesOutput says that the sink needs a run directory.
func (*WriteSAC) WritesOutput() {}

// Open keeps where to write.
func (w *WriteSAC) Open(i *d4.Instance) error {
	w.folder = i.Folder()
	if w.folder == nil {
		return errors.New("the run has no folder for outputs")
	}
	return nil
}

func (w *WriteSAC) trace(t Trace) (err error) {
	start := time.Unix(0, int64(t.Start)).UTC()
	f := sac.New(t.Station.ID, start, 1/t.RateHz, t.Samples)
	if !t.Station.unplaced() { // else the file has no value
		f.Floats[sac.StLa], f.Floats[sac.StLo] = float32(t.Station.Lat), float32(t.Station.Lon)
	}
	out, err := w.folder.Create(t.Station.ID + "." + start.Format("20060102T150405.000000") + ".SAC")
	if err != nil {
		return err
	}
	defer out.Discard()
	var order binary.AppendByteOrder = binary.LittleEndian
	if w.BigEndian {
		order = binary.BigEndian
	}
	if err := sac.Write(io.Writer(out), f, order); err != nil {
		return err
	}
	return out.Commit()
}
