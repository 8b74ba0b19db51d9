// Package petest feeds a PE and checks what it emits and what it promised.
//
//	res := petest.Run(t, pes.Batch[int](2),
//		petest.Feed("in", 1, 2, 3),
//		petest.Mark("in", 10))
//	petest.Out[[]int](res, "out") // [[1 2] [3]]
//
// Run plays the steps in their order to a new PE from the factory, several
// times: item by item, in odd chunks, and in one batch. All times must come to
// the same. A source has no steps: its Next is called until io.EOF. Resume
// stops a source in the middle and lets other instances go on.
//
// # What is checked
//
//   - Nothing is emitted in Open and Close.
//   - What has been emitted is not changed afterwards: its digest at the end of
//     the run is that at its emission.
//   - Emitted items share no memory with each other.
//   - A slice that is lent to a batch function is not kept: it is overwritten
//     after the call. With Scribble the items in it are too, for PEs that keep
//     nothing of what they get.
//   - ReadOnly inputs change nothing of what they get.
//   - Marks of an output never fall; Advance returns at most its argument, and
//     never less than before.
//   - Closed in the middle, without Finish, the PE leaves no file; with LeavesWhole
//     it may leave whole ones.
//
// # Caveats
//
// Memory is compared as far as exported types show it: behind slices, pointers
// and maps, not inside types with a codec of their own. Strings may share.
package petest
