package kernel

// Float is the type of a sample.
type Float interface{ float32 | float64 }

// FFT is the kernels of which package fft makes transforms of one type of
// sample. They work on vectors of 32 bytes, each lane a transform of its own.
// Pointers and strides are not checked. Strides are in bytes.
//
// Complex numbers lie in memory in one of three layouts:
//
//   - split: a complex vector is a vector of real parts, and one of imaginary parts;
//   - interleaved: numbers one after the other, as many as there are lanes, which come in
//     the order of Lanes;
//   - mirrored: interleaved coefficients of real numbers, of which only half are there, as
//     the second half is the conjugates of the first in reverse.
//
// Kernels with In in their names read interleaved numbers, those with Out write such, and
// those with Bins read or write mirrored ones. All others read and write split ones.
type FFT[F Float] struct {
	Lanes []int // which number comes in which lane
	Pass  [9]Passes[F]

	// Transpose turns n squares of complex vectors that follow each other at
	// src, times the factors at tw, and writes each as consecutive complex
	// vectors at dst, dst+step, ...; and so for as many blocks, each sblock behind
	// the one before and written dblock behind it, with the factors that follow.
	// Columns are taken in the order of Lanes, rows put into it.
	Transpose func(dst, src, tw *F, step, n, blocks, dblock, sblock uintptr)

	// Apart and Together are Transpose for real columns. As many as there are lanes
	// were transformed as real parts and as many more, which follow them, as
	// imaginary parts. With z[k] row k of what came of them, in the inverse direction,
	// they have the spectra
	//
	//	2 a[k] = z[k] + conj z[rows-k], 2i b[k] = z[k] - conj z[rows-k]
	//
	// Apart takes n squares of 2 conj a and n of 2 conj b from the rows of complex
	// vectors at src, times the factors at tw, one square for a and one for b in
	// turn. It writes those of a and then those of b as consecutive vectors at dst,
	// dst+step, ..., real and imaginary parts exchanged, with which an inverse
	// transform is a forward one. Columns are taken as they come, rows put into the
	// order of Lanes. Together takes a and b, not exchanged, from squares at src,
	// src+step, ..., and writes to the rows at dst
	//
	//	z[k] = a[k] + i b[k], z[rows-k] = conj a[k] + i conj b[k], z[0] = re a[0] + i re b[0]
	//
	// where a and b are times the factors. The vector that lies rows bytes behind
	// z[0] is one more to each block, which both write.
	Apart, Together func(dst, src, tw *F, step, n, blocks, dblock, sblock, rows uintptr)
}

// Passes is a Stockham pass of radix r over transforms of length r*m, of which s
// lie interleaved, in the inverse direction: for p < m and q < s
//
//	y[q + s*(r*p + k)] = w[p][k] sum over l < r of x[q + s*(p + m*l)] exp(2 pi i k l / r)
//
// with w[p][k] for k = 1..r-1 at tw, complex number after complex number. Parts
// of x lie ss apart from sre and sim on, those of y ds apart from dre and dim
// on. All but the passes with Twiddle are for m = 1, where all w are 1; sim and
// dim count for nothing with In and Out. The same is done for as many blocks,
// each sblock behind the one before and written dblock behind it.
//
// Those with Bins are of even radices. Of mirrored vectors the first of the second half
// lies at sim or dim, and each further one and each further block before it. LastBins takes real and imaginary parts
// exchanged, as Apart leaves them.
type Passes[F Float] struct {
	Twiddle, TwiddleIn, Last, LastIn, LastOut, TwiddleBins, LastBins func(dre, dim, sre, sim *F, ds, ss, m, s uintptr, tw *F, blocks, dblock, sblock uintptr)
}
