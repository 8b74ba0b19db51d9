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

// layout is how the numbers of a vector lie, as FFT says.
type layout int

const (
	split layout = iota
	interleaved
	mirrored
)

// number is lane l of the complex vector v; interleaved, those of a vector lie one
// after the other, number k in lane order[l].
func number[F Float](x []F, v, l int, interleaved bool, order []int) complex128 {
	x = x[2*len(order)*v:]
	if interleaved {
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
			name     string
			f        func(dre, dim, sre, sim *F, ds, ss, m, s uintptr, tw *F, blocks, dblock, sblock uintptr)
			twiddled bool
			in, out  layout
		}{
			{"Twiddle", p.Twiddle, true, split, split}, {"TwiddleIn", p.TwiddleIn, true, interleaved, split},
			{"Last", p.Last, false, split, split}, {"LastIn", p.LastIn, false, interleaved, split}, {"LastOut", p.LastOut, false, split, interleaved},
			{"TwiddleBins", p.TwiddleBins, true, mirrored, split}, {"LastBins", p.LastBins, false, split, mirrored},
		} {
			if c.f == nil {
				if radix%2 == 0 {
					t.Fatalf("there is no %s of radix %d", c.name, radix)
				}
				continue
			}
			for range 10 {
				m, s := 1, 1+r.IntN(6)
				if c.twiddled {
					m = 1 + r.IntN(6)
				}
				blocks, size := 1+r.IntN(3), radix*m*s
				// Mirrored vectors come down from the end of a second half.
				room := 2 * blocks * size
				src, dst := vectorsOf[F](r, room), vectorsOf[F](r, room)
				place := func(l layout, x []F) (re, im *F) {
					if l == mirrored {
						return &x[0], &x[(room-1)*2*lanes]
					}
					return &x[0], &x[lanes]
				}
				value := func(l layout, x []F, block, i, lane int) complex128 {
					if l == mirrored && i >= size/2 {
						last := lanes - 1 - k.Lanes[lane]
						return cmplx.Conj(number(x, room-1-block*size-(i-size/2), slices.Index(k.Lanes, last), true, k.Lanes))
					}
					return number(x, block*size+i, lane, l != split, k.Lanes)
				}
				tw := make([]F, 2*m*(radix-1)+2)
				for i := range tw {
					tw[i] = F(r.NormFloat64())
				}
				dre, dim := place(c.out, dst)
				sre, sim := place(c.in, src)
				c.f(dre, dim, sre, sim, 64, 64, uintptr(m), uintptr(s), &tw[0], uintptr(blocks), uintptr(64*size), uintptr(64*size))
				for at := range blocks * m {
					block, p := at/m, at%m
					for q := range s {
						for out := range radix {
							for lane := range lanes {
								var want complex128
								for l := range radix {
									want += value(c.in, src, block, q+s*(p+m*l), lane) * cmplx.Rect(1, 2*math.Pi*float64(out*l)/float64(radix))
								}
								if c.twiddled && out > 0 {
									w := tw[2*(p*(radix-1)+out-1):]
									want *= complex(float64(w[0]), float64(w[1]))
								}
								if c.out == mirrored {
									want = complex(imag(want), real(want))
								}
								if got := value(c.out, dst, block, q+s*(radix*p+out), lane); !near(got, want, tolerance) {
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

	testReals(t, k, r, tolerance)
}

// testReals takes the spectra of pairs of columns apart and puts them together.
func testReals[F Float](t *testing.T, k *FFT[F], r *rand.Rand, tolerance float64) {
	lanes := len(k.Lanes)
	for _, rows := range []int{lanes, lanes + 1, 3*lanes - 1, 4 * lanes} {
		const blocks = 2
		turns := (rows/2 + lanes) / lanes
		stride := blocks*2*lanes + 2
		z, turned := vectorsOf[F](r, blocks*(rows+1)), vectorsOf[F](r, turns*stride)
		tw := vectorsOf[F](r, blocks*turns*2*lanes)
		// part is lane l of z in the row; w the factor and y the number of the row and
		// the column that the first or second half of lanes goes to.
		part := func(block, row, l int) complex128 {
			return number(z, block*(rows+1)+row, l, false, k.Lanes)
		}
		w := func(block, half, row, l int) complex128 {
			return number(tw, ((block*turns+row/lanes)*2+half)*lanes+row%lanes, l, false, k.Lanes)
		}
		y := func(block, half, row, l int) complex128 {
			return number(turned, row/lanes*stride+(2*block+half)*lanes+l, slices.Index(k.Lanes, row%lanes), false, k.Lanes)
		}
		each := func(f func(block, row, l int)) {
			for block := range blocks {
				for row := range turns * lanes {
					for l := range lanes {
						f(block, row, l)
					}
				}
			}
		}
		blockSize, squareSize := uintptr(64*(rows+1)), uintptr(64*2*lanes)

		k.Apart(&turned[0], &z[0], &tw[0], uintptr(64*stride), uintptr(turns), blocks, squareSize, blockSize, uintptr(64*rows))
		each(func(block, row, l int) {
			a, b := part(block, row, l), cmplx.Conj(part(block, (rows-row)%rows, l))
			for half, of := range []complex128{a + b, (a - b) / 1i} {
				want := cmplx.Conj(of) * w(block, half, row, l)
				if got := y(block, half, row, l); !near(got, complex(imag(want), real(want)), tolerance) {
					t.Fatalf("Apart, %d rows: block %d, half %d, row %d, column %d is %v, not %v exchanged", rows, block, half, row, l, got, want)
				}
			}
		})

		// Rows beyond the middle are the conjugates of those before it, that in the
		// middle its own.
		for v := range turns * stride {
			for l := range lanes {
				row := v/stride*lanes + k.Lanes[l]
				re, im := &turned[2*lanes*v+l], &turned[2*lanes*v+lanes+l]
				if mate := rows - row; mate < row {
					from := 2*lanes*(mate/lanes*stride+v%stride) + slices.Index(k.Lanes, mate%lanes)
					*re, *im = turned[from], -turned[from+lanes]
				} else if mate == row {
					*im = 0
				}
			}
		}
		for v := range blocks * turns * 2 * lanes {
			row := v/(2*lanes)%turns*lanes + v%lanes
			if mate := rows - row; mate <= row {
				from := 2 * lanes * (v + (mate/lanes-row/lanes)*2*lanes + mate%lanes - row%lanes)
				for l := range lanes {
					tw[2*lanes*v+l], tw[2*lanes*v+lanes+l] = tw[from+l], -tw[from+lanes+l]
					if mate == row {
						tw[2*lanes*v+lanes+l] = 0
					}
				}
			}
		}
		k.Together(&z[0], &turned[0], &tw[0], uintptr(64*stride), uintptr(turns), blocks, blockSize, squareSize, uintptr(64*rows))
		each(func(block, row, l int) {
			if row >= rows {
				return
			}
			want := y(block, 0, row, l)*w(block, 0, row, l) + 1i*y(block, 1, row, l)*w(block, 1, row, l)
			if row == 0 {
				want = complex(real(y(block, 0, 0, l)*w(block, 0, 0, l)), real(y(block, 1, 0, l)*w(block, 1, 0, l)))
			}
			if got := part(block, row, l); !near(got, want, tolerance) {
				t.Fatalf("Together, %d rows: block %d, row %d, column %d is %v, not %v", rows, block, row, l, got, want)
			}
			if row > 0 {
				want = cmplx.Conj(y(block, 0, row, l)*w(block, 0, row, l)) + 1i*cmplx.Conj(y(block, 1, row, l)*w(block, 1, row, l))
				if got := part(block, rows-row, l); !near(got, want, tolerance) {
					t.Fatalf("Together, %d rows: block %d, mirrored row %d, column %d is %v, not %v", rows, block, row, l, got, want)
				}
			}
		})
	}
}

func TestFFT32(t *testing.T) { testFFT(t, FFT32(), 1e-5) }
func TestFFT64(t *testing.T) { testFFT(t, FFT64(), 1e-13) }
