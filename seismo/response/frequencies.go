package response

import (
	"math"
	"math/cmplx"
)

const (
	span  = 64 // frequencies of a grid that are interpolated together
	nodes = 8  // at which the response is evaluated for that

	// tolerance is the error of interpolated values, of the largest of a span.
	tolerance = 1e-12
)

// between has, for each frequency of a span, the weights of the values at the nodes:
// Lagrange's polynomials. nodesAt is where these lie, in frequencies from the first.
// They are Chebyshev's, so that the error is largest at the ends.
var between, nodesAt = func() (weights [span][nodes]float64, at [nodes]float64) {
	for j := range at {
		at[j] = (span - 1) / 2. * (1 - math.Cos(math.Pi*(float64(j)+0.5)/nodes))
	}
	for k := range weights {
		for j := range weights[k] {
			w := 1.
			for i := range at {
				if i != j {
					w *= (float64(k) - at[i]) / (at[j] - at[i])
				}
			}
			weights[k][j] = w
		}
	}
	return weights, at
}()

// Grid returns the response at the n/2+1 frequencies of a transform of n samples at
// rateHz, dst first: k rateHz/n. Those of long records lie close together, and most
// are interpolated: a response is as smooth as its poles and zeros are far away.
// Where values computed in between differ by more than 1e-12, all are computed.
func (e *Evaluator) Grid(dst []complex128, rateHz float64, n int) []complex128 {
	if dst == nil {
		dst = make([]complex128, n/2+1)
	}
	at := func(k float64) complex128 { return e.At(k * rateHz / float64(n)) }
	for k := 0; k < len(dst); k += span {
		part := dst[k:min(k+span, len(dst))]
		// Towards 0 Hz responses change by powers of the frequency.
		if e.smooth && k >= 2*span && len(part) == span && interpolate(part, float64(k), at) {
			continue
		}
		for i := range part {
			part[i] = at(float64(k + i))
		}
	}
	return dst
}

// interpolate sets a span of frequencies from first on, and reports whether they are
// right.
func interpolate(dst []complex128, first float64, at func(k float64) complex128) bool {
	var re, im [nodes]float64
	most := 0.
	for j, k := range nodesAt {
		h := at(first + k)
		re[j], im[j] = real(h), imag(h)
		most = max(most, cmplx.Abs(h))
	}
	for k := range dst {
		w := &between[k]
		var x, y float64
		for j := range w {
			x += w[j] * re[j]
			y += w[j] * im[j]
		}
		dst[k] = complex(x, y)
	}
	for _, k := range []int{0, span / 2, span - 1} {
		if !(cmplx.Abs(dst[k]-at(first+float64(k))) <= tolerance*most) {
			return false
		}
	}
	return true
}
