package moveout

import "math"

// WGS 84: equatorial radius in kilometres, and flattening.
const (
	equator    = 6378.137
	flattening = 1 / 298.257223563
)

// Distance returns the distance in kilometres along the ellipsoid WGS 84
// between two places given in degrees, by Lambert's formula for long lines
// (Lambert 1942, J. Wash. Acad. Sci. 32): right to some 10 m over thousands of
// kilometres, but not for places nearly opposite each other on the globe.
func Distance(lat1, lon1, lat2, lon2 float64) float64 {
	const radians = math.Pi / 180
	b1 := math.Atan((1 - flattening) * math.Tan(lat1*radians)) // reduced latitudes
	b2 := math.Atan((1 - flattening) * math.Tan(lat2*radians))
	sinP, cosP := math.Sincos((b1 + b2) / 2)
	sinQ, cosQ := math.Sincos((b2 - b1) / 2)
	sinL := math.Sin((lon2 - lon1) / 2 * radians)
	h := min(1, sinQ*sinQ+math.Cos(b1)*math.Cos(b2)*sinL*sinL) // haversine of the arc
	if h == 0 {
		return 0
	}
	arc := 2 * math.Asin(math.Sqrt(h))
	x := (arc - math.Sin(arc)) * sq(sinP*cosQ) / (1 - h)
	y := (arc + math.Sin(arc)) * sq(cosP*sinQ) / h
	return equator * (arc - flattening/2*(x+y))
}

// Azimuth returns the direction from one place to another in degrees clockwise from
// north, 0 to below 360, by the great circle over reduced latitudes: right to some
// hundredths of a degree over hundreds of kilometres. The azimuth of a place to
// itself is 0.
func Azimuth(lat1, lon1, lat2, lon2 float64) float64 {
	const radians = math.Pi / 180
	sin1, cos1 := math.Sincos(math.Atan((1 - flattening) * math.Tan(lat1*radians)))
	sin2, cos2 := math.Sincos(math.Atan((1 - flattening) * math.Tan(lat2*radians)))
	sinL, cosL := math.Sincos((lon2 - lon1) * radians)
	azimuth := math.Atan2(cos2*sinL, cos1*sin2-sin1*cos2*cosL) / radians
	return math.Mod(azimuth+360, 360)
}

func sq(x float64) float64 { return x * x }

// Distances returns the distance of every station to every other, for a
// [Gather], from their latitudes and longitudes in degrees.
func Distances(lat, lon []float64) [][]float64 {
	if len(lat) != len(lon) {
		panic("moveout: latitudes and longitudes of different numbers")
	}
	d := make([][]float64, len(lat))
	for i := range d {
		d[i] = make([]float64, len(lat))
		for j := range i {
			d[i][j] = Distance(lat[i], lon[i], lat[j], lon[j])
			d[j][i] = d[i][j]
		}
	}
	return d
}
