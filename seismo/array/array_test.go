package array

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dispel4go/dispel4go/internal/golden"
)

// TestGolden compares with ObsPy, whose wave came with a known slowness.
func TestGolden(t *testing.T) {
	golden.Check(t, filepath.Join("..", "testdata", "golden"), 2, func(t testing.TB, c *golden.Case) [][]float64 {
		if c.Function != "obspy.signal.array_analysis.array_processing" {
			return nil
		}
		c.Tolerance = 1e-8 // ObsPy's delays are float32
		places, records := array(c)
		o := Options{RateHz: c.Rate(0), WindowS: c.Number("win_len", 0), FreqMin: c.Number("frqlow", 0), FreqMax: c.Number("frqhigh", 0),
			MaxSlowness: c.Number("limit", 0), StepSlowness: c.Number("step", 0), Prewhiten: c.Number("prewhiten", 0) == 1}
		b, err := New(places, o)
		if err != nil {
			t.Fatal(err)
		}
		out := make([][]float64, 5)
		step := int(float64(b.Samples()) * c.Number("win_frac", 0))
		for k := range c.Want(0) {
			var window [][]float64
			for _, x := range records {
				window = append(window, x[k*step:][:b.Samples()])
			}
			beam := b.Scan(window)
			if math.Hypot(beam.East-0.21, beam.North+0.13) > 0.05 {
				t.Errorf("%s %v: window %d came with %g, %g s/km, expected 0.21, -0.13", c.Name, c.Params, k, beam.East, beam.North)
			}
			for i, v := range []float64{float64(k*step) / o.RateHz, beam.Power, beam.Absolute, beam.BackAzimuth, beam.Slowness} {
				if i == 3 && v > 180 { // ObsPy's are from -180 to 180
					v -= 360
				}
				out[i] = append(out[i], v)
			}
		}
		return out
	})
}

// TestGoldenDefinitions: Capon's map by its definition, which is not ObsPy's.
func TestGoldenDefinitions(t *testing.T) {
	golden.Check(t, filepath.Join("..", "testdata", "definitions"), 1, func(t testing.TB, c *golden.Case) [][]float64 {
		if c.Function != "capon" {
			return nil
		}
		places, records := array(c)
		b, err := New(places, Options{RateHz: c.Rate(0), WindowS: c.Number("window", 0), FreqMin: c.Number("low", 0), FreqMax: c.Number("high", 0),
			MaxSlowness: c.Number("limit", 0), StepSlowness: c.Number("step", 0), Method: Capon})
		if err != nil {
			t.Fatal(err)
		}
		beam := b.Scan(records)
		return [][]float64{slices.Concat(b.Map()...), {beam.Power, beam.East, beam.North}}
	})
}

// array is the places and records of a case.
func array(c *golden.Case) (places [][2]float64, records [][]float64) {
	p := c.Numbers("places")
	for i := range c.Inputs {
		places = append(places, [2]float64{p[2*i], p[2*i+1]})
		records = append(records, c.Input(i))
	}
	return places, records
}

// TestScan: a wave without noise has the power 1 at its own slowness, and the same
// records on all stations come straight from below.
func TestScan(t *testing.T) {
	places := [][2]float64{{0, 0}, {1, 0}, {0, 1}, {-1, -0.5}, {0.4, -0.9}}
	const rate, slowE, slowN = 20.0, -0.1, 0.2
	wave := func(x float64) float64 { return math.Sin(2*math.Pi*1.25*x) + math.Sin(2*math.Pi*2.5*x+1) }
	for name, want := range map[string][2]float64{"wave": {slowE, slowN}, "below": {0, 0}} {
		b, err := New(places, Options{RateHz: rate, WindowS: 12.8, FreqMin: 1, FreqMax: 3, MaxSlowness: 0.3, StepSlowness: 0.02})
		if err != nil {
			t.Fatal(err)
		}
		var records [][]float64
		for _, p := range places {
			x := make([]float64, b.Samples())
			for i := range x {
				x[i] = wave(float64(i)/rate - p[0]*want[0] - p[1]*want[1])
			}
			records = append(records, x)
		}
		beam := b.Scan(records)
		if math.Hypot(beam.East-want[0], beam.North-want[1]) > 1e-9 || math.Abs(beam.Power-1) > 0.02 {
			t.Errorf("%s: %+v", name, beam)
		}
		if name == "wave" && math.Abs(beam.BackAzimuth-(180-math.Atan2(0.1, 0.2)*180/math.Pi)) > 1e-6 {
			t.Errorf("the wave goes north-west and comes from %g degrees", beam.BackAzimuth)
		}
		if m := b.Map(); len(m) != 31 || len(m[0]) != 31 {
			t.Errorf("a map of %d x %d", len(m), len(m[0]))
		}
	}
}

// TestCapon: it sees two waves that come together where the beam sees one, and no
// power above the beam's.
func TestCapon(t *testing.T) {
	places := [][2]float64{{0, 0}, {1, 0}, {0, 1}, {-1, -0.5}, {0.4, -0.9}, {-0.6, 0.8}, {1, 0.9}, {-1.1, 0.3}}
	const rate = 20.0
	waves := [][2]float64{{0.16, 0.1}, {-0.12, 0.14}}
	o := Options{RateHz: rate, WindowS: 51.2, FreqMin: 2, FreqMax: 4, MaxSlowness: 0.3, StepSlowness: 0.02}
	maps := map[Method][][]float64{}
	for _, o.Method = range []Method{Bartlett, Capon} {
		b, err := New(places, o)
		if err != nil {
			t.Fatal(err)
		}
		var records [][]float64
		for _, p := range places {
			x := make([]float64, b.Samples())
			for i := range x {
				for k, w := range waves {
					at := float64(i)/rate - p[0]*w[0] - p[1]*w[1]
					for f := 2.0; f < 4; f += 0.17 { // no frequency of one is one of the other
						x[i] += math.Sin(2*math.Pi*(f+0.08*float64(k))*at + 9*f*f)
					}
				}
			}
			records = append(records, x)
		}
		b.Scan(records)
		maps[o.Method] = b.Map()
	}
	at := func(m Method, x, y float64) float64 {
		return maps[m][int(math.Round((x+0.3)/0.02))][int(math.Round((y+0.3)/0.02))]
	}
	between := at(Capon, 0.02, 0.12)
	for _, w := range waves {
		if at(Capon, w[0], w[1]) < 3*between {
			t.Errorf("Capon has %g at %v and %g between the waves", at(Capon, w[0], w[1]), w, between)
		}
	}
	for i, row := range maps[Capon] {
		for k, v := range row {
			if v > 1.1*maps[Bartlett][i][k]+0.02 {
				t.Fatalf("at %d, %d Capon has %g and the beam %g", i, k, v, maps[Bartlett][i][k])
			}
		}
	}
}

func TestBadOptions(t *testing.T) {
	good := Options{RateHz: 20, WindowS: 10, FreqMin: 1, FreqMax: 3, MaxSlowness: 0.3, StepSlowness: 0.02}
	two := [][2]float64{{0, 0}, {1, 0}}
	if _, err := New(two, good); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(o *Options){
		"no window": func(o *Options) { o.WindowS = 0 }, "no band": func(o *Options) { o.FreqMin = 5 }, "no grid": func(o *Options) { o.StepSlowness = 0 },
		"a grid too fine": func(o *Options) { o.StepSlowness = 1e-5 }, "a band above Nyquist": func(o *Options) { o.FreqMin, o.FreqMax = 11, 12 },
	} {
		o := good
		change(&o)
		if _, err := New(two, o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := New(two[:1], good); !errors.Is(err, ErrOptions) {
		t.Errorf("one station: %v", err)
	}
}

func BenchmarkScan(b *testing.B) {
	places := [][2]float64{{0, 0}, {1, 0}, {0, 1}, {-1, -0.5}, {0.4, -0.9}, {-0.5, 0.8}, {0.9, 0.9}}
	beam, err := New(places, Options{RateHz: 40, WindowS: 4, FreqMin: 1, FreqMax: 6, MaxSlowness: 0.4, StepSlowness: 0.02})
	if err != nil {
		b.Fatal(err)
	}
	records := make([][]float64, len(places))
	for i := range records {
		records[i] = make([]float64, beam.Samples())
		for k := range records[i] {
			records[i][k] = math.Sin(float64(k * (i + 1)))
		}
	}
	for b.Loop() {
		beam.Scan(records)
	}
}
