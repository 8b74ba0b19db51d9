package rotate

import (
	"errors"
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// ErrDependent is returned by Components where three directions do not span
// space.
var ErrDependent = errors.New("rotate: the directions of the components lie in one plane")

// A Basis holds three directions, each as its share of vertical (up), north and
// east. It is the matrix that takes records in Z, N and E to records along the
// directions.
type Basis [3][3]float64

// Direction returns the share of Z, N and E in a component with the azimuth and
// dip given.
func Direction(azimuth, dip float64) [3]float64 {
	sinD, cosD := sincos(dip)
	sinA, cosA := sincos(azimuth)
	return [3]float64{-sinD, cosD * cosA, cosD * sinA}
}

// Components returns the basis of three components with azimuths and dips. They
// need not be at right angles. The error is ErrDependent.
func Components(azimuths, dips [3]float64) (Basis, error) {
	var b Basis
	for i := range b {
		b[i] = Direction(azimuths[i], dips[i])
	}
	if d := math.Abs(b.det()); !(d > 1e-6 && d < 1e6) {
		return b, fmt.Errorf("%w: azimuths %v, dips %v degrees", ErrDependent, azimuths, dips)
	}
	return b, nil
}

// LQT returns the basis of the ray: L along it, away from the source, Q and T at
// right angles, Q in the vertical plane and T horizontal, as ObsPy's
// rotate_zne_lqt.
func LQT(backAzimuth, incidence float64) Basis {
	sinB, cosB := sincos(backAzimuth)
	sinI, cosI := sincos(incidence)
	return Basis{
		{cosI, -sinI * cosB, -sinI * sinB},
		{sinI, cosI * cosB, cosI * sinB},
		{0, sinB, -cosB},
	}
}

// Rotate takes records in Z, N and E to records along the directions. All have one
// length; dst may be src.
func Rotate[F dsp.Float](b Basis, dst, src [3][]F) {
	n := len(src[0])
	for i := range 3 {
		if len(src[i]) != n || len(dst[i]) != n {
			panic("rotate: components of different lengths")
		}
	}
	x, y, z := src[0], src[1][:n], src[2][:n]
	first, second, third := dst[0][:n], dst[1][:n], dst[2][:n]
	for i := range x {
		p, q, r := float64(x[i]), float64(y[i]), float64(z[i])
		first[i] = F(b[0][0]*p + b[0][1]*q + b[0][2]*r)
		second[i] = F(b[1][0]*p + b[1][1]*q + b[1][2]*r)
		third[i] = F(b[2][0]*p + b[2][1]*q + b[2][2]*r)
	}
}

// Inverse returns the matrix that takes records along the directions back to Z, N
// and E: Rotate with it is ObsPy's rotate2zne.
func (b Basis) Inverse() Basis {
	cofactor := func(i, j int) float64 {
		i1, i2, j1, j2 := (i+1)%3, (i+2)%3, (j+1)%3, (j+2)%3
		return b[i1][j1]*b[i2][j2] - b[i1][j2]*b[i2][j1]
	}
	det := b.det()
	var inverse Basis
	for i := range 3 {
		for j := range 3 {
			inverse[j][i] = cofactor(i, j) / det
		}
	}
	return inverse
}

func (b Basis) det() float64 {
	return b[0][0]*(b[1][1]*b[2][2]-b[1][2]*b[2][1]) -
		b[0][1]*(b[1][0]*b[2][2]-b[1][2]*b[2][0]) +
		b[0][2]*(b[1][0]*b[2][1]-b[1][1]*b[2][0])
}

// RadialTransverse writes the radial component, away from the source, and the
// transverse one, to the right of it, of records to the north and east (ObsPy's
// rotate_ne_rt). r and t may be n and e.
func RadialTransverse[F dsp.Float](r, t, n, e []F, backAzimuth float64) {
	turn(r, t, n, e, backAzimuth)
}

// NorthEast undoes RadialTransverse.
func NorthEast[F dsp.Float](n, e, r, t []F, backAzimuth float64) {
	turn(n, e, r, t, 360-backAzimuth)
}

func turn[F dsp.Float](a, b, n, e []F, angle float64) {
	if len(a) != len(n) || len(b) != len(n) || len(e) != len(n) {
		panic("rotate: components of different lengths")
	}
	sin, cos := sincos(angle)
	a, b, e = a[:len(n)], b[:len(n)], e[:len(n)]
	for i := range n {
		x, y := float64(n[i]), float64(e[i])
		a[i], b[i] = F(-y*sin-x*cos), F(-y*cos+x*sin)
	}
}

// RTZ turns the nine correlations of a pair: from [c][d], that of component c at
// the first station with d at the second, in the order N, E, Z, to R, T, Z. R is
// the direction in which a wave passes from the first to the second, at each of
// them; azimuth is that of the second seen from the first and backAzimuth that of
// the first seen from the second. src is changed in place.
func RTZ[F dsp.Float](c *[3][3][]F, azimuth, backAzimuth float64) {
	sinA, cosA := sincos(azimuth)
	sinB, cosB := sincos(backAzimuth + 180)
	a := [3][3]float64{{cosA, sinA, 0}, {-sinA, cosA, 0}, {0, 0, 1}}
	b := [3][3]float64{{cosB, sinB, 0}, {-sinB, cosB, 0}, {0, 0, 1}}
	n := len(c[0][0])
	for i := range c {
		for j := range c {
			if len(c[i][j]) != n {
				panic("rotate: correlations of different lengths")
			}
		}
	}
	for t := range n {
		var x, y [3][3]float64
		for i := range 3 {
			for j := range 3 {
				x[i][j] = float64(c[i][j][t])
			}
		}
		for i := range 3 { // y = a x
			for j := range 3 {
				y[i][j] = a[i][0]*x[0][j] + a[i][1]*x[1][j] + a[i][2]*x[2][j]
			}
		}
		for i := range 3 { // y b'
			for j := range 3 {
				c[i][j][t] = F(y[i][0]*b[j][0] + y[i][1]*b[j][1] + y[i][2]*b[j][2])
			}
		}
	}
}

// sincos takes degrees, and is exact at the quarters of a turn.
func sincos(degrees float64) (sin, cos float64) {
	d := math.Mod(degrees, 360)
	if d < 0 {
		d += 360
	}
	switch d {
	case 0:
		return 0, 1
	case 90:
		return 1, 0
	case 180:
		return 0, -1
	case 270:
		return -1, 0
	}
	return math.Sincos(d * math.Pi / 180)
}
