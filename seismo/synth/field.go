package synth

import (
	"math"

	"github.com/dispel4go/dispel4go/seismo/fft"
)

// The edges of the band, as fractions of its limits.
const (
	bottomEdge = 0.5
	topEdge    = 1.25
)

// Field is a wave field and its network. It does not change once made, and any
// number of goroutines may use it.
type Field struct {
	cfg      Config
	period   int       // samples of a patch
	firstBin int       // frequency of shape[0] in periods of a patch
	shape    []float32 // amplitude of one source at each frequency
	noise    float32   // rms of local noise, counts
	window   []float32 // sin(pi (j+1/2)/period)
}

// New checks the configuration and prepares its field. The error wraps
// [ErrConfig].
func New(cfg Config) (*Field, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	f := &Field{cfg: cfg}
	f.cfg.Stations = append([]Point(nil), cfg.Stations...)

	// A patch is long beside the travel time across the network, so that its
	// ends do not meet, and beside the longest wave.
	reach := 0.0
	for _, p := range cfg.Stations {
		reach = max(reach, math.Hypot(p.X, p.Y))
	}
	seconds := max(16*2*reach/cfg.VelocityKmS, 50/cfg.FreqMinHz)
	samples := seconds * cfg.RateHz
	if !(samples < maxPeriod) {
		return nil, errPeriod
	}
	f.period = 2 * fft.NextFastEven(int(math.Ceil(samples/2)))

	f.setSpectrum()
	f.window = make([]float32, f.period)
	for j := range f.window {
		f.window[j] = float32(math.Sin(math.Pi * (float64(j) + 0.5) / float64(f.period)))
	}
	return f, nil
}

// setSpectrum sets the amplitudes of sources and of local noise.
//
// The inverse transform of length n turns coefficients X[k] of random phase, k
// = 1..n/2-1, into samples of variance 2/n^2 sum |X[k]|^2, and white noise of
// variance v has E|X[k]|^2 = n v.
func (f *Field) setSpectrum() {
	c := &f.cfg
	step := c.RateHz / float64(f.period)
	first := int(math.Ceil(c.FreqMinHz * bottomEdge / step))
	last := int(math.Floor(c.FreqMaxHz * topEdge / step))
	power := 0.0
	shape := make([]float64, last-first+1)
	for k := range shape {
		shape[k] = band(float64(first+k)*step, c.FreqMinHz, c.FreqMaxHz)
		power += shape[k] * shape[k]
	}
	n := float64(f.period)
	density := c.FieldRMS * n / math.Sqrt(2*power) // of all sources together
	f.firstBin = first
	f.shape = make([]float32, len(shape))
	for k, v := range shape {
		f.shape[k] = float32(v * density / math.Sqrt(float64(c.Sources)))
	}
	f.noise = float32(c.NoiseRatio * density / math.Sqrt(n))
}

// band is 1 from low to high and falls to 0 at the edges of the band.
func band(freq, low, high float64) float64 {
	switch {
	case freq < low:
		return math.Cos(math.Pi / 2 * min(1, (low-freq)/(low*(1-bottomEdge))))
	case freq > high:
		return math.Cos(math.Pi / 2 * min(1, (freq-high)/(high*(topEdge-1))))
	}
	return 1
}

// Config returns the configuration that the field was made of.
func (f *Field) Config() Config {
	c := f.cfg
	c.Stations = append([]Point(nil), c.Stations...)
	return c
}

// Period returns the samples of a patch. Reads are quickest when they go
// forward, or start at multiples of half a period.
func (f *Field) Period() int { return f.period }
