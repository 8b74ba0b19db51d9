package dsp

import "math"

// FirstNonFinite returns the index of the first NaN or infinity in x, or -1.
func FirstNonFinite[F Float](x []F) int {
	for i, v := range x {
		if v-v != 0 { // NaN for NaN and infinities
			return i
		}
	}
	return -1
}

// Mean returns the mean of x, 0 if x is empty.
func Mean[F Float](x []F) float64 {
	// Four sums at once do not wait for each other.
	var s [4]float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		v := x[i:][:4]
		s[0] += float64(v[0])
		s[1] += float64(v[1])
		s[2] += float64(v[2])
		s[3] += float64(v[3])
	}
	for ; i < len(x); i++ {
		s[0] += float64(x[i])
	}
	if len(x) == 0 {
		return 0
	}
	return ((s[0] + s[1]) + (s[2] + s[3])) / float64(len(x))
}

// Demean subtracts the mean (ObsPy's detrend "constant").
func Demean[F Float](dst, src []F) []F {
	dst = sized(dst, len(src))
	mean := Mean(src)
	for i, v := range src {
		dst[i] = F(float64(v) - mean)
	}
	return dst
}

// DetrendSimple subtracts the line through the first and the last sample.
func DetrendSimple[F Float](dst, src []F) []F {
	dst = sized(dst, len(src))
	n := len(src)
	if n == 0 {
		return dst
	}
	first, slope := float64(src[0]), 0.0
	if n > 1 {
		slope = (float64(src[n-1]) - first) / float64(n-1)
	}
	for i, v := range src {
		dst[i] = F(float64(v) - (first + float64(i)*slope))
	}
	return dst
}

// DetrendLinear subtracts the line of least squares. The sums of x and of t x,
// t counted from the middle of the record, are taken in one pass.
func DetrendLinear[F Float](dst, src []F) []F {
	dst = sized(dst, len(src))
	n := len(src)
	if n < 2 {
		clear(dst)
		return dst
	}
	middle := float64(n-1) / 2
	var sum, moment [2]float64 // even and odd samples, which need not wait for each other
	t := -middle
	i := 0
	for ; i+2 <= n; i += 2 {
		v, w := float64(src[i]), float64(src[i+1])
		sum[0] += v
		sum[1] += w
		moment[0] += t * v
		moment[1] += (t + 1) * w
		t += 2
	}
	if i < n {
		sum[0] += float64(src[i])
		moment[0] += t * float64(src[i])
	}
	mean := (sum[0] + sum[1]) / float64(n)
	// The sum of t^2 is n(n^2-1)/12.
	slope := (moment[0] + moment[1]) / (float64(n) * (float64(n)*float64(n) - 1) / 12)
	for i, v := range src {
		dst[i] = F(float64(v) - (mean + slope*(float64(i)-middle)))
	}
	return dst
}

// MaxDetrendOrder is the highest order of DetrendPolynomial.
const MaxDetrendOrder = 15

// DetrendPolynomial subtracts the polynomial of least squares of the order
// given, 0 to MaxDetrendOrder; orders as high as the record is long leave zeros.
//
// It projects on polynomials that are orthogonal on the samples themselves
// (Gram's), so no system of equations is solved: with t counted from the middle
//
//	p[k+1] = t p[k] - b[k] p[k-1],  b[k] = k^2 (n^2 - k^2) / (4 (4 k^2 - 1)).
//
// t is scaled to -1..1, which scales b alike.
func DetrendPolynomial[F Float](dst, src []F, order int) []F {
	if order < 0 || order > MaxDetrendOrder {
		panic("dsp: order of the polynomial out of range")
	}
	dst = sized(dst, len(src))
	n := len(src)
	if order >= n {
		clear(dst)
		return dst
	}
	var b, norm, coefficient [MaxDetrendOrder + 1]float64
	middle := math.Max(float64(n-1)/2, 0.5)
	for k := 1; k <= order; k++ {
		kk, nn := float64(k*k), float64(n)*float64(n)
		b[k] = kk * (nn - kk) / (4 * (4*kk - 1)) / (middle * middle)
	}
	for i, v := range src {
		t := (float64(i) - float64(n-1)/2) / middle
		before, p := 0.0, 1.0
		for k := 0; k <= order; k++ {
			coefficient[k] += float64(v) * p
			norm[k] += p * p
			before, p = p, t*p-b[k]*before
		}
	}
	for k := 0; k <= order; k++ {
		coefficient[k] /= norm[k]
	}
	for i, v := range src {
		t := (float64(i) - float64(n-1)/2) / middle
		before, p, trend := 0.0, 1.0, 0.0
		for k := 0; k <= order; k++ {
			trend += coefficient[k] * p
			before, p = p, t*p-b[k]*before
		}
		dst[i] = F(float64(v) - trend)
	}
	return dst
}
