// Package sds finds, reads and writes recordings in a SeisComP Data Structure: an
// archive of miniSEED files of one channel and day each,
//
//	YEAR/NET/STA/CHA.D/NET.STA.LOC.CHA.D.YEAR.DAY
//
// The cast: a [Day] of UTC; an [Archive], which knows which channel-days there are; a
// [Writer], which puts samples where they belong. [Path] is the rule above.
//
// # The index
//
// To list a million files takes minutes on a parallel file system. An Archive keeps
// what it has listed in a file, some 3 bytes a channel-day, with the time at which
// each folder changed; when it is opened again only folders that changed since are
// listed. A look-up is a search in memory.
//
// # Caveats
//
// Records at the end of a day may reach into the next, so that reading looks into
// the file of the day before, too. Only type D (waveform data) is looked at. A
// Writer appends to files that are there: it never changes what they have, and may
// write again what they have already.
//
// Source: https://www.seiscomp.de/seiscomp3/doc/applications/slarchive/SDS.html.
package sds
