// Package trigger finds the onsets of earthquakes in records of single channels
// and of networks.
//
// The cast:
//
//   - characteristic functions that rise with a signal: the streams [Classic] and
//     [Recursive], and of whole records [Delayed], [DelayedObsPy], [ZDetect],
//     [Carl], [EnergyRatio], [ModifiedEnergyRatio];
//   - [Onsets] finds where one crosses its thresholds, in a stream by [Gate];
//   - [Coincidences] finds what a network has seen together;
//   - [AIC], [ARAIC] and [Picker] find the sample with which a wave begins.
//
// Manner: that of package dsp. Definitions are those of ObsPy 1.5.0 (Withers et
// al. 1998, Trnkoczy 2012), within 1e-9 of the largest value, where the comment
// does not say otherwise. Lengths are in samples; seconds times the sampling rate,
// rounded down, is what ObsPy takes.
//
// Caveats: records are to be without mean and filtered to the band of the signal
// before. NaN spread.
package trigger
