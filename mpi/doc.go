// Package mpi is a transport over MPI.
//
// The cast: Init makes the World, this rank's part in what the launcher has
// started. World.Transport opens an End, which implements
// transport.Transport; when it is closed the next one may be opened, and
// traffic of the two never meets. A frame (frames.go) is memory outside Go
// that MPI sends as it is. A message (message.go) is a frame with a header
// before it and the sizes of its parts behind it. Receives are posted ahead in
// a ring (receive.go); parts, and frames too large for the ring, follow their
// message and are received where they will stay. What leaves is bounded per
// rank (send.go), and links to other nodes are measured (meter.go). Nothing
// moves unless somebody polls (poll.go). Closing (close.go) counts messages, so
// that none is on its way when it returns. An abort (abort.go) tells the other
// ranks, gives them a moment, and ends them.
//
// # Duties of the caller
//
// All ranks call Init, and Finalize at the end. They open and close the same
// number of transports in the same order. After an abort a rank should come to
// Finalize soon: one that does not is ended.
//
// # Caveats
//
// MPI is initialised for calls from several threads in turn, and one lock
// keeps them in turn. Sending never waits for the lock: who holds it sends
// what has queued meanwhile. There is no goroutine that polls by itself.
//
// A rank that waits polls without a pause for a short while, then sleeps a
// quarter of the time it has been idle, at most 20 ms. MPI offers no way to be
// woken.
//
// A rank that vanishes is noticed by the launcher, which ends the others and
// reports a failure. Under MPICH's a shell beside each rank sees to that
// (mpi/internal/abi), for ranks that end with exit code 0.
package mpi
