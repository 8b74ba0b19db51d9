package kernel

import (
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"testing"
)

func numbers(r *rand.Rand, n int) []complex64 {
	x := make([]complex64, n)
	for i := range x {
		x[i] = complex(float32(r.NormFloat64()), float32(r.NormFloat64()))
	}
	return x
}

func closeTo(t *testing.T, what string, got, want []complex64) {
	t.Helper()
	for k := range want {
		if cmplx.Abs(complex128(got[k]-want[k])) > 1e-4 {
			t.Fatalf("%s: bin %d is %v, not %v", what, k, got[k], want[k])
		}
	}
}

func TestAddCross(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 7))
	for _, n := range []int{0, 1, 7, 8, 9, 64, 1001} {
		sum, a, b := numbers(r, n), numbers(r, n), numbers(r, n)
		want := slices.Clone(sum)
		addCrossPlain(want, a, b)
		AddCross(sum, a, b)
		closeTo(t, "sum", sum, want)
	}
}

// TestAddCrosses: blocks of pairs, single pairs, window by window and in plain Go
// come to the same; the first three to the same bits.
func TestAddCrosses(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 8))
	for _, c := range []struct{ windows, bins, first int }{{1, 8, 0}, {1, 9, 8}, {3, 65, 16}, {8, 501, 128}, {13, 24, 0}} {
		padded := Padded(c.bins)
		var x [4]*Crossing
		var all [4][][]complex64
		for k := range x {
			x[k] = NewCrossing(c.windows, c.bins)
			for w := range c.windows {
				s := numbers(r, c.bins)
				all[k] = append(all[k], s)
				x[k].Set(w, s)
			}
		}
		var fours, ones, steps, single, plain [4][]complex64
		for k := range fours {
			fours[k] = numbers(r, padded)
			for b := c.bins; b < padded; b++ {
				fours[k][b] = 0
			}
			ones[k], steps[k], single[k], plain[k] = slices.Clone(fours[k]), slices.Clone(fours[k]), slices.Clone(fours[k]), slices.Clone(fours[k])
		}
		part := func(of *[4][]complex64) (parts [4][]complex64) {
			for k := range of {
				parts[k] = of[k][c.first:]
			}
			return parts
		}
		sums := part(&fours)
		AddCrosses4(&sums, c.first, [2]*Crossing{x[0], x[1]}, [2]*Crossing{x[2], x[3]})
		for k := range fours {
			a, b := k/2, 2+k%2
			AddCrosses(ones[k][c.first:], c.first, x[a], x[b], 0, c.windows)
			half := c.windows / 2
			AddCrosses(steps[k][c.first:], c.first, x[a], x[b], 0, half)
			AddCrosses(steps[k][c.first:], c.first, x[a], x[b], half, c.windows)
			for w := range c.windows {
				AddCross(single[k][c.first:c.bins], all[a][w][c.first:], all[b][w][c.first:])
			}
			step := c.windows * 2 * wide
			crossPlain(plain[k][c.first:], x[a].v[c.first/wide*step:], x[b].v[c.first/wide*step:], c.windows, step)
			closeTo(t, "plain", fours[k], plain[k])
			if !slices.Equal(fours[k], ones[k]) || !slices.Equal(fours[k], steps[k]) {
				t.Errorf("%+v: the bits of a sum depend on how it is added up", c)
			}
			if full := c.bins / wide * wide; !slices.Equal(fours[k][:full], single[k][:full]) {
				t.Errorf("%+v: the bits of a sum are others window by window", c)
			}
		}
	}
}

func TestScale(t *testing.T) {
	for _, n := range []int{0, 1, 8, 21} {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(i + 1)
		}
		Scale(x, x, 0.5)
		for i, v := range x {
			if v != float32(i+1)/2 {
				t.Fatalf("%d samples: %d is %v", n, i, v)
			}
		}
	}
}

// BenchmarkAddCrosses4 is the matrix product of 32 records: the products that
// count, 8 operations each, are those of each pair once.
func BenchmarkAddCrosses4(b *testing.B) {
	const records, windows, bins = 32, 24, 64
	r := rand.New(rand.NewPCG(9, 9))
	x := make([]*Crossing, records)
	for k := range x {
		x[k] = NewCrossing(windows, bins)
		for w := range windows {
			x[k].Set(w, numbers(r, bins))
		}
	}
	sum := make([]complex64, records*records*bins)
	pair := func(i, j, first int) []complex64 { return sum[(i*records+j)*bins+first:][:wide] }
	for b.Loop() {
		for first := 0; first < bins; first += wide {
			for i := 0; i < records; i += 2 {
				for j := i; j < records; j += 2 {
					AddCrosses4(&[4][]complex64{pair(i, j, first), pair(i, j+1, first), pair(i+1, j, first), pair(i+1, j+1, first)},
						first, [2]*Crossing{x[i], x[i+1]}, [2]*Crossing{x[j], x[j+1]})
				}
			}
		}
	}
	b.ReportMetric(8*bins*windows*records*(records+1)/2*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

func BenchmarkAddCross(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 10))
	sum, x, y := numbers(r, 10001), numbers(r, 10001), numbers(r, 10001)
	for b.Loop() {
		AddCross(sum, x, y)
	}
	b.ReportMetric(8*10001*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
