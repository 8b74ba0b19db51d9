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

// Winsorize limits samples to so many times their root mean square, 3 being
// MSNoise's default. limit is not negative.
func Winsorize[F Float](dst, src []F, limit float64) []F {
	return Clip(dst, src, limit*RMS(src))
}

// RMS returns the root of the mean square of x, 0 if x is empty.
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
// shorter, and the mean is over what is there. What lies outside the window
// leaves no trace, see WindowSum.
type RunningMean struct {
	half int
	sum  *WindowSum
}

// NewRunningMean returns a running mean over 2*half+1 samples.
func NewRunningMean(half int) *RunningMean {
	if half < 0 {
		panic("dsp: negative half width")
	}
	return &RunningMean{half: half, sum: NewWindowSum(2*half + 1)}
}

// Normalize divides src by its running absolute mean; 0 where that is 0.
func Normalize[F Float](r *RunningMean, dst, src []F) []F {
	dst = sized(dst, len(src))
	n := len(src)
	r.sum.Reset()
	for j := range n + r.half {
		v := 0.0
		if j < n {
			v = math.Abs(float64(src[j]))
		}
		sum := r.sum.Next(v)
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
