package mseed

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Segment is an uninterrupted series of samples of one channel. One of its
// four series is set, the others are nil.
type Segment struct {
	ID         string // NET.STA.LOC.CHA
	Start      Time   // of the first sample
	SampleRate float64

	Int32   []int32
	Float32 []float32
	Float64 []float64
	Text    []byte // only written; ReadTraces leaves text out

	// Drift is how much later than at SampleRate the last record began. Records
	// are joined one to the next, within half a sample each, so that a clock
	// that runs off leaves its trace here and not in many small gaps.
	Drift time.Duration
}

// Len returns the number of samples.
func (s *Segment) Len() int {
	return max(len(s.Int32), len(s.Float32), len(s.Float64), len(s.Text))
}

// Next returns the time at which the sample after the last one is due.
func (s *Segment) Next() Time { return s.Start.Add(s.Len(), s.SampleRate) + Time(s.Drift) }

// AppendFloat64 appends the samples, exactly, to dst and returns it.
func (s *Segment) AppendFloat64(dst []float64) []float64 { return appendAll(dst, s) }

// AppendFloat32 appends the samples, rounded where they are not float32, to
// dst and returns it.
func (s *Segment) AppendFloat32(dst []float32) []float32 { return appendAll(dst, s) }

func appendAll[F float32 | float64](dst []F, s *Segment) []F {
	dst = slices.Grow(dst, s.Len())
	for _, v := range s.Int32 {
		dst = append(dst, F(v))
	}
	for _, v := range s.Float32 {
		dst = append(dst, F(v))
	}
	for _, v := range s.Float64 {
		dst = append(dst, F(v))
	}
	return dst
}

// Gap is where one segment does not continue another one.
type Gap struct {
	ID       string
	From, To Time // the next sample was due at From, and came at To
	Samples  int  // that are missing; negative where segments overlap
}

// String returns the gap on one line.
func (g Gap) String() string {
	if g.Samples < 0 {
		return fmt.Sprintf("%s: overlap of %d samples from %v to %v", g.ID, -g.Samples, g.To, g.From)
	}
	return fmt.Sprintf("%s: gap of %d samples from %v to %v", g.ID, g.Samples, g.From, g.To)
}

// Trace is all that was read of one channel.
type Trace struct {
	ID         string
	SampleRate float64 // Hz
	SampleType SampleType
	Segments   []Segment // by start time; those that overlap say different things
	Records    int
	Repeated   int // samples that came again with the same time and value, and were dropped
}

// Gaps returns what lies between the segments of t: each one is compared with
// the one that reaches furthest of those before it.
func (t *Trace) Gaps() []Gap {
	if len(t.Segments) < 2 {
		return nil
	}
	gaps := make([]Gap, 0, len(t.Segments)-1)
	due := t.Segments[0].Next()
	for i := range t.Segments[1:] {
		s := &t.Segments[i+1]
		n := int(math.Round(due.samplesUntil(s.Start, t.SampleRate)))
		gaps = append(gaps, Gap{ID: t.ID, From: due, To: s.Start, Samples: n})
		due = max(due, s.Next())
	}
	return gaps
}
