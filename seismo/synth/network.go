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
	radius = 6378.137
	ecc2   = 6.69437999014e-3
)

// scale returns the kilometres of one radian of latitude and of longitude: the
// ellipsoid's radii of curvature in the meridian and, times cos(lat), in the
// prime vertical.
func scale(lat float64) (north, east float64) {
	sin, cos := math.Sincos(lat)
	w := 1 - ecc2*sin*sin
	return radius * (1 - ecc2) / (w * math.Sqrt(w)), radius * cos / math.Sqrt(w)
}

const radians = math.Pi / 180

// LatLon returns the geographic coordinates, in degrees on WGS 84, of p about
// the reference point. Distances on the plane and on the ellipsoid agree to
// 1e-4 within 50 km, below 60 degrees of latitude.
func (p Point) LatLon(refLat, refLon float64) (lat, lon float64) {
	north, _ := scale(refLat * radians)
	lat = refLat + p.Y/north/radians
	// East is measured half way, where the chord between p and the reference runs.
	_, east := scale((refLat + lat) / 2 * radians)
	return lat, refLon + p.X/east/radians
}

// FromLatLon undoes [Point.LatLon].
func FromLatLon(lat, lon, refLat, refLon float64) Point {
	north, _ := scale(refLat * radians)
	_, east := scale((refLat + lat) / 2 * radians)
	return Point{X: (lon - refLon) * radians * east, Y: (lat - refLat) * radians * north}
}
