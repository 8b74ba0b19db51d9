// Package xcorr correlates and stacks in the ways beside the plain ones of package
// dsp.
//
// The cast:
//
//   - cross-spectra to be transformed by a dsp.Correlator: [Coherency] and
//     [Deconvolution] of windows, beside dsp.AddCross;
//   - [PhaseCorrelator] is the phase cross-correlation, which amplitudes have no part
//     in;
//   - stacks of all rows at once: [PhaseWeighted], [TimeFrequency], [Robust],
//     [Selective], [Covariance]; those that need no row twice are dsp.LinearStack,
//     dsp.PhaseStack and dsp.RootStack.
//
// A row is one correlation of a pair, all of one length and with the same lags.
// Rows are only read. Functions follow the manner of package dsp; positive lags say
// that the wave passes the first of a pair first. Other tools' definitions differ:
// which is whose is said at each.
package xcorr
