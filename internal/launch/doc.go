// Package launch reads from the environment which launcher started this
// program: its kind, our rank, how many ranks there are, the node.
//
// Detect is a pure function of the variables; Current asks the environment of
// this program. Both only look: whether there is an MPI to go with the
// launcher is another package's question, and Finding is the form of the
// answer, a line of doctor.
//
// # Caveats
//
// Variables are inherited. A rank that starts another program hands its own
// on, and srun's daemons hand theirs to what mpirun starts through them; so
// the launchers are asked in the order from the innermost to the outermost. A
// launcher of PMIx alone tells no size: MPI has to be asked.
package launch
