package seismo

import (
	"cmp"
	"fmt"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/sds"
)

// ReadSDS is a source of recordings from an SDS archive, of any size: traces of at most
// ChunkS seconds, one chunk of time after the other over all channels of the
// instance, as ReadMseed emits them. It opens the files of the channels and days
// that are wanted, and no others. An index file spares listing the archive again.
// Channels are the splits. Each instance keeps where the records of a day are, for
// its channels, and the samples of one chunk of one channel.
type ReadSDS struct {
	d4.Base
	recordings
	Out          d4.Out[Trace]
	Path         string   `help:"folder of the archive: YEAR/NET/STA/CHA.D/NET.STA.LOC.CHA.D.YEAR.DAY lies in it"`
	Index        string   `help:"file in which the list of the archive is kept; none if empty"`
	StationsPath string   `help:"StationXML: a folder, a file, or a pattern; the folder of the archive if empty"`
	Channels     []string `help:"what to read, as NET.STA.LOC.CHA or patterns such as CI.*.*.BH?; all if there is none"`
	From         string   `help:"time of the first sample to be read, as 2024-03-01 or 2024-03-01T12:00:00; all if empty"`
	To           string   `help:"time at which reading ends"`
	ChunkS       float64  `help:"longest trace" unit:"s" min:"1" max:"1e6"`
	SkipDamaged  bool     `help:"leave damaged records out, counted and logged; else they are errors"`
	Limit

	from, to mseed.Time
	chunk    d4.Time
	sds      *sds.Archive
	days     []*archive // of each channel of this instance: the files that are being read
}

// NewReadSDS returns a reader of traces of 1800 s.
func NewReadSDS() *ReadSDS {
	return &ReadSDS{Limit: Limit{MaxMiB: 256}, Path: ".", ChunkS: 1800}
}

// Setup checks the parameters.
func (r *ReadSDS) Setup() error {
	from, err := clockTime("from", r.From, d4.Never)
	to, wrong := clockTime("to", r.To, d4.Forever)
	if err = cmp.Or(err, wrong); err == nil && to <= from {
		err = fmt.Errorf("from = %s is not before to = %s", r.From, r.To)
	}
	r.from, r.to, r.chunk = mseed.Time(from), mseed.Time(to), seconds(r.ChunkS)
	return cmp.Or(err, goodChunk(r.ChunkS), goodPatterns(r.Channels))
}

// Open lists the archive and reads the places of the stations.
func (r *ReadSDS) Open(i *d4.Instance) (err error) {
	r.recordings.open(i)
	if r.sds, err = sds.Open(i.Context(), r.Path, r.Index); err != nil {
		return fmt.Errorf("%w: set path to an SDS archive, and index to a file that can be written", err)
	}
	if r.places, err = stationPlaces([]string{cmp.Or(r.StationsPath, r.Path)}); err != nil {
		return err
	}
	var names []string
	var next []int64
	last := d4.Never
	all := r.sds.Channels(r.Channels...)
	for _, id := range all {
		days := r.sds.Days(id)
		first, ok := r.sds.Next(id, sds.DayOf(max(r.from, days[0].Start()))-1)
		if !ok || first.Start() >= r.to {
			continue
		}
		names = append(names, id)
		next = append(next, int64(floor(d4.Time(max(r.from, first.Start())), r.chunk)))
		last = max(last, d4.Time(min(r.to, (days[len(days)-1]+2).Start()))) // a record may reach into the next day
	}
	if len(names) == 0 {
		return fmt.Errorf("%s: none of %d channels has files of that time: set path, channels, from or to", r.Path, len(all))
	}
	r.days = make([]*archive, len(names))
	r.begin(names, next, int64(last))
	return nil
}

// Next emits the next chunk of one channel.
func (r *ReadSDS) Next() error {
	k, err := r.split()
	if err != nil {
		return err
	}
	from := d4.Time(r.next[k])
	to := floor(from, r.chunk) + r.chunk
	s, err := r.records(k, from, to)
	if err != nil {
		return err
	}
	next := int64(ended)
	if s != nil {
		from := max(from, d4.Time(r.from))
		chunk, err := r.days[k].read(s, from, min(to, d4.Time(r.to)))
		if err != nil {
			return err
		}
		r.emit(&r.Out, k, s.rate, &chunk, from)
		if rest := s.from(to); len(rest) > 0 {
			next = int64(floor(max(rest[0].start, to), r.chunk))
		}
	}
	if d, ok := r.sds.Next(r.splits[k], sds.DayOf(mseed.Time(to-1))+1); ok {
		next = min(next, int64(max(to, floor(d4.Time(d.Start()), r.chunk))))
	}
	if next != ended && mseed.Time(next) >= r.to {
		next = ended
	}
	if at, rose := r.done(k, next); rose {
		r.Out.Mark(d4.Time(at))
	}
	return nil
}

// records returns where the records of channel k between two times are, nil if
// there are none. What has been read of the same files serves again.
func (r *ReadSDS) records(k int, from, to d4.Time) (*series, error) {
	id := r.splits[k]
	files := r.sds.Files(id, mseed.Time(from), mseed.Time(to))
	a := r.days[k]
	if a == nil || !slices.Equal(a.files, files) {
		if a != nil {
			a.leave()
		}
		a = &archive{files: files, chunk: r.chunk, keep: r.keep, wants: func(other string) bool { return other == id },
			skips: func(err error) error { return r.damage(err, r.SkipDamaged) }}
		r.days[k] = a
		if err := a.scan(r.info.Context()); err != nil {
			return nil, err
		}
	}
	if s := a.series[id]; s != nil && len(s.extents) > 0 {
		return s, nil
	}
	return nil, nil
}

// leave forgets all that an archive has read.
func (a *archive) leave() {
	for _, s := range a.series {
		a.keep(-seriesBytes)
		if s != nil {
			a.forget(s)
		}
	}
}
