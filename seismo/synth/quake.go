package synth

import (
	"fmt"
	"math"
)

// A Quake is an earthquake: a double couple at a point of a homogeneous medium, whose
// seismic moment grows by Brune's (1970) law,
//
//	M(t) = M0 (1 - (1 + t/T) exp(-t/T)),
//
// so that the spectrum of displacement is flat to the corner 1/(2 pi T) Hz and falls
// by the square beyond it. Its seismograms are exact for a medium without a surface,
// near and far field (Aki and Richards 2002, eq. 4.29), and doubled for the free
// surface. There is no attenuation.
type Quake struct {
	At                Point   // epicentre, km
	DepthKm           float64 // above 0
	OriginS           float64 // time of the origin, s
	MomentNm          float64 // seismic moment, N m
	Strike, Dip, Rake float64 // degrees, Aki and Richards' convention
	RiseS             float64 // T, s

	VpKmS, VsKmS float64 // km/s
	DensityKgM3  float64 // kg/m3
}

// DefaultQuake returns a strike-slip earthquake of the moment magnitude given, 8 km
// deep, in rock: its rise is that of a stress drop of 3 MPa.
func DefaultQuake(magnitude float64) Quake {
	moment := math.Pow(10, 1.5*magnitude+9.05)
	const vs, drop = 3.4, 3e6
	corner := 0.37 * vs * 1000 * math.Cbrt(16.0/7*drop/moment) // Hz, Brune's model
	return Quake{
		DepthKm: 8, MomentNm: moment, Strike: 30, Dip: 80, Rake: 10, RiseS: 1 / (2 * math.Pi * corner),
		VpKmS: 5.9, VsKmS: vs, DensityKgM3: 2700,
	}
}

// Check says what is wrong with an earthquake; the error wraps ErrConfig.
func (q *Quake) Check() error {
	for name, v := range map[string]float64{"depth": q.DepthKm, "moment": q.MomentNm, "rise": q.RiseS, "velocity of P": q.VpKmS, "velocity of S": q.VsKmS, "density": q.DensityKgM3} {
		if !(v > 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: %s is %v, must be above 0", ErrConfig, name, v)
		}
	}
	if !(q.VpKmS > q.VsKmS) {
		return fmt.Errorf("%w: P at %v km/s is not faster than S at %v km/s", ErrConfig, q.VpKmS, q.VsKmS)
	}
	return nil
}

// Onsets returns when P and S come to a station, in s.
func (q *Quake) Onsets(station Point) (p, s float64) {
	r := math.Hypot(q.At.Distance(station), q.DepthKm)
	return q.OriginS + r/q.VpKmS, q.OriginS + r/q.VsKmS
}

// moment is the moment tensor over M0 in the directions north, east and down (Aki and
// Richards 2002, box 4.4).
func (q *Quake) moment() (m [3][3]float64) {
	rad := func(d float64) (sin, cos float64) { return math.Sincos(d * math.Pi / 180) }
	ss, cs := rad(q.Strike)
	sd, cd := rad(q.Dip)
	sl, cl := rad(q.Rake)
	s2s, c2s := rad(2 * q.Strike)
	s2d, c2d := rad(2 * q.Dip)
	m[0][0] = -(sd*cl*s2s + s2d*sl*ss*ss)
	m[0][1] = sd*cl*c2s + 0.5*s2d*sl*s2s
	m[0][2] = -(cd*cl*cs + c2d*sl*ss)
	m[1][1] = sd*cl*s2s - s2d*sl*cs*cs
	m[1][2] = -(cd*cl*ss - c2d*sl*cs)
	m[2][2] = s2d * sl
	m[1][0], m[2][0], m[2][1] = m[0][1], m[0][2], m[1][2]
	return m
}

// Displacement writes the displacement in m of a station, up, north and east, at times
// first, first+step, ... in s. The slices have one length.
func (q *Quake) Displacement(up, north, east []float64, station Point, first, step float64) {
	if len(north) != len(up) || len(east) != len(up) {
		panic("synth: components of different lengths")
	}
	// From the source to the station, in north, east and down.
	d := [3]float64{station.Y - q.At.Y, station.X - q.At.X, -q.DepthKm}
	r := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2])
	g := [3]float64{d[0] / r, d[1] / r, d[2] / r}
	m := q.moment()
	var along float64 // g M g
	var mg [3]float64
	for i := range 3 {
		for j := range 3 {
			mg[i] += m[i][j] * g[j]
		}
		along += g[i] * mg[i]
	}
	// The trace of a double couple is zero, and its tensor symmetric.
	var near, nearP, nearS, farP, farS [3]float64
	for i := range 3 {
		near[i] = 15*g[i]*along - 6*mg[i]
		nearP[i] = 6*g[i]*along - 2*mg[i]
		nearS[i] = -(6*g[i]*along - 3*mg[i])
		farP[i] = g[i] * along
		farS[i] = mg[i] - g[i]*along
	}
	const surface = 2
	meter := r * 1000
	alpha, beta := q.VpKmS*1000, q.VsKmS*1000
	unit := surface * q.MomentNm / (4 * math.Pi * q.DensityKgM3)
	tp, ts := r/q.VpKmS, r/q.VsKmS
	for k := range up {
		t := first + float64(k)*step - q.OriginS
		sp, dp, ip, jp := q.grow(t - tp)
		ss, ds, is, js := q.grow(t - ts)
		// The integral of tau M(t - tau) from tp to ts, by parts.
		both := tp*ip - ts*is + jp - js
		var u [3]float64
		for i := range 3 {
			u[i] = unit * (near[i]*both/(meter*meter*meter*meter) +
				nearP[i]*sp/(alpha*alpha*meter*meter) + nearS[i]*ss/(beta*beta*meter*meter) +
				farP[i]*dp/(alpha*alpha*alpha*meter) + farS[i]*ds/(beta*beta*beta*meter))
		}
		north[k], east[k], up[k] = u[0], u[1], -u[2]
	}
}

// grow returns M(t)/M0, its derivative, and its first and second integrals.
func (q *Quake) grow(t float64) (value, rate, integral, second float64) {
	if t <= 0 {
		return 0, 0, 0, 0
	}
	x := t / q.RiseS
	e := math.Exp(-x)
	return 1 - (1+x)*e, x * e / q.RiseS, q.RiseS * (x - 2 + (x+2)*e), q.RiseS * q.RiseS * (x*x/2 - 2*x + 3 - (x+3)*e)
}
