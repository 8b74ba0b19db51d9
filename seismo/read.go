package seismo

import (
	"encoding/binary"
	"fmt"
	"math"
	"path"
	"slices"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/mseed"
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
// counted ("unplaced") and logged.
type ReadMseed struct {
	d4.Base
	inStep
	Out          d4.Out[Trace]
	Path         string   `help:"recordings: a folder, a file, or a pattern such as data/*/*.ms; of a folder the files *.ms, *.msd, *.mseed, *.mseed2, *.mseed3"`
	StationsPath string   `help:"StationXML: a folder, a file, or a pattern; the folders of the recordings if empty"`
	Channels     []string `help:"what to read, as NET.STA.LOC.CHA or patterns such as CI.*.*.BH?; all if there is none"`
	ChunkS       float64  `help:"longest trace" unit:"s" min:"1" max:"1e6"`
	SkipDamaged  bool     `help:"leave damaged records out, counted and logged; else they are errors"`
	Limit

	info    *d4.Instance
	archive archive
	series  []*series
	places  map[string][2]float64
	due     []d4.Time // of each series: where its next sample belongs; Never before the first
	counts  struct{ gaps, overlaps, repeated, damaged *atomic.Int64 }
}

// NewReadMseed returns a reader of traces of 1800 s.
func NewReadMseed() *ReadMseed {
	return &ReadMseed{Limit: Limit{MaxMiB: 256}, Path: ".", ChunkS: 1800}
}

// Setup checks the parameters.
func (r *ReadMseed) Setup() error {
	if !(r.ChunkS >= 1e-3 && r.ChunkS <= 1e6) {
		return fmt.Errorf("chunk_s = %g s is not within 0.001 and 1e6 s", r.ChunkS)
	}
	for _, pattern := range r.Channels {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("channels: %q: %w", pattern, err)
		}
	}
	return nil
}

// Open reads the headers of the records, and the places of the stations.
func (r *ReadMseed) Open(i *d4.Instance) error {
	r.info = i
	r.counts.gaps, r.counts.overlaps = i.Counter("gaps"), i.Counter("overlaps")
	r.counts.repeated, r.counts.damaged = i.Counter("repeated"), i.Counter("damaged")
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
	r.archive = archive{files: files, chunk: seconds(r.ChunkS), wants: r.wants, skips: r.skips, keep: r.keep}
	if err := r.archive.scan(i.Context()); err != nil {
		return err
	}
	r.series = r.archive.channels()
	if len(r.series) == 0 {
		return fmt.Errorf("%s: no samples in %d files of %d channels: set path or channels to some", r.Path, len(files), len(r.archive.series))
	}
	r.begin()
	return nil
}

// begin goes to the first chunk of each channel.
func (r *ReadMseed) begin() {
	names, next, last := make([]string, len(r.series)), make([]int64, len(r.series)), d4.Never
	r.due = slices.Repeat([]d4.Time{d4.Never}, len(r.series))
	var lost []string
	for k, s := range r.series {
		names[k] = s.id
		next[k] = int64(floor(s.extents[0].start, r.archive.chunk))
		last = max(last, s.extents[len(s.extents)-1].reach)
		if k%r.info.Count != r.info.Index {
			r.archive.forget(s)
		} else if _, ok := r.places[stationName(s.id)]; !ok {
			lost = append(lost, s.id)
		}
	}
	if len(lost) > 0 {
		r.info.Counter("unplaced").Add(int64(len(lost)))
		r.info.Log.Warn("no place in StationXML, taken to be at 0, 0", "channels", len(lost), "first", lost[0])
	}
	r.inStep.open(r.info, names, next, int64(last))
}

// wants reports whether a channel is to be read.
func (r *ReadMseed) wants(channel string) bool {
	return len(r.Channels) == 0 || slices.ContainsFunc(r.Channels, func(pattern string) bool {
		ok, _ := path.Match(pattern, channel) // the pattern is good
		return ok
	})
}

// skips counts damage if it is to be skipped, and else says what can be done.
func (r *ReadMseed) skips(err error) error {
	if !r.SkipDamaged {
		return fmt.Errorf("%w: mend or remove the file, or set skip_damaged to read on behind it", err)
	}
	r.counts.damaged.Add(1)
	r.info.Log.Warn("damaged", "error", err)
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
	trace, err := r.archive.read(s, from, to)
	if err != nil {
		return err
	}
	r.emit(k, &trace, from)
	next := int64(ended)
	if rest := s.from(to); len(rest) > 0 {
		next = int64(floor(max(rest[0].start, to), r.archive.chunk))
	}
	if at, rose := r.done(k, next); rose {
		r.Out.Mark(d4.Time(at))
	}
	return nil
}

// emit makes traces of the segments of a chunk.
func (r *ReadMseed) emit(k int, chunk *mseed.Trace, from d4.Time) {
	s := r.series[k]
	place := r.places[stationName(s.id)]
	var gaps, overlaps, missing int64
	first := d4.Never
	for i := range chunk.Segments {
		seg := &chunk.Segments[i]
		// A sample may be in a chunk by what rounding does to its time, a
		// millionth of an interval before it.
		start := max(d4.Time(seg.Start), from)
		if due := r.due[k]; due != d4.Never {
			late := int64(math.Round(float64(start-due) / 1e9 * s.rate))
			if late != 0 && first == d4.Never {
				first = min(start, due)
			}
			if late > 0 {
				gaps++
				missing += late
			} else if late < 0 {
				overlaps++
			}
		}
		r.due[k] = max(r.due[k], d4.Time(seg.Next()))
		r.Out.Emit(Trace{Station: Station{ID: s.id, Lat: place[0], Lon: place[1]}, Start: start, RateHz: s.rate, Samples: seg.AppendFloat32(nil)})
	}
	r.counts.gaps.Add(gaps)
	r.counts.overlaps.Add(overlaps)
	r.counts.repeated.Add(int64(chunk.Repeated))
	if gaps+overlaps > 0 {
		r.info.Log.Warn("interrupted", "channel", s.id, "first", clock(first), "gaps", gaps, "missing_samples", missing, "overlaps", overlaps)
	}
}

// Position is where split k goes on and where its next sample is due, as
// varints of nanoseconds.
func (r *ReadMseed) Position(k int) ([]byte, error) {
	position, err := r.inStep.Position(k)
	return binary.AppendVarint(position, int64(r.due[k])), err
}

// Seek goes to a position, after Open.
func (r *ReadMseed) Seek(k int, position []byte) error {
	_, n := binary.Varint(position)
	due, m := binary.Varint(position[max(n, 0):])
	if n <= 0 || m <= 0 || n+m != len(position) {
		return fmt.Errorf("%x is no position in %s", position, r.splits[k])
	}
	r.due[k] = d4.Time(due)
	return r.inStep.Seek(k, position[:n])
}
