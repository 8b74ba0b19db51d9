package response

import (
	"errors"
	"fmt"
	"math"
	"math/cmplx"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Options says how a response is taken off a record.
type Options struct {
	// Output is the quantity wanted; Native is that of the first stage.
	Output Quantity

	// WaterLevelDB is how far below its maximum the response is held up where it
	// is less, so that noise is not blown up there. 0 divides by the response as it
	// is, and leaves out 0 Hz.
	WaterLevelDB float64

	// PreFilterHz are the corners f1 < f2 < f3 < f4 of a band that the spectrum is
	// limited to first: 1 between f2 and f3, 0 outside f1 and f4, cosine ramps
	// between. Nil is no limit.
	PreFilterHz *[4]float64

	// TaperFraction is that of the record, both ends together, that a taper takes
	// first; 0 for none.
	TaperFraction float64

	KeepMean bool // or the mean is taken off first
}

// Defaults are ObsPy's: velocity, a water level of 60 dB, no pre-filter, a taper of
// 0.05, the mean taken off.
func Defaults() Options {
	return Options{Output: Velocity, WaterLevelDB: 60, TaperFraction: 0.05}
}

// ErrOptions is returned for options that make no sense.
var ErrOptions = errors.New("unusable options")

func (o *Options) check() error {
	switch f := o.PreFilterHz; {
	case !(o.WaterLevelDB >= 0):
		return fmt.Errorf("%w: a water level of %g dB", ErrOptions, o.WaterLevelDB)
	case !(o.TaperFraction >= 0 && o.TaperFraction <= 1):
		return fmt.Errorf("%w: a taper of %g of the record", ErrOptions, o.TaperFraction)
	case f != nil && !(0 <= f[0] && f[0] < f[1] && f[1] <= f[2] && f[2] < f[3]):
		return fmt.Errorf("%w: corners of the pre-filter %v Hz that do not ascend", ErrOptions, *f)
	}
	return nil
}

// Weights are what the spectra of records of one length and rate are multiplied
// with. They are not changed, and safe for concurrent use.
type Weights struct {
	n          int // samples of a record
	size       int // of the transform
	spectrum   []complex128
	polynomial *Polynomial // instead of all that follows
	taper      float64
	sac        bool // the ramps of the taper are SAC's
	keepMean   bool
	detrend    bool
	scale      float64
}

// Len is the number of samples of the records.
func (w *Weights) Len() int { return w.n }

// Bytes is the memory that w takes, roughly.
func (w *Weights) Bytes() int { return 16*len(w.spectrum) + 128 }

// Remove returns what takes a response off records of n samples at rateHz: ObsPy's
// Trace.remove_response. Where the response, or its first stage, is a polynomial,
// that is evaluated at the samples, divided by the gains of the stages behind it;
// the options then do not count.
func Remove(r *Response, n int, rateHz float64, o Options) (*Weights, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if n < 1 || !(rateHz > 0) {
		return nil, fmt.Errorf("%w: a record of %d samples at %g Hz", ErrOptions, n, rateHz)
	}
	p, gain, err := r.polynomial()
	if err != nil {
		return nil, err
	}
	if p != nil {
		return &Weights{n: n, polynomial: p, scale: 1 / gain}, nil
	}
	e, err := NewEvaluator(r, o.Output)
	if err != nil {
		return nil, err
	}
	w := &Weights{n: n, size: Length(n), taper: o.TaperFraction, sac: true, keepMean: o.KeepMean, scale: 1}
	w.spectrum = e.Grid(nil, rateHz, w.size)
	if o.WaterLevelDB > 0 {
		invert(w.spectrum, o.WaterLevelDB)
	} else {
		w.spectrum[0] = 0
		for k, h := range w.spectrum[1:] {
			w.spectrum[k+1] = 1 / h
		}
	}
	if o.PreFilterHz != nil {
		for k := range w.spectrum {
			w.spectrum[k] = times(w.spectrum[k], dsp.BandWeight(float64(k)*rateHz/float64(w.size), *o.PreFilterHz))
		}
	}
	for k, h := range w.spectrum {
		if cmplx.IsNaN(h) || cmplx.IsInf(h) {
			return nil, fmt.Errorf("%w: it is 0 at %g Hz: set a water level, or a pre-filter that leaves that out", ErrResponse, float64(k)*rateHz/float64(w.size))
		}
	}
	return w, nil
}

// times is 0 where the weight is, whatever h.
func times(h complex128, weight float64) complex128 {
	if weight == 0 {
		return 0
	}
	return h * complex(weight, 0)
}

// polynomial returns that of the whole response, or of its first stage with the gain
// of those behind it; nil if there is none.
func (r *Response) polynomial() (p *Polynomial, gain float64, err error) {
	if len(r.Stages) == 0 && r.Polynomial != nil {
		return r.Polynomial, 1, nil
	}
	if len(r.Stages) == 0 {
		return nil, 0, fmt.Errorf("%w: it has no stages", ErrResponse)
	}
	p, ok := r.Stages[0].Filter.(*Polynomial)
	if !ok {
		return nil, 0, nil
	}
	gain = 1
	for _, s := range r.Stages {
		if s.Gain != nil {
			gain *= s.Gain.Value
		}
	}
	if gain == 0 || len(p.Coefficients) == 0 {
		return nil, 0, fmt.Errorf("%w: a polynomial of %d coefficients with a gain of %g", ErrResponse, len(p.Coefficients), gain)
	}
	return p, gain, nil
}

// invert replaces a spectrum by its inverse, held up to a level below its maximum
// (ObsPy's invert_spectrum, after PITSA). What is 0 stays 0.
func invert(spectrum []complex128, levelDB float64) {
	most := 0.0
	for _, h := range spectrum {
		most = max(most, cmplx.Abs(h))
	}
	level := most * math.Pow(10, -levelDB/20)
	for k, h := range spectrum {
		switch a := cmplx.Abs(h); {
		case a == 0:
		case a < level:
			spectrum[k] = 1 / (h * complex(level/a, 0))
		default:
			spectrum[k] = 1 / h
		}
	}
}
