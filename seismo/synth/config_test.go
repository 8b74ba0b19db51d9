package synth

import (
	"errors"
	"math"
	"testing"
)

func TestBadConfig(t *testing.T) {
	for name, spoil := range map[string]func(c *Config){
		"velocity":        func(c *Config) { c.VelocityKmS = 0 },
		"NaN velocity":    func(c *Config) { c.VelocityKmS = math.NaN() },
		"rate":            func(c *Config) { c.RateHz = math.Inf(1) },
		"empty band":      func(c *Config) { c.FreqMaxHz = c.FreqMinHz },
		"beyond Nyquist":  func(c *Config) { c.FreqMaxHz = 9 },
		"lowest":          func(c *Config) { c.FreqMinHz = -1 },
		"no sources":      func(c *Config) { c.Sources = 0 },
		"no field":        func(c *Config) { c.FieldRMS = 0 },
		"noise":           func(c *Config) { c.NoiseRatio = -0.1 },
		"no stations":     func(c *Config) { c.Stations = nil },
		"station nowhere": func(c *Config) { c.Stations[1].X = math.NaN() },
		"too wide":        func(c *Config) { c.Stations[1].X = 1e9 },
		"too low":         func(c *Config) { c.FreqMinHz = 1e-9 },
	} {
		c := Default(1, []Point{{1, 2}, {3, 4}})
		spoil(&c)
		if f, err := New(c); !errors.Is(err, ErrConfig) || f != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestScatter(t *testing.T) {
	for _, n := range []int{0, 1, 8, 24, 300} {
		points := Scatter(2, n, 40)
		if len(points) != n {
			t.Fatalf("%d stations, want %d", len(points), n)
		}
		for i, p := range points {
			if math.Hypot(p.X, p.Y) > 20 {
				t.Errorf("%v lies outside", p)
			}
			for _, q := range points[:i] {
				if p.Distance(q) < 20/math.Sqrt(float64(n)) {
					t.Errorf("%v and %v are too close", p, q)
				}
			}
			if q := Scatter(2, n, 40)[i]; q != p {
				t.Errorf("%v, then %v", p, q)
			}
		}
	}
	if Scatter(1, 3, 40)[0] == Scatter(2, 3, 40)[0] {
		t.Error("two seeds, one network")
	}
}

func TestLatLonRoundTrip(t *testing.T) {
	for _, ref := range [][2]float64{{0, 0}, {38.8, -122.8}, {-45, 179.99}, {70, 20}} {
		for _, p := range Scatter(3, 50, 60) {
			lat, lon := p.LatLon(ref[0], ref[1])
			if math.Abs(lon) > 180 {
				t.Errorf("longitude %v", lon)
			}
			if q := FromLatLon(lat, lon, ref[0], ref[1]); p.Distance(q) > 1e-9 {
				t.Errorf("%v came back as %v", p, q)
			}
		}
	}
}

// The numbers behind the noise have the mean, the variance and the bounds they
// should, and neighbours have nothing in common.
func TestNormal(t *testing.T) {
	const n = 1 << 20
	var sum, squares, products, last float64
	for k := range uint64(n) {
		v := float64(normal(mix(k)))
		if math.Abs(v) > 3.47 {
			t.Fatalf("%v", v)
		}
		sum += v
		squares += v * v
		products += v * last
		last = v
	}
	if math.Abs(sum/n) > 0.005 || math.Abs(squares/n-1) > 0.01 || math.Abs(products/n) > 0.005 {
		t.Errorf("mean %v, variance %v, product of neighbours %v", sum/n, squares/n, products/n)
	}
}
