package xcorr

import (
	"math"
	"math/cmplx"
	"slices"

	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/fft"
)

// start checks the rows and returns dst.
func start[F dsp.Float](dst []F, rows [][]F) []F {
	if len(rows) == 0 {
		panic("xcorr: stack of no rows")
	}
	n := len(rows[0])
	for _, r := range rows {
		if len(r) != n {
			panic("xcorr: rows of different lengths")
		}
	}
	if dst == nil {
		return make([]F, n)
	}
	if len(dst) != n {
		panic("xcorr: dst does not have the length of the rows")
	}
	return dst
}

// mean writes the weighted mean of the rows; nil weights count all alike.
func mean[F dsp.Float](dst []float64, rows [][]F, weights []float64) {
	clear(dst)
	total := 0.0
	for j, r := range rows {
		w := 1.0
		if weights != nil {
			w = weights[j]
		}
		total += w
		for i, v := range r {
			dst[i] += w * float64(v)
		}
	}
	if total == 0 {
		return
	}
	for i := range dst {
		dst[i] /= total
	}
}

func narrow[F dsp.Float](dst []F, src []float64) []F {
	for i, v := range src {
		dst[i] = F(v)
	}
	return dst
}

// PhaseWeighted writes the phase-weighted stack with the coherence smoothed over
// gate samples before it is raised to the power (MSNoise's, gate 10 s; with gate 1
// it is dsp.PhaseStack, which is ObsPy's, NoisePy's and SeisNoise's).
func PhaseWeighted[F dsp.Float](dst []F, rows [][]F, power float64, gate int) []F {
	dst = start(dst, rows)
	n := len(dst)
	analytic := dsp.NewAnalytic[float64, complex128](n, fft.NextFast(n))
	phase, linear := make([]complex128, n), make([]float64, n)
	re, im := make([]float64, n), make([]float64, n)
	for _, r := range rows {
		for i, v := range r {
			re[i] = float64(v)
		}
		analytic.Hilbert(im, re)
		for i, v := range re {
			c := complex(v, im[i])
			if a := cmplx.Abs(c); a > 0 {
				phase[i] += c / complex(a, 0)
			}
		}
	}
	mean(linear, rows, nil)
	coherence := make([]float64, n)
	for i, c := range phase {
		coherence[i] = cmplx.Abs(c) / float64(len(rows))
	}
	boxcar(coherence, gate)
	for i, c := range coherence {
		dst[i] = F(linear[i] * math.Pow(c, power))
	}
	return dst
}

// boxcar smooths in place over n samples, fewer at the ends.
func boxcar(x []float64, n int) {
	if n <= 1 {
		return
	}
	before := append([]float64(nil), x...)
	left, right := (n-1)/2, n/2
	sum := dsp.NewWindowSum(n)
	for j := range len(x) + right {
		v := 0.0
		if j < len(x) {
			v = before[j]
		}
		s := sum.Next(v)
		if i := j - right; i >= 0 {
			x[i] = s / float64(min(i+right, len(x)-1)-max(i-left, 0)+1)
		}
	}
}

// TimeFrequency writes the time-frequency phase-weighted stack (Schimmel and Gallart
// 2007): the S-transform of the linear stack times the power of the coherence of the
// phases of the rows' at each time and frequency, transformed back. It keeps the
// spectra of all rows, and works on one frequency after the other.
func TimeFrequency[F dsp.Float](dst []F, rows [][]F, power float64) []F {
	dst = start(dst, rows)
	n := len(dst)
	size := fft.NextFastEven(n)
	plan := fft.NewReal[float64, complex128](size)
	whole := fft.NewComplex[float64, complex128](size)
	padded := make([]float64, size)
	spectrum := func(row func(i int) float64) []complex128 { // of both signs
		clear(padded)
		for i := range n {
			padded[i] = row(i)
		}
		half := plan.Forward(nil, padded)
		full := make([]complex128, size)
		copy(full, half)
		for k := 1; k < (size+1)/2; k++ {
			full[size-k] = cmplx.Conj(half[k])
		}
		return full
	}
	all := make([][]complex128, len(rows))
	for j, r := range rows {
		all[j] = spectrum(func(i int) float64 { return float64(r[i]) })
	}
	linear := make([]float64, n)
	mean(linear, rows, nil)
	stacked := spectrum(func(i int) float64 { return linear[i] })

	out := make([]complex128, plan.Bins())
	out[0] = stacked[0] // the mean has no phase
	voice, phase, gauss := make([]complex128, size), make([]complex128, size), make([]float64, size)
	transform := func(spectrum []complex128, f int) { // voice: the S-transform at frequency f
		for k := range size {
			voice[k] = spectrum[(k+f)%size] * complex(gauss[k], 0)
		}
		whole.Inverse(voice, voice)
	}
	for f := 1; f < len(out); f++ {
		for k := range size {
			shift := float64(k)
			if k > size/2 {
				shift -= float64(size)
			}
			gauss[k] = math.Exp(-2 * math.Pi * math.Pi * shift * shift / float64(f*f))
		}
		clear(phase)
		for _, s := range all {
			transform(s, f)
			for i, c := range voice {
				if a := cmplx.Abs(c); a > 0 {
					phase[i] += c / complex(a, 0)
				}
			}
		}
		transform(stacked, f)
		for i, c := range voice {
			coherence := cmplx.Abs(phase[i]) / float64(len(rows))
			out[f] += c * complex(math.Pow(coherence, power), 0)
		}
	}
	plan.Inverse(padded, out)
	return narrow(dst, padded[:n])
}

// Robust writes the robust stack (Pavlis and Vernon 2010): rows count the more the
// less they have of what the stack has not,
//
//	w = |u.d| / (|d| |d - (u.d) u|), u being the stack over its norm,
//
// from the median on, until the stack changes by less than a share epsilon of its
// norm, at most 50 times. It returns the weights too, which add up to 1.
func Robust[F dsp.Float](dst []F, rows [][]F, epsilon float64) ([]F, []float64) {
	dst = start(dst, rows)
	n := len(dst)
	stack, next := make([]float64, n), make([]float64, n)
	median(stack, rows)
	weights := make([]float64, len(rows))
	for range 50 {
		norm := math.Sqrt(dot(stack, stack))
		total := 0.0
		for j, r := range rows {
			var projection, size float64
			for i, v := range r {
				projection += stack[i] * float64(v)
				size += float64(v) * float64(v)
			}
			weights[j] = 0
			if norm > 0 && size > 0 {
				projection /= norm
				// |d - (u.d) u|^2 is |d|^2 - (u.d)^2.
				rest := math.Sqrt(max(size-projection*projection, 1e-24*size))
				weights[j] = math.Abs(projection) / (math.Sqrt(size) * rest)
			}
			total += weights[j]
		}
		if total == 0 {
			break
		}
		for j := range weights {
			weights[j] /= total
		}
		mean(next, rows, weights)
		change := 0.0
		for i, v := range next {
			change += (v - stack[i]) * (v - stack[i])
		}
		stack, next = next, stack
		if math.Sqrt(change) <= epsilon*math.Sqrt(dot(stack, stack)) {
			break
		}
	}
	return narrow(dst, stack), weights
}

func dot(x, y []float64) (sum float64) {
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}

// median writes the median of the rows at each lag.
func median[F dsp.Float](dst []float64, rows [][]F) {
	column := make([]float64, len(rows))
	for i := range dst {
		for j, r := range rows {
			column[j] = float64(r[i])
		}
		slices.Sort(column)
		m := len(column) / 2
		dst[i] = column[m]
		if len(column)%2 == 0 {
			dst[i] = (column[m-1] + column[m]) / 2
		}
	}
}

// Selective writes the mean of the rows whose correlation coefficient with the mean
// of the chosen, each of unit energy there, is at least a threshold, -1 to 1 (after
// Yang et al. 2023), chosen anew until the choice stays, at most 50 times, and how
// many rows these are. Where none is left it is the mean of all.
func Selective[F dsp.Float](dst []F, rows [][]F, threshold float64) ([]F, int) {
	dst = start(dst, rows)
	stack := make([]float64, len(dst))
	chosen, units := make([]float64, len(rows)), make([]float64, len(rows))
	for j, r := range rows {
		chosen[j] = 1
		if e := dsp.RMS(r); e > 0 {
			units[j] = 1 / e
		}
	}
	kept := len(rows)
	for range 50 {
		clear(stack)
		for j, r := range rows {
			for i, v := range r {
				stack[i] += chosen[j] * units[j] * float64(v)
			}
		}
		before := slices.Clone(chosen)
		kept = 0
		for j, r := range rows {
			chosen[j] = 0
			if coefficient(stack, r) >= threshold {
				chosen[j] = 1
				kept++
			}
		}
		if kept == 0 {
			mean(stack, rows, nil)
			return narrow(dst, stack), len(rows)
		}
		if slices.Equal(before, chosen) {
			break
		}
	}
	mean(stack, rows, chosen)
	return narrow(dst, stack), kept
}

// coefficient is the correlation coefficient of two records about zero.
func coefficient[F dsp.Float](x []float64, y []F) float64 {
	var xy, xx, yy float64
	for i, v := range y {
		xy += x[i] * float64(v)
		xx += x[i] * x[i]
		yy += float64(v) * float64(v)
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

// Covariance writes the stack of the rows after the adaptive covariance filter
// (Nakata et al. 2015, appendix B; NoisePy's "auto_covariance"): each frequency
// times the power g of
//
//	(sum over pairs j != k of X[j] conj X[k]) / ((N-1) sum over j of |X[j]|^2),
//
// the share of energy that all rows have in common. It takes two rows.
func Covariance[F dsp.Float](dst []F, rows [][]F, g float64) []F {
	dst = start(dst, rows)
	n := len(dst)
	if len(rows) < 2 {
		copy(dst, rows[0])
		return dst
	}
	plan := fft.NewReal[float64, complex128](fft.NextFastEven(n))
	padded := make([]float64, plan.Len())
	sum, energy := make([]complex128, plan.Bins()), make([]float64, plan.Bins())
	spectrum := make([]complex128, plan.Bins())
	for _, r := range rows {
		for i, v := range r {
			padded[i] = float64(v)
		}
		plan.Forward(spectrum, padded)
		for k, c := range spectrum {
			sum[k] += c
			energy[k] += real(c)*real(c) + imag(c)*imag(c)
		}
	}
	for k, c := range sum {
		if energy[k] == 0 {
			continue
		}
		// Of the sum over all pairs, |sum|^2, those of a row with itself are energy.
		all := real(c)*real(c) + imag(c)*imag(c)
		common := max(0, (all-energy[k])/(energy[k]*float64(len(rows)-1)))
		sum[k] = c * complex(math.Pow(common, g)/float64(len(rows)), 0)
	}
	plan.Inverse(padded, sum)
	return narrow(dst, padded[:n])
}
