package motion

import (
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/fft"
	"github.com/dispel4go/dispel4go/seismo/response"
)

// PeakObsPy returns what ObsPy's peak_ground_motion does: the greatest displacement,
// velocity and acceleration of a record of displacement (m) sampled every delta
// seconds, and the greatest pseudo-acceleration of an oscillator with a natural
// frequency freqHz and damping, by transforms of the tapered record, with 3.14159
// for pi in its scale. It is here to compare with: the taper changes the ends of the
// record, and what an Oscillator gives is exact.
func PeakObsPy(displacement []float64, delta, freqHz, damping float64) (psa float64, p Peaks) {
	x := append([]float64(nil), displacement...)
	p.PGD = Peak(x)
	dsp.Differentiate(x, x, delta)
	p.PGV = Peak(x)
	dsp.Differentiate(x, x, delta)
	p.PGA = Peak(x)

	dsp.Demean(x, x)
	dsp.CosineTaper(x, x, 0.05, true, false)
	plan := fft.NewReal[float64, complex128](response.Length(len(x)))
	padded := make([]float64, plan.Len())
	copy(padded, x)
	spectrum := plan.Forward(nil, padded)
	w0 := 2 * math.Pi * freqHz
	for k := range spectrum {
		w := 2 * math.Pi * float64(k) / (float64(plan.Len()) * delta)
		spectrum[k] /= complex(w0*w0-w*w, 2*damping*w0*w)
	}
	last := len(spectrum) - 1
	spectrum[last] = complex(math.Hypot(real(spectrum[last]), imag(spectrum[last])), 0)
	plan.Inverse(padded, spectrum)
	y := padded[:len(x)]
	dsp.DetrendSimple(y, y)
	const pi = 3.14159
	return Peak(y) * (2 * pi * freqHz) * (2 * pi * freqHz), p
}
