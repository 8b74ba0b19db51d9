package moveout

import (
	"math"
	"testing"
)

func TestAzimuth(t *testing.T) {
	for _, c := range []struct{ lat1, lon1, lat2, lon2, want float64 }{
		{10, 20, 11, 20, 0}, {10, 20, 9, 20, 180}, {0, 20, 0, 21, 90}, {0, 20, 0, 19, 270}, {5, 5, 5, 5, 0},
		{50, -10, 50.1, -9.9, 32.739}, {35, -117, 34, -118, 219.906}, // GeographicLib
	} {
		if got := Azimuth(c.lat1, c.lon1, c.lat2, c.lon2); math.Abs(got-c.want) > 0.1 {
			t.Errorf("%v: %g degrees", c, got)
		}
	}
	for _, lon := range []float64{179.9, -179.9} { // across the date line
		if got := Azimuth(0, lon, 0, -lon); math.Abs(got-90) > 1e-9 && math.Abs(got-270) > 1e-9 {
			t.Errorf("across the date line: %g degrees", got)
		}
	}
}
