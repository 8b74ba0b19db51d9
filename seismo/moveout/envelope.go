package moveout

import (
	"math"
	"math/cmplx"

	"github.com/dispel4go/dispel4go/seismo/fft"
)

// upsampling is how much finer than the lags the envelopes are sampled, so that
// a straight line between two samples does.
const upsampling = 4

// nearField is how many periods an arrival must lie from lag 0 to be counted by
// the scan: nearer, the branches overlap and every slowness fits.
const nearField = 1.5

// section is the gather in the form that scan and stack read: one envelope a
// pair, over the lags from 0.
type section struct {
	pairs     [][2]int
	distances []float64   // of the pairs, km
	envelopes [][]float64 // each of mean 1 over the lags from least on
	interval  float64     // seconds between two samples of an envelope
	centre    float64     // mean frequency of the correlations, Hz; 0 without any
	least     float64     // shortest lag that counts, seconds
	longest   float64     // longest lag, seconds
}

// newSection folds the correlations, takes their envelopes and scales these.
func newSection[F Float](g *Gather[F]) *section {
	m := len(g.Rows[0]) / 2
	n := fft.NextFastEven(2*m + 1)
	s := &section{
		interval: g.IntervalS / upsampling,
		longest:  float64(m) * g.IntervalS,
	}
	forward := fft.NewReal[float64, complex128](n)
	inverse := fft.NewComplex[float64, complex128](n * upsampling)
	folded := make([]float64, n)
	spec := make([]complex128, forward.Bins())
	fine := make([]complex128, n*upsampling)
	power, moment := 0.0, 0.0
	for i, row := range g.Rows {
		energy := fold(folded, row)
		if energy == 0 {
			continue
		}
		// The spectrum without its negative half is that of the analytic
		// signal, the amplitude of which is the envelope; with zeros on top,
		// that of the same signal at more samples.
		forward.Forward(spec, folded)
		clear(fine)
		copy(fine, spec)
		for k, v := range spec {
			p := (real(v)*real(v) + imag(v)*imag(v)) / energy
			power += p
			moment += p * float64(k)
		}
		inverse.Inverse(fine, fine)
		envelope := make([]float64, m*upsampling+1)
		for j := range envelope {
			envelope[j] = cmplx.Abs(fine[j])
		}
		s.pairs = append(s.pairs, g.Pairs[i])
		s.distances = append(s.distances, g.DistancesKm[g.Pairs[i][0]][g.Pairs[i][1]])
		s.envelopes = append(s.envelopes, envelope)
	}
	if moment > 0 {
		s.centre = moment / power / (float64(n) * g.IntervalS)
		s.least = nearField / s.centre
		s.scale()
	}
	return s
}

// fold writes the sum of both branches of a correlation, scaled to a peak of 1,
// to dst, as an even function around dst[0] that wraps, and returns its energy.
func fold[F Float](dst []float64, row []F) (energy float64) {
	clear(dst)
	peak := 0.0
	for _, v := range row {
		peak = max(peak, math.Abs(float64(v)))
	}
	if peak == 0 {
		return 0
	}
	m := len(row) / 2
	for lag := 0; lag <= m; lag++ {
		v := float64(row[m+lag])/peak + float64(row[m-lag])/peak
		dst[lag] = v
		dst[(len(dst)-lag)%len(dst)] = v
		energy += v * v
	}
	return energy
}

// scale divides every envelope by its mean over the lags that count, so that
// each pair has the same say whatever its amplitude and distance.
func (s *section) scale() {
	from := int(math.Ceil(min(s.least, s.longest) / s.interval))
	for _, e := range s.envelopes {
		sum := 0.0
		for _, v := range e[from:] {
			sum += v
		}
		if sum == 0 {
			continue
		}
		mean := sum / float64(len(e)-from)
		for j := range e {
			e[j] /= mean
		}
	}
}

// at returns an envelope at a place between two of its samples.
func at(envelope []float64, x float64) float64 {
	j := int(x)
	return envelope[j] + (x-float64(j))*(envelope[j+1]-envelope[j])
}
