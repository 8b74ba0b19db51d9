package seismo

import (
	"fmt"
	"maps"
	"math"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/psd"
	"github.com/dispel4go/dispel4go/seismo/response"
)

// A Gap is a stretch that is missing.
type Gap struct{ From, To d4.Time }

// A ChannelQuality is what Quality has found out about a channel.
type ChannelQuality struct {
	Channel    string
	RateHz     float64
	Start, End d4.Time // of the first sample and after the last one
	Samples    int64
	Gaps       []Gap // the longest, at most MaxGaps
	AllGaps    int64
	Overlaps   int64
	Clipped    int64 // samples at the greatest or least value in runs of three and more
	MeanOf     float64
	RMS        float64 // about the mean

	Segments  int64     // that densities were taken of
	PeriodsS  []float64 // of what follows
	MeanDB    []float64
	P5DB      []float64 // percentiles
	MedianDB  []float64
	P95DB     []float64
	MinDB     float64
	Histogram []float64 // share of segments by period and dB from MinDB on, one row a period
	Physical  bool      // in dB relative to 1 (m/s2)^2/Hz, else to the square of the unit of the traces per Hz
}

// Availability is the share of the time between the first and the last sample that
// there are samples of.
func (c ChannelQuality) Availability() float64 {
	return min(1, float64(c.Samples)/c.RateHz/(float64(c.End-c.Start)/1e9))
}

// MaxGaps is how many gaps of a channel are listed.
const MaxGaps = 100

// Quality measures the quality of each channel: gaps and overlaps, samples at the
// limits, and the probabilistic power spectral density (psd.PPSD, ObsPy's PPSD). The
// traces may be of any length; segments begin anew after a gap. It emits what it has
// found at the end.
type Quality struct {
	Traces
	Result       d4.Out[ChannelQuality]
	SegmentS     float64 `help:"length of the segments whose densities are collected" unit:"s" min:"1" max:"1e6"`
	Overlap      float64 `help:"of segments, as a share" min:"0" max:"0.95"`
	Input        string  `help:"what the traces are: counts, or ground motion, from which the response has been removed" oneof:"counts|velocity|acceleration"`
	StationsPath string  `help:"StationXML or RESP with the responses of counts: a folder, a file, or a pattern; without one the densities are those of counts"`
	Limit

	responses responses
	all       map[string]*channelQuality
	seen      channels[*segments]
}

// channelQuality is what is known of a channel so far.
type channelQuality struct {
	ChannelQuality
	ppsd     *psd.PPSD
	due      d4.Time
	sum, sq  float64
	lowest   float32
	greatest float32
	runs     [2]int64 // samples at lowest and at greatest in runs of three and more
	run      int
	last     float32
}

// segments is what is there of the segment that is not full yet.
type segments struct{ samples []float32 }

// NewQuality returns hours that overlap by half, of counts.
func NewQuality() *Quality {
	q := &Quality{SegmentS: 3600, Overlap: 0.5, Input: "counts", Limit: Limit{MaxMiB: 1024}}
	q.each(q.trace)
	return q
}

// Setup checks the parameters.
func (q *Quality) Setup() error {
	if !slices.Contains([]string{"counts", "velocity", "acceleration"}, q.Input) {
		return fmt.Errorf("input = %q is none of counts, velocity, acceleration", q.Input)
	}
	if !(q.SegmentS > 0) || !(q.Overlap >= 0 && q.Overlap < 1) {
		return fmt.Errorf("segment_s = %g s and overlap = %g: above 0, and within 0 and 1", q.SegmentS, q.Overlap)
	}
	return nil
}

// Open reads the responses.
func (q *Quality) Open(i *d4.Instance) (err error) {
	q.all = map[string]*channelQuality{}
	q.seen.open(i, func(float64) (*segments, error) { return &segments{}, nil })
	q.seen.lost = func(s *segments) {
		q.keep(-4 * len(s.samples)) // to keep less is no error
		s.samples = nil
	}
	if q.Input == "counts" && q.StationsPath != "" {
		q.responses, err = readResponses(q.StationsPath, func(id string) bool { return place(id, i.Count) == i.Index })
	}
	return err
}

func (q *Quality) trace(t *Trace) error {
	if len(t.Samples) == 0 {
		return nil
	}
	c := q.all[t.Station.ID]
	if c == nil {
		var err error
		if c, err = q.begin(t); err != nil {
			return err
		}
		q.all[t.Station.ID] = c
	} else if late := t.Start - c.due; late > span(1, t.RateHz)/2 {
		c.AllGaps++
		c.Gaps = append(c.Gaps, Gap{c.due, t.Start})
		if len(c.Gaps) > 2*MaxGaps {
			c.longest()
		}
	} else if late < -span(1, t.RateHz)/2 {
		c.Overlaps++
	}
	s, err := q.seen.of(t) // cuts off what overlaps
	if err != nil || len(t.Samples) == 0 {
		return err
	}
	c.due = t.End()
	c.End = max(c.End, c.due)
	c.look(t.Samples)
	if err := q.keep(4 * len(t.Samples)); err != nil {
		return err
	}
	s.samples = append(s.samples, t.Samples...)
	for len(s.samples) >= c.ppsd.Segment() {
		c.ppsd.Add(q.acceleration(s.samples[:c.ppsd.Segment()], t.RateHz))
		n := min(c.ppsd.Step(), len(s.samples))
		s.samples = slices.Delete(s.samples, 0, n)
		if err := q.keep(-4 * n); err != nil {
			return err
		}
	}
	return nil
}

// acceleration is a segment in the unit that densities are taken of.
func (q *Quality) acceleration(x []float32, rate float64) []float64 {
	y := widen(x)
	if q.Input == "velocity" {
		dsp.Differentiate(y, y, 1/rate)
	}
	return y
}

func (q *Quality) begin(t *Trace) (*channelQuality, error) {
	overlap := q.Overlap
	if overlap == 0 {
		overlap = -1 // none, not the default
	}
	p, err := psd.NewPPSD(t.RateHz, psd.Options{SegmentS: q.SegmentS, Overlap: overlap})
	if err != nil {
		return nil, err
	}
	if err := q.keep(p.Bytes()); err != nil {
		return nil, err
	}
	c := &channelQuality{ppsd: p, ChannelQuality: ChannelQuality{Channel: t.Station.ID, RateHz: t.RateHz, Start: t.Start, Physical: q.Input != "counts"}}
	c.due, c.lowest, c.greatest = t.Start, float32(math.Inf(1)), float32(math.Inf(-1))
	if of := q.responses.of(t.Station.ID, t.Start); of != nil {
		h, err := velocityResponse(of, p.Freqs())
		if err != nil {
			return nil, err
		}
		p.SetResponse(h)
		c.Physical = true
	}
	return c, nil
}

// look counts samples, and those that stay at the limits.
func (c *channelQuality) look(x []float32) {
	c.Samples += int64(len(x))
	for _, v := range x {
		f := float64(v)
		c.sum, c.sq = c.sum+f, c.sq+f*f
		if v == c.last {
			c.run++
		} else {
			c.run = 1
		}
		c.last = v
		if v < c.lowest {
			c.lowest, c.runs[0] = v, 0
		}
		if v > c.greatest {
			c.greatest, c.runs[1] = v, 0
		}
		add := int64(0)
		if c.run == 3 {
			add = 3
		} else if c.run > 3 {
			add = 1
		}
		if v == c.lowest {
			c.runs[0] += add
		} else if v == c.greatest {
			c.runs[1] += add
		}
	}
}

// longest keeps the longest gaps.
func (c *channelQuality) longest() {
	slices.SortStableFunc(c.Gaps, func(a, b Gap) int { return int(min(max((b.To-b.From)-(a.To-a.From), -1), 1)) })
	c.Gaps = c.Gaps[:min(len(c.Gaps), MaxGaps)]
}

// Finish emits what was found, by the names of the channels.
func (q *Quality) Finish() error {
	for _, id := range slices.Sorted(maps.Keys(q.all)) {
		c := q.all[id]
		c.longest()
		slices.SortFunc(c.Gaps, func(a, b Gap) int { return int(min(max(a.From-b.From, -1), 1)) })
		c.MeanOf = c.sum / float64(c.Samples)
		c.RMS = math.Sqrt(max(0, c.sq/float64(c.Samples)-c.MeanOf*c.MeanOf))
		if c.lowest < c.greatest {
			c.Clipped = c.runs[0] + c.runs[1]
		}
		p := c.ppsd
		c.Segments, c.PeriodsS = int64(p.Segments()), slices.Clone(p.Periods())
		c.MeanDB, c.P5DB, c.MedianDB, c.P95DB = p.Mean(), p.Percentile(5), p.Percentile(50), p.Percentile(95)
		shares, minDB := p.Histogram()
		c.MinDB = minDB
		for _, row := range shares {
			c.Histogram = append(c.Histogram, row...)
		}
		q.Result.Emit(c.ChannelQuality)
	}
	return nil
}

// velocityResponse is a response to ground velocity at frequencies in Hz.
func velocityResponse(of *response.Response, freqs []float64) ([]complex128, error) {
	e, err := response.NewEvaluator(of, response.Velocity)
	if err != nil {
		return nil, err
	}
	h := make([]complex128, len(freqs))
	for k, f := range freqs {
		h[k] = e.At(f)
	}
	return h, nil
}
