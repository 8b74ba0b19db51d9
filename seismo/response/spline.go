package response

import "sort"

// spline is a cubic spline through points, whose third derivative is continuous at
// the second and the last but one (not-a-knot); through fewer than four points the
// polynomial of least degree.
type spline struct {
	x, y    []float64
	moments []float64 // second derivatives; nil for fewer than four points
}

// newSpline makes a spline; x ascends.
func newSpline(x, y []float64) *spline {
	n := len(x)
	s := &spline{x: x, y: y}
	if n < 4 {
		return s
	}
	// For i = 1..n-2, with h[i] = x[i+1]-x[i]:
	//	h[i-1] m[i-1] + 2 (h[i-1]+h[i]) m[i] + h[i] m[i+1] = 6 (d[i] - d[i-1])
	// and at the ends (m[1]-m[0])/h[0] = (m[2]-m[1])/h[1], which eliminates m[0]
	// and m[n-1].
	h := func(i int) float64 { return x[i+1] - x[i] }
	lower, diagonal, upper, right := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := 1; i < n-1; i++ {
		lower[i], diagonal[i], upper[i] = h(i-1), 2*(h(i-1)+h(i)), h(i)
		right[i] = 6 * ((y[i+1]-y[i])/h(i) - (y[i]-y[i-1])/h(i-1))
	}
	first, last := h(0)/h(1), h(n-2)/h(n-3)
	diagonal[1] += h(0) * (1 + first)
	upper[1] -= h(0) * first
	diagonal[n-2] += h(n-2) * (1 + last)
	lower[n-2] -= h(n-2) * last
	for i := 2; i < n-1; i++ {
		w := lower[i] / diagonal[i-1]
		diagonal[i] -= w * upper[i-1]
		right[i] -= w * right[i-1]
	}
	m := make([]float64, n)
	m[n-2] = right[n-2] / diagonal[n-2]
	for i := n - 3; i > 0; i-- {
		m[i] = (right[i] - upper[i]*m[i+1]) / diagonal[i]
	}
	m[0] = m[1]*(1+first) - first*m[2]
	m[n-1] = m[n-2]*(1+last) - last*m[n-3]
	s.moments = m
	return s
}

// at is the value at x; beyond the points the outermost cubics go on.
func (s *spline) at(x float64) float64 {
	n := len(s.x)
	if s.moments == nil { // Lagrange
		sum := 0.0
		for i, y := range s.y {
			for j := range n {
				if j != i {
					y *= (x - s.x[j]) / (s.x[i] - s.x[j])
				}
			}
			sum += y
		}
		return sum
	}
	i := min(max(sort.SearchFloat64s(s.x, x)-1, 0), n-2)
	h := s.x[i+1] - s.x[i]
	a, b := s.x[i+1]-x, x-s.x[i]
	return (s.moments[i]*a*a*a+s.moments[i+1]*b*b*b)/(6*h) +
		(s.y[i]/h-s.moments[i]*h/6)*a + (s.y[i+1]/h-s.moments[i+1]*h/6)*b
}
