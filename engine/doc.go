// Package engine runs one rank of a plan until every stream has ended or one
// has failed.
//
// The cast: a stage is a goroutine that runs a chain of fused instances; an
// instance is one copy of a PE; an inbox is where batches and promises for a
// stage wait; an edge carries what the instances upstream have promised (marks,
// idleness, ends); an outEdge holds the credit of one sending instance. What
// leaves the rank goes through remote, the only part that knows of frames.
//
// # How it decides
//
// Three types hold all that is decided, and know neither goroutines nor clocks
// nor channels: upstreams (who has ended, what may still come), window (what
// may be sent, and to whom), and combine (what an instance may rely on). They
// are tested by the scripts in testdata. Everything else moves memory.
//
// # Why it ends
//
// Every instance ends each of its edges once, after its last item; the number
// of ends to wait for comes from the plan. A receiver takes whatever is in its
// inbox and never waits for one stream while another has something, so in a
// graph without cycles someone can always go on. Nothing is decided by a
// time-out, but how long a failed run waits for a PE that does not return.
//
// # Duties of the caller
//
// Every rank calls Run with the same plan. After a Result that is Stuck the
// process has to end, for calls of PEs are still running in it.
package engine
