package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// biquads gives stable filters with poles anywhere within the unit circle, the
// nearer to it the later.
func biquads(r *rand.Rand, n int) []Biquad {
	filters := make([]Biquad, n)
	for k := range filters {
		radius, cosine := 0.5+0.49*float64(k+1)/float64(n), 2*r.Float64()-1
		a1, a2 := -2*radius*cosine, radius*radius
		b1, b2 := r.NormFloat64(), r.NormFloat64()
		filters[k] = Biquad{D: 1, B1: b1 - a1, B2: b2 - a2, A1: a1, A2: a2}
		if k%3 == 2 {
			filters[k] = Biquad{B1: b1, B2: b2, A1: a1, A2: a2}
		}
	}
	return filters
}

// textbook is one filter in direct form I.
func textbook(f Biquad, x []float64) []float64 {
	b0, b1, b2 := f.D, f.B1+f.A1*f.D, f.B2+f.A2*f.D
	y := make([]float64, len(x))
	at := func(s []float64, i int) float64 {
		if i < 0 {
			return 0
		}
		return s[i]
	}
	for i := range x {
		y[i] = b0*x[i] + b1*at(x, i-1) + b2*at(x, i-2) - f.A1*at(y, i-1) - f.A2*at(y, i-2)
	}
	return y
}

// TestCascade: kernels and plain Go come to the same bits, filters in one go and one
// by one too, and to what the textbook says.
func TestCascade(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 11))
	for filters := 1; filters <= MaxCascade; filters++ {
		for range 20 {
			f := biquads(r, filters)
			x := make([]float64, r.IntN(300))
			for i := range x {
				x[i] = r.NormFloat64()
			}
			want, plain, apart := slices.Clone(x), NewCascade(f), NewCascade(f)
			for k := range f {
				want = textbook(f[k], want)
			}
			largest := 1.0
			for _, v := range want {
				largest = max(largest, v, -v)
			}
			onePlain, oneByOne, got := slices.Clone(x), slices.Clone(x), slices.Clone(x)
			plain.plain(onePlain)
			for k := range f {
				apart.one(k, oneByOne)
			}
			if !slices.Equal(onePlain, oneByOne) {
				t.Fatalf("%d filters: side by side they differ from one by one", filters)
			}
			c := NewCascade(f)
			for at := 0; at < len(got); {
				n := min(len(got)-at, r.IntN(120))
				c.Run(got[at : at+n])
				at += n
			}
			if !slices.Equal(got, onePlain) {
				t.Fatalf("%d filters: in pieces they differ from plain Go", filters)
			}
			for i := range want {
				if d := got[i] - want[i]; max(d, -d) > 1e-11*largest {
					t.Fatalf("%d filters: sample %d is %v, not %v", filters, i, got[i], want[i])
				}
			}
			c.Flush(2 * largest * 1e6)
			if x := []float64{0, 0}; true {
				if c.Run(x); x[0] != 0 || x[1] != 0 {
					t.Fatalf("%d filters: %v after a flush", filters, x)
				}
			}
		}
	}
}
