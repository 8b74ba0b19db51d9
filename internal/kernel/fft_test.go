package kernel

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
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
			f                       func(dre, dim, sre, sim *F, ds, ss, m, s uintptr, tw *F)
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
				src, dst := vectorsOf[F](r, radix*m*s), vectorsOf[F](r, radix*m*s)
				tw := make([]F, 2*m*(radix-1)+2)
				for i := range tw {
					tw[i] = F(r.NormFloat64())
				}
				c.f(&dst[0], &dst[lanes], &src[0], &src[lanes], 64, 64, uintptr(m), uintptr(s), &tw[0])
				for p := range m {
					for q := range s {
						for out := range radix {
							for lane := range lanes {
								var want complex128
								for l := range radix {
									want += number(src, q+s*(p+m*l), lane, c.joins, k.Lanes) * cmplx.Rect(1, 2*math.Pi*float64(out*l)/float64(radix))
								}
								if c.twiddled && out > 0 {
									at := 2 * (p*(radix-1) + out - 1)
									want *= complex(float64(tw[at]), float64(tw[at+1]))
								}
								if got := number(dst, q+s*(radix*p+out), lane, c.joined, k.Lanes); !near(got, want, tolerance) {
									t.Fatalf("radix %d %s, m=%d s=%d: p=%d q=%d k=%d lane %d is %v, not %v", radix, c.name, m, s, p, q, out, lane, got, want)
								}
							}
						}
					}
				}
			}
		}
	}

	natural := make([]int, lanes)
	for l := range natural {
		natural[l] = l
	}
	for _, c := range []struct {
		name          string
		f             func(dst, src, tw *F, step, n uintptr)
		rows, columns []int
	}{
		{"Transpose", k.Transpose, natural, natural}, {"TransposeIn", k.TransposeIn, natural, k.Lanes},
		{"TransposeOut", k.TransposeOut, k.Lanes, natural}, {"TransposeInOut", k.TransposeInOut, k.Lanes, k.Lanes},
	} {
		const squares = 3
		stride := lanes + 2
		src, tw, dst := vectorsOf[F](r, squares*lanes), vectorsOf[F](r, squares*lanes), vectorsOf[F](r, squares*stride)
		c.f(&dst[0], &src[0], &tw[0], uintptr(64*stride), squares)
		for square := range squares {
			for row := range lanes {
				for column := range lanes {
					from := square*lanes + c.rows[row]
					want := number(src, from, column, false, k.Lanes) * number(tw, from, column, false, k.Lanes)
					if got := number(dst, square*stride+c.columns[column], row, false, k.Lanes); !near(got, want, tolerance) {
						t.Fatalf("%s: square %d, row %d, column %d is %v, not %v", c.name, square, row, column, got, want)
					}
				}
			}
		}
	}

	const n = 2 // vectors
	m := 2*n*lanes + 3
	re, im, bins := vectorsOf[F](r, m), vectorsOf[F](r, m), vectorsOf[F](r, m)
	tw := vectorsOf[F](r, n)
	apart := func(i int) complex128 { return complex(float64(re[i]), float64(im[i])) }
	joined := func(i int) complex128 { return complex(float64(bins[2*i]), float64(bins[2*i+1])) }
	last := lanes - 1
	check := func(name string, z, x func(int) complex128) {
		for i := range n * lanes {
			w := number(tw, i/lanes, i%lanes, false, k.Lanes)
			e, d := z(i)+cmplx.Conj(z(m-i)), z(i)-cmplx.Conj(z(m-i))
			if got, want := x(i), e+1i*w*d; !near(got, want, tolerance) {
				t.Fatalf("%s: %d is %v, not %v", name, i, got, want)
			}
			if got, want := x(m-i), cmplx.Conj(e-1i*w*d); !near(got, want, tolerance) {
				t.Fatalf("%s: %d mirrored is %v, not %v", name, i, got, want)
			}
		}
	}
	k.ToBins(&bins[0], &bins[2*(m-last)], &re[0], &im[0], &re[m-last], &im[m-last], &tw[0], n)
	check("ToBins", func(i int) complex128 { return apart(m - i) }, joined)
	k.FromBins(&re[0], &im[0], &re[m-last], &im[m-last], &bins[0], &bins[2*(m-last)], &tw[0], n)
	check("FromBins", joined, apart)
}

func TestFFT32(t *testing.T) { testFFT(t, FFT32(), 1e-5) }
func TestFFT64(t *testing.T) { testFFT(t, FFT64(), 1e-13) }
