// Package stationxml reads and writes FDSN StationXML 1.0 to 1.2: where the stations
// of networks are, what their channels record, and with what response.
//
// The cast: a [Reader] takes one [Station] after the other out of a document, with the
// [Network] it belongs to; [Read] collects them to an [Inventory], which finds
// a [Channel] by its name and a time, and [Write] writes. A [Level] says how deep reading
// goes: what lies deeper is passed over and costs no memory.
//
// All types of response stages are read: poles and zeros, coefficients, lists, FIR
// filters, polynomials, with decimations and gains; package response evaluates them.
//
// # Caveats
//
// Memory is that of one station at a time, with a Reader; an element of more than
// 64 MiB is refused. Elements of other namespaces, and what has no place in the types
// here (comments, operators, identifiers), are passed over. Nothing is checked against the
// schema but what would make nonsense: numbers that are none, places that are not on
// Earth, times that cannot be read.
//
// Source: https://docs.fdsn.org/projects/stationxml.
package stationxml
