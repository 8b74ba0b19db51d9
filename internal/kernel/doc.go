// Package kernel holds the loops that the numerics and the wire spend their time
// in, over plain slices: fast ones for the processor at hand, and beside each its
// twin in plain Go, which says what it does and is what other processors run.
//
// The cast:
//
//   - [PackDelta] and [UnpackDelta] make words smaller that are like the one
//     before them; [Shuffle] and [Unshuffle] sort bytes by their place in a word;
//     [Integers] and [Floats] go between float32 and the int32 they may hold;
//   - [FFT] is what transforms are made of, [AddCross], [AddCrosses] and [AddCrosses4]
//     what cross-spectra are;
//   - [Add] adds, [SquareSums] and [Ratios] are averages of squares over two
//     windows, and one over the other;
//   - a [Cascade] is recursive filters, a lane each.
//
// Which are used is decided once, when the program starts, by what the processor
// can do; [Name] says which. The build tag purego leaves the fast ones out.
//
// Caveats: the functions check the lengths of slices and panic where they do not
// fit, as indexing does; only what may come from outside the program returns
// instead that it is wrong.
package kernel

//go:generate go run ./gen -out kernels_amd64.s -stubs kernels_amd64.go -pkg kernel
