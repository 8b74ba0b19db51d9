// Package partition decides, before the first item, how many instances each PE
// has, which of them are fused into one stage, and which rank runs each stage;
// and it says how that will run.
//
// The cast: Ranks says what there is to run on, Profile what a former run has
// measured, Options holds the choices of a user, Plan says what runs where, and
// Prediction how. Make is a pure function from graph, ranks and options to a
// plan: every rank computes the same plan, and compares its digest with the
// others' before the first item. Graph is the graph partitioner underneath,
// for any weighted graph.
//
// A plan is symbolic: a Chain stands for all stages that run the same PEs, and
// no pair of instances is ever listed, so that a plan of 100,000 instances is
// a few slices of numbers.
//
// # The model
//
// A stage i takes w(i) CPU seconds of the whole run: the items that come to its
// PEs times the CPU seconds an item. A stream brings b(i,j) bytes from stage i to
// stage j. Of a stream of B bytes from m instances to n each pair has
//
//	B / (m n)   Balanced, RoundRobin, by key, Route: all instances get as much
//	B / m       OneToAll (B counts an item once), and AllToOne for instance 0
//
// Where keys, a route or splits say who gets an item, and the profile knows what
// each instance did, the parts are as unequal as they were then (skew.go).
//
// Rank r has c(r) cores of the relative speed s(r). Its work is L(r), the sum of
// w over its stages, the heaviest of which is h(r); it exchanges R(r) bytes with
// other ranks of its node and N(r) bytes with other nodes, in and out. On its node
// v is L(v) to be done, with P(v) cores that may be fewer than its ranks use: the sum of c s
// times Rank.Part. The rank takes
//
//	T(r) = max(L(r) / (c(r) s(r)), h(r) / s(r), L(v) / P(v)) + R(r) x Costs.Rank + N(r) x Costs.Node
//
// seconds, and the run takes T, the greatest of them. That is what plans
// minimise, and what Predict says. What the PEs of a rank may keep, in bytes, shall
// not be more than its memory, and no rank shall have more than
//
//	max(1.03 x its share of all work by c(r) s(r), the heaviest stage)
//
// CPU seconds. Plans are compared by the bytes for which there is no memory, by the rank
// that exceeds this most, then by T
// in steps of 3 %, then by bytes between nodes, then by those between ranks.
// Where all PEs were measured T says it all, and balance is no more than what
// makes T small: then a plan may leave ranks idle, if moving bytes takes longer than computing.
//
// Items, bytes and seconds come from the profile. A PE that is not in it has
// the weight that the graph gives it; failing that, each of its instances is taken to
// be as busy as any other of that kind, and a source to emit one item.
//
// # How many instances
//
// Where the graph leaves it open and everything was measured, those whose instances have
// the most to do get more, while that makes the run shorter on all cores together and
// there is memory (count.go). Where not, cores go by weight, one for each instance.
//
// # How it places
//
// If placements are few, all are tried (placeexact.go). If not, stages are
// vertices and streams edges of a graph, which is cut into the nodes, then the stages
// of each node into its ranks (divide.go). Where stages of a kind are many they are
// bundled, and nodes and ranks are taken in groups first, so that no graph
// is large. What the plain rules make (place.go) is compared with the result, and
// the best is taken: no plan is worse than round-robin.
//
// # How it cuts
//
// Graph contracts heavy edges level by level (coarsen.go), bisects what is left
// (bisect.go), and on the way back moves vertices along the boundaries
// (refine.go, search.go). It does so several times and breeds the results
// (split.go). Where all partitions can be tried they are (exact.go). What
// decides is integers, or rounded the same way everywhere, and what is random
// has a fixed seed.
//
// # Caveats
//
// The model knows nothing of pipelines that start up or run dry, nor of what the
// network does under load. Keys that an instance was measured to have are taken
// to be evenly spread over its part of all hashes.
package partition
