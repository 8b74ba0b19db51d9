// Package rotate turns the three components of ground motion into other
// directions, and measures how they move together.
//
// The cast:
//
//   - [RadialTransverse] and [NorthEast] turn horizontals, [Rotate] takes all three
//     to a [Basis]: that of [LQT] or of any [Components], or its Inverse back;
//   - [RTZ] turns the nine correlations of a pair of stations;
//   - [Polarize], [Windows] and [Motion] are the polarisation of three
//     components.
//
// Azimuths are in degrees clockwise from north, back-azimuths those from the
// station to the source, incidences from the vertical, dips down from the
// horizontal (SEED). Definitions are those of ObsPy 1.5.0, within 1e-9 of the
// largest value. Functions follow the manner of package dsp; destinations may be
// the sources.
package rotate
