package fft

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
	"unsafe"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Lengths of every kind: each radix alone and mixed, odd and even, primes and
// products with primes (Bluestein), and the first awkward small ones.
var lengths = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 20, 24, 25, 27, 30, 31, 32, 45, 49, 60,
	64, 81, 97, 100, 120, 125, 128, 194, 210, 243, 256, 360, 499, 625, 720, 1000, 1001, 1024, 1080, 1536, 1875, 2000}

func noise(n int, seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

func noiseComplex(n int, seed uint64) []complex128 {
	x := make([]complex128, n)
	re, im := noise(n, seed), noise(n, seed+1000)
	for i := range x {
		x[i] = complex(re[i], im[i])
	}
	return x
}

// dft is the definition, summed up as it stands.
func dft(x []complex128, sign float64) []complex128 {
	n := len(x)
	y := make([]complex128, n)
	for k := range y {
		for j, v := range x {
			y[k] += v * cmplx.Rect(1, sign*2*math.Pi*float64(j*k%n)/float64(n))
		}
	}
	return y
}

// apart is the greatest difference over the greatest value of want.
func apart(got, want []complex128) float64 {
	var worst, size float64
	for i, w := range want {
		worst, size = max(worst, cmplx.Abs(got[i]-w)), max(size, cmplx.Abs(w))
	}
	return worst / max(size, math.SmallestNonzeroFloat64)
}

func widen[C Cmplx](x []C) []complex128 {
	y := make([]complex128, len(x))
	for i, v := range x {
		y[i] = complex128(v)
	}
	return y
}

func widenReal[F Float](x []F) []complex128 {
	y := make([]complex128, len(x))
	for i, v := range x {
		y[i] = complex(float64(v), 0)
	}
	return y
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

const (
	tol64 = 2e-14
	tol32 = 2e-6
)

func TestComplexIsTheDefinition(t *testing.T) {
	for _, n := range lengths {
		x := noiseComplex(n, uint64(n))
		want := dft(x, -1)
		if e := apart(NewComplex[float64, complex128](n).Forward(nil, x), want); e > tol64 {
			t.Errorf("n=%d: float64 differs by %.1e", n, e)
		}
		single := make([]complex64, n)
		for i, v := range x {
			single[i] = complex64(v)
		}
		if e := apart(widen(NewComplex[float32, complex64](n).Forward(nil, single)), want); e > tol32 {
			t.Errorf("n=%d: float32 differs by %.1e", n, e)
		}
	}
}

func TestComplexInverse(t *testing.T) {
	for _, n := range lengths {
		x := noiseComplex(n, uint64(n))
		p := NewComplex[float64, complex128](n)
		want := dft(x, +1)
		for i := range want {
			want[i] /= complex(float64(n), 0)
		}
		if e := apart(p.Inverse(nil, x), want); e > tol64 {
			t.Errorf("n=%d: inverse differs from the definition by %.1e", n, e)
		}
		y := append([]complex128(nil), x...)
		p.Inverse(y, p.Forward(y, y)) // in place
		if e := apart(y, x); e > tol64 {
			t.Errorf("n=%d: there and back differs by %.1e", n, e)
		}
	}
}

func TestRealIsTheDefinition(t *testing.T) {
	for _, n := range lengths {
		x := noise(n, uint64(n))
		want := dft(widenReal(x), -1)[:n/2+1]
		p, q := NewReal[float64, complex128](n), NewReal[float32, complex64](n)
		spectrum, single := p.Forward(nil, x), q.Forward(nil, narrow(x))
		if e := apart(spectrum, want); e > tol64 {
			t.Errorf("n=%d: float64 differs by %.1e", n, e)
		}
		if e := apart(widen(single), want); e > tol32 {
			t.Errorf("n=%d: float32 differs by %.1e", n, e)
		}
		if e := apart(widenReal(p.Inverse(nil, spectrum)), widenReal(x)); e > tol64 {
			t.Errorf("n=%d: float64 there and back differs by %.1e", n, e)
		}
		if e := apart(widenReal(q.Inverse(nil, single)), widenReal(x)); e > tol32 {
			t.Errorf("n=%d: float32 there and back differs by %.1e", n, e)
		}
	}
}

// gonum's transforms are the twin for lengths too long for the definition.
func TestRealAgreesWithGonum(t *testing.T) {
	for _, n := range []int{4096, 14400, 19440, 20000, 20480, 32768, 30030} {
		x := noise(n, uint64(n))
		twin := fourier.NewFFT(n)
		want := twin.Coefficients(nil, x)
		if e := apart(NewReal[float64, complex128](n).Forward(nil, x), want); e > tol64 {
			t.Errorf("n=%d: forward differs by %.1e", n, e)
		}
		if e := apart(widen(NewReal[float32, complex64](n).Forward(nil, narrow(x))), want); e > tol32 {
			t.Errorf("n=%d: float32 forward differs by %.1e", n, e)
		}
		back := twin.Sequence(nil, want)
		for i := range back {
			back[i] /= float64(n)
		}
		if e := apart(widenReal(NewReal[float64, complex128](n).Inverse(nil, want)), widenReal(back)); e > tol64 {
			t.Errorf("n=%d: inverse differs by %.1e", n, e)
		}
	}
}

// gonum loses half of the digits at a long prime length, so there a few
// coefficients are compared with the definition instead.
func TestLongPrime(t *testing.T) {
	const n = 28657
	x := noise(n, 1)
	got := NewReal[float64, complex128](n).Forward(nil, x)
	for _, k := range []int{0, 1, 2, 5000, n / 2} {
		var want complex128
		for j, v := range x {
			want += complex(v, 0) * cmplx.Rect(1, -2*math.Pi*float64(j*k%n)/n)
		}
		if e := cmplx.Abs(got[k]-want) / math.Sqrt(n); e > 1e-12 {
			t.Errorf("coefficient %d differs by %.1e", k, e)
		}
	}
}

func TestParseval(t *testing.T) {
	for _, n := range lengths {
		x := noise(n, 7)
		var inTime, inFrequency float64
		for _, v := range x {
			inTime += v * v
		}
		for k, c := range NewReal[float64, complex128](n).Forward(nil, x) {
			power := real(c)*real(c) + imag(c)*imag(c)
			if k != 0 && 2*k != n {
				power *= 2
			}
			inFrequency += power / float64(n)
		}
		if math.Abs(inTime-inFrequency) > 1e-13*inTime {
			t.Errorf("n=%d: energy %v in time, %v in frequency", n, inTime, inFrequency)
		}
	}
}

func TestShiftTheorem(t *testing.T) {
	const n, shift = 360, 37
	x := noise(n, 3)
	y := make([]float64, n)
	for i := range x {
		y[(i+shift)%n] = x[i]
	}
	p := NewReal[float64, complex128](n)
	want := p.Forward(nil, x)
	for k := range want {
		want[k] *= cmplx.Rect(1, -2*math.Pi*float64(k*shift%n)/n)
	}
	if e := apart(p.Forward(nil, y), want); e > tol64 {
		t.Errorf("differs by %.1e", e)
	}
}

func TestLinearity(t *testing.T) {
	const n = 1000
	x, y := noise(n, 1), noise(n, 2)
	mix := make([]float64, n)
	for i := range mix {
		mix[i] = 3*x[i] - 0.5*y[i]
	}
	p := NewReal[float64, complex128](n)
	a, b := p.Forward(nil, x), p.Forward(nil, y)
	for k := range a {
		a[k] = 3*a[k] - 0.5*b[k]
	}
	if e := apart(p.Forward(nil, mix), a); e > tol64 {
		t.Errorf("differs by %.1e", e)
	}
}

func TestSourceIsOnlyReadAndResultRepeats(t *testing.T) {
	for _, n := range []int{27, 97, 194, 1000} {
		p := NewReal[float32, complex64](n)
		x := narrow(noise(n, 5))
		first := p.Forward(nil, x)
		samples := p.Inverse(nil, first)
		for i, v := range narrow(noise(n, 5)) {
			if x[i] != v {
				t.Fatalf("n=%d: Forward changed its source", n)
			}
		}
		second := p.Forward(nil, x)
		for k := range first {
			if first[k] != second[k] {
				t.Fatalf("n=%d: two transforms differ, or Inverse changed its source", n)
			}
		}
		for i, v := range p.Inverse(nil, second) {
			if samples[i] != v {
				t.Fatalf("n=%d: two inverse transforms differ", n)
			}
		}
	}
}

func TestNoAllocation(t *testing.T) {
	for _, n := range []int{97, 1000, 1875} {
		p := NewReal[float32, complex64](n)
		x, spectrum := make([]float32, n), make([]complex64, p.Bins())
		q := NewComplex[float64, complex128](n)
		y := make([]complex128, n)
		got := testing.AllocsPerRun(10, func() {
			p.Forward(spectrum, x)
			p.Inverse(x, spectrum)
			q.Forward(y, y)
			q.Inverse(y, y)
		})
		if got != 0 {
			t.Errorf("n=%d: %v allocations", n, got)
		}
	}
}

func TestNextFast(t *testing.T) {
	smooth := func(n int) bool {
		for _, f := range []int{2, 3, 5} {
			for n%f == 0 {
				n /= f
			}
		}
		return n == 1
	}
	for n := 1; n < 3000; n++ {
		want := n
		for !smooth(want) {
			want++
		}
		if got := NextFast(n); got != want {
			t.Fatalf("NextFast(%d) = %d, want %d", n, got, want)
		}
		want = n
		for !smooth(want) || want%2 != 0 {
			want++
		}
		if got := NextFastEven(n); got != want {
			t.Fatalf("NextFastEven(%d) = %d, want %d", n, got, want)
		}
	}
	if got := NextFast(0); got != 1 {
		t.Errorf("NextFast(0) = %d, want 1", got)
	}
}

func TestWrongUseStops(t *testing.T) {
	for name, f := range map[string]func(){
		"length 0":        func() { NewReal[float64, complex128](0) },
		"mixed precision": func() { NewReal[float32, complex128](8) },
		"short source":    func() { NewReal[float64, complex128](8).Forward(nil, make([]float64, 7)) },
		"short spectrum":  func() { NewReal[float64, complex128](8).Inverse(nil, make([]complex128, 4)) },
		"long dst":        func() { NewComplex[float64, complex128](8).Forward(make([]complex128, 9), make([]complex128, 8)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

// TestVectorsAreThePlainTransforms: whatever the kernels, a long transform is
// the one that plain Go makes, and comes back.
func TestVectorsAreThePlainTransforms(t *testing.T) {
	for _, n := range []int{256, 320, 486, 500, 1024, 1250, 3600, 4374, 6250, 6912, 8192, 10000, 20000, 19440, 20480, 32768, 65536} {
		testVectors[float64, complex128](t, n, tol64)
		testVectors[float32, complex64](t, n, tol32)
	}
}

func testVectors[F Float, C Cmplx](t *testing.T, n int, tolerance float64) {
	x, half := make([]F, n), make([]cpx[F], n/2)
	for i, v := range noise(n, uint64(n)) {
		x[i] = F(v)
	}
	vectors := NewReal[F, C](n)
	plain := &Real[F, C]{n: n, core: newCore[F](n / 2), scratch: half, w: make([]cpx[F], n/4+1)}
	for k := range plain.w {
		w := root[F](k, n)
		plain.w[k] = cpx[F]{w.re / 2, w.im / 2}
	}
	got, want := vectors.Forward(nil, x), plain.Forward(nil, x)
	if e := apart(widen(got), widen(want)); e > tolerance {
		t.Errorf("n=%d %T: vectors and plain differ by %.1e", n, x[0], e)
	}
	if e := apart(widenReal(vectors.Inverse(nil, got)), widenReal(x)); e > tolerance {
		t.Errorf("n=%d %T: comes back different by %.1e", n, x[0], e)
	}
	z := make([]C, n)
	for i, c := range noiseComplex(n, uint64(n)) {
		z[i] = C(c)
	}
	turned, bins := NewComplex[F, C](n), make([]cpx[F], n)
	newCore[F](n).forward(bins, view[F](z))
	all := turned.Forward(nil, z)
	if e := apart(widen(all), widen(unsafe.Slice((*C)(unsafe.Pointer(&bins[0])), n))); e > tolerance {
		t.Errorf("n=%d %T: complex vectors and plain differ by %.1e", n, z[0], e)
	}
	if e := apart(widen(turned.Inverse(all, all)), widen(z)); e > tolerance {
		t.Errorf("n=%d %T: comes back different by %.1e", n, z[0], e)
	}
}

// TestRealFourStepOfEveryShape: however many rows there are, also with blocks that are
// not full, and with one row or column of blocks, it is the same transform.
func TestRealFourStepOfEveryShape(t *testing.T) {
	for _, n := range []int{32, 60, 128, 240, 270, 450, 486, 1000, 1250, 2048, 5400} {
		testShapes[float64, complex128](t, n, tol64)
		testShapes[float32, complex64](t, n, tol32)
	}
}

func testShapes[F Float, C Cmplx](t *testing.T, n int, tolerance float64) {
	k := kernelsFor[F]()
	if k == nil {
		t.Skip("no vector kernels here")
	}
	x := noise(n, uint64(n))
	want := fourier.NewFFT(n).Coefficients(nil, x)
	samples := make([]F, n)
	for i, v := range x {
		samples[i] = F(v)
	}
	for rows := len(k.Lanes); 2*rows*len(k.Lanes) <= n; rows++ {
		if n%(2*rows) != 0 { // the rows are of even length
			continue
		}
		p := newRealFourStepOf(k, rows, n/rows)
		bins, back := make([]F, n+2), make([]F, n)
		p.forward(bins, samples)
		if e := apart(widen(unsafe.Slice((*C)(unsafe.Pointer(&bins[0])), n/2+1)), want); e > tolerance {
			t.Errorf("n=%d %T: with %d rows differs by %.1e", n, bins[0], rows, e)
		}
		// Parts that no spectrum of real samples has count for nothing.
		bins[1], bins[n+1] = 1, -2
		p.inverse(back, bins)
		if e := apart(widenReal(back), widenReal(samples)); e > tolerance {
			t.Errorf("n=%d %T: with %d rows comes back different by %.1e", n, bins[0], rows, e)
		}
	}
}

// TestInverseTakesEndsAsReal: imaginary parts of the coefficients 0 and n/2 count
// for nothing, whatever the length.
func TestInverseTakesEndsAsReal(t *testing.T) {
	for _, n := range []int{6, 97, 100, 300, 1024, 1875, 4374} {
		p := NewReal[float64, complex128](n)
		x := noise(n, 8)
		bins := p.Forward(nil, x)
		bins[0] += 3i
		if n%2 == 0 {
			bins[n/2] -= 5i
		}
		if e := apart(widenReal(p.Inverse(nil, bins)), widenReal(x)); e > tol64 {
			t.Errorf("n=%d: comes back different by %.1e", n, e)
		}
	}
}

func TestNextQuickEven(t *testing.T) {
	for n := 1; n < 40000; n += 1 + n/7 {
		got, shortest := NextQuickEven(n), NextFastEven(n)
		if _, smooth := radices(got); !smooth || got%2 != 0 || got < shortest || got > shortest+shortest/6 {
			t.Errorf("%d after %d, with %d the shortest", got, n, shortest)
		}
	}
	// 4860 has five factors 3 and takes longer.
	if n := NextQuickEven(4850); n == 4860 {
		t.Errorf("%d after 4850", n)
	}
}
