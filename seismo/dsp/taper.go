package dsp

import "math"

// Window is the shape of a taper: SciPy's symmetric windows of the same names,
// but for Cosine, which is ObsPy's cosine_taper over the whole window.
type Window uint8

// The windows.
const (
	Hann Window = iota
	Hamming
	Blackman
	Bartlett
	Cosine
	Boxcar
	BlackmanHarris
	Nuttall
	FlatTop
	Bohman
	Parzen
	Triangle
	BartlettHann
)

// At returns sample i of the window of n samples, rising for i < n/2.
func (w Window) At(i, n int) float64 {
	if n < 2 {
		return 1
	}
	angle := 2 * math.Pi * float64(i) / float64(n-1)
	switch w {
	case Hann:
		return 0.5 - 0.5*math.Cos(angle)
	case Hamming:
		return 0.54 - 0.46*math.Cos(angle)
	case Blackman:
		return 0.42 - 0.5*math.Cos(angle) + 0.08*math.Cos(2*angle)
	case Bartlett:
		return 1 - math.Abs(2*float64(i)/float64(n-1)-1)
	case Cosine:
		return cosineRamp(min(i, n-1-i), n/2-1, true)
	case Boxcar:
		return 1
	case BlackmanHarris:
		return cosines(angle, 0.35875, 0.48829, 0.14128, 0.01168)
	case Nuttall:
		return cosines(angle, 0.3635819, 0.4891775, 0.1365995, 0.0106411)
	case FlatTop:
		return cosines(angle, 0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368)
	case Bohman:
		if i == 0 || i == n-1 {
			return 0
		}
		x := math.Abs(2*float64(i)/float64(n-1) - 1)
		return (1-x)*math.Cos(math.Pi*x) + math.Sin(math.Pi*x)/math.Pi
	case Parzen:
		x := math.Abs(2*float64(i)-float64(n-1)) / float64(n)
		if 2*math.Abs(2*float64(i)-float64(n-1)) <= float64(n-1) {
			return 1 - 6*x*x*(1-x)
		}
		return 2 * math.Pow(1-x, 3)
	case Triangle:
		up := float64(min(i, n-1-i) + 1)
		if n%2 == 0 {
			return (2*up - 1) / float64(n)
		}
		return 2 * up / float64(n+1)
	case BartlettHann:
		x := math.Abs(float64(i)/float64(n-1) - 0.5)
		return 0.62 - 0.48*x + 0.38*math.Cos(2*math.Pi*x)
	}
	panic("dsp: unknown window")
}

// cosines is the sum of a[k] cos(k angle) with changing signs.
func cosines(angle float64, a ...float64) (sum float64) {
	for k, v := range a {
		if k%2 == 1 {
			v = -v
		}
		sum += v * math.Cos(float64(k)*angle)
	}
	return sum
}

// Side says which ends of a record are tapered.
type Side uint8

// The sides.
const (
	BothSides Side = iota
	LeftSide
	RightSide
)

// TaperLength returns the samples of one side of a taper as ObsPy's Trace.taper
// counts them: the least of fraction*n, seconds*rate and n/2, rounded down.
// Give +Inf for a limit that is not wanted. fraction is that of one side.
func TaperLength(n int, fraction, seconds, rate float64) int {
	limit := math.Min(fraction*float64(n), seconds*rate)
	return int(math.Max(0, math.Min(limit, float64(n/2))))
}

// Taper multiplies the first or last length samples, or both, by the rising or
// falling half of a window, and leaves the others (ObsPy's Trace.taper). length
// is at most half of the record; see TaperLength.
func Taper[F Float](dst, src []F, w Window, length int, side Side) []F {
	dst = sized(dst, len(src))
	n := len(src)
	if length < 0 || 2*length > n {
		panic("dsp: taper longer than half of the record")
	}
	copy(dst, src)
	points := 2*length + 1
	if 2*length == n {
		points--
	}
	for i := range length {
		weight := w.At(i, points)
		if side != RightSide {
			dst[i] = F(float64(dst[i]) * weight)
		}
		if side != LeftSide {
			dst[n-1-i] = F(float64(dst[n-1-i]) * weight)
		}
	}
	return dst
}

// CosineTaper multiplies src by ObsPy's cosine_taper of its length. p, 0 to 1,
// is the fraction tapered at both ends together. half chooses the ramp
// (1-cos)/2, else it is a quarter of a cosine; sac makes the ramps longer by one
// sample, as SAC does.
func CosineTaper[F Float](dst, src []F, p float64, half, sac bool) []F {
	if !(p >= 0 && p <= 1) {
		panic("dsp: fraction of the taper out of 0..1")
	}
	dst = sized(dst, len(src))
	n := len(src)
	round := 0.5
	if p == 0 || p == 1 {
		round = 0
	}
	ramp := int(float64(n)*p/2+round) - 1 // the index that has risen to 1
	if sac {
		ramp++
	}
	if ramp == 0 {
		ramp = 1
	}
	copy(dst, src)
	for i := 0; i <= min(ramp, n-1); i++ {
		weight := cosineRamp(i, ramp, half)
		if i <= n-1-ramp {
			dst[i] = F(float64(dst[i]) * weight)
		}
		if j := n - 1 - i; j >= ramp {
			dst[j] = F(float64(dst[j]) * weight)
		}
	}
	return dst
}

// cosineRamp rises from 0 at i = 0 to 1 at i = end and stays there.
func cosineRamp(i, end int, half bool) float64 {
	if i >= end {
		return 1
	}
	x := math.Pi * float64(i) / float64(end)
	if half {
		return 0.5 * (1 - math.Cos(x))
	}
	return math.Sin(x / 2)
}
