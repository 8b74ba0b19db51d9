package moveout_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/seismo/synth"
)

// From recordings to a velocity, within 2 % for every seed and velocity; and no
// velocity once the stations have changed places.
func TestVelocityFromNoise(t *testing.T) {
	for _, velocity := range []float64{1.5, 3, 5} {
		t.Run(fmt.Sprint(velocity), func(t *testing.T) {
			t.Parallel()
			c := small()
			var worst, bias, chance, sigmas float64
			least := 1.0
			const seeds = 20
			for seed := range uint64(seeds) {
				cfg := c.field(seed, velocity)
				g := c.gather(t, cfg)
				fit, err := moveout.Measure(g, moveout.Options{})
				if err != nil {
					t.Errorf("seed %d: %v: %+v", seed, err, fit)
					continue
				}
				share := fit.VelocityKmS/velocity - 1
				if math.Abs(share) > 0.02 {
					t.Errorf("seed %d: %.2f %% off: %+v", seed, share*100, fit)
				}
				worst = max(worst, math.Abs(share))
				bias += share / seeds
				chance = max(chance, fit.FalseAlarm)
				sigmas = max(sigmas, math.Abs(fit.VelocityKmS-velocity)/fit.StdErrKmS)

				shuffle(&g, cfg.Stations, seed)
				fit, err = moveout.Measure(g, moveout.Options{})
				if !errors.Is(err, moveout.ErrNoArrival) {
					t.Errorf("seed %d: stations shuffled: %+v, %v", seed, fit, err)
				}
				least = min(least, fit.FalseAlarm)
			}
			t.Logf("%g km/s, %d seeds: worst %.2f %% off, mean %+.2f %%, at most %.1f standard errors; chance at most %.0e, stations shuffled at least %.2g",
				velocity, seeds, worst*100, bias*100, sigmas, chance, least)
			if worst == 0 || math.Abs(bias) > 0.005 {
				t.Errorf("mean error %.2f %%", bias*100)
			}
		})
	}
}

// shuffle gives the stations each other's names.
func shuffle(g *moveout.Gather[float32], stations []synth.Point, seed uint64) {
	moved := append([]synth.Point(nil), stations...)
	rand.New(rand.NewPCG(seed, 7)).Shuffle(len(moved), func(i, j int) { moved[i], moved[j] = moved[j], moved[i] })
	g.DistancesKm = distances(moved)
}

// What is done to the recordings first must not move the velocity.
func TestVelocityOfEachChain(t *testing.T) {
	for name, change := range map[string]func(c *chain, f *synth.Config){
		"nothing":                  func(c *chain, f *synth.Config) { c.oneBit, c.whiten = false, false },
		"one bit":                  func(c *chain, f *synth.Config) { c.whiten = false },
		"whitening":                func(c *chain, f *synth.Config) { c.oneBit = false },
		"running mean, whitening":  func(c *chain, f *synth.Config) { c.oneBit, c.meanHalf = false, 12 },
		"no local noise":           func(c *chain, f *synth.Config) { f.NoiseRatio = 0 },
		"as much noise, two hours": func(c *chain, f *synth.Config) { f.NoiseRatio, c.seconds = 1, 7200 },
		"few sources":              func(c *chain, f *synth.Config) { f.Sources = 24 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := small()
			for seed, velocity := range []float64{1.5, 2.2, 5} {
				cfg := c.field(uint64(100+seed), velocity)
				change(&c, &cfg)
				fit, err := moveout.Measure(c.gather(t, cfg), moveout.Options{})
				if err != nil || math.Abs(fit.VelocityKmS/velocity-1) > 0.02 {
					t.Errorf("%g km/s: %+v, %v", velocity, fit, err)
				}
			}
		})
	}
}

// Without a field that passes more than one station there is no velocity.
func TestNoArrival(t *testing.T) {
	for name, change := range map[string]func(f *synth.Config){
		"incoherent":  func(f *synth.Config) { f.Incoherent = true },
		"local noise": func(f *synth.Config) { f.FieldRMS, f.NoiseRatio = 1, 1000 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := small()
			c.seconds = 1200
			least := 1.0
			const seeds = 20
			for seed := range uint64(seeds) {
				cfg := c.field(seed, 3)
				cfg.Sources = 32
				change(&cfg)
				fit, err := moveout.Measure(c.gather(t, cfg), moveout.Options{})
				if !errors.Is(err, moveout.ErrNoArrival) || fit.VelocityKmS != 0 {
					t.Errorf("seed %d: %+v, %v", seed, fit, err)
				}
				least = min(least, fit.FalseAlarm)
			}
			t.Logf("%d seeds: chance at least %.2g", seeds, least)
		})
	}
}

// The main job's network; hours of noise and minutes of work.
func TestLong(t *testing.T) {
	if os.Getenv("DISPEL4GO_LONG") == "" {
		t.Skip("SKIP: long test, set DISPEL4GO_LONG=1")
	}
	t.Run("velocity", func(t *testing.T) {
		c := chain{
			seconds: 4 * 3600, rate: 20, factor: 4, low: 0.2, high: 1.5,
			window: 120, maxLag: 45, oneBit: true, whiten: true,
		}
		for _, velocity := range []float64{1.5, 2, 3, 4, 5} {
			worst, chance := 0.0, 0.0
			for seed := range uint64(4) {
				cfg := synth.Default(seed, synth.Scatter(seed, 24, 40))
				cfg.VelocityKmS = velocity
				fit, err := moveout.Measure(c.gather(t, cfg), moveout.Options{})
				check(t, err)
				worst = max(worst, math.Abs(fit.VelocityKmS/velocity-1))
				chance = max(chance, fit.FalseAlarm)
			}
			t.Logf("%g km/s: worst %.2f %% off, chance at most %.0e", velocity, worst*100, chance)
			if worst > 0.01 {
				t.Errorf("%g km/s: %.2f %% off", velocity, worst*100)
			}
		}
	})
	// A probability p must be met in a share p of the networks without an
	// arrival; the package comment has the figures, and why the tail is longer.
	t.Run("false alarms", func(t *testing.T) {
		limits := []float64{0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6}
		below := make([]int, len(limits))
		n := 0
		c := small()
		c.seconds = 3600
		for seed := range uint64(30) {
			cfg := c.field(seed, []float64{1.5, 3, 5}[seed%3])
			cfg.Incoherent = seed%2 == 1
			g := c.gather(t, cfg)
			for k := range uint64(400) {
				shuffle(&g, cfg.Stations, k)
				fit, _ := moveout.Measure(g, moveout.Options{Permutations: 200, Seed: k})
				for i, limit := range limits {
					if fit.FalseAlarm < limit {
						below[i]++
					}
				}
				n++
			}
		}
		t.Logf("of %d networks without an arrival, %v are below %v", n, below, limits)
		for i, limit := range limits {
			most := 1.3
			if limit < 0.01 {
				most = 5
			}
			if want := limit * float64(n); float64(below[i]) > most*want+4 {
				t.Errorf("%d networks below %g, expected %g", below[i], limit, want)
			}
		}
	})
}
