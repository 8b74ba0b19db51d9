package kernel

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// vectorsOf gives n complex vectors of noise.
func vectorsOf[F Float](r *rand.Rand, n int) []F {
	v := make([]F, n*64/int(unsafe.Sizeof(*new(F))))
	for i := range v {
		v[i] = F(r.NormFloat64())
	}
	return v
}

// number is lane l of the complex vector v; joined, those of a vector lie one
// after the other, number k in lane order[l].
func number[F Float](x []F, v, l int, joined bool, order []int) complex128 {
	x = x[2*len(order)*v:]
	if joined {
		k := order[l]
		return complex(float64(x[2*k]), float64(x[2*k+1]))
	}
	return complex(float64(x[l]), float64(x[len(order)+l]))
}

func near(got, want complex128, tolerance float64) bool {
	return cmplx.Abs(got-want) <= tolerance*(1+cmplx.Abs(want))
}

// testFFT compares each kernel with its definition.
func testFFT[F Float](t *testing.T, k *FFT[F], tolerance float64) {
	if k == nil {
		t.Skip("no vector kernels here")
	}
	r := rand.New(rand.NewPCG(9, 6))
	lanes := len(k.Lanes)
	for _, radix := range []int{2, 3, 4, 5, 8} {
		p := &k.Pass[radix]
		for _, c := range []struct {
			name                    string
			f                       func(dre, dim, sre, sim *F, ds, ss, m, s uintptr, tw *F, blocks, dblock, sblock uintptr)
			twiddled, joins, joined bool
		}{
			{"Twiddle", p.Twiddle, true, false, false}, {"TwiddleIn", p.TwiddleIn, true, true, false},
			{"Last", p.Last, false, false, false}, {"LastIn", p.LastIn, false, true, false}, {"LastOut", p.LastOut, false, false, true},
		} {
			for range 10 {
				m, s := 1, 1+r.IntN(6)
				if c.twiddled {
					m = 1 + r.IntN(6)
				}
				blocks, size := 1+r.IntN(3), radix*m*s
				src, dst := vectorsOf[F](r, blocks*size), vectorsOf[F](r, blocks*size)
				tw := make([]F, 2*m*(radix-1)+2)
				for i := range tw {
					tw[i] = F(r.NormFloat64())
				}
				c.f(&dst[0], &dst[lanes], &src[0], &src[lanes], 64, 64, uintptr(m), uintptr(s), &tw[0], uintptr(blocks), uintptr(64*size), uintptr(64*size))
				for at := range blocks * m {
					block, p := at/m*size, at%m
					for q := range s {
						for out := range radix {
							for lane := range lanes {
								var want complex128
								for l := range radix {
									want += number(src, block+q+s*(p+m*l), lane, c.joins, k.Lanes) * cmplx.Rect(1, 2*math.Pi*float64(out*l)/float64(radix))
								}
								if c.twiddled && out > 0 {
									w := tw[2*(p*(radix-1)+out-1):]
									want *= complex(float64(w[0]), float64(w[1]))
								}
								if got := number(dst, block+q+s*(radix*p+out), lane, c.joined, k.Lanes); !near(got, want, tolerance) {
									t.Fatalf("radix %d %s, m=%d s=%d: p=%d q=%d k=%d lane %d is %v, not %v", radix, c.name, m, s, p, q, out, lane, got, want)
								}
							}
						}
					}
				}
			}
		}
	}

	const squares, blocks = 3, 2
	stride := blocks*lanes + 2
	src, tw, dst := vectorsOf[F](r, blocks*squares*lanes), vectorsOf[F](r, blocks*squares*lanes), vectorsOf[F](r, squares*stride)
	k.Transpose(&dst[0], &src[0], &tw[0], uintptr(64*stride), squares, blocks, uintptr(64*lanes), uintptr(64*squares*lanes))
	for at := range blocks * squares {
		block, square := at/squares, at%squares
		for row := range lanes {
			for column := range lanes {
				from := at*lanes + k.Lanes[row]
				want := number(src, from, column, false, k.Lanes) * number(tw, from, column, false, k.Lanes)
				if got := number(dst, square*stride+block*lanes+k.Lanes[column], row, false, k.Lanes); !near(got, want, tolerance) {
					t.Fatalf("Transpose: square %d, row %d, column %d is %v, not %v", at, row, column, got, want)
				}
			}
		}
	}

	const n, f = 2, 0.25 // vectors, and the factor of e
	m := 2*n*lanes + 3
	x, z := vectorsOf[F](r, m), vectorsOf[F](r, m)
	tw = vectorsOf[F](r, n)
	last := lanes - 1
	for _, way := range []struct {
		name string
		f    func(x, xmirror, z, zmirror, tw *F, f F, n uintptr)
		back bool
	}{{"ToBins", k.ToBins, true}, {"FromBins", k.FromBins, false}} {
		way.f(&x[2], &x[2*(m-1-last)], &z[2], &z[2*(m-1-last)], &tw[0], f, n)
		at := func(x []F, i int) complex128 { return complex(float64(x[2*i]), float64(x[2*i+1])) }
		for i := range n * lanes {
			w := number(tw, i/lanes, slices.Index(k.Lanes, i%lanes), false, k.Lanes)
			k := 1 + i
			a, b := at(z, k), at(z, m-k)
			if way.back {
				a, b = b, a
			}
			e, d := a+cmplx.Conj(b), a-cmplx.Conj(b)
			if got, want := at(x, k), f*e+1i*w*d; !near(got, want, tolerance) {
				t.Fatalf("%s: %d is %v, not %v", way.name, k, got, want)
			}
			if got, want := at(x, m-k), cmplx.Conj(f*e-1i*w*d); !near(got, want, tolerance) {
				t.Fatalf("%s: %d mirrored is %v, not %v", way.name, k, got, want)
			}
		}
	}
}

func TestFFT32(t *testing.T) { testFFT(t, FFT32(), 1e-5) }
func TestFFT64(t *testing.T) { testFFT(t, FFT64(), 1e-13) }
