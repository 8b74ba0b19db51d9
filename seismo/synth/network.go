package synth

import "math"

// Point is a place on the plane: kilometres east (X) and north (Y) of the
// network's reference point.
type Point struct{ X, Y float64 }

// Distance returns the distance between two points in kilometres.
func (p Point) Distance(q Point) float64 { return math.Hypot(p.X-q.X, p.Y-q.Y) }

// Scatter lays out n stations at random in a disc of the given diameter, in
// kilometres, no two closer than half the spacing of an even layout. The same
// arguments give the same stations.
func Scatter(seed uint64, n int, apertureKm float64) []Point {
	least := apertureKm / 2 / math.Sqrt(float64(max(n, 1)))
	points := make([]Point, 0, n)
	for try := uint64(0); len(points) < n; try++ {
		h := hash(seed, tagNetwork, try)
		p := Point{
			X: (unit(mix(h+1)) - 0.5) * apertureKm,
			Y: (unit(mix(h+2)) - 0.5) * apertureKm,
		}
		if math.Hypot(p.X, p.Y) <= apertureKm/2 && apart(points, p, least) {
			points = append(points, p)
		}
	}
	return points
}

func apart(points []Point, p Point, least float64) bool {
	for _, q := range points {
		if p.Distance(q) < least {
			return false
		}
	}
	return true
}

// The ellipsoid WGS 84: equatorial radius in kilometres, eccentricity squared.
const (
	equator = 6378.137
	ecc2    = 6.69437999014e-3
)

// curvature returns the ellipsoid's radii of curvature, in kilometres, along
// the meridian and across it.
func curvature(lat float64) (along, across float64) {
	sin := math.Sin(lat)
	w := 1 - ecc2*sin*sin
	return equator * (1 - ecc2) / (w * math.Sqrt(w)), equator / math.Sqrt(w)
}

const radians = math.Pi / 180

// LatLon returns the geographic coordinates, in degrees on WGS 84, of p about a
// reference point. They are those of Cassini's projection to the second order:
// within 50 km distances on the plane and on the ellipsoid agree to 1e-4 up to
// 70 degrees of latitude.
func (p Point) LatLon(refLat, refLon float64) (lat, lon float64) {
	along, across := curvature(refLat * radians)
	// A line due east leaves its parallel on the side of the equator.
	bow := p.X * p.X * math.Tan(refLat*radians) / (2 * across)
	lat = refLat + (p.Y-bow)/along/radians
	_, across = curvature(lat * radians)
	return lat, math.Remainder(refLon+p.X/(across*math.Cos(lat*radians))/radians, 360)
}

// FromLatLon undoes [Point.LatLon].
func FromLatLon(lat, lon, refLat, refLon float64) Point {
	_, across := curvature(lat * radians)
	x := math.Remainder(lon-refLon, 360) * radians * across * math.Cos(lat*radians)
	along, across := curvature(refLat * radians)
	bow := x * x * math.Tan(refLat*radians) / (2 * across)
	return Point{X: x, Y: (lat-refLat)*radians*along + bow}
}
