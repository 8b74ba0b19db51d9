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
	prefix float64   // sum of the current block up to the last sample
	at     int       // place of the next sample in the current block
}

// NewRunningMean returns a running mean over 2*half+1 samples.
func NewRunningMean(half int) *RunningMean {
	if half < 0 {
		panic("dsp: negative half width")
	}
	n := 2*half + 1
	return &RunningMean{half: half, values: make([]float64, n), suffix: make([]float64, n+1)}
}

// Normalize divides src by its running absolute mean; 0 where that is 0.
func Normalize[F Float](r *RunningMean, dst, src []F) []F {
	dst = sized(dst, len(src))
	n := len(src)
	r.reset()
	for j := range n + r.half {
		v := 0.0
		if j < n {
			v = math.Abs(float64(src[j]))
		}
		sum := r.next(v)
		if i := j - r.half; i >= 0 {
			if sum != 0 {
				dst[i] = F(float64(src[i]) * float64(r.count(i, n)) / sum)
			} else {
				dst[i] = 0
			}
		}
	}
	return dst
}

// count returns how many of n samples the window around i holds.
func (r *RunningMean) count(i, n int) int {
	return min(i+r.half, n-1) - max(i-r.half, 0) + 1
}

func (r *RunningMean) reset() {
	clear(r.suffix)
	r.prefix, r.at = 0, 0
}

// next takes the next value, not negative, and returns the sum of the last
// 2*half+1, those before the first being zeros.
//
// The values are seen as blocks of one window's length. Every window is the end
// of one block and the beginning of the next (van Herk's scheme).
func (r *RunningMean) next(v float64) float64 {
	r.values[r.at] = v
	r.prefix += v
	r.at++
	sum := r.suffix[r.at] + r.prefix
	if r.at == len(r.values) {
		r.turn()
	}
	return sum
}

// turn ends a block.
func (r *RunningMean) turn() {
	for k := len(r.values) - 1; k >= 0; k-- {
		r.suffix[k] = r.suffix[k+1] + r.values[k]
	}
	r.prefix, r.at = 0, 0
}
