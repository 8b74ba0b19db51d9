package seismo

import (
	"cmp"
	"fmt"

	d4 "github.com/dispel4go/dispel4go"
)

// ReadMseed is a source of recordings: the miniSEED files of a folder, or those
// that a pattern names, as traces of at most ChunkS seconds that lie between
// multiples of it since 1970, one chunk of time after the other over all
// channels of the instance. A trace has no gap in it; gaps, which begin a new
// trace, and overlaps, where records contradict each other and all are emitted,
// are counted and logged, and so are samples that came twice ("repeated"), which
// are emitted once. Records may be in any order and in any files.
//
// Channels are the splits. Each instance reads all headers once before it begins
// and then only the samples of its channels. It keeps some 2 bytes for each KiB
// of recordings, and the chunk of one channel. One file is open at a time.
//
// The places of stations come from StationXML; one that is not in it is at 0, 0,
// counted ("without_coordinates") and logged.
type ReadMseed struct {
	d4.Base
	recordings
	Out          d4.Out[Trace]
	Path         string   `help:"recordings: a folder, a file, or a pattern such as data/*/*.ms; of a folder the files *.ms, *.msd, *.mseed, *.mseed2, *.mseed3"`
	StationsPath string   `help:"StationXML: a folder, a file, or a pattern; the folders of the recordings if empty"`
	Channels     []string `help:"what to read, as NET.STA.LOC.CHA or patterns such as CI.*.*.BH?; all if there is none"`
	ChunkS       float64  `help:"longest trace" unit:"s" min:"1" max:"1e6"`
	SkipDamaged  bool     `help:"leave damaged records out, counted and logged; else they are errors"`
	Limit

	archive archive
	series  []*series
}

// NewReadMseed returns a reader of traces of 1800 s.
func NewReadMseed() *ReadMseed {
	return &ReadMseed{Limit: Limit{MaxMiB: 256}, Path: ".", ChunkS: 1800}
}

// Setup checks the parameters.
func (r *ReadMseed) Setup() error { return cmp.Or(goodChunk(r.ChunkS), goodPatterns(r.Channels)) }

// Open reads the headers of the records, and the places of the stations.
func (r *ReadMseed) Open(i *d4.Instance) error {
	r.recordings.open(i)
	files, err := filesAt(r.Path, ".ms", ".msd", ".mseed", ".mseed2", ".mseed3")
	if err != nil {
		return fmt.Errorf("%w: set path to recordings", err)
	}
	if len(files) == 0 {
		return fmt.Errorf("%s: no miniSEED files there (*.ms, *.mseed): set path to a folder that has some, or to a pattern", r.Path)
	}
	about := []string{r.StationsPath}
	if r.StationsPath == "" {
		about = foldersOf(files)
	}
	if r.places, err = stationPlaces(about); err != nil {
		return err
	}
	r.archive = archive{files: files, chunk: seconds(r.ChunkS), keep: r.keep,
		wants: func(id string) bool { return matches(r.Channels, id) },
		skips: func(err error) error { return r.damage(err, r.SkipDamaged) }}
	if err := r.archive.scan(i.Context()); err != nil {
		return err
	}
	r.series = r.archive.channels()
	if len(r.series) == 0 {
		return fmt.Errorf("%s: no samples in %d files of %d channels: set path or channels to some", r.Path, len(files), len(r.archive.series))
	}
	names, next, last := make([]string, len(r.series)), make([]int64, len(r.series)), d4.Never
	for k, s := range r.series {
		names[k] = s.id
		next[k] = int64(floor(s.extents[0].start, r.archive.chunk))
		last = max(last, s.extents[len(s.extents)-1].reach)
		if k%i.Count != i.Index {
			r.archive.forget(s)
		}
	}
	r.begin(names, next, int64(last))
	return nil
}

// Next emits the next chunk of one channel.
func (r *ReadMseed) Next() error {
	k, err := r.split()
	if err != nil {
		return err
	}
	s, from := r.series[k], d4.Time(r.next[k])
	to := floor(from, r.archive.chunk) + r.archive.chunk
	chunk, err := r.archive.read(s, from, to)
	if err != nil {
		return err
	}
	r.emit(&r.Out, k, s.rate, &chunk, from)
	next := int64(ended)
	if rest := s.from(to); len(rest) > 0 {
		next = int64(floor(max(rest[0].start, to), r.archive.chunk))
	}
	if at, rose := r.done(k, next); rose {
		r.Out.Mark(d4.Time(at))
	}
	return nil
}
