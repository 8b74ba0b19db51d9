// Package dvv measures changes of seismic velocity from correlations of ambient
// noise: by how much the coda of a later one is stretched against that of a
// reference.
//
// The cast:
//
//   - [Stretch] looks for the stretching at which both are most alike (Sens-Schönfelder
//     and Wegler 2006);
//   - [MWCS] measures the delay of each of many windows in the phase of their
//     cross-spectrum (Clarke et al. 2011), and [Regress] the change of velocity that
//     delays mean.
//
// Lags run from -m to m intervals. A velocity that is higher by a share e brings
// the wave of lag t at t/(1+e): dv/v = e, and delays dt = -e t, all as shares, not
// percent, and seconds. A higher velocity is above zero by every method.
package dvv
