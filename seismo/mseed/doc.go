// Package mseed reads and writes miniSEED, versions 2 and 3, the format in
// which seismological recordings are exchanged.
//
// There are a few things in it. A Record is one packet of a recording: a
// header and some hundred encoded samples of one channel. A Reader takes
// records from a stream, one at a time. An Assembler (and ReadTraces, which
// drives one) joins records that come in any order to Traces, one per channel:
// Segments of samples without interruption, and the Gaps between them. A Writer
// turns segments into records, a Packer pieces of any length into full ones, and
// Repack the records of a file into others. A Time is an integer of nanoseconds.
//
// # What is read
//
// All encodings that data centres still hold: text, int16, int24, int32,
// float32, float64, Steim 1 and 2 in both byte orders, CDSN, SRO, DWWSSN and the
// three of GEOSCOPE. Version 2 records of 64 bytes to 16 MiB, in any mixture
// with version 3, also without blockette 1000 (the length is then the distance
// to the next record, a power of two, and the encoding Steim 1), with broken
// chains of blockettes, with time corrections that are not applied yet (they
// are applied), with the sampling rate in blockette 100 and microseconds in
// blockette 1001. The CRC-32C of version 3 is always checked, and so is the last
// sample of Steim frames.
//
// # Duties of the caller
//
// A Record lies in the memory of its Reader: decode or copy what is needed
// before the next call of Next. The Append methods append to what they are
// given; with dst[:0] of the last call nothing is allocated. Nothing here is
// safe for concurrent use.
//
// # What is wrong with a file
//
// Errors name the record, its offset and its channel, and wrap a sentinel.
// Nothing is repaired silently: ReadTraces stops at the first damage unless
// Options.OnDamage takes note of it, never fills a gap and never drops a sample
// but those that came twice. Two segments overlap where two records give
// different samples for the same time; where they give the same, one is kept
// and Trace.Repeated counts the other.
//
// # Caveats
//
// Times are UTC without leap seconds. Version 2 holds microseconds and writes
// rates as a fraction or as float32; version 3 holds both exactly. Blockettes
// other than 100, 1000 and 1001 are not interpreted (Record.Blockettes gives
// their bytes), neither are extra headers. Full SEED volumes are not read: their
// control headers are garbage here, which OnDamage can have skipped.
package mseed
