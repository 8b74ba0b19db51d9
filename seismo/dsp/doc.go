// Package dsp holds the signal processing of seismic records as plain functions
// over slices of float32 or float64.
//
// The cast, in the order in which a record meets it:
//
//   - [FirstNonFinite], [Demean], [DetrendSimple], [DetrendLinear],
//     [DetrendPolynomial], [DetrendSpline], [Taper], [CosineTaper], [Differentiate], [Integrate];
//   - [Sections] designed by [Lowpass], [Highpass], [Bandpass], [Bandstop], the
//     [Prototype] of a family, and [AntiAlias], applied by [Filter];
//   - other sampling rates by [Decimator], [Resampler], [Sinc], [CubicSpline],
//     [WeightedSlopes];
//   - [Clip], [Winsorize], [OneBit], [RunningMean] in time and [Whitener] in
//     frequency, in the definitions of others by [NewWhitening];
//   - [Correlator] or [BlockCorrelator] with [AddCross], [Analytic],
//     [LinearStack], [PhaseStack] and [RootStack], [Template].
//
// Manner: dst comes first, is allocated where nil, and is returned; a slice of
// another length than stated panics. Unless stated otherwise dst may be the
// source itself, for work in place. Sums run in float64 whatever the samples
// are. Functions do not allocate where dst is given; what needs scratch space
// is an object made once, which serves one goroutine at a time. Parameters that
// come from users (corner frequencies, factors) return errors.
//
// Definitions are those of ObsPy 1.5.0 and SciPy 1.17, to 1e-9 of the largest
// value (1e-8 where their own arithmetic is no better), which
// scripts/golden_dsp.py and testdata hold; where ours is another, its name says
// so. A streaming object gives the same bits however its input is cut up.
//
// Types: spectra of float32 records are complex64, of float64 records
// complex128. What has both has two type parameters [F, C], and makes no other
// pair.
//
// Caveats: nothing here knows of gaps or times; a record is contiguous. NaN and
// Inf pass through and spread: look with FirstNonFinite first.
package dsp

import "github.com/dispel4go/dispel4go/seismo/fft"

// Float is the type of a sample.
type Float interface{ fft.Float }

// Cmplx is the type of a coefficient of a spectrum.
type Cmplx interface{ fft.Cmplx }

// sized returns dst, or n new samples if it is nil.
func sized[T any](dst []T, n int) []T {
	if dst == nil {
		return make([]T, n)
	}
	if len(dst) != n {
		panic("dsp: dst does not have the length of the result")
	}
	return dst
}
