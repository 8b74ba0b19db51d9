// Package quakeml reads and writes catalogues of earthquakes as QuakeML 1.2: events
// with their origins, magnitudes, picks, arrivals and amplitudes.
//
// The cast: a [Reader] takes one [Event] after the other out of a document; [Read]
// collects a [Catalog], and [Write] writes one. [Event.Origin] and [Event.Magnitude] are
// the preferred ones.
//
// # Caveats
//
// Documents of versions 1.0 and 1.1, and those of the seiscomp dialect whose
// elements have the same names, are read too. What has no place in the types here (focal
// mechanisms, comments, the real-time elements) is passed over. An event of more
// than 64 MiB is refused; memory is that of one event, with a Reader.
//
// Source: QuakeML 1.2, Basic Event Description, https://quake.ethz.ch/quakeml.
package quakeml
