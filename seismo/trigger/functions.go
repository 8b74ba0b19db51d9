package trigger

import (
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// sized returns dst, or n new samples if it is nil.
func sized[F dsp.Float](dst []F, n int) []F {
	if dst == nil {
		return make([]F, n)
	}
	if len(dst) != n {
		panic("trigger: dst does not have the length of the record")
	}
	return dst
}

// Delayed writes the ratio of the mean of the squares of the last nsta samples
// over that of the nlta samples before these (Withers et al. 1998, delayed
// STA/LTA); 0 until there have been nsta + nlta. dst may not be src.
func Delayed[F dsp.Float](dst, src []F, nsta, nlta int) []F {
	checkLengths(nsta, nlta)
	dst = sized(dst, len(src))
	short, long := dsp.NewWindowSum(nsta), dsp.NewWindowSum(nlta)
	for i, v := range src {
		sta := short.Next(float64(v) * float64(v))
		dst[i] = 0
		if i < nsta {
			continue
		}
		old := float64(src[i-nsta])
		if lta := long.Next(old * old); i >= nsta+nlta-1 && lta > 0 {
			dst[i] = F(sta / float64(nsta) / (lta / float64(nlta)))
		}
	}
	return dst
}

// DelayedObsPy writes what ObsPy's delayed_sta_lta does, in which the squares that
// leave the windows are added and not taken off, so that both averages grow for
// ever, and those before the first sample are the record's last. It is here to
// compare with; use Delayed. dst may not be src.
func DelayedObsPy[F dsp.Float](dst, src []F, nsta, nlta int) []F {
	checkLengths(nsta, nlta)
	n := len(src)
	if n < nsta+nlta+1 {
		panic("trigger: record shorter than both windows")
	}
	dst = sized(dst, n)
	square := func(i int) float64 {
		if i < 0 {
			i += n
		}
		return float64(src[i]) * float64(src[i])
	}
	var sta, lta float64
	for i := range src {
		sta += (square(i) + square(i-nsta)) / float64(nsta)
		lta += (square(i-nsta-1) + square(i-nsta-nlta-1)) / float64(nlta)
		dst[i] = 0
		if i >= nlta+nsta+50 {
			dst[i] = F(sta / lta)
		}
	}
	return dst
}

// ZDetect writes the sum of squares over nsta samples, less its mean over the
// whole record and divided by its standard deviation (Swindell and Snell 1977); 0
// where that is 0, as on a dead channel, for which ObsPy has NaN. dst may not be src.
func ZDetect[F dsp.Float](dst, src []F, nsta int) []F {
	checkLengths(nsta, nsta)
	dst = sized(dst, len(src))
	n := len(src)
	if n <= nsta {
		panic("trigger: record not longer than its window")
	}
	sums, ok := any(dst).([]float64)
	if !ok {
		sums = make([]float64, n)
	}
	for i, v := range src[:n-1] { // a sum stands one sample behind its window
		sums[i+1] = float64(v) * float64(v)
	}
	dsp.NewWindowSum(nsta).Sums(sums[1:], sums[1:])
	clear(sums[:nsta])
	mean := dsp.Mean(sums)
	var squares [4]float64 // four sums at once do not wait for each other
	for i, s := range sums {
		squares[i%4] += (s - mean) * (s - mean)
	}
	deviation := math.Sqrt((squares[0] + squares[1] + squares[2] + squares[3]) / float64(n))
	if deviation == 0 {
		clear(dst)
		return dst
	}
	scale := 1 / deviation
	for i, s := range sums {
		dst[i] = F((s - mean) * scale)
	}
	return dst
}

// Carl writes Carl Johnson's characteristic function
//
//	star - ratio ltar - |sta - lta| - quiet,
//
// sta being the mean of the last nsta samples, lta that of nlta values of sta,
// star the mean of |x - lta| and ltar that of star, each over samples before the
// one it stands at; -1 for the first nlta. The smaller ratio and quiet, the more
// sensitive. quiet is in the unit of the samples. dst may not be src.
func Carl[F dsp.Float](dst, src []F, nsta, nlta int, ratio, quiet float64) []F {
	checkLengths(nsta, nlta)
	dst = sized(dst, len(src))
	mean := func(n int) func(v float64) float64 { // of the n values before the one given
		window, seen, before := dsp.NewWindowSum(n), 0, 0.0
		return func(v float64) float64 {
			sum := before
			before = window.Next(v)
			if seen++; seen <= n {
				return 0
			}
			return sum / float64(n)
		}
	}
	sta, lta, star, ltar := mean(nsta), mean(nlta), mean(nsta), mean(nlta)
	l := 0.0
	for i, v := range src {
		s := sta(float64(v))
		next := lta(s)
		r := star(math.Abs(float64(v) - l))
		rr := ltar(r)
		dst[i] = F(r - ratio*rr - math.Abs(s-l) - quiet)
		if i < nlta {
			dst[i] = -1
		}
		l = next // lta is one sample late
	}
	return dst
}

// EnergyRatio writes the energy of the nsta samples from one on over that of the
// nsta samples before it (Han et al. 2009); 0 where either does not fit into the
// record. 2*nsta is at most its length. dst may not be src.
func EnergyRatio[F dsp.Float](dst, src []F, nsta int) []F {
	n := len(src)
	if nsta < 1 || 2*nsta > n {
		panic("trigger: window of no samples or longer than half of the record")
	}
	dst = sized(dst, n)
	clear(dst)
	before, after := dsp.NewWindowSum(nsta), dsp.NewWindowSum(nsta)
	for i := range n {
		b := 0.0
		if i >= nsta {
			v := float64(src[i-nsta])
			b = before.Next(v * v)
		}
		v := float64(src[i])
		a := after.Next(v * v)
		if at := i - nsta + 1; at >= nsta && b > 0 {
			dst[at] = F(a / b)
		}
	}
	return dst
}

// ModifiedEnergyRatio writes (EnergyRatio * |x|)^power; 3 is usual.
func ModifiedEnergyRatio[F dsp.Float](dst, src []F, nsta int, power float64) []F {
	dst = EnergyRatio(dst, src, nsta)
	for i, r := range dst {
		dst[i] = F(math.Pow(float64(r)*math.Abs(float64(src[i])), power))
	}
	return dst
}
