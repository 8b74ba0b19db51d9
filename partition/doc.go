// Package partition decides, before the first item, how many instances each PE
// has, which of them are fused into one stage, and which rank runs each stage.
//
// There are three types: Ranks says what there is to run on, Plan says what
// runs where, and Options holds the choices of a user. Make is a pure function
// from graph, ranks and options to a plan: every rank computes the same plan,
// and compares its digest with the others' before the first item.
//
// A plan is symbolic: a Chain stands for all stages that run the same PEs, and
// no pair of instances is ever listed, so that a plan of 100,000 instances is
// a few slices of numbers.
//
// # Graphs
//
// Graph cuts any weighted graph into parts. It contracts heavy edges level by
// level (coarsen.go), bisects what is left (bisect.go), and on the way back moves
// vertices along the boundaries (refine.go, search.go); it does so several times and breeds the results
// (split.go). Where all partitions can be tried they are (exact.go). All arithmetic that decides is on
// integers or rounds the same way on every machine.
//
// # How it places
//
// The algorithm is plain: stages go, chain by chain, heaviest work first, to
// the rank with the least load per core. It is balanced and deterministic, and
// ignores what the streams carry.
package partition
