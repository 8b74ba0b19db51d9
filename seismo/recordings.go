package seismo

import (
	"encoding/binary"
	"fmt"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// recordings is what sources of recordings have in common: channels are the splits,
// chunks of time the steps, and traces are made of what a chunk holds.
type recordings struct {
	inStep
	info   *d4.Instance
	places map[string][2]float64
	due    []d4.Time // of each channel: where its next sample belongs; Never before the first
	counts struct{ gaps, overlaps, repeated, damaged *atomic.Int64 }
}

// open makes the counters.
func (r *recordings) open(i *d4.Instance) {
	r.info = i
	r.counts.gaps, r.counts.overlaps = i.Counter("gaps"), i.Counter("overlaps")
	r.counts.repeated, r.counts.damaged = i.Counter("repeated"), i.Counter("damaged")
}

// begin begins with the chunk that is due first in each channel, and says which of
// this instance's have no place.
func (r *recordings) begin(channels []string, next []int64, last int64) {
	r.due = slices.Repeat([]d4.Time{d4.Never}, len(channels))
	var lost []string
	for k, id := range channels {
		if _, ok := r.places[stationName(id)]; !ok && k%r.info.Count == r.info.Index {
			lost = append(lost, id)
		}
	}
	if len(lost) > 0 {
		r.info.Counter("without_coordinates").Add(int64(len(lost)))
		r.info.Log.Warn(noPlace, "channels", len(lost), "of", strings.Join(stationsOf(lost), " "))
	}
	r.inStep.open(r.info, channels, next, last)
}

const noPlace = "no coordinates in StationXML, taken to be at 0, 0: distances, azimuths, velocities and maps take stations_path to be set"

// stationsOf names the stations of channels, the first ten of them.
func stationsOf(channels []string) (names []string) {
	for _, id := range channels {
		if name := stationName(id); !slices.Contains(names, name) {
			if names = append(names, name); len(names) == 10 {
				return append(names, "...")
			}
		}
	}
	return names
}

// damage counts it if it is to be skipped, and else says what can be done.
func (r *recordings) damage(err error, skip bool) error {
	if !skip {
		return fmt.Errorf("%w: mend or remove the file, or set skip_damaged to read on behind it", err)
	}
	r.counts.damaged.Add(1)
	r.info.Log.Warn("damaged", "error", err)
	return nil
}

// emit makes traces of the segments of a chunk of channel k.
func (r *recordings) emit(out *d4.Out[Trace], k int, rate float64, chunk *mseed.Trace, from d4.Time) {
	id := r.splits[k]
	place := r.places[stationName(id)]
	var gaps, overlaps, missing int64
	first := d4.Never
	for i := range chunk.Segments {
		seg := &chunk.Segments[i]
		// A sample may be in a chunk by what rounding does to its time, a
		// millionth of an interval before it.
		start := max(d4.Time(seg.Start), from)
		if due := r.due[k]; due != d4.Never {
			late := int64(math.Round(float64(start-due) / 1e9 * rate))
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
		out.Emit(Trace{Station: Station{ID: id, Lat: place[0], Lon: place[1]}, Start: start, RateHz: rate, Samples: seg.AppendFloat32(nil)})
	}
	r.counts.gaps.Add(gaps)
	r.counts.overlaps.Add(overlaps)
	r.counts.repeated.Add(int64(chunk.Repeated))
	if gaps+overlaps > 0 {
		r.info.Log.Warn("interrupted", "channel", id, "first", clock(first), "gaps", gaps, "missing_samples", missing, "overlaps", overlaps)
	}
}

// Position is where split k goes on and where its next sample is due, as
// varints of nanoseconds.
func (r *recordings) Position(k int) ([]byte, error) {
	position, err := r.inStep.Position(k)
	return binary.AppendVarint(position, int64(r.due[k])), err
}

// Seek goes to a position, after Open.
func (r *recordings) Seek(k int, position []byte) error {
	_, n := binary.Varint(position)
	due, m := binary.Varint(position[max(n, 0):])
	if n <= 0 || m <= 0 || n+m != len(position) {
		return fmt.Errorf("%x is no position in %s", position, r.splits[k])
	}
	r.due[k] = d4.Time(due)
	return r.inStep.Seek(k, position[:n])
}

// goodPatterns checks parameters such as CI.*.*.BH?.
func goodPatterns(channels []string) error {
	for _, pattern := range channels {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("channels: %q: %w", pattern, err)
		}
	}
	return nil
}

// matches reports whether a channel is to be read: all are if there is no pattern.
func matches(patterns []string, channel string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, _ := path.Match(pattern, channel) // the pattern is good
		return ok
	})
}

// goodName checks the name of a file, a store or a folder among the outputs of a run.
func goodName(name, what string) error {
	if name == "" || !filepath.IsLocal(name) {
		return fmt.Errorf("name %q is not that of a %s in the run directory", name, what)
	}
	return nil
}

// goodChunk checks the parameter chunk_s.
func goodChunk(s float64) error {
	if !(s >= 1e-3 && s <= 1e6) {
		return fmt.Errorf("chunk_s = %g s is not within 0.001 and 1e6 s", s)
	}
	return nil
}
