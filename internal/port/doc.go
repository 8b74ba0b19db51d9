// Package port is what processing elements touch and what the engine drives
// underneath: typed ports, the batches that move between them, and the codecs
// that turn a batch into bytes and back.
//
// The cast: Out and In are the ports of a PE, seen by users through aliases of
// the root package. Output and Input are the same ports without their type, as
// the engine sees them. A Batch is items of one stream on their way. A
// Grouping says which instances get an item. A Codec is how a type travels.
//
// # How an item moves
//
// Emit stores the item in the one buffer of its port. When the buffer is full,
// old, or its producer goes idle, the buffer is dealt out over the streams of
// the port: to a fused input by a call, to other instances as batches through
// the Sender that the engine gave. Nothing is kept per pair of instances, so a
// port with 5,000 destinations costs no more than one with two.
//
// # Ownership
//
// An item emitted is given away. What reaches a PE is its own, unless its
// input is ReadOnly. So where items go to several takers, those that lend
// (ReadOnly inputs, and other ranks, which read the items while they are sent)
// share one copy, and every other taker gets a deep copy; a single taker gets
// the items themselves.
//
// # Caveats
//
// A port is used by one goroutine at a time. The slice that a batch function
// receives is lent for the call; the items in it are the PE's own.
package port
