package dsp

import "math"

// Clip limits samples to -limit..limit; limit is not negative. NaN stays.
func Clip[F Float](dst, src []F, limit float64) []F {
	if !(limit >= 0) {
		panic("dsp: negative limit")
	}
	dst = sized(dst, len(src))
	top := F(limit)
	for i, v := range src {
		switch {
		case v > top:
			v = top
		case v < -top:
			v = -top
		}
		dst[i] = v
	}
	return dst
}

// RMS returns the root of the mean square of x, 0 if x is empty. Clip at three
// times RMS is MSNoise's default winsorizing.
func RMS[F Float](x []F) float64 {
	if len(x) == 0 {
		return 0
	}
	return math.Sqrt(energy(x) / float64(len(x)))
}

func energy[F Float](x []F) (sum float64) {
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

// OneBit keeps only the sign: -1, 0 or 1. NaN stays.
func OneBit[F Float](dst, src []F) []F {
	dst = sized(dst, len(src))
	for i, v := range src {
		switch {
		case v > 0:
			v = 1
		case v < 0:
			v = -1
		}
		dst[i] = v
	}
	return dst
}

// RunningMean divides samples by a running mean of their absolute values
// (running-absolute-mean normalisation; Bensen et al. 2007, section 2.1). The
// window reaches half samples to both sides; at the ends of the record it is
// shorter, and the mean is over what is there.
//
// The sums are put together from sums over parts of the window and never
// subtract, so what lies outside the window leaves no trace, not even rounding:
// a quiet hour after an earthquake is as exact as any other.
type RunningMean struct {
	half   int
	values []float64 // of the current block of one window's length
	suffix []float64 // sums from i to the end of the block before
}

// NewRunningMean returns a running mean over 2*half+1 samples.
func NewRunningMean(half int) *RunningMean {
	if half < 0 {
		panic("dsp: negative half width")
	}
	n := 2*half + 1
	return &RunningMean{half, make([]float64, n), make([]float64, n+1)}
}

// Normalize divides src by its running absolute mean; 0 where that is 0. dst may
// be src.
func Normalize[F Float](r *RunningMean, dst, src []F) []F {
	dst = sized(dst, len(src))
	absolute := func(i int) float64 { return math.Abs(float64(src[i])) }
	r.each(len(src), absolute, func(i int, mean float64) {
		if mean == 0 {
			dst[i] = 0
			return
		}
		dst[i] = F(float64(src[i]) / mean)
	})
	return dst
}

// each calls do(i, mean) for i = 0..n-1 in turn with the mean of value(j) over
// |j-i| <= half. value(j) is called once, for j in turn, before do(j) and at
// most half calls of do behind: both may work in one slice.
//
// The samples are seen as blocks of one window's length. Every window is the end
// of one block and the beginning of the next (van Herk's scheme); samples before
// 0 and from n on count as zeros.
func (r *RunningMean) each(n int, value func(int) float64, do func(i int, mean float64)) {
	window := len(r.values)
	clear(r.suffix)
	prefix, at := 0.0, 0 // sum of the current block up to the sample read, its place
	for j := range n + r.half {
		v := 0.0
		if j < n {
			v = value(j)
		}
		r.values[at] = v
		prefix += v
		if i := j - r.half; i >= 0 {
			count := min(i+r.half, n-1) - max(i-r.half, 0) + 1
			do(i, (r.suffix[at+1]+prefix)/float64(count))
		}
		at++
		if at == window {
			for k := window - 1; k >= 0; k-- {
				r.suffix[k] = r.suffix[k+1] + r.values[k]
			}
			prefix, at = 0, 0
		}
	}
}
