// Package array finds where waves that cross an array of stations come from.
//
// A [Beamformer] looks for the slowness, over a grid, at which the records of all
// stations add up best within a band of frequencies: by delaying and adding
// (Bartlett), or with weights that keep other directions out (Capon 1969).
// Definitions are those of ObsPy 1.5.0 (array_processing): windows without mean
// under a cosine taper over 0.22 of them, transforms of a power of two, frequencies
// rounded to its bins. Capon's weights are not: ObsPy inverts the cross-spectra of
// one window and one frequency, which have one direction and no inverse, and its
// greatest power may be anywhere; here they are averaged over neighbouring
// frequencies and loaded before.
//
// Slowness is in s/km, east and north, along the way of the wave; back-azimuths are
// where it comes from, in degrees clockwise from north.
package array
