package seismo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/seedlink"
)

// SeedLink is a source without end: recordings as they are made, from a SeedLink
// server of version 3 or 4. A lost connection is made again, and goes on behind the
// last packet of each station.
//
// Packets of a channel come in nearly any order, late, or not at all. The rule is one
// of data time, not of clocks: what is emitted, and marked, follows the latest sample of
// all channels at a distance of latency_s, a chunk at a time. Until then packets are
// put in order, and what came twice is emitted once. What comes later still is counted
// ("late") and emitted at the output late, as it is; what never comes is a gap. With
// hourly windows the results of an hour are there latency_s after its end. A record that
// lies ahead of the clock by more than a day is damaged, and does not move the time.
//
// An interrupt ends the source; what has come by then is emitted. A run that its time
// limit cuts short goes on by the sequence numbers of the stations (seedlinkresume.go).
type SeedLink struct {
	d4.Base
	recordings
	Out          d4.Out[Trace]
	Late         d4.Out[Trace]
	Address      string   `help:"of the server, host:port; port 18000 if there is none"`
	Streams      []string `help:"what to receive: NET.STA, or NET.STA.LOC.CHA with * and ? in the last two"`
	Version      int      `help:"of the protocol, 3 or 4; 0 for the best that the server has" min:"0" max:"4"`
	Begin        string   `help:"time of the first data wanted, as far as the server still has them, as 2024-03-01T12:00:00; the next packet if empty"`
	StationsPath string   `help:"StationXML: a folder, a file, or a pattern; none if empty"`
	LatencyS     float64  `help:"how long what is late is waited for, in data time" unit:"s" min:"0" max:"1e6"`
	ChunkS       float64  `help:"how much is emitted at a time; traces lie between multiples of it" unit:"s" min:"0.001" max:"1e6"`
	Limit

	stop      context.CancelFunc
	packets   chan arrival
	received  error // why no more come, once packets is closed
	ready     chan struct{}
	channels  map[string]int // number of each
	pending   [][]arrival    // records of each that are not emitted whole
	rates     []float64
	latest    d4.Time           // sample of all channels
	emitted   d4.Time           // until when all has been
	resume    map[string]uint64 // the last packet of each station
	version   int               // of the protocol
	replay    replay
	arrivals  int64 // so far
	scratch   archive
	late      *atomic.Int64
	reconnect *atomic.Int64
}

// arrival is a record that has come.
type arrival struct {
	station    string
	sequence   uint64
	version    int // of the protocol
	raw        []byte
	start, end d4.Time
	number     int64   // of all that have come
	before     *uint64 // the station's packet before it; nil for the first
}

// newChannelBytes is what is kept for each channel, whatever a server makes up.
const newChannelBytes = 512

// NewSeedLink returns a source of chunks of 60 s that waits five minutes for what is
// late.
func NewSeedLink() *SeedLink {
	return &SeedLink{Address: "localhost:18000", LatencyS: 300, ChunkS: 60, Limit: Limit{MaxMiB: 256}}
}

// Single: there is one connection.
func (*SeedLink) Single() {}

// Setup checks the parameters.
func (s *SeedLink) Setup() error {
	_, err := s.options()
	if err == nil {
		_, err = seedlink.NewClient(seedlink.Options{Address: s.Address, Streams: streamsOf(s.Streams), Version: s.Version})
	}
	return cmp.Or(err, goodChunk(s.ChunkS))
}

func (s *SeedLink) options() (seedlink.Options, error) {
	o := seedlink.Options{Address: s.Address, Streams: streamsOf(s.Streams), Version: s.Version, State: s.resume}
	if len(o.Streams) == 0 {
		return o, errors.New("streams is empty: set it to what is wanted, as [\"GE.WLF\", \"IU.ANMO.00.BH?\"]")
	}
	if s.Begin == "" {
		return o, nil
	}
	begin, err := clockTime("begin", s.Begin, 0)
	o.Begin = clockOf(begin)
	return o, err
}

// streamsOf puts the selectors of each station together.
func streamsOf(patterns []string) []seedlink.Stream {
	selectors := map[string][]string{}
	for _, p := range patterns {
		part := strings.SplitN(p, ".", 3)
		if len(part) < 3 {
			selectors[p] = append(selectors[p], "*.*")
			continue
		}
		station := part[0] + "." + part[1]
		selectors[station] = append(selectors[station], part[2])
	}
	var all []seedlink.Stream
	for _, station := range slices.Sorted(maps.Keys(selectors)) {
		wanted := selectors[station]
		if slices.Contains(wanted, "*.*") {
			wanted = nil
		}
		all = append(all, seedlink.Stream{Station: station, Selectors: wanted})
	}
	return all
}

// Open begins to receive.
func (s *SeedLink) Open(i *d4.Instance) (err error) {
	s.recordings.open(i)
	s.late, s.reconnect = i.Counter("late"), i.Counter("reconnected")
	if s.StationsPath != "" {
		if s.places, err = stationPlaces([]string{s.StationsPath}); err != nil {
			return err
		}
	}
	s.channels, s.pending, s.rates, s.resume = map[string]int{}, nil, nil, map[string]uint64{}
	s.latest, s.emitted, s.replay = d4.Never, d4.Never, replay{behind: d4.Forever}
	s.inStep.open(i, nil, nil, 0)
	return nil
}

// receive takes packets off the server until the run ends.
func (s *SeedLink) receive() error {
	o, err := s.options()
	if err != nil {
		return err
	}
	log, lost := s.info.Log, s.reconnect
	o.OnLost = func(err error) {
		lost.Add(1)
		log.Warn("connection lost", "error", err)
	}
	client, err := seedlink.NewClient(o)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(s.info.Context())
	s.stop, s.packets, s.ready = stop, make(chan arrival, 256), make(chan struct{}, 1)
	go func() {
		defer client.Close()
		defer func() {
			close(s.packets)
			s.wake()
		}()
		for {
			p, err := client.Next(ctx)
			if err != nil {
				s.received = err
				return
			}
			select {
			case s.packets <- arrival{station: p.Station, sequence: p.Sequence, version: client.Version(), raw: p.Payload}:
				s.wake()
			case <-ctx.Done():
				s.received = ctx.Err()
				return
			}
		}
	}()
	return nil
}

// wake tells a source that waits that there is something.
func (s *SeedLink) wake() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// Next takes in what has come, and emits the chunks that are due.
func (s *SeedLink) Next() error {
	if s.packets == nil {
		if err := s.receive(); err != nil {
			return err
		}
	}
	for {
		select {
		case p, ok := <-s.packets:
			if !ok { // where the run is stopped that is no end, for it can go on
				return s.received
			}
			if err := s.take(p); err != nil {
				return err
			}
			come := s.replay.bound(s.latest)
			if come == d4.Never {
				continue
			}
			due := floor(come-seconds(s.LatencyS), seconds(s.ChunkS))
			if due <= s.emitted {
				continue
			}
			s.emitUntil(due)
			return nil
		default:
			return d4.Wait(s.ready)
		}
	}
}

// take keeps a record, or says that it is damaged or late.
func (s *SeedLink) take(p arrival) error {
	if before, ok := s.resume[p.station]; ok {
		p.before = &before
	}
	s.arrivals++
	p.number = s.arrivals
	s.resume[p.station], s.version = p.sequence, p.version
	repeat := s.replay.isRepeat(&p)
	var rec mseed.Record
	if _, err := rec.Parse(p.raw); err != nil {
		return s.damage(fmt.Errorf("a packet of %s: %w", p.station, err), true)
	}
	if rec.NumSamples == 0 || !(rec.SampleRate > 0) || rec.Encoding == mseed.Text {
		return nil
	}
	p.start, p.end = d4.Time(rec.Start), d4.Time(rec.Start.Add(rec.NumSamples, rec.SampleRate))
	if p.end > d4.Time(time.Now().Add(24*time.Hour).UnixNano()) {
		return s.damage(fmt.Errorf("a packet of %s ends at %s, which is yet to come", rec.ID, clock(p.end)), true)
	}
	k, known := s.channels[rec.ID]
	if !known {
		if err := s.keep(newChannelBytes); err != nil {
			return fmt.Errorf("%s, the channel number %d: %w", rec.ID, len(s.channels)+1, err)
		}
		k = len(s.pending)
		s.channels[rec.ID] = k
		s.pending, s.rates, s.due = append(s.pending, nil), append(s.rates, rec.SampleRate), append(s.due, d4.Never)
		s.splits = append(s.splits, rec.ID)
		if _, ok := s.places[stationName(rec.ID)]; !ok {
			s.info.Counter("without_coordinates").Add(1)
			s.info.Log.Warn(noPlace, "of", stationName(rec.ID))
		}
	}
	if math.Abs(rec.SampleRate/s.rates[k]-1) > 1e-4 {
		return s.damage(fmt.Errorf("%s at %s: %w, %g Hz before and %g Hz here", rec.ID, clock(p.start), mseed.ErrRates, s.rates[k], rec.SampleRate), true)
	}
	s.replay.heard(&p)
	if repeat && (p.end <= s.emitted || s.replay.wasLate(&p)) {
		return nil // it has been emitted in the run that this one continues
	}
	if p.end <= s.emitted {
		s.late.Add(1)
		s.replay.noteLate(&p)
		x, err := rec.AppendFloat32(nil)
		if err != nil {
			return s.damage(err, true)
		}
		place := s.places[stationName(rec.ID)]
		s.Late.Emit(Trace{Station: Station{ID: rec.ID, Lat: place[0], Lon: place[1]}, Start: p.start, RateHz: rec.SampleRate, Samples: x})
		return nil
	}
	s.latest = max(s.latest, p.end)
	s.pending[k] = append(s.pending[k], p)
	if err := s.keep(len(p.raw)); err != nil {
		if bound := s.replay.bound(s.latest); bound < s.latest {
			return fmt.Errorf("%s: %w; what came before the run went on is held until the server has sent it again, of %s too", rec.ID, err, s.replay.behindOf(bound))
		}
		return fmt.Errorf("%s: %w, or lower latency_s", rec.ID, err)
	}
	return nil
}

// emitUntil emits all samples before a time, chunk by chunk, and marks each. Channels
// come in the order of their names.
func (s *SeedLink) emitUntil(to d4.Time) {
	chunk := seconds(s.ChunkS)
	for {
		first := d4.Forever // of what is left
		for _, all := range s.pending {
			for _, p := range all {
				first = min(first, p.start)
			}
		}
		if first = max(first, s.emitted); first >= to {
			break
		}
		s.emitChunk(min(to, floor(first, chunk)+chunk))
	}
	if to > s.emitted {
		s.emitted = to
		s.Out.Mark(to)
	}
}

// emitChunk emits the samples before a time that have not been emitted.
func (s *SeedLink) emitChunk(to d4.Time) {
	from := s.emitted
	for _, id := range slices.Sorted(maps.Keys(s.channels)) {
		k := s.channels[id]
		all := mseed.NewAssembler(mseed.Options{Window: mseed.Window{From: mseed.Time(from), To: mseed.Time(to)}})
		var rest []arrival
		for _, p := range s.pending[k] {
			var rec mseed.Record
			if _, err := rec.Parse(p.raw); err == nil && p.start < to { // it could be parsed before
				if err := s.scratch.add(all, &rec); err != nil {
					s.damage(err, true) // which returns nothing
				}
			}
			if p.end > to {
				rest = append(rest, p)
			} else {
				s.keep(-len(p.raw)) // to keep less is no error
			}
		}
		s.pending[k] = rest
		for _, chunk := range all.Traces() {
			s.emit(&s.Out, k, s.rates[k], &chunk, from)
		}
	}
	s.emitted = to
	s.Out.Mark(to)
}

// Finish emits what is left.
func (s *SeedLink) Finish() error {
	if s.latest != d4.Never {
		s.emitUntil(s.latest + 1)
	}
	return nil
}

// Close ends the connection.
func (s *SeedLink) Close() error {
	if s.stop != nil {
		s.stop()
		for range s.packets { // until the goroutine has ended
		}
	}
	return nil
}
