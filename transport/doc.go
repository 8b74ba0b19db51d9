// Package transport moves frames between numbered ranks, reliably and in order
// per pair of ranks.
//
// There are three things in it: a Transport is one rank's end of the wire; a
// frame is a buffer that belongs to the transport from Alloc until it is freed
// or delivered; a part is memory of an item that travels beside its frame,
// left where it lies by the sender and landing in memory of exactly its size
// at the receiver.
//
// # Duties of the caller
//
// Poll until it reports an error or the run is over: nothing arrives, and on
// some transports nothing leaves, unless somebody polls. Free every received
// frame. Leave the memory of parts alone until Poll has reported them read.
//
// # Caveats
//
// A frame is not Go memory on every transport: no pointer into it may be kept
// after Free or TrySend. A rank never sends to itself.
//
// The package transporttest holds the suite that every implementation passes.
package transport
