// Package misfit measures how far two waveforms are apart, as simulated and
// observed ground motion.
//
// The cast:
//
//   - [Comparison] holds the time-frequency envelope and phase misfits of
//     Kristekova et al. (2006, 2009), by time, by frequency, by both, and as one
//     number each, and their goodness of fit;
//   - [Measure] has the plain ones: relative L2 norm, the time shift of the greatest
//     correlation, the ratio of amplitudes, of whole records or of a window;
//   - [Wavelet] is the transform that the first are made of.
//
// Definitions are those of ObsPy 1.5.0 (signal.tf_misfit) for one component,
// within 1e-7 of the largest value: the phase of two nearly opposite coefficients
// of small size is what rounding makes of it. Where neither signal is the
// reference, the larger of the two serves for all misfits; ObsPy takes the smaller
// one for some.
package misfit
