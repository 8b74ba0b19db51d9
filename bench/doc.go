// Package bench measures: what the engine costs beside hand-written loops, what
// the streams of other systems' users cost here, and what the seismology does
// beside its bare kernels.
//
// The measurements are Go benchmarks in the files *_test.go, one for each
// subject, and are run by
//
//	go test -run '^$' -bench . ./bench
//
// What the benchmarks share with the command in the folder peers, which runs
// other systems beside ours, is in the package itself: a Place is where a graph
// runs, a Case is a stream as users of dispel4py have it, InTurn times things
// round by round.
//
// For the command line there are the Measures of the Suite, which run between any
// ranks, and a Sweep: Points at which a job is run, on more and more cores, each
// leaving a Line in a file with a Header. Curves are what they come to, and
// WritePage draws them.
//
// # Caveats
//
// Machines are shared and change their speed from minute to minute. So what is
// compared is timed in turn, within one benchmark, and the figure to rely on is
// the ratio, the median of those of all rounds. Metrics named a/b are such
// ratios of rates: above 1, a is faster.
package bench
