package dsp

import (
	"math"

	"github.com/dispel4go/dispel4go/internal/kernel"
	"github.com/dispel4go/dispel4go/seismo/fft"
)

// The stacks add up rows of n samples in float64, one row after the other: the
// same rows in the same order give the same bits. A stack of no rows is zero.

// LinearStack is the mean of rows.
type LinearStack[F Float] struct {
	sum  []float64
	rows int
}

// NewLinearStack returns an empty stack of rows of n samples.
func NewLinearStack[F Float](n int) *LinearStack[F] {
	return &LinearStack[F]{sum: make([]float64, n)}
}

// Add adds a row.
func (s *LinearStack[F]) Add(row []F) {
	if len(row) != len(s.sum) {
		panic("dsp: row does not have the length of the stack")
	}
	s.rows++
	if wide, ok := any(row).([]float64); ok {
		kernel.Add(s.sum, wide)
		return
	}
	for i, v := range row {
		s.sum[i] += float64(v)
	}
}

// Rows returns the number of rows added.
func (s *LinearStack[F]) Rows() int { return s.rows }

// Stack writes the mean of the rows.
func (s *LinearStack[F]) Stack(dst []F) []F {
	dst = sized(dst, len(s.sum))
	n := float64(max(s.rows, 1))
	for i, v := range s.sum {
		dst[i] = F(v / n)
	}
	return dst
}

// PhaseStack is the phase-weighted stack (Schimmel and Paulssen 1997) as ObsPy
// defines it: the mean of the rows times the power v of the coherence, which is
// the amplitude of the mean of the analytic signals divided by their amplitudes,
// not smoothed. The analytic signals are taken over fft.NextFast(n) samples.
// Where an analytic signal is zero it has no phase and adds nothing (ObsPy: NaN).
type PhaseStack[F Float, C Cmplx] struct {
	linear   *LinearStack[F]
	phase    [][2]float64
	analytic *Analytic[F, C]
}

// NewPhaseStack returns an empty stack of rows of n samples.
func NewPhaseStack[F Float, C Cmplx](n int) *PhaseStack[F, C] {
	return &PhaseStack[F, C]{
		linear:   NewLinearStack[F](n),
		phase:    make([][2]float64, n),
		analytic: NewAnalytic[F, C](n, fft.NextFast(n)),
	}
}

// Add adds a row.
func (s *PhaseStack[F, C]) Add(row []F) {
	s.linear.Add(row)
	for i, h := range s.analytic.transform(row) {
		x, y := float64(row[i]), float64(h)
		if amplitude := math.Sqrt(x*x + y*y); amplitude > 0 {
			s.phase[i][0] += x / amplitude
			s.phase[i][1] += y / amplitude
		}
	}
}

// Rows returns the number of rows added.
func (s *PhaseStack[F, C]) Rows() int { return s.linear.rows }

// Stack writes the stack with the coherence to the power v; v = 0 is the linear
// stack, 2 is usual.
func (s *PhaseStack[F, C]) Stack(dst []F, v float64) []F {
	dst = sized(dst, len(s.phase))
	n := float64(max(s.linear.rows, 1))
	for i, p := range s.phase {
		coherence := math.Sqrt(p[0]*p[0]+p[1]*p[1]) / n
		dst[i] = F(s.linear.sum[i] / n * math.Pow(coherence, v))
	}
	return dst
}

// RootStack is the n-th root stack as ObsPy defines it: with r the mean of
// sign(x) |x|^(1/power) over the rows, sign(r) |r|^power.
type RootStack[F Float] struct {
	power float64
	roots []float64
	rows  int
}

// NewRootStack returns an empty stack of rows of n samples; power 1 is the
// linear stack.
func NewRootStack[F Float](n int, power float64) *RootStack[F] {
	return &RootStack[F]{power: power, roots: make([]float64, n)}
}

// Add adds a row.
func (s *RootStack[F]) Add(row []F) {
	if len(row) != len(s.roots) {
		panic("dsp: row does not have the length of the stack")
	}
	s.rows++
	if s.power == 2 { // the usual one
		for i, v := range row {
			s.roots[i] += math.Copysign(math.Sqrt(math.Abs(float64(v))), float64(v))
		}
		return
	}
	for i, v := range row {
		s.roots[i] += signedPower(float64(v), 1/s.power)
	}
}

// Rows returns the number of rows added.
func (s *RootStack[F]) Rows() int { return s.rows }

// Stack writes the stack.
func (s *RootStack[F]) Stack(dst []F) []F {
	dst = sized(dst, len(s.roots))
	n := float64(max(s.rows, 1))
	for i, r := range s.roots {
		dst[i] = F(signedPower(r/n, s.power))
	}
	return dst
}

func signedPower(x, power float64) float64 {
	if power == 2 {
		return x * math.Abs(x)
	}
	return math.Copysign(math.Pow(math.Abs(x), power), x)
}
