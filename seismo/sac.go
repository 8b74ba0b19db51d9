package seismo

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/sac"
)

// ReadSAC is a source of recordings: SAC files, each of which is one trace. Channels
// are the splits; the files of a channel come in the order of time, and all channels
// of an instance go through time together. The places of stations are those in the
// headers. Each instance reads all headers once before it begins.
type ReadSAC struct {
	d4.Base
	recordings
	Out  d4.Out[Trace]
	Path string `help:"recordings: a folder, a file, or a pattern such as data/*/*.SAC; of a folder the files *.sac"`
	Limit

	files [][]sacFile // of each channel, by start
}

// sacFile is what the header of a file says.
type sacFile struct {
	name  string
	start d4.Time
}

// NewReadSAC returns a reader of the working folder.
func NewReadSAC() *ReadSAC { return &ReadSAC{Limit: Limit{MaxMiB: 256}, Path: "."} }

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
		if err := cmp.Or(i.Context().Err(), r.keep(64+len(name))); err != nil {
			return err
		}
		f, err := readSAC(name, false)
		if err != nil {
			return err
		}
		start, id := f.Start(), f.ID()
		if start.Year() < 1700 || start.Year() > 2250 {
			return fmt.Errorf("%s: it begins at %v: set the reference time of the file", name, start)
		}
		if lat, lon := f.Float(sac.StLa), f.Float(sac.StLo); lat == lat && lon == lon {
			r.places[stationName(id)] = [2]float64{lat, lon}
		}
		byChannel[id] = append(byChannel[id], sacFile{name, d4.Time(start.UnixNano())})
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
		r.files = append(r.files, all)
		next = append(next, int64(all[0].start))
		last = max(last, all[len(all)-1].start)
	}
	r.begin(names, next, int64(last))
	return nil
}

// readSAC reads a file, or its header alone.
func readSAC(name string, samples bool) (*sac.File, error) {
	in, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	read := sac.ReadHeader
	if samples {
		read = sac.Read
	}
	f, err := read(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: mend or remove the file", name, err)
	}
	return f, nil
}

// Next emits the next file of one channel.
func (r *ReadSAC) Next() error {
	k, err := r.split()
	if err != nil {
		return err
	}
	files := r.files[k]
	at, _ := slices.BinarySearchFunc(files, d4.Time(r.next[k]), func(f sacFile, t d4.Time) int { return cmp.Compare(f.start, t) })
	to := at + 1
	for to < len(files) && files[to].start == files[at].start {
		to++
	}
	for _, file := range files[at:to] {
		f, err := readSAC(file.name, true)
		if err != nil {
			return err
		}
		if err := r.keep(4 * len(f.Samples)); err != nil {
			return fmt.Errorf("%s: %w", file.name, err)
		}
		r.keep(-4 * len(f.Samples))
		seg := mseed.Segment{ID: f.ID(), Start: mseed.Time(file.start), SampleRate: f.RateHz(), Float32: f.Samples}
		r.emit(&r.Out, k, f.RateHz(), &mseed.Trace{ID: f.ID(), Segments: []mseed.Segment{seg}}, file.start)
	}
	next := int64(ended)
	if to < len(files) {
		next = int64(files[to].start)
	}
	if at, rose := r.done(k, next); rose {
		r.Out.Mark(d4.Time(at))
	}
	return nil
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
