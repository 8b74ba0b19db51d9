// Package local is a transport whose ranks live in one process.
//
// New makes n ends that know each other. A frame moves by reference: the slice
// that one rank fills is the slice that another one reads. Parts are copied
// once, by the Poll that delivers them, because the receiver owns what it gets
// and the sender keeps what it lent.
//
// An end is an inbox: a queue of events behind one lock, a condition for the
// calls of Poll that wait, and one count of queued bytes per sender. Frames
// come from one pool of size classes that all ends share; in steady state
// neither a frame nor its way through an inbox allocates.
//
// # Caveats
//
// The bound on queued bytes holds per pair of ranks, so n ends may queue n*n
// times the bound, and their counts take 16 bytes a pair. After an abort
// another rank may still be copying parts that this one lent: what has not
// been reported read must not be changed then either.
package local
