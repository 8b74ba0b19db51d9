package moveout_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/seismo/synth"
)

// vincenty is the distance by Vincenty's iteration (1975, Survey Review 23), to
// a tenth of a millimetre.
func vincenty(lat1, lon1, lat2, lon2 float64) float64 {
	const a, f, r = 6378.137, 1 / 298.257223563, math.Pi / 180
	b := a * (1 - f)
	sinU1, cosU1 := math.Sincos(math.Atan((1 - f) * math.Tan(lat1*r)))
	sinU2, cosU2 := math.Sincos(math.Atan((1 - f) * math.Tan(lat2*r)))
	l := (lon2 - lon1) * r
	lambda := l
	for {
		sinL, cosL := math.Sincos(lambda)
		sinS := math.Hypot(cosU2*sinL, cosU1*sinU2-sinU1*cosU2*cosL)
		if sinS == 0 {
			return 0
		}
		cosS := sinU1*sinU2 + cosU1*cosU2*cosL
		sigma := math.Atan2(sinS, cosS)
		sinA := cosU1 * cosU2 * sinL / sinS
		cos2A := 1 - sinA*sinA
		cosM := 0.0
		if cos2A > 1e-15 {
			cosM = cosS - 2*sinU1*sinU2/cos2A
		}
		c := f / 16 * cos2A * (4 + f*(4-3*cos2A))
		last := lambda
		lambda = l + (1-c)*f*sinA*(sigma+c*sinS*(cosM+c*cosS*(2*cosM*cosM-1)))
		if math.Abs(lambda-last) > 1e-12 {
			continue
		}
		u2 := cos2A * (a*a - b*b) / (b * b)
		ka := 1 + u2/16384*(4096+u2*(-768+u2*(320-175*u2)))
		kb := u2 / 1024 * (256 + u2*(-128+u2*(74-47*u2)))
		ds := kb * sinS * (cosM + kb/4*(cosS*(2*cosM*cosM-1)-kb/6*cosM*(4*sinS*sinS-3)*(4*cosM*cosM-3)))
		return b * ka * (sigma - ds)
	}
}

func TestDistanceAgainstVincenty(t *testing.T) {
	// Flinders Peak to Buninyong, from Vincenty's formula as the Geocentric
	// Datum of Australia technical manual publishes it (GRS 80): 54.972271 km.
	if d := moveout.Distance(-37.951033, 144.424868, -37.652821, 143.926496); math.Abs(d-54.97227) > 2e-4 {
		t.Errorf("Flinders Peak to Buninyong: %.5f km", d)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		lat, lon := 160*rng.Float64()-80, 360*rng.Float64()-180
		reach := math.Pow(10, 3*rng.Float64()-2) // of 0.01 to 10 degrees
		lat2, lon2 := lat+reach*(rng.Float64()-0.5), lon+reach*(rng.Float64()-0.5)
		got, want := moveout.Distance(lat, lon, lat2, lon2), vincenty(lat, lon, lat2, lon2)
		if math.Abs(got-want) > 2e-6*want+1e-6 {
			t.Errorf("(%v, %v) to (%v, %v): %v, want %v", lat, lon, lat2, lon2, got, want)
		}
	}
	if d := moveout.Distance(10, 20, 10, 20); d != 0 {
		t.Errorf("a place to itself: %v km", d)
	}
}

// A network laid out on the plane is as wide on the ellipsoid.
func TestDistancesOfNetwork(t *testing.T) {
	for _, ref := range [][2]float64{{0, 0}, {38.8, -122.8}, {-45, 170}, {70, 20}} {
		points := synth.Scatter(3, 24, 50)
		lat, lon := make([]float64, len(points)), make([]float64, len(points))
		for i, p := range points {
			lat[i], lon[i] = p.LatLon(ref[0], ref[1])
		}
		plane, globe := distances(points), moveout.Distances(lat, lon)
		worst := 0.0
		for i := range points {
			for j := range i {
				worst = max(worst, math.Abs(globe[i][j]/plane[i][j]-1))
			}
		}
		if worst > 1e-4 {
			t.Errorf("at %v: %.1e off", ref, worst)
		}
		t.Logf("at %v: %.1e off", ref, worst)
	}
}
