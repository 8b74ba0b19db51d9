// Package synth makes continuous recordings of ambient noise whose velocity is
// known: what a network of stations would record of a wave field that comes
// from everywhere, plus noise of each station's own.
//
// The cast:
//
//   - [Config] says what the field is like: seed, velocity, band, stations.
//   - [Field] is a checked configuration, shared by its recordings.
//   - [Recording] is the recording of one station; its Read returns any range
//     of samples.
//   - [Medium] scatters waves, so that correlations have codas, and its velocity may
//     change by a known share;
//   - [Quake] is an earthquake whose seismograms are known;
//   - [Scatter] lays out an irregular network; [Point.LatLon] and [FromLatLon]
//     go from kilometres to geographic coordinates and back.
//
// The field is a sum of plane waves w(t - r.n/V): far sources in random
// directions n, uniform over the full circle, each with a random band-limited
// time function of its own. Phase and group velocity are V at all frequencies.
// The coherency of two stations a distance d apart is therefore J0(2 pi f d/V)
// (Aki 1957, Bull. Earthq. Res. Inst. 35; Boschi and Weemstra 2015, Rev.
// Geophys. 53, doi 10.1002/2014RG000455), and their correlation holds two
// arrivals, at the lags -d/V and d/V.
//
// Sources come and go. Time is cut into patches of one period P, each with its
// own directions and time functions, that overlap by half under the window
// sin(pi t/P). The squares of overlapping windows add to one, so the power is
// steady; the products at lag u add to cos(pi u/P), which P, at least sixteen
// times the travel time across the network, keeps above 0.98.
//
// Every random number is a hash of (seed, patch, source, frequency) or (seed,
// station, sample). A recording is thus the same whichever ranges of it are
// read, in whichever order, by however many readers, and needs the memory of
// two patches, however long it is.
//
// Caveats: values are whole counts, the same bits for the same program on one
// architecture; on another a few samples may differ by one count. Local noise
// is white up to the Nyquist frequency, so decimation needs its anti-alias
// filter. There is no attenuation and no dispersion.
package synth
