package dsp

import "math"

// block is how many samples a filter converts to float64 and passes through its
// sections at a time: little enough to stay in the nearest cache.
const block = 512

// Filter applies sections to a stream of samples. It starts from rest, as
// ObsPy's filters do, and keeps its state from call to call: a record gives the
// same bits filtered whole or in chunks. State and arithmetic are float64.
type Filter[F Float] struct {
	sections Sections
	state    [][2]float64
	done     int // samples since the last flush
	buf      [block]float64
}

// NewFilter returns a filter at rest. It keeps sections, which must not be
// changed.
func NewFilter[F Float](sections Sections) *Filter[F] {
	return &Filter[F]{sections: sections, state: make([][2]float64, len(sections))}
}

// Reset puts the filter at rest.
func (f *Filter[F]) Reset() {
	clear(f.state)
	f.done = 0
}

// Process filters the next samples of the stream.
func (f *Filter[F]) Process(dst, src []F) []F {
	dst = sized(dst, len(src))
	for i := 0; i < len(src); {
		in := src[i:]
		x := f.load(len(in))
		for j := range x {
			x[j] = float64(in[j])
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
			x[j] = float64(part[len(part)-1-j])
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
	i, n := 0, len(f.sections)
	for ; i+4 <= n; i += 4 {
		cascade4(x, (*[4]Section)(f.sections[i:]), (*[4][2]float64)(f.state[i:]))
	}
	if i+2 <= n {
		cascade2(x, (*[2]Section)(f.sections[i:]), (*[2][2]float64)(f.state[i:]))
		i += 2
	}
	if i < n {
		cascade1(x, &f.sections[i], &f.state[i])
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
	const silence = 1e-250
	for i, s := range f.state {
		if math.Abs(s[0]) < silence && math.Abs(s[1]) < silence {
			f.state[i] = [2]float64{}
		}
	}
}

// The cascades run several sections at once over x in place (direct form II
// transposed, as SciPy's sosfilt). A section must wait for its own last output,
// but not the next section for the whole of x: side by side they fill each
// other's waiting. They compute the same bits as cascade1 section by section.

func cascade1(x []float64, c *Section, state *[2]float64) {
	k := *c
	s, t := state[0], state[1]
	for i, v := range x {
		y := k.B0*v + s
		s = k.B1*v - k.A1*y + t
		t = k.B2*v - k.A2*y
		x[i] = y
	}
	*state = [2]float64{s, t}
}

func cascade2(x []float64, c *[2]Section, state *[2][2]float64) {
	k0, k1 := c[0], c[1]
	s0, t0 := state[0][0], state[0][1]
	s1, t1 := state[1][0], state[1][1]
	for i, v := range x {
		y := k0.B0*v + s0
		s0 = k0.B1*v - k0.A1*y + t0
		t0 = k0.B2*v - k0.A2*y
		v = y
		y = k1.B0*v + s1
		s1 = k1.B1*v - k1.A1*y + t1
		t1 = k1.B2*v - k1.A2*y
		x[i] = y
	}
	*state = [2][2]float64{{s0, t0}, {s1, t1}}
}

func cascade4(x []float64, c *[4]Section, state *[4][2]float64) {
	k0, k1, k2, k3 := c[0], c[1], c[2], c[3]
	s0, t0 := state[0][0], state[0][1]
	s1, t1 := state[1][0], state[1][1]
	s2, t2 := state[2][0], state[2][1]
	s3, t3 := state[3][0], state[3][1]
	for i, v := range x {
		y := k0.B0*v + s0
		s0 = k0.B1*v - k0.A1*y + t0
		t0 = k0.B2*v - k0.A2*y
		v = y
		y = k1.B0*v + s1
		s1 = k1.B1*v - k1.A1*y + t1
		t1 = k1.B2*v - k1.A2*y
		v = y
		y = k2.B0*v + s2
		s2 = k2.B1*v - k2.A1*y + t2
		t2 = k2.B2*v - k2.A2*y
		v = y
		y = k3.B0*v + s3
		s3 = k3.B1*v - k3.A1*y + t3
		t3 = k3.B2*v - k3.A2*y
		x[i] = y
	}
	*state = [4][2]float64{{s0, t0}, {s1, t1}, {s2, t2}, {s3, t3}}
}
