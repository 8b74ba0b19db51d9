// Package cli is the command line as a library: a program with PEs of a user's
// own is one call of Main with what registers them.
//
//	func main() { cli.Main(pes.Register, seismo.Register, mine.Register) }
//
// The cast: Main is a whole program, Run one command line. Each verb has a file
// of its own. A setting is an option of a run that can be given in several
// places, and settings knows all of them.
//
// # Duties
//
// Data goes to stdout, everything else to stderr; --json is there where a
// program may read it. Errors are one line each, and nothing is written for a
// command that cannot work.
//
// # Where options come from
//
// A flag goes before an environment variable (D4_RANKS for --ranks), that before
// the job file's [run], that before the default. Between job file and default
// there is room for the profile of a site.
package cli
