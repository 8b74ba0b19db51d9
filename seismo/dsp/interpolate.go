package dsp

import "math"

// A Kernel is the window over the sinc function by which Sinc interpolates.
type Kernel uint8

// The kernels: with x the distance in samples over the half width a,
//
//	LanczosKernel   sinc(x)
//	HannKernel      (1 + cos(pi x))/2
//	BlackmanKernel  0.42 + cos(pi x)/2 + 0.08 cos(2 pi x)
const (
	LanczosKernel Kernel = iota
	HannKernel
	BlackmanKernel
)

// Sinc interpolates by windowed sinc functions: at t, in samples of src,
//
//	sum of src[j] sinc(t-j) w((t-j)/a), floor(t)-a < j <= floor(t)+a,
//
// samples outside of src being zeros (ObsPy's method "lanczos", which knows the
// other kernels and does not use them). Wider kernels, a of 20 and more, come
// close to what band-limited samples stand for. Before a lower rate there must
// be an anti-alias filter.
type Sinc[F Float] struct {
	kernel   Kernel
	cos, sin []float64 // of pi m/a, m = 1-a..a
	weights  []float64 // of the samples m = 1-a..a from the one below t on
}

// NewSinc returns an interpolation with the half width a >= 1.
func NewSinc[F Float](a int, kernel Kernel) *Sinc[F] {
	if a < 1 || kernel > BlackmanKernel {
		panic("dsp: kernel of no width or unknown")
	}
	s := &Sinc[F]{kernel: kernel, weights: make([]float64, 2*a)}
	for m := 1 - a; m <= a; m++ {
		sin, cos := math.Sincos(math.Pi * float64(m) / float64(a))
		s.cos, s.sin = append(s.cos, cos), append(s.sin, sin)
	}
	return s
}

// Interpolate writes the values at start + i*step, in samples of src, for every
// i of dst, which may not be src.
func (s *Sinc[F]) Interpolate(dst, src []F, start, step float64) {
	a := len(s.weights) / 2
	previous := math.NaN()
	for i := range dst {
		t := start + float64(i)*step
		floor := int(math.Floor(t))
		if part := t - float64(floor); part != previous {
			s.weigh(part)
			previous = part
		}
		first := floor - a + 1
		from, to := max(0, first), min(len(src), floor+a+1)
		var sum float64
		if from < to {
			w := s.weights[from-first:][:to-from]
			for k, v := range src[from:to] {
				sum += float64(v) * w[k]
			}
		}
		dst[i] = F(sum)
	}
}

// weigh sets the weights for t so far above a sample. All sines are those of
// part and of m/a: sin pi(t-j) = +-sin(pi part), and the window's is that of a sum.
func (s *Sinc[F]) weigh(part float64) {
	a := len(s.weights) / 2
	if part == 0 {
		clear(s.weights)
		s.weights[a-1] = 1
		return
	}
	sinPart := math.Sin(math.Pi * min(part, 1-part)) // exact near both samples
	sinA, cosA := math.Sincos(math.Pi * part / float64(a))
	sign := float64(1 - 2*((a-1)&1)) // of sin pi(part-m) at m = 1-a
	for k := range s.weights {
		x := part - float64(k-a+1) // t - j
		w := sign * sinPart / (math.Pi * x)
		sign = -sign
		sin := sinA*s.cos[k] - cosA*s.sin[k] // of pi x/a
		cos := cosA*s.cos[k] + sinA*s.sin[k]
		switch s.kernel {
		case LanczosKernel:
			if math.Abs(x) < 0.5 { // where the difference of sines would lose
				sin = math.Sin(math.Pi * x / float64(a))
			}
			w *= sin * float64(a) / (math.Pi * x)
		case HannKernel:
			w *= 0.5 + 0.5*cos
		case BlackmanKernel:
			w *= 0.42 + 0.5*cos + 0.08*(2*cos*cos-1)
		}
		s.weights[k] = w
	}
}

// WeightedSlopes interpolates src at start + i*step (in samples of src) for
// every i of dst by cubics whose slopes at the samples are means of the slopes
// to both sides, weighted by the inverse of their sizes, and zero at extrema
// (Wiggins 1976; SAC's and ObsPy's weighted average slopes). Nothing
// overshoots. Places outside src get its first or last sample. src needs two
// samples; dst may not be src.
func WeightedSlopes[F Float](dst, src []F, start, step float64) {
	n := len(src)
	if n < 2 {
		panic("dsp: interpolation of fewer than two samples")
	}
	slope := func(i int) float64 { return float64(src[i+1]) - float64(src[i]) }
	at := func(i int) float64 {
		switch {
		case i == 0:
			return slope(0)
		case i == n-1:
			return slope(n - 2)
		}
		before, after := slope(i-1), slope(i)
		if before*after <= 0 {
			return 0
		}
		wb, wa := 1/math.Abs(before), 1/math.Abs(after)
		return (wb*before + wa*after) / (wb + wa)
	}
	last, s0, s1 := -1, 0.0, 0.0
	for i := range dst {
		t := start + float64(i)*step
		j := int(math.Floor(t))
		switch {
		case t <= 0:
			dst[i] = src[0]
			continue
		case j >= n-1:
			dst[i] = src[n-1]
			continue
		}
		if j != last {
			s0, s1, last = at(j), at(j+1), j
		}
		dst[i] = F(hermite(t-float64(j), float64(src[j]), s0, float64(src[j+1]), s1))
	}
}

// hermite is the cubic between two samples with given slopes, 0 <= t <= 1.
func hermite(t, x0, s0, x1, s1 float64) float64 {
	d := x1 - x0
	return x0 + t*(s0+t*(3*d-2*s0-s1+t*(s0+s1-2*d)))
}

// CubicSpline interpolates by the cubic spline through all of n samples, whose
// third derivative does not jump at the second and the last but one (not-a-knot;
// SciPy's InterpolatedUnivariateSpline).
type CubicSpline[F Float] struct {
	bend  []float64 // second derivatives at the samples
	upper []float64 // of the elimination
}

// NewCubicSpline returns a spline for records of n >= 4 samples.
func NewCubicSpline[F Float](n int) *CubicSpline[F] {
	if n < 4 {
		panic("dsp: cubic spline through fewer than four samples")
	}
	s := &CubicSpline[F]{bend: make([]float64, n), upper: make([]float64, n)}
	for i := 2; i < n-2; i++ {
		s.upper[i] = 1 / (4 - s.upper[i-1])
	}
	return s
}

// Interpolate writes the values at start + i*step, in samples of src, for every
// i of dst, which may not be src. Places outside src go on with the cubic at that
// end.
func (s *CubicSpline[F]) Interpolate(dst, src []F, start, step float64) {
	n := len(s.bend)
	if len(src) != n {
		panic("dsp: record does not have the length of the spline")
	}
	s.fit(src)
	for i := range dst {
		t := start + float64(i)*step
		j := min(max(int(math.Floor(t)), 0), n-2)
		u, v := t-float64(j), float64(j+1)-t
		dst[i] = F(v*float64(src[j]) + u*float64(src[j+1]) + (v*(v*v-1)*s.bend[j]+u*(u*u-1)*s.bend[j+1])/6)
	}
}

// fit solves b[i-1] + 4 b[i] + b[i+1] = 6 d[i], d being second differences. As
// b[0] = 2 b[1] - b[2], b[1] = d[1], and so at the other end.
func (s *CubicSpline[F]) fit(x []F) {
	b, n := s.bend, len(x)
	second := func(i int) float64 { return float64(x[i-1]) - 2*float64(x[i]) + float64(x[i+1]) }
	b[1], b[n-2] = second(1), second(n-2)
	for i := 2; i < n-2; i++ {
		b[i] = (6*second(i) - b[i-1]) * s.upper[i]
	}
	for i := n - 3; i >= 2; i-- {
		b[i] -= s.upper[i] * b[i+1]
	}
	b[0], b[n-1] = 2*b[1]-b[2], 2*b[n-2]-b[n-3]
}
