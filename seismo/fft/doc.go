// Package fft computes discrete Fourier transforms of any length, real and
// complex, in float32 and float64.
//
// The cast:
//
//   - [Real] transforms n real samples to the n/2+1 coefficients of their
//     non-negative frequencies, and back.
//   - [Complex] transforms n complex samples to n coefficients, and back.
//   - [NextFast], [NextFastEven] and [NextQuickEven] say which lengths are quick.
//
// A plan is made once for a length, holds the twiddle factors and the scratch
// space, and allocates nothing when it is used. Because of the scratch space a
// plan serves one goroutine at a time; give each goroutine its own.
//
// Definitions, those of NumPy and SciPy:
//
//	Forward: X[k] = sum over j of x[j] exp(-2 pi i j k / n)
//	Inverse: x[j] = 1/n sum over k of X[k] exp(+2 pi i j k / n)
//
// so that Inverse undoes Forward.
//
// Behind the door are three algorithms. Most lengths of 128 and more made of
// the factors 2, 3 and 5 are transformed in four steps, by columns and by rows, where the
// processor has vector kernels for it (AVX2 so far; the build tag purego leaves
// them out). Other lengths made of these factors run through Stockham's
// self-sorting passes of radix 4, 5, 3 and 2 in plain Go, several times slower;
// all others through Bluestein's chirp transform, which takes five times as long
// as the others do but is still O(n log n). Real transforms of even length cost
// half of a complex one: in four steps, columns of real numbers are transformed two by
// two, in plain Go even and odd samples make one complex signal. Those of odd length
// cost as much as a complex one.
//
// The words inside, beside rows and columns: a line is the passes of the transforms along
// one of them, made side by side, one in each lane of a vector; a block is as many rows or
// columns as are side by side; numbers lie split, interleaved or mirrored (see
// kernel.FFT); to turn is to make rows of columns, in squares of as many numbers as there
// are lanes; bins are the n/2+1 coefficients of n real samples.
//
// Caveats: results for the same plan and input are the same bits every time,
// with the same kernels; others fuse multiply and add elsewhere, and differ in
// the last bits.
package fft
