// Package enginetest is the suite that every mapping passes: graphs of every
// shape, run by the mapping and compared with the oracle, what every instance
// received included where the grouping fixes it; the conformance cases of the
// dispel4py tradition; and PEs that fail in every call they have.
//
// A mapping gives a Runner and calls Run.
package enginetest
