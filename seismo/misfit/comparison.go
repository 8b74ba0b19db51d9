package misfit

import (
	"math"
	"math/cmplx"
)

// A Norm is what differences are divided by.
type Norm uint8

// The norms: Global is the greatest reference of all, Local that of the same time
// and frequency. Phase differences are in units of pi.
const (
	Global Norm = iota
	Local
)

// A Comparison of two records. All misfits are those of the first against the
// second: an envelope misfit above 0 says that the first is larger, a phase misfit
// above 0 that it is early.
type Comparison struct {
	Freqs    []float64   // Hz, of the rows
	envelope [][]float64 // |W1| - |W2|
	phase    [][]float64 // arg(W1/W2)/pi
	ref      [][]float64 // |W| of the reference
}

// Compare compares a record with the other, which is the reference if
// isReference is set; else the one with the greater coefficients is.
func (w *Wavelet) Compare(record, other []float64, isReference bool) *Comparison {
	w1, w2 := w.Transform(nil, record), w.Transform(nil, other)
	c := &Comparison{Freqs: w.Freqs}
	sizes := func(w [][]complex128) (rows [][]float64, top float64) {
		for _, row := range w {
			r := make([]float64, len(row))
			for i, v := range row {
				r[i] = cmplx.Abs(v)
				top = max(top, r[i])
			}
			rows = append(rows, r)
		}
		return rows, top
	}
	a1, top1 := sizes(w1)
	a2, top2 := sizes(w2)
	c.ref = a2
	if !isReference && top1 > top2 {
		c.ref = a1
	}
	for k := range w1 {
		e, p := make([]float64, len(w1[k])), make([]float64, len(w1[k]))
		for i := range e {
			e[i] = a1[k][i] - a2[k][i]
			p[i] = cmplx.Phase(w1[k][i]*cmplx.Conj(w2[k][i])) / math.Pi
		}
		c.envelope, c.phase = append(c.envelope, e), append(c.phase, p)
	}
	return c
}

// weighted is the phase times the reference.
func (c *Comparison) weighted(k, i int) float64 { return c.phase[k][i] * c.ref[k][i] }

// TFEM returns the envelope misfit by frequency and time.
func (c *Comparison) TFEM(norm Norm) [][]float64 {
	return c.plane(norm, func(k, i int) float64 { return c.envelope[k][i] })
}

// TFPM returns the phase misfit by frequency and time.
func (c *Comparison) TFPM(norm Norm) [][]float64 { return c.plane(norm, c.weighted) }

func (c *Comparison) plane(norm Norm, value func(k, i int) float64) [][]float64 {
	top := 0.0
	for _, row := range c.ref {
		for _, v := range row {
			top = max(top, v)
		}
	}
	out := make([][]float64, len(c.ref))
	for k, row := range c.ref {
		out[k] = make([]float64, len(row))
		for i, v := range row {
			if norm == Global {
				v = top
			}
			out[k][i] = ratio(value(k, i), v)
		}
	}
	return out
}

// TEM returns the envelope misfit by time.
func (c *Comparison) TEM(norm Norm) []float64 {
	return c.byTime(norm, func(k, i int) float64 { return c.envelope[k][i] })
}

// TPM returns the phase misfit by time.
func (c *Comparison) TPM(norm Norm) []float64 { return c.byTime(norm, c.weighted) }

// FEM returns the envelope misfit by frequency.
func (c *Comparison) FEM(norm Norm) []float64 {
	return c.byFrequency(norm, func(k, i int) float64 { return c.envelope[k][i] })
}

// FPM returns the phase misfit by frequency.
func (c *Comparison) FPM(norm Norm) []float64 { return c.byFrequency(norm, c.weighted) }

func (c *Comparison) byTime(norm Norm, value func(k, i int) float64) []float64 {
	return c.sums(norm, len(c.ref[0]), func(sum, ref []float64, k, i int) {
		sum[i] += value(k, i)
		ref[i] += c.ref[k][i]
	})
}

func (c *Comparison) byFrequency(norm Norm, value func(k, i int) float64) []float64 {
	return c.sums(norm, len(c.ref), func(sum, ref []float64, k, i int) {
		sum[k] += value(k, i)
		ref[k] += c.ref[k][i]
	})
}

func (c *Comparison) sums(norm Norm, n int, add func(sum, ref []float64, k, i int)) []float64 {
	sum, ref := make([]float64, n), make([]float64, n)
	for k, row := range c.ref {
		for i := range row {
			add(sum, ref, k, i)
		}
	}
	top := 0.0
	for _, v := range ref {
		top = max(top, v)
	}
	for i, v := range ref {
		if norm == Global {
			v = top
		}
		sum[i] = ratio(sum[i], v)
	}
	return sum
}

// EM returns the envelope misfit as one number.
func (c *Comparison) EM() float64 {
	return c.single(func(k, i int) float64 { return c.envelope[k][i] })
}

// PM returns the phase misfit as one number.
func (c *Comparison) PM() float64 { return c.single(c.weighted) }

func (c *Comparison) single(value func(k, i int) float64) float64 {
	var sum, ref float64
	for k, row := range c.ref {
		for i, v := range row {
			sum += value(k, i) * value(k, i)
			ref += v * v
		}
	}
	return ratio(math.Sqrt(sum), math.Sqrt(ref))
}

// EG returns the goodness of fit of envelopes, 10 for alike: 10 exp(-EM).
func (c *Comparison) EG() float64 { return 10 * math.Exp(-c.EM()) }

// PG returns the goodness of fit of phases, 10 for alike: 10 (1 - PM).
func (c *Comparison) PG() float64 { return 10 * (1 - c.PM()) }

// ratio is a/b, and 0 where there is nothing to compare with.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
