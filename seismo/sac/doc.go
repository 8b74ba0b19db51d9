// Package sac reads and writes SAC files, the binary format of the Seismic
// Analysis Code: one evenly sampled record each, with a header of fixed fields.
//
// The cast: a [File] is a header and samples. Its fields are found by the constants of
// the SAC manual's names: [Delta], [StLa], [NzYear], [KStNm]. [Read] takes both byte
// orders and header versions 6 and 7; [Write] writes version 6, in either order.
//
// A field that is not set is -12345, in numbers and in text ([Undefined]).
//
// # Caveats
//
// Samples are float32, and so are times in version 6: the start of a record is a
// reference to the millisecond, plus B. Version 7 has them as float64, too, which
// are used. Spectra, unevenly sampled and general files are refused. Nothing is
// allocated beyond what the input delivers, whatever a header claims.
//
// Source: SAC data file format, https://ds.iris.edu/files/sac-manual/manual/file_format.html.
package sac
