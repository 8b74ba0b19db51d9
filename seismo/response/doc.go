// Package response computes what seismic instruments do to ground motion, and
// takes it off their records.
//
// The cast: a [Response] is a chain of stages as StationXML and RESP files
// describe it (packages stationxml and resp read them); each [Stage] has at most
// one [Filter]: [PolesZeros], [Coefficients], [FIR], [List] or [Polynomial]. An
// [Evaluator] computes the response at any frequency. A [Weights] is what the
// spectrum of a record of one length is multiplied with: made once by [Remove] or
// [Simulate], for any number of records, by any number of goroutines. A [Plan]
// applies it.
//
// # Definitions
//
// Those of evalresp 3.2.38 as ObsPy 1.5.0 uses it, from source, and held by values
// computed with it:
//
//   - The response is the product of the stages' filters and gains. The reported
//     sensitivity is not used, but its frequency is: a stage whose gain, or whose
//     normalisation, is given at another frequency is brought to that one.
//   - Frequencies f are in Hz, w = 2 pi f; T is the sampling interval at the input of
//     a stage. Each filter states its formula.
//   - Symmetric FIR filters have no phase, whatever delay is listed: recorders
//     correct for it. Asymmetric ones are advanced by the correction that was
//     applied. An asymmetric one of mirrored coefficients is taken to be symmetric,
//     and one whose coefficients add up to less than 0.98 or more than 1.02 is
//     divided by that sum.
//   - Between displacement, velocity and acceleration lie factors of i w; at 0 Hz a
//     division by it gives 0.
//
// Where evalresp stops, or is wrong, this package goes on, and says so here:
// polynomials in s (analog coefficients), polynomials of any degree when they are
// removed, units of centimetres, millimetres, micrometres and nanometres however they are
// spelt, lists of fewer than four frequencies, and digital filters whose sampling
// rate only the stages beside them tell.
//
// # Errors
//
// A response that cannot be computed is an error that wraps [ErrResponse] and says
// which stage is wrong. Nothing is made up: a response without stages is not
// replaced by its sensitivity.
package response
