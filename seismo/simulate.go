package seismo

import (
	"fmt"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/response"
)

// Simulate makes traces of ground velocity in m/s look as if a seismometer had
// recorded them (ObsPy's simulate with paz_simulate): a Wood-Anderson torsion
// seismometer, whose amplitudes local magnitudes are made of, a pendulum, or one
// given by its poles and zeros. Put RemoveResponse before it. The mean is taken
// off, the ends are tapered, and a line through both ends is taken off the result.
type Simulate struct {
	Traces
	stateless
	Instrument  string    `help:"the seismometer" oneof:"wood-anderson|pendulum|paz"`
	CornerHz    float64   `help:"of the pendulum" unit:"Hz" min:"0"`
	Damping     float64   `help:"of the pendulum, as a share of critical damping" min:"0" max:"10"`
	Poles       []float64 `help:"of paz, in rad/s: real and imaginary part of each by turns" unit:"rad/s"`
	Zeros       []float64 `help:"of paz, likewise; the response is that to velocity" unit:"rad/s"`
	Gain        float64   `help:"normalisation factor of paz"`
	Sensitivity float64   `help:"of paz: what the result is multiplied with"`
	Fraction    float64   `help:"share of the trace that is tapered, both ends together" min:"0" max:"1"`
	Limit

	with  response.Instrument
	cache *cache
}

// NewSimulate returns a Wood-Anderson seismometer.
func NewSimulate() *Simulate {
	s := &Simulate{Limit: Limit{MaxMiB: 1024}, Instrument: "wood-anderson", CornerHz: 1, Damping: 0.707, Gain: 1, Sensitivity: 1, Fraction: 0.05}
	s.each(s.trace)
	return s
}

// Setup makes the instrument.
func (s *Simulate) Setup() error {
	switch s.Instrument {
	case "wood-anderson":
		s.with = response.WoodAnderson()
	case "pendulum":
		if !(s.CornerHz > 0) {
			return fmt.Errorf("corner_hz = %g Hz is not above 0 Hz", s.CornerHz)
		}
		s.with = response.Pendulum(s.CornerHz, s.Damping)
	case "paz":
		if len(s.Poles)%2 != 0 || len(s.Zeros)%2 != 0 || len(s.Poles)+len(s.Zeros) == 0 {
			return fmt.Errorf("%d values for poles and %d for zeros: give a real and an imaginary part of each", len(s.Poles), len(s.Zeros))
		}
		s.with = response.Instrument{Sensitivity: s.Sensitivity, PolesZeros: response.PolesZeros{Factor: s.Gain, Poles: complexes(s.Poles), Zeros: complexes(s.Zeros)}}
	default:
		return fmt.Errorf("instrument = %q is none of wood-anderson, pendulum, paz", s.Instrument)
	}
	return nil
}

func complexes(parts []float64) (all []complex128) {
	for p := range slices.Chunk(parts, 2) {
		all = append(all, complex(p[0], p[1]))
	}
	return all
}

// Open begins with nothing kept.
func (s *Simulate) Open(*d4.Instance) error {
	s.cache = newCache(&s.Limit)
	return nil
}

func (s *Simulate) trace(t *Trace) error {
	n := len(t.Samples)
	if n == 0 {
		return nil
	}
	w, err := recall(s.cache, weightsKey{nil, n, t.RateHz}, func() (*response.Weights, error) {
		return response.Simulate(nil, &s.with, n, t.RateHz, response.Options{TaperFraction: s.Fraction})
	})
	if err != nil {
		return err
	}
	return apply(t, w, s.cache)
}
