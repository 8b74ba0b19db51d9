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
// There is one mapping in this program so far, local: all ranks in this
// process. Under a launcher that started several ranks Graph refuses to run,
// because each of them would run the whole graph; Options.Mapping = "local"
// says that this is meant.
package run
