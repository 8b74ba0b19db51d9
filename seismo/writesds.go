package seismo

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/sds"
)

// WriteSDS is a sink of traces: it writes them as miniSEED into an SDS archive among
// the outputs of the run, a file for each channel and day. A file gets its name when
// its day is whole. Traces of a channel have to come in the order of time. Integer
// encodings hold counts; a sample that is none is an error.
type WriteSDS struct {
	d4.Base
	In           d4.In[Trace]
	Name         string `help:"folder of the archive"`
	Encoding     string `help:"of the samples" oneof:"float32|steim1|steim2|int16|int24|int32"`
	Version      int    `help:"of miniSEED" min:"2" max:"3"`
	RecordLength int    `help:"bytes; of version 3 the most" min:"128" max:"65536"`

	writer *sds.Writer
	seg    mseed.Segment
	counts bool // samples are integers
}

var encodings = map[string]mseed.Encoding{
	"float32": mseed.Float32, "steim1": mseed.Steim1, "steim2": mseed.Steim2, "int16": mseed.Int16, "int24": mseed.Int24, "int32": mseed.Int32,
}

// NewWriteSDS returns a sink that writes float32 in records of version 2 of 512 bytes.
func NewWriteSDS() *WriteSDS {
	w := &WriteSDS{Name: "archive", Encoding: "float32", Version: 2, RecordLength: 512}
	w.In = d4.InputBy(w.trace, func(t Trace) string { return t.Station.ID })
	return w
}

// WritesOutput says that the sink needs a run directory.
func (*WriteSDS) WritesOutput() {}

// Setup checks the parameters.
func (w *WriteSDS) Setup() error {
	enc, ok := encodings[w.Encoding]
	if !ok {
		return fmt.Errorf("encoding = %q is none that traces are written in", w.Encoding)
	}
	w.counts = enc != mseed.Float32
	_, err := sds.NewWriter("", w.options())
	return cmp.Or(goodName(w.Name, "folder"), err)
}

func (w *WriteSDS) options() mseed.WriterOptions {
	return mseed.WriterOptions{Version: w.Version, RecordLength: w.RecordLength, Encoding: encodings[w.Encoding]}
}

// Open begins with no files.
func (w *WriteSDS) Open(i *d4.Instance) error {
	folder, err := i.Folder().Path()
	if err == nil {
		w.writer, err = sds.NewWriter(filepath.Join(folder, w.Name), w.options())
	}
	return err
}

func (w *WriteSDS) trace(t Trace) error {
	w.seg = mseed.Segment{ID: t.Station.ID, Start: mseed.Time(t.Start), SampleRate: t.RateHz, Float32: t.Samples, Int32: w.seg.Int32[:0]}
	if w.counts {
		for i, v := range t.Samples {
			if v != float32(math.Trunc(float64(v))) || !(math.Abs(float64(v)) < 1<<31) {
				return fmt.Errorf("%s at %s: the sample %g is no count: set encoding to float32", t.Station.ID, clock(t.at(i)), v)
			}
			w.seg.Int32 = append(w.seg.Int32, int32(v))
		}
		w.seg.Float32 = nil
	}
	return w.writer.Write(&w.seg)
}

// Finish gives the last files their names.
func (w *WriteSDS) Finish() error { return w.writer.Close() }

// Close removes files that are not whole.
func (w *WriteSDS) Close() error {
	if w.writer != nil {
		w.writer.Discard()
	}
	return nil
}
