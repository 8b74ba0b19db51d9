package rotate

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

func noise(n int, seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 6))
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

func records(n int) [3][]float64 { return [3][]float64{noise(n, 1), noise(n, 2), noise(n, 3)} }

func clone(x [3][]float64) (y [3][]float64) {
	for i := range x {
		y[i] = append([]float64(nil), x[i]...)
	}
	return y
}

func near(t *testing.T, what string, got, want [3][]float64) {
	t.Helper()
	for c := range want {
		for i, w := range want[c] {
			if math.Abs(got[c][i]-w) > 1e-12 {
				t.Fatalf("%s: component %d at %d is %g, expected %g", what, c, i, got[c][i], w)
			}
		}
	}
}

// TestRoundTrips: every rotation is undone, and keeps the energy of each sample
// where the directions are at right angles.
func TestRoundTrips(t *testing.T) {
	x := records(200)
	for back := 0.0; back < 360; back += 41 {
		y := clone(x)
		RadialTransverse(y[1], y[2], y[1], y[2], back)
		NorthEast(y[1], y[2], y[1], y[2], back)
		near(t, "radial and transverse", y, x)
		lqt := LQT(back, 20)
		Rotate(lqt, y, x)
		for i := range x[0] {
			a := x[0][i]*x[0][i] + x[1][i]*x[1][i] + x[2][i]*x[2][i]
			b := y[0][i]*y[0][i] + y[1][i]*y[1][i] + y[2][i]*y[2][i]
			if math.Abs(a/b-1) > 1e-12 {
				t.Fatalf("LQT changes the energy from %g to %g", a, b)
			}
		}
		Rotate(lqt.Inverse(), y, y)
		near(t, "LQT", y, x)
		b, err := Components([3]float64{back, back + 100, 10}, [3]float64{-30, 10, -80})
		if err != nil {
			t.Fatal(err)
		}
		Rotate(b, y, x)
		Rotate(b.Inverse(), y, y)
		near(t, "components", y, x)
	}
	same, _ := Components([3]float64{0, 0, 90}, [3]float64{-90, 0, 0})
	y := clone(x)
	Rotate(same, y, x)
	near(t, "Z, N and E themselves", y, x)
	if _, err := Components([3]float64{0, 45, 90}, [3]float64{0, 0, 0}); !errors.Is(err, ErrDependent) {
		t.Errorf("three horizontals: %v", err)
	}
}

// TestRadial: a wave from the north-east moves the ground along the radial, first
// away from its source.
func TestRadial(t *testing.T) {
	const back = 45.0
	n, e := []float64{-1, 2}, []float64{-1, 2} // away to the south-west
	r, tr := make([]float64, 2), make([]float64, 2)
	RadialTransverse(r, tr, n, e, back)
	if math.Abs(r[0]-math.Sqrt2) > 1e-12 || math.Abs(tr[0]) > 1e-12 {
		t.Errorf("radial %v, transverse %v", r, tr)
	}
}

// TestRTZ: of the nine correlations of one motion only those of its directions are
// left, whichever way the pair lies.
func TestRTZ(t *testing.T) {
	for azimuth := 0.0; azimuth < 360; azimuth += 37 {
		sin, cos := math.Sincos(azimuth * math.Pi / 180)
		radial, transverse := [3]float64{cos, sin, 0}, [3]float64{-sin, cos, 0}
		var c [3][3][]float64
		for i := range c {
			for j := range c {
				c[i][j] = []float64{2*radial[i]*radial[j] + 5*transverse[i]*transverse[j] + 3*radial[i]*[3]float64{0, 0, 1}[j]}
			}
		}
		RTZ(&c, azimuth, azimuth+180)
		want := [3][3]float64{{2, 0, 3}, {0, 5, 0}, {0, 0, 0}}
		for i := range c {
			for j := range c {
				if math.Abs(c[i][j][0]-want[i][j]) > 1e-12 {
					t.Fatalf("azimuth %g: %v, expected %v", azimuth, c, want)
				}
			}
		}
	}
}

// TestPolarize: a line and a plane of known directions.
func TestPolarize(t *testing.T) {
	const azimuth, incidence = 70.0, 25.0
	s, noise := noise(400, 4), records(400)
	var x [3][]float64
	for c, share := range [3]float64{math.Cos(incidence * math.Pi / 180),
		math.Sin(incidence*math.Pi/180) * math.Cos(azimuth*math.Pi/180), math.Sin(incidence*math.Pi/180) * math.Sin(azimuth*math.Pi/180)} {
		x[c] = make([]float64, 400)
		for i := range s {
			x[c][i] = 5 + 100*share*s[i] + 0.1*noise[c][i]
		}
	}
	m := Polarize(x[0], x[1], x[2])
	if math.Abs(m.Azimuth-azimuth) > 0.2 || math.Abs(m.Incidence-incidence) > 0.2 || m.Rectilinearity < 0.99 {
		t.Errorf("a line at azimuth %g and incidence %g: %+v", azimuth, incidence, m)
	}
	circle := [3][]float64{make([]float64, 100), make([]float64, 100), make([]float64, 100)}
	for i := range 100 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 100)
		circle[0][i], circle[1][i] = sin, cos
	}
	if m := Polarize(circle[0], circle[1], circle[2]); m.Planarity < 0.999999 || m.Rectilinearity > 1e-6 {
		t.Errorf("a circle: %+v", m)
	}
	count := 0
	Windows(x[0], x[1], x[2], 100, 50, func(at int, m Motion) {
		if at != 50*count || math.Abs(m.Azimuth-azimuth) > 1 {
			t.Errorf("window at %d: %+v", at, m)
		}
		count++
	})
	if count != 7 {
		t.Errorf("%d windows", count)
	}
}
