// Package motion measures the strength of ground motion, as engineers and
// ShakeMap want it.
//
// The cast:
//
//   - [Series] gives acceleration, velocity and displacement of a record of any of
//     them;
//   - [Peaks] are PGA, PGV and PGD;
//   - an [Oscillator] of a period and damping gives its response, and by it the
//     spectral ordinates SD, PSV and PSA;
//   - [PeakObsPy] is ObsPy's peak_ground_motion, to compare with.
//
// An Oscillator solves
//
//	u'' + 2 h w u' + w^2 u = -a(t)
//
// exactly for ground acceleration that is straight between samples (Nigam and
// Jennings 1969), so that its error is that of the samples alone.
package motion
