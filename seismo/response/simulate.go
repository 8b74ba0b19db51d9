package response

import (
	"fmt"
	"math"
	"math/cmplx"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// An Instrument is a seismometer by its poles and zeros in radians per second, as
// the response to velocity, and by its sensitivity.
type Instrument struct {
	PolesZeros
	Sensitivity float64 // 0 counts as 1
}

// WoodAnderson is the seismometer of local magnitudes, response to velocity: eigenperiod
// 0.8 s, damping 0.8, magnification 2080 (Uhrhammer and Collins, 1990, and Uhrhammer
// et al., 1996).
func WoodAnderson() Instrument {
	i := Pendulum(1/0.8, 0.8)
	i.Zeros, i.Sensitivity = i.Zeros[:1], 2080 // of displacement, so one zero less
	return i
}

// Pendulum returns a pendulum of one degree of freedom with a corner frequency in Hz
// and a share of critical damping, 0.707 for the usual (ObsPy's corn_freq_2_paz).
func Pendulum(cornerHz, damping float64) Instrument {
	w := 2 * math.Pi * cornerHz
	root := cmplx.Sqrt(complex(1-damping*damping, 0))
	pole := -(complex(damping, 0) + root*1i) * complex(w, 0)
	other := -(complex(damping, 0) - root*1i) * complex(w, 0)
	return Instrument{Sensitivity: 1, PolesZeros: PolesZeros{Factor: 1, Zeros: []complex128{0, 0}, Poles: []complex128{pole, other}}}
}

// Simulate returns what makes records of n samples at rateHz, taken with one
// instrument, look as if another had taken them: ObsPy's Trace.simulate. Where
// remove is nil the record is velocity already; where with is nil it is left as
// velocity. Output does not count. A line through both ends is taken off the
// result, as PITSA does; ObsPy's water level here is 600 dB.
func Simulate(remove, with *Instrument, n int, rateHz float64, o Options) (*Weights, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if n < 1 || !(rateHz > 0) || remove == nil && with == nil {
		return nil, fmt.Errorf("%w: a record of %d samples at %g Hz, and an instrument", ErrOptions, n, rateHz)
	}
	w := &Weights{n: n, size: Length(n), taper: o.TaperFraction, keepMean: o.KeepMean, detrend: true, scale: 1}
	w.spectrum = make([]complex128, w.size/2+1)
	for k := range w.spectrum {
		w.spectrum[k] = 1
	}
	hz := func(k int) float64 { return float64(k) * rateHz / float64(w.size) }
	if remove != nil {
		h, err := remove.prepare(0, 0)
		if err != nil {
			return nil, err
		}
		for k := range w.spectrum {
			w.spectrum[k] = h(hz(k)) * complex(remove.Factor, 0)
		}
		invert(w.spectrum, max(o.WaterLevelDB, 1e-300))
		w.scale /= remove.sensitivity()
		if o.PreFilterHz != nil {
			for k := range w.spectrum {
				w.spectrum[k] = times(w.spectrum[k], dsp.BandWeight(hz(k), *o.PreFilterHz))
			}
		}
	}
	if with != nil {
		h, err := with.prepare(0, 0)
		if err != nil {
			return nil, err
		}
		for k := range w.spectrum {
			w.spectrum[k] *= h(hz(k)) * complex(with.Factor, 0)
		}
		w.scale *= with.sensitivity()
	}
	return w, nil
}

func (i *Instrument) sensitivity() float64 {
	if i.Sensitivity == 0 {
		return 1
	}
	return i.Sensitivity
}
