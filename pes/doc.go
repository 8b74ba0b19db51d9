// Package pes has the general processing elements: sources, transformations,
// windows, joins, aggregates and sinks that know nothing of any science. A
// factory, such as ReadLines, returns what d4.Add wants:
//
//	lines := d4.Add(g, "lines", pes.ReadLines("*.txt"))
//
// # The cast
//
//   - Sources: Slice, Range, Generate, ReadLines, ReadCSV, Glob, Watch.
//   - Item by item: Map, TryMap, FlatMap, FlatMapEmit, Filter, Tee, Merge,
//     Sample, Command.
//   - Windows: Batch, CountWindow, TimeWindow, TimeWindowBy.
//   - By key: CountBy, ReduceBy, Join, JoinWithin.
//   - Aggregates: the folds Count, Sum, Min, Max, Mean, StdDev, Reduce and TopK,
//     run by Whole in one instance or by Aggregate in many.
//   - Sinks: Collect (read by Items), WriteLines, WriteCSV, WriteJSONL, WriteNPY,
//     WriteNPYRows, Print, Discard.
//   - Register and its sisters, which offer all of them to job files.
//
// # Duties
//
// Everything streams: no PE holds a whole stream, and an endless source reaches
// the sink. What can grow has a limit in bytes, a parameter, with what happens
// there in its comment; the plan adds the limits up.
//
// Results depend neither on the number of instances nor on timing. An input
// that needs it is grouped by key or goes to a single instance; Sample and
// Generate draw by hash; sums of floats are exact before they are rounded once;
// windows close by marks and hold their items in order of time. Batch is the
// exception, since what it groups is what happened to reach one instance.
//
// Functions that a factory is given are shared by the instances and must be
// pure. What they return is given away: it shares no memory with anything else.
//
// # Parameters
//
// The exported fields of a PE that are not ports are its parameters, the
// arguments of its factory among them. They may be changed in the factory:
//
//	lines := pes.ReadLines("*.txt")
//	d4.Add(g, "lines", func() *pes.LineReader {
//		r := lines()
//		r.MaxLine = 1 << 10
//		return r
//	})
package pes
