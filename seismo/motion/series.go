package motion

import (
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Quantity is what a record is of, in metres and seconds.
type Quantity uint8

// The quantities.
const (
	Displacement Quantity = iota // m
	Velocity                     // m/s
	Acceleration                 // m/s2
)

// ParseQuantity takes displacement, velocity and acceleration, or StationXML's DISP,
// VEL and ACC.
func ParseQuantity(s string) (Quantity, error) {
	switch s {
	case "displacement", "DISP":
		return Displacement, nil
	case "velocity", "VEL":
		return Velocity, nil
	case "acceleration", "ACC":
		return Acceleration, nil
	}
	return 0, fmt.Errorf("motion: %q is none of displacement, velocity and acceleration", s)
}

// Unit is the unit of a quantity.
func (q Quantity) Unit() string { return [...]string{"m", "m/s", "m/s2"}[q] }

// Series returns displacement, velocity and acceleration of a record that is one of
// them, sampled every delta seconds: derivatives by central differences, integrals
// by the trapezoidal rule with the mean taken off what is integrated. x is not
// changed.
func Series[F dsp.Float](x []F, of Quantity, delta float64) (displacement, velocity, acceleration []F) {
	if len(x) < 2 {
		panic("motion: record of fewer than two samples")
	}
	integral := func(x []F) []F {
		y := dsp.Demean(nil, x)
		return dsp.Integrate(y, y, delta)
	}
	switch of {
	case Displacement:
		displacement = append([]F(nil), x...)
		velocity = dsp.Differentiate(nil, displacement, delta)
		acceleration = dsp.Differentiate(nil, velocity, delta)
	case Velocity:
		velocity = append([]F(nil), x...)
		displacement = integral(velocity)
		acceleration = dsp.Differentiate(nil, velocity, delta)
	case Acceleration:
		acceleration = append([]F(nil), x...)
		velocity = integral(acceleration)
		displacement = integral(velocity)
	default:
		panic("motion: unknown quantity")
	}
	return displacement, velocity, acceleration
}

// Peaks are the greatest absolute values of a record.
type Peaks struct {
	PGD float64 // m
	PGV float64 // m/s
	PGA float64 // m/s2
}

// PeaksOf returns the peaks of a record; see Series.
func PeaksOf[F dsp.Float](x []F, of Quantity, delta float64) Peaks {
	d, v, a := Series(x, of, delta)
	return Peaks{PGD: Peak(d), PGV: Peak(v), PGA: Peak(a)}
}

// Peak returns the greatest absolute value.
func Peak[F dsp.Float](x []F) (top float64) {
	for _, v := range x {
		top = max(top, math.Abs(float64(v)))
	}
	return top
}

// A Combination makes one value of those of two or three components.
type Combination uint8

// The combinations: the larger, the geometric mean, the root of the sum of squares.
const (
	Larger Combination = iota
	GeometricMean
	VectorSum
)

// Combine combines the values of components; 0 if there are none.
func (c Combination) Combine(values ...float64) float64 {
	if len(values) == 0 {
		return 0
	}
	top, product, squares := 0.0, 1.0, 0.0
	for _, v := range values {
		top, product, squares = max(top, v), product*v, squares+v*v
	}
	switch c {
	case Larger:
		return top
	case GeometricMean:
		return math.Pow(product, 1/float64(len(values)))
	case VectorSum:
		return math.Sqrt(squares)
	}
	panic("motion: unknown combination")
}
