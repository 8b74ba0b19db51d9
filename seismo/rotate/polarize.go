package rotate

import (
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Motion is how the ground moves within a window (Flinn 1965, as ObsPy's flinn).
type Motion struct {
	Azimuth        float64 // of the longest axis, 0 to 180 degrees: both ends of it are alike
	Incidence      float64 // of the longest axis, 0 (vertical) to 90 degrees
	Rectilinearity float64 // 1 for motion along a line
	Planarity      float64 // 1 for motion in a plane
	Eigenvalues    [3]float64
}

// Covariance returns the matrix of covariances (over n-1) of three records of one
// length.
func Covariance[F dsp.Float](x, y, z []F) (c [3][3]float64) {
	n := len(x)
	if n < 2 || len(y) != n || len(z) != n {
		panic("rotate: components of different lengths or of fewer than two samples")
	}
	mean := [3]float64{dsp.Mean(x), dsp.Mean(y), dsp.Mean(z)}
	for i := range n {
		v := [3]float64{float64(x[i]) - mean[0], float64(y[i]) - mean[1], float64(z[i]) - mean[2]}
		for j := range 3 {
			for k := j; k < 3; k++ {
				c[j][k] += v[j] * v[k]
			}
		}
	}
	for j := range 3 {
		for k := j; k < 3; k++ {
			c[j][k] /= float64(n - 1)
			c[k][j] = c[j][k]
		}
	}
	return c
}

// Polarize measures the motion of a window of records in Z, N and E.
func Polarize[F dsp.Float](z, n, e []F) Motion {
	values, vectors := eigen(Covariance(e, n, z))
	m := Motion{Eigenvalues: values}
	if values[0] > 0 {
		m.Rectilinearity = 1 - math.Sqrt(values[1]/values[0])
		m.Planarity = 1 - 2*values[2]/(values[1]+values[0])
	}
	v := vectors[0]
	if v[2] < 0 { // the end that points up
		v = [3]float64{-v[0], -v[1], -v[2]}
	}
	m.Azimuth = math.Mod(math.Atan2(v[0], v[1])*180/math.Pi+360, 180)
	m.Incidence = math.Atan2(math.Hypot(v[0], v[1]), v[2]) * 180 / math.Pi
	return m
}

// Windows calls f with the motion of each window of length samples, one every
// step, and its first sample.
func Windows[F dsp.Float](z, n, e []F, length, step int, f func(at int, m Motion)) {
	if length < 2 || step < 1 {
		panic("rotate: window of fewer than two samples or no step")
	}
	for at := 0; at+length <= len(z); at += step {
		f(at, Polarize(z[at:at+length], n[at:at+length], e[at:at+length]))
	}
}

// eigen returns the eigenvalues of a symmetric matrix, the greatest first and none
// below zero, and their vectors, by Jacobi's rotations.
func eigen(a [3][3]float64) (values [3]float64, vectors [3][3]float64) {
	v := [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}} // in columns
	for range 60 {
		off := a[0][1]*a[0][1] + a[0][2]*a[0][2] + a[1][2]*a[1][2]
		if size := a[0][0]*a[0][0] + a[1][1]*a[1][1] + a[2][2]*a[2][2]; off <= 1e-32*size || off == 0 {
			break
		}
		for p := range 2 {
			for q := p + 1; q < 3; q++ {
				if a[p][q] == 0 {
					continue
				}
				theta := (a[q][q] - a[p][p]) / (2 * a[p][q])
				t := math.Copysign(1, theta) / (math.Abs(theta) + math.Sqrt(theta*theta+1))
				c := 1 / math.Sqrt(t*t+1)
				s := t * c
				for k := range 3 {
					x, y := a[k][p], a[k][q]
					a[k][p], a[k][q] = c*x-s*y, s*x+c*y
				}
				for k := range 3 {
					x, y := a[p][k], a[q][k]
					a[p][k], a[q][k] = c*x-s*y, s*x+c*y
				}
				for k := range 3 {
					x, y := v[k][p], v[k][q]
					v[k][p], v[k][q] = c*x-s*y, s*x+c*y
				}
			}
		}
	}
	order := [3]int{0, 1, 2}
	for i := range 2 {
		for j := i + 1; j < 3; j++ {
			if a[order[j]][order[j]] > a[order[i]][order[i]] {
				order[i], order[j] = order[j], order[i]
			}
		}
	}
	for i, k := range order {
		values[i] = math.Max(a[k][k], 0)
		vectors[i] = [3]float64{v[0][k], v[1][k], v[2][k]}
	}
	return values, vectors
}
