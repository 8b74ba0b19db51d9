package response

import (
	"math/cmplx"

	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/fft"
)

// A Plan applies weights to records of one length. It serves one goroutine at a time,
// and any weights for that length.
type Plan struct {
	fft      *fft.Real64
	record   []float64
	spectrum []complex128
	n        int
}

// NewPlan returns a plan for records of n samples.
func NewPlan(n int) *Plan {
	size := Length(n)
	return &Plan{n: n, fft: fft.NewReal[float64, complex128](size), record: make([]float64, size), spectrum: make([]complex128, size/2+1)}
}

// Bytes is the memory that p takes, roughly.
func (p *Plan) Bytes() int { return 48 * len(p.record) }

// Apply writes the record src with the weights applied to dst, which may be src, and
// returns it. Both have the length of the plan; nil dst is allocated.
func Apply[F dsp.Float](p *Plan, dst, src []F, w *Weights) []F {
	if dst == nil {
		dst = make([]F, len(src))
	}
	if len(src) != w.n || len(dst) != w.n || p.n != w.n {
		panic("response: slice does not have the length of the weights")
	}
	if w.polynomial != nil {
		for i, v := range src {
			dst[i] = F(w.polynomial.value(float64(v) * w.scale))
		}
		return dst
	}
	x := p.record[:w.n]
	for i, v := range src {
		x[i] = float64(v)
	}
	if !w.keepMean {
		dsp.Demean(x, x)
	}
	if w.taper > 0 {
		dsp.CosineTaper(x, x, w.taper, !w.sac, w.sac)
	}
	clear(p.record[w.n:])
	p.fft.Forward(p.spectrum, p.record)
	for k, h := range w.spectrum {
		p.spectrum[k] *= h
	}
	last := len(p.spectrum) - 1
	p.spectrum[last] = complex(cmplx.Abs(p.spectrum[last]), 0)
	p.fft.Inverse(p.record, p.spectrum)
	if w.detrend {
		dsp.DetrendSimple(x, x)
	}
	for i, v := range x {
		dst[i] = F(v * w.scale)
	}
	return dst
}

// Length is that of the transform for records of n samples: twice as many, so that
// nothing wraps around, or a little more where that number has a prime factor of
// 500 or more (ObsPy's _npts2nfft).
func Length(n int) int {
	size := 2 * (n + n%2)
	if size <= 5000 || largestFactor(size) < 500 {
		return size
	}
	for more := 2; more <= 20; more += 2 {
		if largestFactor(size+more) < 500 {
			return size + more
		}
	}
	power := 1
	for power < size {
		power *= 2
	}
	return power
}

func largestFactor(n int) int {
	most := 1
	for p := 2; p*p <= n; p++ {
		for n%p == 0 {
			most, n = p, n/p
		}
	}
	return max(most, n)
}
