package dsp

import "fmt"

// MaxDecimation is the largest factor of a Decimator, ObsPy's; decimate in steps
// for more.
const MaxDecimation = 16

// Decimator lowers the sampling rate of a stream by an integer factor, as
// ObsPy's Trace.decimate: a causal anti-alias filter (AntiAlias at the new
// Nyquist frequency), then every factor-th sample from the first on. A record
// gives the same bits whole or in chunks.
type Decimator[F Float] struct {
	filter *Filter[F]
	factor int
	skip   int // samples to drop before the next one kept
}

// NewDecimator returns a decimator at the start of a stream; 1 <= factor <=
// MaxDecimation. Factor 1 copies.
func NewDecimator[F Float](factor int) (*Decimator[F], error) {
	if factor < 1 || factor > MaxDecimation {
		return nil, fmt.Errorf("dsp: decimation by %d, not 1 to %d", factor, MaxDecimation)
	}
	var sections Sections
	if factor > 1 {
		var err error
		if sections, err = AntiAlias(0.5/float64(factor), 1); err != nil {
			return nil, err
		}
	}
	return &Decimator[F]{filter: NewFilter[F](sections), factor: factor}, nil
}

// Reset goes back to the start of a stream.
func (d *Decimator[F]) Reset() {
	d.filter.Reset()
	d.skip = 0
}

// Len returns how many samples the next n samples of the stream will leave.
func (d *Decimator[F]) Len(n int) int {
	return max(0, (n-d.skip+d.factor-1)/d.factor)
}

// Process writes what is left of the next samples of the stream to dst, of
// length Len(len(src)). dst may be the beginning of src.
func (d *Decimator[F]) Process(dst, src []F) []F {
	dst = sized(dst, d.Len(len(src)))
	kept := 0
	for i := 0; i < len(src); {
		in := src[i:]
		x := d.filter.load(len(in))
		for j := range x {
			x[j] = d.filter.gain * float64(in[j])
		}
		d.filter.advance(x)
		j := d.skip
		for ; j < len(x); j += d.factor {
			dst[kept] = F(x[j])
			kept++
		}
		d.skip = j - len(x)
		i += len(x)
	}
	return dst
}
