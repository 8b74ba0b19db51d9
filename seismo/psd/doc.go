// Package psd estimates the power of records at each frequency.
//
// The cast:
//
//   - [Welch] is the power spectral density of a record, [Welch.Spectrogram] that of
//     each stretch of it;
//   - [PPSD] collects the densities of many segments of a channel in a histogram
//     (McNamara and Buland 2004) and gives its mean, mode and percentiles;
//   - [LowNoise] and [HighNoise] are Peterson's (1993) models to hold against it.
//
// Definitions are those of ObsPy 1.5.0 and Matplotlib's mlab.psd: densities are
// one-sided, in the square of the unit of the samples per Hz. Functions follow the
// manner of package dsp.
package psd
