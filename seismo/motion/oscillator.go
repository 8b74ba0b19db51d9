package motion

import (
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// An Oscillator is a mass on a spring with damping, at rest in the beginning. Its
// response to a stream of ground acceleration is the same in chunks as whole.
type Oscillator struct {
	omega, damping         float64
	a11, a12, a21, a22     float64 // what a sample makes of displacement and velocity
	b11, b12, b21, b22     float64 // and of the acceleration before and now
	displacement, velocity float64
	before                 float64 // acceleration at the last sample
	begun                  bool
}

// NewOscillator returns an oscillator with a natural period in seconds and damping
// as a share of the critical, 0 to below 1, for ground acceleration sampled every
// delta seconds.
func NewOscillator(periodS, damping, delta float64) (*Oscillator, error) {
	if !(periodS > 0) || math.IsInf(periodS, 0) || !(damping >= 0 && damping < 1) || !(delta > 0) {
		return nil, fmt.Errorf("motion: no oscillator with a period of %g s, a damping of %g and samples every %g s", periodS, damping, delta)
	}
	w, h := 2*math.Pi/periodS, damping
	o := &Oscillator{omega: w, damping: h}
	root := math.Sqrt(1 - h*h)
	wd, wt := w*root, w*delta
	sin, cos := math.Sincos(wd * delta)
	decay := math.Exp(-h * wt)
	o.a11 = decay * (h/root*sin + cos)
	o.a12 = decay / wd * sin
	o.a21 = -decay * w / root * sin
	o.a22 = decay * (cos - h/root*sin)
	w2 := -w * w // the ground's acceleration pushes the other way
	o.b11 = (2*h/wt + decay*(((1-2*h*h)/(wd*delta)-h/root)*sin-(1+2*h/wt)*cos)) / w2
	o.b12 = (1 - 2*h/wt + decay*((2*h*h-1)/(wd*delta)*sin+2*h/wt*cos)) / w2
	o.b21 = (-1 + decay*((wt/root+h/root)*sin+cos)) / (w2 * delta)
	o.b22 = (1 - decay*(h/root*sin+cos)) / (w2 * delta)
	return o, nil
}

// Reset puts the oscillator at rest.
func (o *Oscillator) Reset() { o.displacement, o.velocity, o.before, o.begun = 0, 0, 0, false }

// Next takes the next sample of ground acceleration in m/s2 and returns
// displacement (m) and velocity (m/s) of the mass against the ground, and its
// absolute acceleration (m/s2).
func (o *Oscillator) Next(acceleration float64) (displacement, velocity, absolute float64) {
	if o.begun {
		d, v := o.displacement, o.velocity
		o.displacement = o.a11*d + o.a12*v + o.b11*o.before + o.b12*acceleration
		o.velocity = o.a21*d + o.a22*v + o.b21*o.before + o.b22*acceleration
	}
	o.before, o.begun = acceleration, true
	return o.displacement, o.velocity, -2*o.damping*o.omega*o.velocity - o.omega*o.omega*o.displacement
}

// Spectral are the greatest responses of an oscillator.
type Spectral struct {
	SD  float64 // displacement against the ground, m
	SV  float64 // velocity against the ground, m/s
	SA  float64 // absolute acceleration, m/s2
	PSV float64 // pseudo-velocity w SD, m/s
	PSA float64 // pseudo-acceleration w^2 SD, m/s2
}

// Respond returns the greatest responses to a whole record of ground acceleration
// in m/s2, from rest.
func Respond[F dsp.Float](o *Oscillator, acceleration []F) Spectral {
	o.Reset()
	var s Spectral
	for _, a := range acceleration {
		d, v, abs := o.Next(float64(a))
		s.SD, s.SV, s.SA = max(s.SD, math.Abs(d)), max(s.SV, math.Abs(v)), max(s.SA, math.Abs(abs))
	}
	o.Reset()
	s.PSV, s.PSA = o.omega*s.SD, o.omega*o.omega*s.SD
	return s
}

// PSA returns the pseudo-acceleration (m/s2) of a record of ground acceleration at
// periods in seconds; damping 0.05 is usual.
func PSA[F dsp.Float](acceleration []F, delta, damping float64, periodsS ...float64) ([]float64, error) {
	var all []float64
	for _, p := range periodsS {
		o, err := NewOscillator(p, damping, delta)
		if err != nil {
			return nil, err
		}
		all = append(all, Respond(o, acceleration).PSA)
	}
	return all, nil
}
