package seismo

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/seedlink"
)

// How a SeedLink source goes on where another run was cut short. Its position is, for each
// station, the packet behind which something had not been emitted; from there on the
// server sends again, in order. Among what comes again are packets of other channels of the
// station that have been emitted before, or told apart as late: these are left out, and
// neither emitted nor counted twice. What is emitted follows the station that is farthest
// behind in sending again what had come before, so that none is late because the server
// sends the packets of others first. A station that has fallen silent, and lost its packets,
// is not waited for longer than it takes the others to be latency_s ahead of the data time
// at which the run went on: the clock then, less what data were behind it before.

// replay is what is known of packets that come again.
type replay struct {
	until   map[string]uint64      // the last packet of each station that has come before, until it comes again
	reached map[string]d4.Time     // how far the stations of until have come again
	late    map[string][]sequences // told apart as late, in this run and those before
	waitFor d4.Time                // no longer than until there are samples of this time
	behind  d4.Time                // the least that data were behind the clock before
}

// sequences are numbers of packets of a station that came one after the other.
type sequences [2]uint64

// mostLate bounds the stretches of late packets that are remembered of a station, for they
// are in each position; the oldest are forgotten, and come twice if the server sends them again.
const mostLate = 128

// isRepeat reports whether a packet is one that has come before.
func (r *replay) isRepeat(p *arrival) bool {
	last, ok := r.until[p.station]
	if !ok {
		return false
	}
	before := seedlink.UpTo(p.version, p.sequence, last)
	if !before || p.sequence == last {
		delete(r.until, p.station)
	}
	return before
}

// heard notes that a packet has come again.
func (r *replay) heard(p *arrival) {
	if at, ok := r.reached[p.station]; ok {
		r.reached[p.station] = max(at, p.end)
	}
}

// bound is until when what has come can be emitted, if the latest of it is of that time.
func (r *replay) bound(latest d4.Time) d4.Time {
	if latest > r.waitFor {
		return latest
	}
	for station := range r.until {
		latest = min(latest, r.reached[station])
	}
	return latest
}

// behindOf names the stations that have not come again beyond a time.
func (r *replay) behindOf(t d4.Time) string {
	names := slices.Sorted(maps.Keys(r.until))
	return strings.Join(slices.DeleteFunc(names, func(station string) bool { return r.reached[station] > t }), ", ")
}

// noteLate notes that a packet is told apart as late.
func (r *replay) noteLate(p *arrival) {
	all := r.late[p.station]
	if n := len(all); n > 0 && all[n-1][1]+1 == p.sequence {
		all[n-1][1] = p.sequence
		return
	}
	if r.late == nil {
		r.late = map[string][]sequences{}
	}
	if all = append(all, sequences{p.sequence, p.sequence}); len(all) > mostLate {
		all = slices.Delete(all, 0, 1)
	}
	r.late[p.station] = all
}

// wasLate reports whether a packet came late the first time.
func (r *replay) wasLate(p *arrival) bool {
	return slices.ContainsFunc(r.late[p.station], func(s sequences) bool { return s[0] <= p.sequence && p.sequence <= s[1] })
}

// forget forgets late packets that old says are so.
func (r *replay) forget(old func(station string, last uint64) bool) {
	for station, all := range r.late {
		all = slices.DeleteFunc(all, func(s sequences) bool { return old(station, s[1]) })
		if r.late[station] = all; len(all) == 0 {
			delete(r.late, station)
		}
	}
}

// Splits is one: the server.
func (s *SeedLink) Splits() []string { return []string{s.Address} }

// Unrepeatable names the output whose items do not come again.
func (*SeedLink) Unrepeatable() []string { return []string{"late"} }

// seedlinkPosition is where a run goes on.
type seedlinkPosition struct {
	State   map[string]uint64 // of each station: behind it something has not been emitted
	Came    map[string]uint64 // of each station: the last packet
	Late    map[string][]sequences
	Version int // of the protocol, which numbers packets
	Emitted d4.Time
	Behind  d4.Time // the least that data have been behind the clock
}

// Position is the sequence number of each station behind which something has not been
// emitted whole: that of the packet before the one that came first of those. Numbers of
// version 3 begin anew, so they cannot be compared.
func (s *SeedLink) Position(int) ([]byte, error) {
	p := seedlinkPosition{maps.Clone(s.resume), maps.Clone(s.resume), s.replay.late, s.version, s.emitted, s.behind()}
	maps.Copy(p.Came, s.replay.until)
	// Numbers of version 3 come again: what is half way round is not the same packet any more.
	s.replay.forget(func(station string, n uint64) bool { return !seedlink.UpTo(s.version, n, p.Came[station]) })
	first := map[string]arrival{}
	for _, all := range s.pending {
		for _, a := range all {
			if f, ok := first[a.station]; !ok || a.number < f.number {
				first[a.station] = a
			}
		}
	}
	for station, a := range first {
		switch {
		case a.before != nil:
			p.State[station] = *a.before
		case a.sequence > 0:
			p.State[station] = a.sequence - 1
		default: // as if it had never been heard
			delete(p.State, station)
		}
	}
	return json.Marshal(p)
}

// behind is by how much data are behind the clock: now, or before where that was less.
func (s *SeedLink) behind() d4.Time {
	if s.latest == d4.Never {
		return s.replay.behind
	}
	return min(s.replay.behind, now()-s.latest)
}

func now() d4.Time { return d4.Time(time.Now().UnixNano()) }

// Seek goes to a position, after Open.
func (s *SeedLink) Seek(k int, position []byte) error { return s.Rewind(k, position, position) }

// Rewind goes to a position, after Open, in a run that goes on for one that had come to last.
func (s *SeedLink) Rewind(_ int, position, last []byte) error {
	var from, to seedlinkPosition
	for _, p := range []struct {
		at   []byte
		into *seedlinkPosition
	}{{position, &from}, {last, &to}} {
		if err := json.Unmarshal(p.at, p.into); err != nil {
			return fmt.Errorf("%q is no position of %s: %w", p.at, s.Address, err)
		}
	}
	maps.Copy(s.resume, from.State)
	s.emitted = from.Emitted
	s.replay = replay{until: to.Came, late: to.Late, behind: to.Behind, waitFor: now() - to.Behind + seconds(s.LatencyS), reached: map[string]d4.Time{}}
	s.version = to.Version
	s.replay.forget(func(station string, n uint64) bool { // it does not come again
		at, ok := from.State[station]
		return ok && seedlink.UpTo(s.version, n, at)
	})
	for station, n := range s.replay.until {
		if at, ok := from.State[station]; ok && at == n {
			delete(s.replay.until, station) // nothing of it comes again
			continue
		}
		s.replay.reached[station] = d4.Never
	}
	return nil
}
