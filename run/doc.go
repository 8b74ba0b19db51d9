// Package run is the one way in which the command line, tests and programs of
// users run a graph, on any mapping.
//
// The cast: Main wraps a program, so that signals stop sources or end the run
// and errors become exit codes. Graph plans a graph, runs it on all its ranks,
// and leaves a run directory where one is asked for. Options say how; a Result
// says what came of it.
//
//	func main() {
//		run.Main(func(ctx context.Context) error {
//			res, err := run.Graph(ctx, g, run.Options{})
//			...
//		})
//	}
//
// # Duties
//
// Inside Main, Graph may be called any number of times, one after the other.
// The context that Main gives must reach Graph, or signals will not.
//
// # Caveats
//
// There are three mappings in this program so far. Local has all ranks in this
// process. Over MPI each process is a rank, and Graph is called by all of them,
// in the same order: rank 0 makes the plan's surroundings and the run directory
// and tells the others, whose Result is only their own part. Main ends MPI;
// outside Main, Graph does so itself, and a second run is refused.
//
// On Storm, Graph submits a topology (storm.go), watches it (stormwatch.go) and
// returns the whole Result. Storm starts this program again for each stage; there
// Main runs the same function up to the same Graph, which runs the stage and does
// not return (stormchild.go). So there is one run on Storm in a program, inside
// Main. The two sides speak by files in the run directory, which all nodes share.
package run
