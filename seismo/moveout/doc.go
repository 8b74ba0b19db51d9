// Package moveout measures the group velocity of the waves that pass a network
// from nothing but the correlations of its stations and their distances, and
// says when there is none to be measured.
//
// The cast:
//
//   - [Gather] is what is given: one correlation a pair, and the distances.
//   - [Measure] returns a [Fit], or [ErrNoArrival].
//   - [Distance] and [Distances] are for stations given by latitude and
//     longitude.
//
// # The arrival
//
// In a field of waves from everywhere the correlation of two stations a
// distance d apart has the spectrum S(f) J0(2 pi f d/c), where S is the power of
// the field, or what whitening made of it (Aki 1957, Bull. Earthq. Res. Inst. 35;
// Boschi and Weemstra 2015, Rev. Geophys. 53, doi 10.1002/2014RG000455). Some
// periods away from lag 0, with k = 2 pi f/c,
//
//	J0(kd) = sqrt(2/(pi k d)) (cos(kd - pi/4) + sin(kd - pi/4)/(8kd) - ...),
//
// an arrival on either side. Its pi/4 would bias whoever picks the waveform at
// d/c by an eighth of a period. The envelope knows nothing of a constant phase:
// it peaks at the group delay dk/df d/(2 pi) = d/V, but for the term with 1/(8kd),
// which makes it late by the share 1/(8 (kd)^2), and for the overlap of the two
// branches near lag 0. Both are below 0.1 % from two periods on, which is where
// the fit begins.
//
// # The measurement
//
// Both branches are folded, so that directions from which more comes weigh on
// both sides alike. The envelope of each pair is divided by its mean. A scan
// adds envelopes up along the lines lag = d/V for all velocities in steps of
// equal slowness 1/V, in which an arrival is symmetric, so its peak is unbiased;
// the fit then finds the peak of the stack of far pairs alone. Far pairs weigh
// most, as they should: the stack bends with d squared. The standard error is
// the jackknife over stations (Efron and Stein 1981, Ann. Stat. 9), whose pairs
// are not independent of each other.
//
// # The test
//
// Without an arrival the distances mean nothing, so a network whose stations
// have changed places would score as well. The score is the greatest, over all
// velocities, of the sum of the envelopes less 1, over the root of their number.
// It is compared with the scores of networks exchanged at random: whole stations
// change places, so that what pairs of one station have in common stays in. A
// maximum over many velocities follows Gumbel's law, whose two parameters are
// the mean and the deviation of the exchanged scores; its tail is the
// probability of a false alarm.
//
// Of 12,000 simulated networks of ten stations that had changed places, half of
// them in a coherent field, 0.108 fell below a probability of 0.1, 0.0083 below
// 0.01, 0.0011 below 1e-3, 0.0005 below 1e-4 and 0.0002 below 1e-5, the default
// limit: the far tail is longer than Gumbel's, because in so small a network now
// and then most stations change places with near ones. With a true arrival ten
// stations and 40 minutes give 2e-9 or less, 24 stations and 4 hours 1e-27.
// (TestLong and TestVelocityFromNoise print these figures.)
//
// # Caveats
//
// One velocity is measured, for the whole network and the whole band: filter
// narrowly first where the waves disperse. Arrivals at shared lags, as of a body
// wave or of a clock that runs late, are not told apart. Five stations or less
// have too few exchanges for a small probability. With fewer than ten the
// standard error is a rough one.
package moveout
