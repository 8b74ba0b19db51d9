package pes_test

import (
	"cmp"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/pes/petest"
)

// inParts folds items in n parts, dealt out at random, and in one, and
// expects the same.
func inParts[T, S, R any](t *testing.T, fold func() pes.Fold[T, S, R], items []T, r *rand.Rand) []R {
	t.Helper()
	whole := petest.Out[R](petest.Run(t, pes.Whole(fold), petest.Feed("in", items...)), "out")
	for _, n := range []int{1, 2, 5} {
		dealt := make([][]T, n)
		for _, i := range r.Perm(len(items)) {
			k := r.IntN(n)
			dealt[k] = append(dealt[k], items[i])
		}
		var states []S
		for _, part := range dealt {
			states = append(states, petest.Out[S](petest.Run(t, pes.Parts(fold), petest.Feed("in", part...)), "out")...)
		}
		total := petest.Out[R](petest.Run(t, pes.Total(fold), petest.Feed("in", states...)), "out")
		if !slices.EqualFunc(total, whole, func(a, b R) bool { return any(a) == any(b) || any(a) != any(a) && any(b) != any(b) }) {
			t.Errorf("in %d parts %v, in one %v", n, total, whole)
		}
	}
	return whole
}

func TestFolds(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		items                       []int
		sum                         int
		least, most                 []int
		mean, population, sampleDev []float64
	}{
		{items: nil},
		{[]int{-7}, -7, []int{-7}, []int{-7}, []float64{-7}, []float64{0}, nil},
		{[]int{2, 4, 4, 4, 5, 5, 7, 9}, 40, []int{2}, []int{9}, []float64{5}, []float64{2}, []float64{math.Sqrt(32.0 / 7)}},
		{[]int{-3, -1, -2}, -6, []int{-3}, []int{-1}, []float64{-2}, []float64{math.Sqrt(2.0 / 3)}, []float64{1}},
		{[]int{math.MaxInt, math.MaxInt, math.MinInt, math.MinInt}, -2, []int{math.MinInt}, []int{math.MaxInt}, []float64{-0.5},
			[]float64{9.223372036854775808e18}, []float64{1.0650232656628343e19}},
	} {
		expect(t, inParts(t, pes.Count[int], c.items, r), []int64{int64(len(c.items))})
		expect(t, inParts(t, pes.Sum[int], c.items, r), []int{c.sum})
		expect(t, inParts(t, pes.Min[int], c.items, r), c.least)
		expect(t, inParts(t, pes.Max[int], c.items, r), c.most)
		expect(t, inParts(t, pes.Mean[int], c.items, r), c.mean)
		expect(t, inParts(t, pes.StdDev[int](0), c.items, r), c.population)
		expect(t, inParts(t, pes.StdDev[int](1), c.items, r), c.sampleDev)
		expect(t, inParts(t, pes.Reduce(func(a, b int) int { return a + b }), c.items, r), []int{c.sum}[:min(1, len(c.items))])
	}
	expect(t, inParts(t, pes.Min[string], []string{"b", "a", "c"}, r), []string{"a"})
	expect(t, inParts(t, pes.Sum[uint8], []uint8{200, 55}, r), []uint8{255})
	expect(t, inParts(t, pes.Sum[uint64], []uint64{math.MaxUint64, 0}, r), []uint64{math.MaxUint64})
	expect(t, inParts(t, pes.Sum[int8], []int8{-128, 0}, r), []int8{-128})
	for _, items := range [][]int8{{127, 1}, {-128, -1}} {
		failsWith(t, petest.Run(t, pes.Whole(pes.Sum[int8]), petest.Feed("in", items...)).Err, "beyond the range of int8")
	}
	failsWith(t, petest.Run(t, pes.Whole(pes.Sum[uint64]), petest.Feed("in", uint64(math.MaxUint64), 1)).Err, "beyond the range of uint64")
}

func TestFloatFolds(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		items     []float64
		sum, mean float64
	}{
		{[]float64{1e308, 1e308, -1e308, -1e308, 1}, 1, 0.2},
		{[]float64{1e308, 1e308}, inf, 1e308},
		{[]float64{1, 1e-300, -1}, 1e-300, 1e-300 / 3},
		{[]float64{5e-324, 5e-324}, 1e-323, 5e-324},
		{[]float64{0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, 1, 0.1},
		{[]float64{inf, 1}, inf, inf},
		{[]float64{inf, -inf}, nan, nan},
		{[]float64{nan, 1}, nan, nan},
		{[]float64{-inf, 3}, -inf, -inf},
	} {
		sum, mean := inParts(t, pes.Sum[float64], c.items, r)[0], inParts(t, pes.Mean[float64], c.items, r)[0]
		if !same(sum, c.sum) || !same(mean, c.mean) {
			t.Errorf("%v: sum %v and mean %v, expected %v and %v", c.items, sum, mean, c.sum, c.mean)
		}
	}
	// The nearest float32 to this sum is another one by way of float64.
	expect(t, inParts(t, pes.Sum[float32], []float32{1, 0x1p-24, 0x1p-60}, r), []float32{1 + 0x1p-23})
	if dev := inParts(t, pes.StdDev[float64](0), []float64{1e200, -1e200}, r); dev[0] != 1e200 {
		t.Errorf("deviation %v of numbers whose squares are too large", dev)
	}
	if dev := inParts(t, pes.StdDev[float64](0), []float64{1e-200, -1e-200}, r); dev[0] != 1e-200 {
		t.Errorf("deviation %v of numbers whose squares are too small", dev)
	}
	if dev := inParts(t, pes.StdDev[float64](0), []float64{1e15 + 1, 1e15 + 2, 1e15 + 3}, r); dev[0] != math.Sqrt(2.0/3) {
		t.Errorf("deviation %v of numbers far from 0", dev)
	}
	if dev := inParts(t, pes.StdDev[float64](0), []float64{inf, 1}, r); dev[0] == dev[0] {
		t.Errorf("deviation %v with an infinity", dev)
	}
	if low := inParts(t, pes.Min[float64], []float64{3, nan, -1}, r); low[0] == low[0] {
		t.Errorf("least %v with a NaN", low)
	}
}

func same(a, b float64) bool { return a == b || a != a && b != b }

// TestExact compares with sums in math/big, of numbers of all sizes.
func TestExact(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for round := range 300 {
		var x, squares, part pes.Exact
		want, wantSquares := new(big.Rat), new(big.Rat)
		for range r.IntN(40) {
			f := math.Float64frombits(r.Uint64())
			if round%3 == 0 {
				f = r.NormFloat64()
			}
			if math.IsNaN(f) || math.IsInf(f, 0) {
				continue
			}
			if x.AddFloat(f); r.IntN(4) == 0 {
				part.AddFloat(-f)
				want.Sub(want, new(big.Rat).SetFloat64(f))
			}
			squares.AddSquare(f)
			v := new(big.Rat).SetFloat64(f)
			want.Add(want, v)
			wantSquares.Add(wantSquares, v.Mul(v, v))
			m := r.Uint64()
			x.AddInt(m%2 == 0, m)
			squares.AddIntSquare(m)
			n := new(big.Rat).SetInt(new(big.Int).SetUint64(m))
			if m%2 == 0 {
				want.Sub(want, n)
			} else {
				want.Add(want, n)
			}
			wantSquares.Add(wantSquares, n.Mul(n, n))
		}
		x.Merge(&part)
		if x.Rat().Cmp(want) != 0 || squares.Rat().Cmp(wantSquares) != 0 {
			t.Fatalf("round %d: %v and %v, expected %v and %v", round, x.Rat(), squares.Rat(), want, wantSquares)
		}
		if f, _ := want.Float64(); x.Float64() != f {
			t.Fatalf("round %d: %v, expected %v", round, x.Float64(), f)
		}
	}
}

func TestExactIsCanonical(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	items := make([]float64, 1000)
	for i := range items {
		items[i] = math.Ldexp(r.NormFloat64(), r.IntN(200)-100)
	}
	var states []pes.Exact
	for range 5 {
		r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		states = append(states, petest.Out[pes.Exact](petest.Run(t, pes.Parts(pes.Sum[float64]), petest.Feed("in", items...)), "out")...)
	}
	for _, s := range states {
		if s != states[0] {
			t.Fatal("the order of additions shows in the state")
		}
	}
}

func TestTopK(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, n := range []int{0, 1, 5, 1000} {
		items := make([]int, n)
		for i := range items {
			items[i] = r.IntN(500)
		}
		want := slices.Clone(items)
		slices.SortFunc(want, func(a, b int) int { return b - a })
		for _, k := range []int{1, 7, 2000} {
			expect(t, inParts(t, pes.TopK(k, cmp.Compare[int]), items, r), want[:min(k, n)])
		}
	}
	// Which of equal items make it does not depend on their order.
	type named struct {
		Name  string
		Value int
	}
	var items []named
	for _, name := range []string{"d", "a", "c", "b", "e"} {
		items = append(items, named{name, 1})
	}
	got := inParts(t, pes.TopK(2, func(a, b named) int { return a.Value - b.Value }), items, r)
	expect(t, got, []named{{"a", 1}, {"b", 1}})
	res := petest.Run(t, pes.Whole(pes.TopK(2, func(a, b []int) int { return len(a) - len(b) })), petest.Feed("in", []int{1}, []int{1, 2}, []int{3}))
	expect(t, petest.Out[[]int](res, "out"), [][]int{{1, 2}, {1}})
}

func TestCountBy(t *testing.T) {
	first := func(s string) string { return s[:1] }
	res := petest.Run(t, pes.CountBy(first), petest.Feed("in", "bee", "ant", "bat", "cow", "ape", "bug"))
	expect(t, petest.Out[pes.Tally[string]](res, "out"), []pes.Tally[string]{{"b", 3}, {"a", 2}, {"c", 1}})
	res = petest.Run(t, pes.CountBy(first), petest.Set("MaxBytes", 150), petest.Feed("in", "a", "b", "b", "c"))
	failsWith(t, res.Err, "more than max_bytes = 150 bytes")
	type cell struct{ X, Y int32 }
	res = petest.Run(t, pes.CountBy(func(c cell) cell { return c }), petest.Feed("in", cell{1, 2}, cell{2, 1}, cell{1, 2}))
	expect(t, petest.Out[pes.Tally[cell]](res, "out"), []pes.Tally[cell]{{cell{1, 2}, 2}, {cell{2, 1}, 1}})
}

func TestReduceBy(t *testing.T) {
	longest := func(a, b []int) []int {
		if len(b) > len(a) {
			return b
		}
		return a
	}
	factory := pes.ReduceBy(func(v []int) int { return v[0] }, longest)
	items := petest.Feed("in", []int{1}, []int{2, 2}, []int{1, 5, 6}, []int{2})
	res := petest.Run(t, factory, items)
	expect(t, petest.Out[pes.Keyed[int, []int]](res, "out"), []pes.Keyed[int, []int]{{1, []int{1, 5, 6}}, {2, []int{2, 2}}})
	failsWith(t, petest.Run(t, factory, items, petest.Set("MaxBytes", 100)).Err, "max_bytes")
}
