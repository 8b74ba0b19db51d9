// Package transporttest is the suite that every transport passes.
//
// A scenario is a function that all ranks run at the same time, each with its
// own end: it sends, receives and checks what the contract of package
// transport promises. Run plays all ranks in this process; Rank and RankAbort
// play one rank of several processes, so that a launcher can start the same
// test binary many times:
//
//	func TestSuite(t *testing.T) { transporttest.Run(t, open) }   // in one process
//	func TestRank(t *testing.T)  { transporttest.Rank(t, here) }  // mpirun -n 4
//
// Between two scenarios there is a barrier of frames. Since frames keep their
// order per pair, what comes from a rank after its barrier belongs to the next
// scenario, and a rank that waits while all others have reached the barrier
// has lost a frame: the suite says so instead of hanging.
//
// # Duties of the caller
//
// The ends given must be fresh and of no use to anybody else. A transport that
// offers Outstanding or Copied is asked for them: nothing may be outstanding
// after Close, and no payload byte may be copied more than once.
//
// # Caveats
//
// Nothing here sleeps or looks at a clock, so a transport that loses a wake-up
// hangs until the limit of go test, whose stack traces show where.
package transporttest
