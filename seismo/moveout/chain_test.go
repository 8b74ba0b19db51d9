package moveout_test

import (
	"testing"

	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/seismo/synth"
)

// chain is how recordings become correlations: what the ambient-noise job does,
// in one goroutine and without its streams.
type chain struct {
	seconds  float64
	rate     float64 // of the recordings
	factor   int     // of decimation
	low      float64 // band, Hz
	high     float64
	window   float64 // seconds
	maxLag   float64 // seconds
	oneBit   bool
	meanHalf int // half width of the running mean, samples; 0 for none
	whiten   bool
}

// small is a chain for ten stations across 40 km.
func small() chain {
	return chain{
		seconds: 2400, rate: 10, factor: 2, low: 0.2, high: 1.5,
		window: 120, maxLag: 45, oneBit: true, whiten: true,
	}
}

// field returns a configuration of ten stations for the chain.
func (c chain) field(seed uint64, velocity float64) synth.Config {
	cfg := synth.Default(seed, synth.Scatter(seed, 10, 40))
	cfg.RateHz = c.rate
	cfg.VelocityKmS = velocity
	return cfg
}

// gather records, pre-processes and correlates all pairs.
func (c chain) gather(t testing.TB, cfg synth.Config) moveout.Gather[float32] {
	t.Helper()
	field, err := synth.New(cfg)
	check(t, err)
	rate := c.rate / float64(c.factor)
	window := int(c.window * rate)
	correlator := dsp.NewCorrelator[float32, complex64](window, int(c.maxLag*rate))
	whitener, err := dsp.NewWhitener[complex64](correlator.Size(), rate,
		[4]float64{c.low * 0.8, c.low, c.high, c.high * 1.25}, 0)
	check(t, err)
	mean := dsp.NewRunningMean(max(1, c.meanHalf))
	spectra := make([][][]complex64, len(cfg.Stations))
	for i := range spectra {
		x := c.filtered(t, field, i)
		for ; len(x) >= window; x = x[window:] {
			w := x[:window]
			dsp.DetrendLinear(w, w)
			if c.meanHalf > 0 {
				dsp.Normalize(mean, w, w)
			}
			if c.oneBit {
				dsp.OneBit(w, w)
			}
			dsp.Taper(w, w, dsp.Hann, window/20, dsp.BothSides)
			spec := correlator.Spectrum(nil, w)
			if c.whiten {
				whitener.Whiten(spec, spec)
			}
			spectra[i] = append(spectra[i], spec)
		}
	}
	g := moveout.Gather[float32]{IntervalS: 1 / rate, DistancesKm: distances(cfg.Stations)}
	cross := make([]complex64, correlator.Bins())
	for a := range spectra {
		for b := a + 1; b < len(spectra); b++ {
			clear(cross)
			for w := range spectra[a] {
				dsp.AddCross(cross, spectra[a][w], spectra[b][w])
			}
			g.Rows = append(g.Rows, correlator.Lags(nil, cross))
			g.Pairs = append(g.Pairs, [2]int{a, b})
		}
	}
	return g
}

// filtered returns one station's whole recording, band-passed and decimated.
func (c chain) filtered(t testing.TB, field *synth.Field, station int) []float32 {
	t.Helper()
	sections, err := dsp.Bandpass(4, c.low, c.high, c.rate)
	check(t, err)
	decimator, err := dsp.NewDecimator[float32](c.factor)
	check(t, err)
	x := make([]float32, int(c.seconds*c.rate))
	field.Record(station).Read(x, 0)
	dsp.Demean(x, x)
	dsp.NewFilter[float32](sections).Process(x, x)
	return decimator.Process(nil, x)
}

func distances(stations []synth.Point) [][]float64 {
	d := make([][]float64, len(stations))
	for i, p := range stations {
		d[i] = make([]float64, len(stations))
		for j, q := range stations {
			d[i][j] = p.Distance(q)
		}
	}
	return d
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
