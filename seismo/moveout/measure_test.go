package moveout_test

import (
	"errors"
	"math"
	"testing"

	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/seismo/synth"
)

// theory returns the correlations of a network in a perfect field: the inverse
// transform of S(f) J0(k(f) d), with S a Hann window over the band.
func theory(stations []synth.Point, low, high float64, wavenumber func(f float64) float64) moveout.Gather[float64] {
	const (
		interval = 0.2
		m        = 225
		lines    = 400 // of the spectrum
	)
	g := moveout.Gather[float64]{IntervalS: interval, DistancesKm: distances(stations)}
	for a := range stations {
		for b := range a {
			row := make([]float64, 2*m+1)
			for k := 1; k < lines; k++ {
				f := low + (high-low)*float64(k)/lines
				s := (1 - math.Cos(2*math.Pi*float64(k)/lines)) * math.J0(wavenumber(f)*g.DistancesKm[a][b])
				// cos(2 pi f t) by recurrence, from t = 0 both ways.
				turn := 2 * math.Cos(2*math.Pi*f*interval)
				last, now := turn/2, 1.0
				for lag := 0; lag <= m; lag++ {
					row[m+lag] += s * now
					last, now = now, turn*now-last
				}
			}
			for lag := range m {
				row[lag] = row[2*m-lag]
			}
			g.Rows = append(g.Rows, row)
			g.Pairs = append(g.Pairs, [2]int{a, b})
		}
	}
	return g
}

// The bias of the method itself, without any noise.
func TestTheoryUnbiased(t *testing.T) {
	stations := synth.Scatter(5, 12, 40)
	for _, velocity := range []float64{1.5, 1.8, 2.3, 3, 3.7, 4.4, 5} {
		g := theory(stations, 0.2, 1.5, func(f float64) float64 { return 2 * math.Pi * f / velocity })
		fit, err := moveout.Measure(g, moveout.Options{})
		if err != nil {
			t.Fatalf("%g km/s: %+v, %v", velocity, fit, err)
		}
		share := fit.VelocityKmS/velocity - 1
		t.Logf("%g km/s: %+.3f %%, chance %.0e", velocity, share*100, fit.FalseAlarm)
		if math.Abs(share) > 0.002 {
			t.Errorf("%g km/s: %+v", velocity, fit)
		}
	}
}

// Where phase and group velocity differ, it is the group velocity.
func TestGroupNotPhase(t *testing.T) {
	const phase, group, centre = 3.6, 2.9, 0.8
	g := theory(synth.Scatter(6, 12, 40), 0.3, 1.3, func(f float64) float64 {
		return 2 * math.Pi * (centre/phase + (f-centre)/group)
	})
	fit, err := moveout.Measure(g, moveout.Options{})
	if err != nil || math.Abs(fit.VelocityKmS/group-1) > 0.005 {
		t.Errorf("%+v, %v", fit, err)
	}
}

// Amplitudes, the order of rows, their sign and empty ones do not matter.
func TestInvariant(t *testing.T) {
	stations := synth.Scatter(7, 10, 40)
	g := theory(stations, 0.2, 1.5, func(f float64) float64 { return 2 * math.Pi * f / 3 })
	want, err := moveout.Measure(g, moveout.Options{})
	check(t, err)
	for i, row := range g.Rows {
		for j := range row {
			row[j] *= []float64{-1e-300, 1e300, 3}[i%3]
		}
	}
	for i, j := 0, len(g.Rows)-1; i < j; i, j = i+1, j-1 {
		g.Rows[i], g.Rows[j] = g.Rows[j], g.Rows[i]
		g.Pairs[i], g.Pairs[j] = g.Pairs[j], g.Pairs[i]
	}
	g.Rows = append(g.Rows, make([]float64, len(g.Rows[0])))
	g.Pairs = append(g.Pairs, [2]int{0, 1})
	got, err := moveout.Measure(g, moveout.Options{})
	check(t, err)
	if math.Abs(got.VelocityKmS-want.VelocityKmS) > 1e-6 || got.Pairs != want.Pairs {
		t.Errorf("%+v, before %+v", got, want)
	}
}

// Outside of the range of velocities there is nothing to be found.
func TestOutOfRange(t *testing.T) {
	g := theory(synth.Scatter(8, 12, 40), 0.2, 1.5, func(f float64) float64 { return 2 * math.Pi * f / 3 })
	for _, o := range []moveout.Options{
		{VelocityMinKmS: 3.2, VelocityMaxKmS: 8},
		{VelocityMinKmS: 1, VelocityMaxKmS: 2.8},
	} {
		if fit, err := moveout.Measure(g, o); !errors.Is(err, moveout.ErrNoArrival) || fit.VelocityKmS != 0 {
			t.Errorf("%+v: %+v, %v", o, fit, err)
		}
	}
}

// Too little to go by is no arrival, never a panic or a NaN.
func TestTooLittle(t *testing.T) {
	line := func(n int) moveout.Gather[float64] {
		stations := synth.Scatter(9, n, 40)
		return theory(stations, 0.2, 1.5, func(f float64) float64 { return 2 * math.Pi * f / 3 })
	}
	short := line(8)
	for i, row := range short.Rows {
		short.Rows[i] = row[220 : len(row)-220]
	}
	one := line(8)
	for i, row := range one.Rows {
		one.Rows[i] = row[225:226]
	}
	zero := line(8)
	for i := range zero.Rows {
		zero.Rows[i] = make([]float64, 451)
	}
	together := line(8)
	together.DistancesKm = distances(make([]synth.Point, 8))
	for name, g := range map[string]moveout.Gather[float64]{
		"no stations": {IntervalS: 1}, "two stations": line(2), "three stations": line(3), "short lags": short,
		"one lag": one, "zeros": zero, "stations in one place": together,
	} {
		fit, err := moveout.Measure(g, moveout.Options{})
		if !errors.Is(err, moveout.ErrNoArrival) || fit.VelocityKmS != 0 || !(fit.FalseAlarm > 1e-5 && fit.FalseAlarm <= 1) {
			t.Errorf("%s: %+v, %v", name, fit, err)
		}
	}
}

func TestBadGather(t *testing.T) {
	for name, spoil := range map[string]func(g *moveout.Gather[float64], o *moveout.Options){
		"pairs":             func(g *moveout.Gather[float64], o *moveout.Options) { g.Pairs = g.Pairs[1:] },
		"interval":          func(g *moveout.Gather[float64], o *moveout.Options) { g.IntervalS = math.NaN() },
		"ragged distances":  func(g *moveout.Gather[float64], o *moveout.Options) { g.DistancesKm[1] = nil },
		"negative distance": func(g *moveout.Gather[float64], o *moveout.Options) { g.DistancesKm[1][0] = -1 },
		"no such station":   func(g *moveout.Gather[float64], o *moveout.Options) { g.Pairs[2] = [2]int{0, 4} },
		"one station twice": func(g *moveout.Gather[float64], o *moveout.Options) { g.Pairs[2] = [2]int{1, 1} },
		"even lags":         func(g *moveout.Gather[float64], o *moveout.Options) { g.Rows[0] = g.Rows[0][1:] },
		"ragged rows":       func(g *moveout.Gather[float64], o *moveout.Options) { g.Rows[1] = g.Rows[1][2:] },
		"NaN":               func(g *moveout.Gather[float64], o *moveout.Options) { g.Rows[1][3] = math.NaN() },
		"infinite":          func(g *moveout.Gather[float64], o *moveout.Options) { g.Rows[1][3] = math.Inf(-1) },
		"velocities":        func(g *moveout.Gather[float64], o *moveout.Options) { o.VelocityMinKmS = 9 },
		"endless scan":      func(g *moveout.Gather[float64], o *moveout.Options) { o.VelocityMinKmS = 1e-9 },
		"probability":       func(g *moveout.Gather[float64], o *moveout.Options) { o.FalseAlarm = 1 },
		"few permutations":  func(g *moveout.Gather[float64], o *moveout.Options) { o.Permutations = 3 },
	} {
		g := theory(synth.Scatter(1, 4, 40), 0.2, 1.5, func(f float64) float64 { return 2 * math.Pi * f / 3 })
		var o moveout.Options
		spoil(&g, &o)
		if fit, err := moveout.Measure(g, o); !errors.Is(err, moveout.ErrGather) || fit != (moveout.Fit{}) {
			t.Errorf("%s: %+v, %v", name, fit, err)
		}
	}
}
