// Package dispel4go describes streaming workflows. Import it as d4.
//
// A workflow is a Graph of processing elements (PEs) joined by typed streams.
// A PE is a pointer to a struct whose exported fields of type In and Out are
// its ports. Items that are emitted at an output move from memory to memory to
// the inputs connected with it. The same graph runs in one process, over MPI
// ranks, and on other engines, with the same results: this package describes
// it and knows nothing of where it runs. The package run runs it.
//
//	g := d4.NewGraph("wordcount")
//	lines := d4.Add(g, "lines", pes.ReadLines("*.txt"))
//	words := d4.Add(g, "words", pes.FlatMap(strings.FieldsSeq))
//	count := d4.Add(g, "count", NewCount, d4.Instances(3))
//	d4.Connect(g, lines.Out, words.In)
//	d4.Connect(g, words.Out, count.Words)
//
// # The life of a PE
//
// Add takes a factory, and every instance gets a PE of its own from it. Then,
// in this order: its parameters are set, Setup is called if there is one, its
// ports are found, Open, then calls of its inputs' functions and of Advance,
// or of Next for a source; Finish once, when every input has really ended, and
// Close, always. Emit is legal in Next, input functions, Advance and Finish.
//
// # Duties of a PE
//
// All calls of one instance come one after the other, never two at a time. What
// an input function receives is the PE's own, to keep and change, unless the
// input is ReadOnly. What a PE emits it gives away: it shares no memory with
// other items or with what the PE keeps. Closures shared by instances, such as
// keys and routes, must be pure.
package dispel4go
