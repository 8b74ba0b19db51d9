package psd

import (
	"fmt"
	"math"
	"sort"
)

// Options of a PPSD. The zero value of each stands for ObsPy's default.
type Options struct {
	SegmentS float64 // length of a segment, 3600 s
	Overlap  float64 // of segments, 0.5 of their length; negative for none
	SmoothOc float64 // width of the mean over periods, 1 octave
	StepOc   float64 // from one period to the next, 1/8 octave
	MinDB    float64 // the histogram's range, -200 to -50 dB
	MaxDB    float64
}

func (o *Options) fill() {
	set := func(v *float64, to float64) {
		if *v == 0 {
			*v = to
		}
	}
	set(&o.SegmentS, 3600)
	set(&o.Overlap, 0.5)
	set(&o.SmoothOc, 1)
	set(&o.StepOc, 0.125)
	if o.MinDB == 0 && o.MaxDB == 0 {
		o.MinDB, o.MaxDB = -200, -50
	}
	o.Overlap = max(o.Overlap, 0)
}

// PPSD is the histogram of the power spectral densities of one channel's segments,
// in dB relative to 1 (m/s2)^2/Hz where its response is known. It serves one
// goroutine at a time.
type PPSD struct {
	options  Options
	segment  int // samples
	welch    *Welch[float64, complex128]
	density  []float64
	power    []float64 // of the response at each frequency: (samples per m/s2)^2
	periods  []float64 // centres
	from, to []int     // frequencies whose mean is that of a period
	counts   [][]int   // by period and dB
	segments int
}

// maxSegment is the most samples of a segment: ten days at 100 Hz are fewer. A rate is what
// a file says.
const maxSegment = 1 << 27

// NewPPSD returns an empty histogram of records at rate Hz: a density is the mean of
// frames of a power of two, at most a quarter of a segment, that overlap by three
// quarters.
func NewPPSD(rate float64, o Options) (*PPSD, error) {
	o.fill()
	if !(o.SegmentS*rate >= 16 && o.SegmentS*rate <= maxSegment) || !(o.SmoothOc > 0) || !(o.StepOc > 0) || !(o.Overlap < 1) || !(o.MaxDB > o.MinDB) {
		return nil, fmt.Errorf("psd: no PPSD of segments of %g s at %g Hz: they need 16 to %d samples", o.SegmentS, rate, maxSegment)
	}
	p := &PPSD{options: o, segment: int(o.SegmentS * rate)}
	n := 1
	for 2*n <= int(o.SegmentS*rate/4) {
		n *= 2
	}
	var err error
	if p.welch, err = NewWelch[float64, complex128](n, int(0.75*float64(n)), 0.2, rate); err != nil {
		return nil, err
	}
	p.power = make([]float64, p.welch.Bins())
	for k := range p.power {
		p.power[k] = 1
	}
	p.bin()
	return p, nil
}

// bin lays the periods out: from the shortest to the longest of the densities, each
// the geometric middle of its octave.
func (p *PPSD) bin() {
	bins := p.welch.Bins()
	shortest, longest := 1/p.welch.Freq(bins-1), 1/p.welch.Freq(1)
	width, step := math.Exp2(p.options.SmoothOc), math.Exp2(p.options.StepOc)
	left := shortest / math.Sqrt(width)
	for {
		right := left * width
		center := math.Sqrt(left * right)
		if right > shortest && left < longest {
			p.periods = append(p.periods, center)
			// The frequencies of the periods from left to right.
			first := sort.Search(bins-1, func(i int) bool { return 1/p.welch.Freq(i+1) <= right }) + 1
			last := sort.Search(bins-1, func(i int) bool { return 1/p.welch.Freq(i+1) < left })
			p.from, p.to = append(p.from, first), append(p.to, last+1)
		}
		if center >= longest {
			break
		}
		left *= step
	}
	p.counts = make([][]int, len(p.periods))
	for i := range p.counts {
		p.counts[i] = make([]int, int(math.Round(p.options.MaxDB-p.options.MinDB)))
	}
}

// Bytes is the memory that p takes, roughly.
func (p *PPSD) Bytes() int {
	frame := 2 * (p.welch.Bins() - 1)
	histogram := len(p.periods) * (48 + 8*int(math.Round(p.options.MaxDB-p.options.MinDB)))
	return 16*p.welch.Bins() + 64*frame + histogram
}

// Freqs returns the frequencies of the densities in Hz, from 0 on.
func (p *PPSD) Freqs() []float64 {
	f := make([]float64, p.welch.Bins())
	for k := range f {
		f[k] = p.welch.Freq(k)
	}
	return f
}

// SetResponse gives the response of the instrument at Freqs(), in samples per m/s.
// Without one, the samples are taken to be m/s2.
func (p *PPSD) SetResponse(h []complex128) {
	if len(h) != len(p.power) {
		panic("psd: response does not have the length of the spectrum")
	}
	for k, v := range h {
		w := 2 * math.Pi * p.welch.Freq(k)
		p.power[k] = (real(v)*real(v) + imag(v)*imag(v)) / (w * w)
	}
}

// Segment returns the samples of a segment, and Step those from one to the next.
func (p *PPSD) Segment() int { return p.segment }

// Step returns the samples from one segment to the next.
func (p *PPSD) Step() int { return max(1, int(float64(p.segment)*(1-p.options.Overlap))) }

// Periods returns the periods in seconds.
func (p *PPSD) Periods() []float64 { return p.periods }

// Segments returns how many segments have been added.
func (p *PPSD) Segments() int { return p.segments }

// Add adds a segment and returns its density at Periods(), in dB.
func (p *PPSD) Add(samples []float64) []float64 {
	if len(samples) != p.segment {
		panic("psd: segment of another length")
	}
	p.density = p.welch.Density(p.density, samples)
	for k := 1; k < len(p.density); k++ {
		p.density[k] = Decibel(p.density[k] / p.power[k])
	}
	curve := make([]float64, len(p.periods))
	for i := range curve {
		sum := 0.0
		for _, db := range p.density[p.from[i]:p.to[i]] {
			sum += db
		}
		curve[i] = sum / float64(p.to[i]-p.from[i])
	}
	p.count(curve)
	return curve
}

// Collect adds a density that another PPSD of the same options has returned.
func (p *PPSD) Collect(curve []float64) {
	if len(curve) != len(p.periods) {
		panic("psd: curve of other periods")
	}
	p.count(curve)
}

// count takes what is beyond the range into the bins at its ends.
func (p *PPSD) count(curve []float64) {
	p.segments++
	for i, db := range curve {
		// An edge belongs to the bin below it. No density is the least.
		at, last := 0, len(p.counts[i])-1
		if db > p.options.MinDB {
			at = int(min(math.Ceil(db-p.options.MinDB)-1, float64(last)))
		}
		p.counts[i][at]++
	}
}

// Histogram returns the share of segments by period and by dB, a bin a dB from
// MinDB on.
func (p *PPSD) Histogram() (shares [][]float64, minDB float64) {
	for _, row := range p.counts {
		share := make([]float64, len(row))
		for i, c := range row {
			share[i] = float64(c) / float64(max(1, p.segments))
		}
		shares = append(shares, share)
	}
	return shares, p.options.MinDB
}

// Mean returns the mean of each period in dB, by the middles of the bins.
func (p *PPSD) Mean() []float64 {
	return p.each(func(row []int) (sum float64) {
		for i, c := range row {
			sum += float64(c) * (p.options.MinDB + float64(i) + 0.5)
		}
		return sum / float64(max(1, p.segments))
	})
}

// Mode returns the middle of the bin that most segments of each period are in.
func (p *PPSD) Mode() []float64 {
	return p.each(func(row []int) float64 {
		top := 0
		for i, c := range row {
			if c > row[top] {
				top = i
			}
		}
		return p.options.MinDB + float64(top) + 0.5
	})
}

// Percentile returns, for each period, the lower edge in dB of the bin in which
// the share given, 0 to 100, of the segments is reached.
func (p *PPSD) Percentile(percent float64) []float64 {
	return p.each(func(row []int) float64 {
		sum := 0
		for i, c := range row {
			sum += c
			share := float64(sum) / float64(max(1, p.segments))
			if share >= percent/100 && (percent > 0 || share > 0) {
				return p.options.MinDB + float64(i)
			}
		}
		return p.options.MaxDB
	})
}

func (p *PPSD) each(f func(row []int) float64) []float64 {
	out := make([]float64, len(p.counts))
	for i, row := range p.counts {
		out[i] = f(row)
	}
	return out
}
