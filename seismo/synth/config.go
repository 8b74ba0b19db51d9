package synth

import (
	"errors"
	"fmt"
	"math"
)

// ErrConfig is returned by [New], wrapped with what is wrong, when a parameter
// is out of its range.
var ErrConfig = errors.New("synth: bad configuration")

// errPeriod: a patch would not fit in bounded memory.
var errPeriod = fmt.Errorf("%w: the network is too wide or the band too low for the sampling rate: a patch exceeds %d samples", ErrConfig, maxPeriod)

// Config describes a wave field and the network that records it.
type Config struct {
	Seed        uint64
	VelocityKmS float64 // phase and group velocity, km/s, above 0
	RateHz      float64 // sampling rate of the recordings, Hz

	// The field's amplitude spectrum is flat from FreqMinHz to FreqMaxHz and
	// falls to zero by a quarter cosine over the half of FreqMinHz below and
	// the quarter of FreqMaxHz above, which must stay below Nyquist.
	FreqMinHz float64
	FreqMaxHz float64

	// Sources is the number of sources that shine at a time, at least 1. They
	// share the circle: one in each of as many equal sectors, anywhere in it.
	Sources int

	FieldRMS float64 // root mean square of the field, counts, above 0

	// NoiseRatio is the amplitude of a station's own noise over that of the
	// field, at each frequency of the band; 0 for none.
	NoiseRatio float64

	// Incoherent gives every station sources of its own: each recording looks
	// as before, but no wave passes two stations.
	Incoherent bool

	Stations []Point // where they stand, at least one
}

// Default returns a field that suits a network of some tens of kilometres: 3
// km/s, 0.1 to 2 Hz at 20 samples a second, 128 sources of 1000 counts in all,
// and half as much local noise as field.
func Default(seed uint64, stations []Point) Config {
	return Config{
		Seed: seed, VelocityKmS: 3, RateHz: 20, FreqMinHz: 0.1, FreqMaxHz: 2,
		Sources: 128, FieldRMS: 1000, NoiseRatio: 0.5, Stations: stations,
	}
}

// maxPeriod bounds the samples of a patch, and so the memory of a recording,
// to 16 Mi.
const maxPeriod = 1 << 24

func (c *Config) check() error {
	positive := func(name string, v float64) error {
		if !(v > 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: %s is %v, must be above 0", ErrConfig, name, v)
		}
		return nil
	}
	if err := errors.Join(
		positive("velocity", c.VelocityKmS),
		positive("sampling rate", c.RateHz),
		positive("lowest frequency", c.FreqMinHz),
		positive("rms of the field", c.FieldRMS),
	); err != nil {
		return err
	}
	switch {
	case !(c.FreqMaxHz > c.FreqMinHz):
		return fmt.Errorf("%w: band from %v to %v Hz is empty", ErrConfig, c.FreqMinHz, c.FreqMaxHz)
	case !(c.FreqMaxHz*topEdge < c.RateHz/2):
		return fmt.Errorf("%w: band up to %v Hz, with its edge to %v Hz, does not fit below the Nyquist frequency %v Hz",
			ErrConfig, c.FreqMaxHz, c.FreqMaxHz*topEdge, c.RateHz/2)
	case c.Sources < 1:
		return fmt.Errorf("%w: %d sources, must be at least 1", ErrConfig, c.Sources)
	case !(c.NoiseRatio >= 0) || math.IsInf(c.NoiseRatio, 0):
		return fmt.Errorf("%w: noise ratio is %v, must be 0 or more", ErrConfig, c.NoiseRatio)
	case len(c.Stations) == 0:
		return fmt.Errorf("%w: no stations", ErrConfig)
	}
	for i, p := range c.Stations {
		if r := math.Hypot(p.X, p.Y); math.IsNaN(r) || math.IsInf(r, 0) {
			return fmt.Errorf("%w: station %d at %v", ErrConfig, i, p)
		}
	}
	return nil
}
