package fft

import (
	"math"
	"unsafe"
)

// Float is the type of a real sample.
type Float interface{ float32 | float64 }

// Cmplx is the type of a complex sample or coefficient.
type Cmplx interface{ complex64 | complex128 }

// cpx is a complex number whose parts generic code can reach, which it cannot
// do with complex64 and complex128. It has their memory layout.
type cpx[F Float] struct{ re, im F }

func (a cpx[F]) mul(b cpx[F]) cpx[F] {
	return cpx[F]{a.re*b.re - a.im*b.im, a.re*b.im + a.im*b.re}
}

// view returns the memory of s as cpx. F and C must be of the same precision,
// which checkPlan has seen to.
func view[F Float, C Cmplx](s []C) []cpx[F] {
	return unsafe.Slice((*cpx[F])(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}

// pairs returns the memory of an even number of reals as half as many complex
// numbers: even samples are real parts, odd ones imaginary parts. The alignment
// of cpx is that of F, so any slice will do.
func pairs[F Float](s []F) []cpx[F] {
	return unsafe.Slice((*cpx[F])(unsafe.Pointer(unsafe.SliceData(s))), len(s)/2)
}

// reals returns the memory of x as reals, the parts one after the other.
func reals[F Float](x []cpx[F]) []F {
	return unsafe.Slice((*F)(unsafe.Pointer(unsafe.SliceData(x))), 2*len(x))
}

// checkPlan panics at a length or a pair of types there is no plan for.
func checkPlan[F Float, C Cmplx](n int) {
	if n < 1 {
		panic("fft: length below 1")
	}
	if unsafe.Sizeof(*new(C)) != 2*unsafe.Sizeof(*new(F)) {
		panic("fft: float32 goes with complex64, float64 with complex128")
	}
}

// root returns exp(-2 pi i k / n).
func root[F Float](k, n int) cpx[F] {
	sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(n))
	return cpx[F]{F(cos), F(-sin)}
}

// roots are exp(2 pi i k/n) for many k: the product of two from tables, for sines
// and cosines are slow, and right to two units in the last place of float64.
type roots struct {
	n, step      int
	coarse, fine []cpx[float64]
}

func newRoots(n int) *roots {
	step := int(math.Sqrt(float64(n))) + 1
	r := &roots{n: n, step: step, coarse: make([]cpx[float64], n/step+1), fine: make([]cpx[float64], step)}
	fill := func(table []cpx[float64], by int) {
		for k := range table {
			sin, cos := math.Sincos(2 * math.Pi * float64(k*by) / float64(n))
			table[k] = cpx[float64]{cos, sin}
		}
	}
	fill(r.coarse, step)
	fill(r.fine, 1)
	return r
}

// at returns the root for k >= 0.
func (r *roots) at(k int) cpx[float64] {
	k %= r.n
	return r.coarse[k/r.step].mul(r.fine[k%r.step])
}

// core is an algorithm for one length: it writes the forward transform of src
// to dst. Both have that length and do not overlap; src is only read.
type core[F Float] interface {
	forward(dst, src []cpx[F])
}

func newCore[F Float](n int) core[F] {
	if passes, smooth := radices(n); smooth {
		return newStockham[F](n, passes)
	}
	return newBluestein[F](n)
}
