package pes

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
)

// Number is what Sum, Mean and StdDev add up.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// isFloat reports whether T has fractions.
func isFloat[T Number]() bool { return T(1)/T(2) != 0 }

// isFloat32 reports whether T, which has fractions, is a float32.
func isFloat32[T Number]() bool { return float64(T(1)/T(3)) != 1.0/3 }

// apart is the sign and the absolute value of an integer.
func apart[T Number](v T) (negative bool, m uint64) {
	if v < 0 {
		return true, -uint64(int64(v))
	}
	return false, uint64(v)
}

// Count is the fold that counts items.
func Count[T any]() Fold[T, int64, int64] { return new(count[T]) }

type count[T any] struct{ n int64 }

func (c *count[T]) Add(items []T) error           { c.n += int64(len(items)); return nil }
func (c *count[T]) State() (int64, error)         { return c.n, nil }
func (c *count[T]) Merge(n int64) error           { c.n += n; return nil }
func (c *count[T]) Result(emit func(int64)) error { emit(c.n); return nil }
func (c *count[T]) ReadsOnly()                    {}

// Sum is the fold that adds numbers, exactly, and rounds the total once. A sum
// of integers that T cannot hold is an error. The sum of nothing is 0.
func Sum[T Number]() Fold[T, Exact, T] { return new(sum[T]) }

type sum[T Number] struct{ x Exact }

func (s *sum[T]) Add(items []T) error {
	addAll(&s.x, items)
	return nil
}

func addAll[T Number](x *Exact, items []T) {
	if isFloat[T]() {
		for _, v := range items {
			x.AddFloat(float64(v))
		}
		return
	}
	for _, v := range items {
		x.AddInt(apart(v))
	}
}

func (s *sum[T]) State() (Exact, error) { s.x.carry(); return s.x, nil }
func (s *sum[T]) Merge(x Exact) error   { s.x.Merge(&x); return nil }

func (s *sum[T]) Result(emit func(T)) error {
	if isFloat[T]() {
		if _, special := s.x.special(); isFloat32[T]() && !special {
			f, _ := s.x.Rat().Float32() // rounded once, not by way of float64
			emit(T(f))
			return nil
		}
		emit(T(s.x.Float64()))
		return nil
	}
	v := s.x.Rat().Num() // an integer
	t := T(v.Int64())
	if v.Sign() > 0 {
		t = T(v.Uint64())
	}
	if negative, m := apart(t); v.CmpAbs(new(big.Int).SetUint64(m)) != 0 || negative != (v.Sign() < 0) {
		return fmt.Errorf("the sum %s is beyond the range of %T", v, t)
	}
	emit(t)
	return nil
}

// Extreme is the state of Min and Max: a value if there was one.
type Extreme[T any] struct {
	Any   bool
	Value T
}

// Min is the fold that finds the least item. NaN is less than all others, as
// for the built-in min; of nothing there is no result.
func Min[T cmp.Ordered]() Fold[T, Extreme[T], T] {
	return &extreme[T]{best: func(a, b T) T { return min(a, b) }}
}

// Max is the fold that finds the greatest item. NaN is greater than all others,
// as for the built-in max; of nothing there is no result.
func Max[T cmp.Ordered]() Fold[T, Extreme[T], T] {
	return &extreme[T]{best: func(a, b T) T { return max(a, b) }}
}

type extreme[T any] struct {
	Extreme[T]
	best func(a, b T) T
}

func (e *extreme[T]) Add(items []T) error {
	for _, v := range items {
		if e.Any {
			v = e.best(e.Value, v)
		}
		e.Any, e.Value = true, v
	}
	return nil
}

func (e *extreme[T]) State() (Extreme[T], error) { return e.Extreme, nil }

func (e *extreme[T]) Merge(o Extreme[T]) error {
	if o.Any {
		return e.Add([]T{o.Value})
	}
	return nil
}

func (e *extreme[T]) Result(emit func(T)) error {
	if e.Any {
		emit(e.Value)
	}
	return nil
}

// Reduce is the fold that joins items two by two with f, which must be
// associative and commutative, and may keep and change its arguments. Of nothing
// there is no result. Sums of floats are not associative: use Sum.
func Reduce[T any](f func(a, b T) T) func() Fold[T, Extreme[T], T] {
	return func() Fold[T, Extreme[T], T] { return &extreme[T]{best: f} }
}

// Moments is the state of Mean and StdDev: how many numbers there were, their
// sum, and the sum of their squares where that is needed.
type Moments struct {
	Count        int64
	Sum, Squares Exact
}

// Mean is the fold that finds the mean: the exact sum over the count, rounded
// once. Of nothing there is no result.
func Mean[T Number]() Fold[T, Moments, float64] { return &moments[T]{result: mean} }

// StdDev returns the fold that finds the standard deviation, the root of
// sum((x-mean)^2) / (n-ddof): of a whole population with ddof 0 (as NumPy's
// default), of a sample of one with ddof 1. With ddof items or fewer there is no
// result. Up to the root all is exact.
func StdDev[T Number](ddof int) func() Fold[T, Moments, float64] {
	return func() Fold[T, Moments, float64] {
		return &moments[T]{squares: true, result: func(m *Moments) (float64, bool) { return stdDev(m, ddof) }}
	}
}

type moments[T Number] struct {
	Moments
	squares bool
	result  func(*Moments) (float64, bool)
}

func (s *moments[T]) Add(items []T) error {
	s.Count += int64(len(items))
	addAll(&s.Sum, items)
	switch {
	case !s.squares:
	case isFloat[T]():
		for _, v := range items {
			s.Squares.AddSquare(float64(v))
		}
	default:
		for _, v := range items {
			_, m := apart(v)
			s.Squares.AddIntSquare(m)
		}
	}
	return nil
}

func (s *moments[T]) State() (Moments, error) {
	s.Sum.carry()
	s.Squares.carry()
	return s.Moments, nil
}

func (s *moments[T]) Merge(m Moments) error {
	s.Count += m.Count
	s.Sum.Merge(&m.Sum)
	s.Squares.Merge(&m.Squares)
	return nil
}

func (s *moments[T]) Result(emit func(float64)) error {
	if f, ok := s.result(&s.Moments); ok {
		emit(f)
	}
	return nil
}

func mean(m *Moments) (float64, bool) {
	if m.Count == 0 {
		return 0, false
	}
	if f, ok := m.Sum.special(); ok {
		return f, true
	}
	f, _ := new(big.Rat).Quo(m.Sum.Rat(), new(big.Rat).SetInt64(m.Count)).Float64()
	return f, true
}

func stdDev(m *Moments, ddof int) (float64, bool) {
	if m.Count <= int64(ddof) || m.Count == 0 {
		return 0, false
	}
	if _, ok := m.Sum.special(); ok {
		return math.NaN(), true
	}
	n := new(big.Rat).SetInt64(m.Count)
	s := m.Sum.Rat()
	v := new(big.Rat).Mul(n, m.Squares.Rat())
	v.Sub(v, s.Mul(s, s))
	v.Quo(v, n.Mul(n, new(big.Rat).SetInt64(m.Count-int64(ddof))))
	const digits = 256 // far more than the root keeps
	root := new(big.Float).SetPrec(digits).SetRat(v)
	f, _ := root.Sqrt(root).Float64()
	return f, true
}
