package dsp

import (
	"slices"

	"github.com/dispel4go/dispel4go/internal/kernel"
)

// block is how many samples a filter converts to float64 and passes through its
// sections at a time: little enough to stay in the nearest cache.
const block = 1024

// Filter applies sections to a stream of samples. It starts from rest, as
// ObsPy's filters do, and keeps its state from call to call: a record gives the
// same bits filtered whole or in chunks. State and arithmetic are float64.
type Filter[F Float] struct {
	gain     float64 // of all sections, whose own is 1
	cascades []*kernel.Cascade
	done     int // samples since the last flush
	buf      [block]float64
}

// NewFilter returns a filter at rest.
func NewFilter[F Float](sections Sections) *Filter[F] {
	f := &Filter[F]{gain: 1}
	filters := make([]kernel.Biquad, len(sections))
	for i, s := range sections {
		// With a gain of 1 the differences below are exact where it matters most,
		// of high-passes whose poles and zeros are all near 1.
		gain := s.B0
		if gain == 0 {
			gain = 1
		}
		f.gain *= gain
		b0, b1, b2 := s.B0/gain, s.B1/gain, s.B2/gain
		filters[i] = kernel.Biquad{D: b0, B1: b1 - s.A1*b0, B2: b2 - s.A2*b0, A1: s.A1, A2: s.A2}
	}
	for some := range slices.Chunk(filters, kernel.MaxCascade) {
		f.cascades = append(f.cascades, kernel.NewCascade(some))
	}
	return f
}

// Reset puts the filter at rest.
func (f *Filter[F]) Reset() {
	for _, c := range f.cascades {
		c.Reset()
	}
	f.done = 0
}

// Process filters the next samples of the stream.
func (f *Filter[F]) Process(dst, src []F) []F {
	dst = sized(dst, len(src))
	for i := 0; i < len(src); {
		in := src[i:]
		x := f.load(len(in))
		for j := range x {
			x[j] = f.gain * float64(in[j])
		}
		f.advance(x)
		out := dst[i:][:len(x)]
		for j, v := range x {
			out[j] = F(v)
		}
		i += len(x)
	}
	return dst
}

// ZeroPhase filters a whole record forwards and then backwards, each time from
// rest and without padding (ObsPy's zerophase): no phase shift, and the square
// of the amplitude response. It leaves the filter at rest.
func (f *Filter[F]) ZeroPhase(dst, src []F) []F {
	f.Reset()
	dst = f.Process(dst, src)
	f.Reset()
	for end := len(dst); end > 0; {
		x := f.load(end)
		part := dst[end-len(x) : end]
		for j := range x {
			x[j] = f.gain * float64(part[len(part)-1-j])
		}
		f.advance(x)
		for j, v := range x {
			part[len(part)-1-j] = F(v)
		}
		end -= len(x)
	}
	f.Reset()
	return dst
}

// load returns the buffer cut to n samples or to the next flush.
func (f *Filter[F]) load(n int) []float64 {
	return f.buf[:min(n, block-f.done)]
}

// advance passes x through all sections in place.
func (f *Filter[F]) advance(x []float64) {
	for _, c := range f.cascades {
		c.Run(x)
	}
	f.done += len(x)
	if f.done == block {
		f.done = 0
		f.flush()
	}
}

// flush sets to zero what is left of a signal long ago. Without it the state
// dies away into subnormal numbers, where a processor is a hundred times slower,
// and may stay there. It happens at fixed places of the stream, so that results
// do not depend on how it is cut up.
func (f *Filter[F]) flush() {
	for _, c := range f.cascades {
		c.Flush(1e-250)
	}
}
