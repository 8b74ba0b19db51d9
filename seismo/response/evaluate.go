package response

import (
	"fmt"
	"math"
	"math/cmplx"
)

// An Evaluator computes a response. It is safe for concurrent use.
type Evaluator struct {
	stages []transfer
	gain   float64 // product of all gains and normalisations, in SI units
	from   Quantity
	to     Quantity
	smooth bool // but for poles and zeros: there is no list
}

// NewEvaluator prepares the response to a quantity.
func NewEvaluator(r *Response, to Quantity) (*Evaluator, error) {
	if len(r.Stages) == 0 && r.Polynomial != nil {
		r = &Response{Stages: []Stage{{Input: r.Polynomial.Input, Filter: r.Polynomial}}}
	}
	if len(r.Stages) == 0 {
		return nil, fmt.Errorf("%w: it has no stages", ErrResponse)
	}
	e := &Evaluator{to: to, smooth: true}
	e.from, e.gain = motion(r.Input())
	if to != Native && e.from == Native {
		return nil, fmt.Errorf("%w: the input is in %q, which is no ground motion: ask for native", ErrResponse, r.Input())
	}
	if to == Native {
		e.from = Native
	}
	reference := r.reference()
	for i := range r.Stages {
		s := &r.Stages[i]
		h, gain, err := r.prepare(i, reference)
		if err != nil {
			return nil, fmt.Errorf("stage %d: %w", s.Number, err)
		}
		if h != nil {
			e.stages = append(e.stages, h)
		}
		e.gain *= gain
		if _, list := s.Filter.(*List); list {
			e.smooth = false
		}
	}
	return e, nil
}

// reference is the frequency that gains are brought to: that of the sensitivity,
// else the last one that a gain is given at.
func (r *Response) reference() (hz float64) {
	if r.Sensitivity != nil && r.Sensitivity.Value != 0 {
		return r.Sensitivity.FrequencyHz
	}
	for _, s := range r.Stages {
		if s.Gain != nil && s.Gain.FrequencyHz != 0 {
			hz = s.Gain.FrequencyHz
		}
	}
	return hz
}

// prepare returns the filter of stage i, nil if it has none, and its gain.
func (r *Response) prepare(i int, reference float64) (h transfer, gain float64, err error) {
	s := &r.Stages[i]
	gain = 1
	if s.Gain != nil {
		gain = s.Gain.Value
	} else if len(r.Stages) == 1 {
		// A stage alone has the gain of the whole.
		if _, polynomial := s.Filter.(*Polynomial); !polynomial {
			if r.Sensitivity == nil || r.Sensitivity.Value == 0 {
				return nil, 0, fmt.Errorf("%w: neither a gain nor a sensitivity", ErrResponse)
			}
			gain = r.Sensitivity.Value
		}
	}
	if gain == 0 {
		return nil, 0, fmt.Errorf("%w: a gain of 0", ErrResponse)
	}
	if s.Filter == nil {
		return nil, gain, nil
	}
	correction := 0.0
	if s.Decimation != nil {
		correction = s.Decimation.CorrectionS
	}
	if h, err = s.Filter.prepare(r.interval(i), correction); err != nil {
		return nil, 0, err
	}
	factor, elsewhere := 1.0, s.Gain != nil && s.Gain.FrequencyHz != reference
	switch f := s.Filter.(type) {
	case *List, *Polynomial:
		return h, gain, nil
	case *PolesZeros:
		if f.Domain == Digital && len(f.Zeros)+len(f.Poles) == 0 {
			return nil, gain, nil
		}
		factor = f.Factor
		elsewhere = elsewhere || s.Gain != nil && f.FactorHz != reference
	}
	if elsewhere {
		// The gain is that at the reference, and the filter 1 there.
		given, here := cmplx.Abs(h(s.Gain.FrequencyHz)), cmplx.Abs(h(reference))
		if given == 0 || here == 0 {
			return nil, 0, fmt.Errorf("%w: the filter is 0 at %g Hz or at %g Hz, where its gain is to be", ErrResponse, s.Gain.FrequencyHz, reference)
		}
		gain *= here / given
		factor = 1 / here
	}
	return h, gain * factor, nil
}

// interval is that of the samples that go into stage i, 0 if nothing tells: its
// own, that of the samples that leave the stage before, or that of the next.
func (r *Response) interval(i int) float64 {
	rate := 0.0
	for _, s := range r.Stages[:i+1] {
		if s.Decimation != nil && s.Decimation.InputRateHz > 0 {
			rate = s.Decimation.InputRateHz
			if s.Number != r.Stages[i].Number {
				rate /= float64(max(s.Decimation.Factor, 1))
			}
		}
	}
	for _, s := range r.Stages[i+1:] {
		if rate == 0 && s.Decimation != nil {
			rate = s.Decimation.InputRateHz
		}
	}
	if rate <= 0 {
		return 0
	}
	return 1 / rate
}

// At returns the response at f Hz: counts per unit of the quantity, where the last
// stage gives counts.
func (e *Evaluator) At(f float64) complex128 {
	h := complex(e.gain, 0)
	for _, stage := range e.stages {
		h *= stage(f)
	}
	// A quantity that is n derivatives above another is (i w)^n of it.
	for n := e.from; n > e.to; n-- {
		h *= complex(0, 2*math.Pi*f)
	}
	for n := e.from; n < e.to; n++ {
		if f == 0 {
			return 0
		}
		h /= complex(0, 2*math.Pi*f)
	}
	return h
}
