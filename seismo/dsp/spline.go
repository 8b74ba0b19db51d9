package dsp

import "math"

// MaxSplineOrder is the highest order of DetrendSpline.
const MaxSplineOrder = 5

// DetrendSpline subtracts the spline of least squares of the order given, 1 to
// MaxSplineOrder, whose inner knots stand every spacing samples, the first at
// half of it (ObsPy's detrend "spline"). A record of no more samples than the
// spline has coefficients leaves zeros. spacing is positive.
//
// The normal equations of B-splines have a band of order diagonals, which
// Cholesky's factors keep.
func DetrendSpline[F Float](dst, src []F, order int, spacing float64) []F {
	if order < 1 || order > MaxSplineOrder {
		panic("dsp: order of the spline out of range")
	}
	if !(spacing > 0) {
		panic("dsp: spline without distance between its knots")
	}
	dst = sized(dst, len(src))
	n := len(src)
	s := newSpline(n, order, spacing)
	if s.coefficients() >= n {
		clear(dst)
		return dst
	}
	s.fit(func(i int) float64 { return float64(src[i]) })
	for i, v := range src {
		first, basis := s.basis(float64(i))
		trend := 0.0
		for k := range order + 1 {
			trend += s.solution[first+k] * basis[k]
		}
		dst[i] = F(float64(v) - trend)
	}
	return dst
}

// spline is one over samples 0..n-1.
type spline struct {
	n, order int
	knots    []float64 // with order+1 at each end
	span     int       // the knots between which basis was last
	solution []float64
}

func newSpline(n, order int, spacing float64) *spline {
	s := &spline{n: n, order: order}
	end := float64(max(n-1, 1))
	for range order + 1 {
		s.knots = append(s.knots, 0)
	}
	for i := 0; i < n; i++ {
		at := spacing/2 + float64(i)*spacing
		if at >= float64(n)-spacing/2+2 || at >= end {
			break
		}
		s.knots = append(s.knots, at)
	}
	for range order + 1 {
		s.knots = append(s.knots, end)
	}
	s.span = order
	return s
}

func (s *spline) coefficients() int { return len(s.knots) - s.order - 1 }

// basis returns the order+1 B-splines that are not zero at t, and the number of
// the first (de Boor's recurrence). t may only rise, or go back to 0.
func (s *spline) basis(t float64) (first int, b [MaxSplineOrder + 1]float64) {
	if t == 0 {
		s.span = s.order
	}
	for s.span < s.coefficients()-1 && t >= s.knots[s.span+1] {
		s.span++
	}
	b[0] = 1
	for d := 1; d <= s.order; d++ {
		saved := 0.0
		for r := range d {
			right, left := s.knots[s.span+r+1], s.knots[s.span+1-d+r]
			part := b[r] / (right - left)
			b[r] = saved + (right-t)*part
			saved = (t - left) * part
		}
		b[d] = saved
	}
	return s.span - s.order, b
}

// fit finds the coefficients of least squares.
func (s *spline) fit(at func(i int) float64) {
	m, width := s.coefficients(), s.order+1
	band := make([]float64, m*width) // row i holds columns i-order..i
	rhs := make([]float64, m)
	for i := range s.n {
		first, b := s.basis(float64(i))
		v := at(i)
		for r := range width {
			row := first + r
			rhs[row] += b[r] * v
			for c := range r + 1 {
				band[row*width+s.order-r+c] += b[r] * b[c]
			}
		}
	}
	choleskyBand(band, rhs, s.order)
	s.solution = rhs
}

// choleskyBand solves a x = rhs in place, a being symmetric and positive with so
// many diagonals beside the main one; row i of band holds a[i][i-diagonals..i].
// A pivot that is not positive, where a spline has no sample, gives a zero.
func choleskyBand(band, rhs []float64, diagonals int) {
	n, width := len(rhs), diagonals+1
	at := func(i, j int) *float64 { return &band[i*width+diagonals-i+j] }
	for i := range n {
		for j := max(0, i-diagonals); j <= i; j++ {
			sum := *at(i, j)
			for k := max(0, i-diagonals); k < j; k++ {
				sum -= *at(i, k) * *at(j, k)
			}
			switch {
			case j < i && *at(j, j) > 0:
				*at(i, j) = sum / *at(j, j)
			case j == i && sum > 0:
				*at(i, i) = math.Sqrt(sum)
			default:
				*at(i, j) = 0
			}
		}
	}
	for i := range n {
		sum := rhs[i]
		for k := max(0, i-diagonals); k < i; k++ {
			sum -= *at(i, k) * rhs[k]
		}
		rhs[i] = over(sum, *at(i, i))
	}
	for i := n - 1; i >= 0; i-- {
		sum := rhs[i]
		for k := i + 1; k <= min(n-1, i+diagonals); k++ {
			sum -= *at(k, i) * rhs[k]
		}
		rhs[i] = over(sum, *at(i, i))
	}
}

// over is a/b, and 0 where b is.
func over(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
