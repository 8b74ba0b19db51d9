package synth

import (
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/seismo/fft"
)

// A Medium scatters waves: what a station records of each of some far sources of noise
// is their time function convolved with a response of many arrivals, which die away.
// The correlations of its stations have long codas on both sides, as those of the
// Earth. If its velocity is higher by a share e, all arrivals come at t/(1+e): that is
// known, and can be measured.
//
// Time is cut into periods, each with noise of its own and a velocity of its own. Every
// random number is a hash, as in a Field: what is recorded does not depend on who
// reads it when.
type Medium struct {
	Seed                 uint64
	RateHz               float64
	PeriodS              float64 // of noise and velocity
	FreqMinHz, FreqMaxHz float64 // band of the arrivals
	Sources              int     // far sources of noise
	Arrivals             int     // of the response to one source
	CodaS                float64 // time in which arrivals fall to 1/e
	NoiseRatio           float64 // noise of each station's own over what it records of the medium
}

// DefaultMedium returns a medium with codas of 15 s between 0.3 and 1.5 Hz, at 8
// samples a second.
func DefaultMedium(seed uint64) Medium {
	return Medium{Seed: seed, RateHz: 8, PeriodS: 3600, FreqMinHz: 0.3, FreqMaxHz: 1.5, Sources: 2, Arrivals: 150, CodaS: 15, NoiseRatio: 0.1}
}

// Check says what is wrong with a medium; the error wraps ErrConfig.
func (m *Medium) Check() error {
	switch {
	case !(m.RateHz > 0) || !(m.FreqMinHz > 0) || !(m.FreqMaxHz > m.FreqMinHz) || !(m.FreqMaxHz < m.RateHz/2):
		return fmt.Errorf("%w: a band from %v to %v Hz at %v Hz", ErrConfig, m.FreqMinHz, m.FreqMaxHz, m.RateHz)
	case m.Sources < 1 || m.Arrivals < 1 || !(m.CodaS > 0) || !(m.NoiseRatio >= 0):
		return fmt.Errorf("%w: %d sources, %d arrivals, a coda of %v s, a noise ratio of %v", ErrConfig, m.Sources, m.Arrivals, m.CodaS, m.NoiseRatio)
	case !(m.PeriodS >= 8*m.CodaS) || !(m.PeriodS*m.RateHz < maxPeriod):
		return fmt.Errorf("%w: a period of %v s, must be 8 codas or more and at most %d samples", ErrConfig, m.PeriodS, maxPeriod)
	}
	return nil
}

// Samples returns the samples of a period.
func (m *Medium) Samples() int { return int(math.Round(m.PeriodS * m.RateHz)) }

// Record returns what a station records in a period while the velocity is higher by a
// share change: samples of variance 1 and a little more. What passes the end of a
// period begins it.
func (m *Medium) Record(station int, period int64, change float64) []float32 {
	n := m.Samples()
	plan := fft.NewReal[float64, complex128](n)
	noise, response := make([]float64, n), make([]float64, n)
	sum, bins := make([]complex128, plan.Bins()), make([]complex128, plan.Bins())
	other := make([]complex128, plan.Bins())
	for s := range m.Sources {
		key := hash(m.Seed, tagCoda, uint64(period), uint64(s))
		for i := range noise {
			noise[i] = float64(normal(mix(key ^ uint64(i))))
		}
		m.respond(response, station, s, change)
		plan.Forward(bins, noise)
		plan.Forward(other, response)
		for k, c := range bins {
			sum[k] += c * other[k]
		}
	}
	x := plan.Inverse(noise, sum)
	power := 0.0
	for _, v := range x {
		power += v * v / float64(n)
	}
	scale := 1 / math.Sqrt(max(power, 1e-300))
	key := hash(m.Seed, tagNoise, uint64(station), uint64(period))
	out := make([]float32, n)
	for i, v := range x {
		out[i] = float32(v*scale + m.NoiseRatio*float64(normal(mix(key^uint64(i)))))
	}
	return out
}

// respond writes the response of a station to a source: arrivals of a wavelet whose
// band is the medium's, at times that the change of velocity scales.
func (m *Medium) respond(dst []float64, station, source int, change float64) {
	clear(dst)
	middle, width := (m.FreqMinHz+m.FreqMaxHz)/2, m.FreqMaxHz-m.FreqMinHz
	sigma := 0.5 / width // of the wavelet, s
	reach := int(math.Ceil(4 * sigma * m.RateHz))
	for a := range m.Arrivals {
		h := hash(m.Seed, tagArrival, uint64(station)<<32|uint64(source), uint64(a))
		t := unit(mix(h+1)) * 5 * m.CodaS
		size := float64(normal(mix(h+2))) * math.Exp(-t/m.CodaS)
		phase := 2 * math.Pi * unit(mix(h+3))
		t = (t + 5*sigma) / (1 + change)
		at := int(math.Round(t * m.RateHz))
		for i := max(0, at-reach); i <= min(len(dst)-1, at+reach); i++ {
			d := float64(i)/m.RateHz - t
			dst[i] += size * math.Exp(-d*d/(2*sigma*sigma)) * math.Cos(2*math.Pi*middle*d+phase)
		}
	}
}
