// Package rundir is the run directory: what every run leaves behind, whether it
// ended well or not.
//
//	runs/wordcount-20260102-150405/
//		run.json      what ran, on what, and what came of it
//		log.jsonl     one JSON object for each message
//		progress.csv  how many items each PE has had by then, every few seconds
//		trace.csv     one line for each instance: items, bytes, times
//		errors.jsonl  items that were skipped
//		outputs/      what PEs wrote
//
// The cast: Create makes a Dir, which the one rank that owns the run writes to.
// A Run is what run.json holds. Row, Sink, ItemError and Position are what the
// engine accounts for. An Outputs folder is handed to PEs. Open reads a
// directory back, whatever became of the run, as a Record; Report puts one in
// words, or on a page to look at, and Compare says whether two runs gave the same.
//
// # Promises
//
// Nothing is written over: a directory or an output that exists is left alone.
// A file has its name when it is complete; until then it has a name that begins
// with a dot and ends in .tmp. Only log.jsonl and progress.csv grow, by whole lines.
// run.json is replaced every few seconds, always
// by a whole one, and says "complete" only at the very end. So a run that was
// killed can be read, and seen to have been killed.
//
// # Caveats
//
// Files are not forced to the disk one by one: this holds when a program is
// killed, not when a machine loses power.
package rundir
