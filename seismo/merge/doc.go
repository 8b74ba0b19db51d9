// Package merge puts the pieces of one channel together.
//
// The cast:
//
//   - a [Piece] is a stretch of samples with the time of its first;
//   - [Merge] joins pieces by a [Method] for overlaps and a [Fill] for gaps (ObsPy's
//     Stream.merge with the methods -1, 0 and 1);
//   - [Gaps] lists what is missing, [Trim] cuts, [Align] moves samples that lie
//     between the points of a grid of times onto it.
//
// Times are in nanoseconds since 1970. The grid of a channel is that of its first
// piece; a piece that lies off it by a part of an interval is taken to the nearest
// point, and counted. Nothing is filled unless it is asked for, and then only gaps
// up to the length that is asked for: memory is that of the samples there are and
// of those.
package merge
