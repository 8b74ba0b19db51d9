package seismo

import (
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Resample brings each trace, by itself, to another sampling rate. Its first sample
// stays where it is. Three ways:
//
//   - fourier takes the spectrum, under a Hann window or not, to the new frequencies
//     (ObsPy's resample; no other filter against aliases);
//   - sinc interpolates by windowed sinc functions (ObsPy's "lanczos"), cubic by a
//     spline, slopes by weighted average slopes, which never overshoot. Before a
//     lower rate put a Lowpass, or Decimate.
type Resample struct {
	Traces
	stateless
	RateHz float64 `help:"the new sampling rate" unit:"Hz" min:"0.001" max:"1e6"`
	Method string  `help:"how" oneof:"fourier|sinc|cubic|slopes"`
	Hann   bool    `help:"fourier: weigh the spectrum by a Hann window, as ObsPy does"`
	Width  int     `help:"sinc: half width of the kernel, in samples" min:"1" max:"10000"`
	Kernel string  `help:"sinc: window of the kernel" oneof:"lanczos|hann|blackman"`

	plans map[int]*dsp.Resampler[float32, complex64]
	sinc  *dsp.Sinc[float32]
}

var kernels = map[string]dsp.Kernel{"lanczos": dsp.LanczosKernel, "hann": dsp.HannKernel, "blackman": dsp.BlackmanKernel}

// NewResample returns a resampling to 1 Hz by sinc functions.
func NewResample() *Resample {
	r := &Resample{RateHz: 1, Method: "sinc", Hann: true, Width: 20, Kernel: "lanczos"}
	r.each(r.trace)
	return r
}

// Setup checks the parameters.
func (r *Resample) Setup() error {
	if !(r.RateHz > 0) || math.IsInf(r.RateHz, 0) {
		return fmt.Errorf("rate_hz = %g Hz is not above 0 Hz", r.RateHz)
	}
	switch r.Method {
	case "fourier", "cubic", "slopes":
	case "sinc":
		if _, ok := kernels[r.Kernel]; !ok || r.Width < 1 {
			return fmt.Errorf("kernel = %q with width = %d: lanczos, hann or blackman, and 1 or more", r.Kernel, r.Width)
		}
		r.sinc = dsp.NewSinc[float32](r.Width, kernels[r.Kernel])
	default:
		return fmt.Errorf("method = %q is none of fourier, sinc, cubic, slopes", r.Method)
	}
	r.plans = map[int]*dsp.Resampler[float32, complex64]{}
	return nil
}

// maxPlans bounds the lengths of traces that plans are kept for.
const maxPlans = 8

func (r *Resample) trace(t *Trace) error {
	n := len(t.Samples)
	if n == 0 {
		return nil
	}
	if need := map[string]int{"cubic": 4, "slopes": 2}[r.Method]; n < need {
		return fmt.Errorf("a trace of %d samples: method = %q takes %d", n, r.Method, need)
	}
	if r.Method == "fourier" {
		p := r.plans[n]
		if p == nil {
			var err error
			if p, err = dsp.NewResampler[float32, complex64](n, t.RateHz, r.RateHz, r.Hann); err != nil {
				return err
			}
			if len(r.plans) >= maxPlans {
				clear(r.plans)
			}
			r.plans[n] = p
		}
		t.Samples = p.Resample(nil, t.Samples)
	} else {
		// From the first sample to the last.
		length := math.Floor(float64(n-1)/t.RateHz*r.RateHz+1e-9) + 1
		if length > 1<<30 {
			return fmt.Errorf("%g samples at rate_hz = %g Hz are too many", length, r.RateHz)
		}
		out, step := make([]float32, int(length)), t.RateHz/r.RateHz
		switch r.Method {
		case "sinc":
			r.sinc.Interpolate(out, t.Samples, 0, step)
		case "cubic":
			dsp.NewCubicSpline[float32](n).Interpolate(out, t.Samples, 0, step)
		case "slopes":
			dsp.WeightedSlopes(out, t.Samples, 0, step)
		}
		t.Samples = out
	}
	t.RateHz = r.RateHz
	return nil
}
