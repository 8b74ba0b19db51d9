package seismo

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/seismo/fdsn"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/stationxml"
)

// ReadFDSN is a source of recordings from the FDSN web services of a data centre:
// traces as ReadMseed emits them, a chunk of time after the other over all channels, each
// asked for by a request of its own. Which channels there are, and where, is asked of
// the station service first. What the data centre does not have is a gap.
//
// There is one instance, for data centres want to be asked in turn; requests are
// interval_s apart. One that fails for the moment (429, 500 and above, a connection that is
// lost) is tried again after what the server asks for, else after a second, doubled each
// time. It keeps one answer.
type ReadFDSN struct {
	d4.Base
	recordings
	Out d4.Out[Trace]
	dataCentre
	Channels     []string `help:"what to read, as NET.STA.LOC.CHA with * and ? for any, as CI.*.*.BH?"`
	StationsPath string   `help:"StationXML with the places of stations: a folder, a file, or a pattern; the data centre is asked if empty"`
	ChunkS       float64  `help:"longest trace, and what a request asks for" unit:"s" min:"1" max:"1e6"`
	SkipDamaged  bool     `help:"leave damaged records out, counted and logged; else they are errors"`
	Limit

	rates   map[string]float64 // of the channels, as far as it has read
	samples []float32
}

// NewReadFDSN returns a reader of an hour at a time, at most five requests a second.
func NewReadFDSN() *ReadFDSN {
	return &ReadFDSN{Limit: Limit{MaxMiB: 256}, ChunkS: 3600, dataCentre: politely}
}

// Setup checks the parameters.
func (r *ReadFDSN) Setup() error {
	if len(r.Channels) == 0 {
		return errors.New(`channels is empty: set it to what is wanted, as ["CI.*.*.BH?"]`)
	}
	for _, pattern := range r.Channels {
		if strings.Count(pattern, ".") != 3 {
			return fmt.Errorf("channels: %q is not of the form NET.STA.LOC.CHA", pattern)
		}
	}
	return cmp.Or(r.dataCentre.setup(r.MemoryLimit(1)), goodChunk(r.ChunkS))
}

// Open asks which channels there are, and where.
func (r *ReadFDSN) Open(i *d4.Instance) (err error) {
	r.recordings.open(i)
	places := map[string][2]float64{}
	channels := map[string]bool{}
	for _, pattern := range r.Channels {
		text, err := r.client.Station(i.Context(), pattern, "channel", clockOf(r.from), clockOf(r.to))
		if errors.Is(err, fdsn.ErrNoData) {
			i.Log.Warn("the data centre has no such channels", "channels", pattern)
			continue
		}
		if err != nil {
			return err
		}
		inventory, err := stationxml.Read(bytes.NewReader(text), stationxml.ChannelLevel)
		if err != nil {
			return fmt.Errorf("%s: stations of %s: %w", r.Address, pattern, err)
		}
		for _, n := range inventory.Networks {
			for _, s := range n.Stations {
				places[s.ID()] = [2]float64{s.LatitudeDeg, s.LongitudeDeg}
				for _, c := range s.Channels {
					channels[c.ID()] = true
				}
			}
		}
	}
	if len(channels) == 0 {
		return fmt.Errorf("%s: no channels %s from %s to %s: set address, channels, from or to", r.Address, strings.Join(r.Channels, ", "), r.From, r.To)
	}
	r.places, r.rates = places, map[string]float64{}
	if r.StationsPath != "" {
		if r.places, err = stationPlaces([]string{r.StationsPath}); err != nil {
			return err
		}
	}
	names := slices.Sorted(maps.Keys(channels))
	r.begin(names, slices.Repeat([]int64{int64(floor(r.from, seconds(r.ChunkS)))}, len(names)), int64(r.to))
	return nil
}

// Next asks for the next chunk of one channel and emits it.
func (r *ReadFDSN) Next() error {
	k, err := r.split()
	if err != nil {
		return err
	}
	chunk, id := seconds(r.ChunkS), r.splits[k]
	next := d4.Time(r.next[k]) + chunk
	from, to := max(d4.Time(r.next[k]), r.from), min(next, r.to)
	data, err := r.client.Dataselect(r.info.Context(), id, clockOf(from), clockOf(to))
	switch {
	case errors.Is(err, fdsn.ErrNoData):
	case err != nil: // also where the run is stopped: that is no end, for it can go on
		return err
	}
	if err := r.take(k, data, from, to); err != nil {
		return fmt.Errorf("%s: %s at %s: %w", r.Address, id, clock(from), err)
	}
	if next >= r.to {
		next = ended
	}
	if at, rose := r.done(k, int64(next)); rose {
		r.Out.Mark(d4.Time(at))
	}
	return nil
}

// take emits what lies within a chunk of an answer.
func (r *ReadFDSN) take(k int, data []byte, from, to d4.Time) error {
	if len(data) == 0 {
		return nil
	}
	decoded := int64(0)
	traces, err := mseed.ReadTraces(bytes.NewReader(data), mseed.Options{
		Window: mseed.Window{From: mseed.Time(from), To: mseed.Time(to)},
		Select: func(id string) bool { return id == r.splits[k] },
		Check: func(rec *mseed.Record) error {
			if decoded += sampleBytes * int64(rec.NumSamples); decoded > r.MemoryLimit(1) {
				return fmt.Errorf("%w: the samples of one request: set a lower chunk_s or a higher max_mib", pes.ErrLimit)
			}
			return finite(rec, &r.samples)
		},
		OnDamage: func(e *mseed.Error) error {
			if r.SkipDamaged {
				return r.damage(e, true)
			}
			return fmt.Errorf("%w: set skip_damaged to read on behind it", e)
		},
	})
	if err != nil {
		return err
	}
	for _, t := range traces {
		if before := r.rates[t.ID]; before != 0 && math.Abs(t.SampleRate/before-1) > 1e-4 {
			return fmt.Errorf("%w: %v Hz before and %v Hz here", mseed.ErrRates, before, t.SampleRate)
		}
		r.rates[t.ID] = t.SampleRate
		r.emit(&r.Out, k, t.SampleRate, &t, from)
	}
	return nil
}
