package kernel

// Float is the type of a sample.
type Float interface{ float32 | float64 }

// FFT is the kernels of which package fft makes transforms of one type of
// sample. They work on vectors of 32 bytes, each lane a transform of its own,
// and a complex vector is one of real parts and one of imaginary parts.
// Pointers and strides are not checked. Strides are in bytes.
//
// Kernels with In in their names read complex numbers that lie one after the
// other, as many as there are lanes, and take them in the order of Lanes; those
// with Out write such.
type FFT[F Float] struct {
	Lanes []int // which number comes in which lane
	Pass  [9]Passes[F]

	// Transpose turns n squares of complex vectors that follow each other at
	// src, times the factors at tw, and writes each as consecutive complex
	// vectors at dst, dst+step, ...; and so for as many blocks, each sblock behind
	// the one before and written dblock behind it, with the factors that follow.
	// Columns are taken in the order of Lanes, rows put into it.
	Transpose func(dst, src, tw *F, step, n, blocks, dblock, sblock uintptr)

	// With e = z[k] + conj z[m-k], d = z[k] - conj z[m-k], ToBins and FromBins
	// both set
	//
	//	x[k] = f e + i w[k] d, x[m-k] = conj(f e - i w[k] d)
	//
	// for n vectors of complex numbers that lie one after the other, from x and z
	// up, and the last of a vector of mirrored ones from xmirror and zmirror down,
	// with w in vectors in the order of Lanes.
	// x may be z, if no number is mirrored into another vector. ToBins takes z
	// the other way round: z[m-k] for z[k].
	ToBins, FromBins func(x, xmirror, z, zmirror, tw *F, f F, n uintptr)
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
type Passes[F Float] struct {
	Twiddle, TwiddleIn, Last, LastIn, LastOut func(dre, dim, sre, sim *F, ds, ss, m, s uintptr, tw *F, blocks, dblock, sblock uintptr)
}
