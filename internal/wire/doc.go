// Package wire lays batches and control entries out in frames.
//
// A Writer collects entries for one rank in a frame that it gets from the
// transport; Finish seals the frame for TrySend. A Reader checks a frame that
// has arrived and hands out its entries one by one. What is in a batch is the
// affair of the ports' codecs: they write straight into the frame and read
// straight from it. PackedBatch packs bodies and parts by a Method, from where
// they lie straight into the frame (pack.go, packed.go), and who gets them
// unpacks them where they will stay; a Chooser says which Method pays.
//
// # Duties of the caller
//
// The frame of a Reader must stay until its entries have been used: bodies are
// views into it. Epochs are compared by the caller, who knows what they mean.
//
// # Caveats
//
// A Writer and a Reader belong to one goroutine. Once a frame has passed its
// checks, a wrong entry in it means a wrong program at the other end rather
// than a damaged wire; both are a CorruptError. The format is version 1, held
// by golden frames in testdata: a change that they notice is a new version.
package wire
