package pes_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/pes"
)

// run runs a graph on one rank.
func run(ctx context.Context, t testing.TB, g *d4.Graph, cores int, fuse partition.Fuse) (*engine.Result, error) {
	t.Helper()
	plan, err := partition.Make(g, partition.Ranks(1, max(cores, 1)), partition.Options{Fuse: fuse})
	if err != nil {
		t.Fatal(err)
	}
	return engine.Run(ctx, engine.Config{Plan: plan, Cores: cores, Seed: 1, Check: true})
}

// everyWay runs the graphs that build makes for several numbers of instances,
// on several cores, fused and not.
func everyWay(t *testing.T, build func(instances int) (*d4.Graph, func(*engine.Result))) {
	for _, n := range []int{1, 2, 5} {
		for _, cores := range []int{1, 2} {
			for _, fuse := range []partition.Fuse{partition.Off, partition.All} {
				g, check := build(n)
				res, err := run(t.Context(), t, g, cores, fuse)
				if err != nil {
					t.Fatalf("%d instances, %d cores, fuse %s: %v", n, cores, fuse, err)
				}
				check(res)
			}
		}
	}
}

func TestAggregatesAreTheSameEveryWay(t *testing.T) {
	values := pes.Generate(func(k int64, r *rand.Rand) (float64, error) {
		return math.Ldexp(r.NormFloat64(), r.IntN(120)-60), nil
	})
	const n = 3000
	var sum, mean, dev pes.Aggregated[float64, float64]
	results := map[string]bool{}
	everyWay(t, func(instances int) (*d4.Graph, func(*engine.Result)) {
		g := d4.NewGraph("statistics")
		source := d4.Add(g, "values", values, d4.Instances(instances), d4.Calls(n))
		sum = pes.Aggregate(g, "sum", pes.Sum[float64], d4.Instances(instances))
		mean = pes.Aggregate(g, "mean", pes.Mean[float64], d4.Instances(2))
		dev = pes.Aggregate(g, "dev", pes.StdDev[float64](1), d4.Instances(3))
		count := pes.Aggregate(g, "count", pes.Count[float64])
		top := pes.Aggregate(g, "top", pes.TopK(3, func(a, b float64) int { return int(math.Copysign(1, a-b)) }))
		floats := d4.Add(g, "floats", pes.Collect[float64]())
		counts := d4.Add(g, "counts", pes.Collect[int64]())
		for _, a := range []pes.Aggregated[float64, float64]{sum, mean, dev, top} {
			d4.Connect(g, source.Out, a.In)
			d4.Connect(g, a.Out, floats.In)
		}
		d4.Connect(g, source.Out, count.In)
		d4.Connect(g, count.Out, counts.In)
		return g, func(res *engine.Result) {
			got := pes.Items(res, floats)
			slices.Sort(got)
			expect(t, pes.Items(res, counts), []int64{n})
			if len(got) != 6 {
				t.Errorf("results %v", got)
			}
			results[fmt.Sprintf("%b", got)] = true
		}
	})
	if len(results) != 1 {
		t.Errorf("%d different results: %v", len(results), results)
	}
}

func TestSourcesAreTheSameEveryWay(t *testing.T) {
	dir := folderOf(t, map[string]string{"a": "one two\nthree", "b": "two\ntwo three\n", "c": ""})
	everyWay(t, func(instances int) (*d4.Graph, func(*engine.Result)) {
		g := d4.NewGraph("sources")
		lines := d4.Add(g, "lines", pes.ReadLines(filepath.Join(dir, "*")), d4.Instances(instances))
		words := d4.Add(g, "words", pes.FlatMap(strings.FieldsSeq), d4.Instances(instances))
		count := d4.Add(g, "count", pes.CountBy(func(w string) string { return w }), d4.Instances(instances))
		tallies := d4.Add(g, "tallies", pes.Collect[pes.Tally[string]]())
		d4.Connect(g, lines.Out, words.In)
		d4.Connect(g, words.Out, count.In)
		d4.Connect(g, count.Out, tallies.In)

		numbers := d4.Add(g, "numbers", pes.Range(0, 1000, 1), d4.Instances(instances))
		some := d4.Add(g, "some", pes.Sample[int](0.1), d4.Instances(instances))
		sum := d4.Add(g, "sum", pes.Whole(pes.Sum[int]))
		sums := d4.Add(g, "sums", pes.Collect[int]())
		d4.Connect(g, numbers.Out, some.In)
		d4.Connect(g, some.Out, sum.In)
		d4.Connect(g, sum.Out, sums.In)
		return g, func(res *engine.Result) {
			got := pes.Items(res, tallies)
			slices.SortFunc(got, func(a, b pes.Tally[string]) int { return strings.Compare(a.Key, b.Key) })
			expect(t, got, []pes.Tally[string]{{"one", 1}, {"three", 2}, {"two", 3}})
			expect(t, pes.Items(res, sums), []int{sampled})
		}
	})
}

// sampled is the sum of the numbers below 1000 that Sample(0.1) draws with seed
// 1, for ever.
const sampled = 54315

// tick is an item with a time.
type tick struct {
	At    d4.Time
	Value int
}

// ticker is an endless source of ticks with marks.
type ticker struct {
	d4.Base
	Out d4.Out[tick]
	at  d4.Time
}

func (s *ticker) Next() error {
	s.Out.Emit(tick{s.at, int(s.at)})
	s.at++
	s.Out.Mark(s.at)
	return nil
}

// TestEndless has an endless source reach the sink through everything that
// streams; the sink ends the run.
func TestEndless(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	g := d4.NewGraph("endless")
	source := d4.Add(g, "source", func() *ticker { return &ticker{} })
	window := d4.Add(g, "window", pes.TimeWindow(4, 2, func(x tick) d4.Time { return x.At }))
	values := d4.Add(g, "values", pes.FlatMapEmit(func(p pes.Pane[struct{}, tick], emit func(int)) error {
		for _, x := range p.Items {
			emit(x.Value)
		}
		return nil
	}))
	even := d4.Add(g, "even", pes.Filter(func(n int) bool { return n%2 == 0 }))
	all := d4.Add(g, "all", pes.Sample[int](1))
	tee := d4.Add(g, "tee", pes.Tee[int](2))
	merge := d4.Add(g, "merge", pes.Merge[int](2))
	batch := d4.Add(g, "batch", pes.Batch[int](3))
	join := d4.Add(g, "join", pes.JoinWithin(func(x tick) int { return x.Value }, func(x tick) int { return x.Value },
		func(x tick) d4.Time { return x.At }, func(x tick) d4.Time { return x.At }, 5))
	pairs := d4.Add(g, "pairs", pes.Map(func(p pes.Pair[tick, tick]) []int { return []int{p.Left.Value, p.Right.Value} }))
	const enough = 1000
	seen := 0
	sink := d4.Add(g, "sink", pes.Filter(func([]int) bool {
		if seen++; seen == enough {
			cancel()
		}
		return false
	}), d4.Instances(1))
	d4.Connect(g, source.Out, window.In)
	d4.Connect(g, window.Out, values.In)
	d4.Connect(g, values.Out, even.In)
	d4.Connect(g, even.Out, all.In)
	d4.Connect(g, all.Out, tee.In)
	d4.Connect(g, tee.Out[0], merge.In[0])
	d4.Connect(g, tee.Out[1], merge.In[1])
	d4.Connect(g, merge.Out, batch.In)
	d4.Connect(g, batch.Out, sink.In)
	d4.Connect(g, source.Out, join.Left)
	d4.Connect(g, source.Out, join.Right)
	d4.Connect(g, join.Out, pairs.In)
	d4.Connect(g, pairs.Out, sink.In)
	if _, err := run(ctx, t, g, 2, partition.Off); !errors.Is(err, engine.ErrInterrupted) {
		t.Fatal(err)
	}
	if seen < enough {
		t.Errorf("%d items", seen)
	}
}

// TestCommandIsKilled fails a run while a program that never ends is running.
func TestCommandIsKilled(t *testing.T) {
	g := d4.NewGraph("kill")
	items := d4.Add(g, "items", pes.Slice("a"))
	forever := d4.Add(g, "forever", pes.Command("sleep", "1000000"), d4.Instances(1))
	numbers := d4.Add(g, "numbers", pes.Range(0, 1, 1))
	fails := d4.Add(g, "fails", pes.TryMap(func(int) (int, error) { return 0, errors.New("on purpose") }), d4.Instances(1))
	d4.Connect(g, items.Out, forever.In)
	d4.Connect(g, numbers.Out, fails.In)
	res, err := run(t.Context(), t, g, 2, partition.Off)
	failsWith(t, err, "on purpose")
	if res != nil && res.Stuck {
		t.Error("a call was left behind")
	}
}

// BenchmarkStream is what items cost on their way through a PE into a sink,
// all on one stage.
func BenchmarkStream(b *testing.B) {
	for name, add := range map[string]func(*d4.Graph) (d4.In[int], d4.Out[int]){
		"map": func(g *d4.Graph) (d4.In[int], d4.Out[int]) {
			p := d4.Add(g, "pe", pes.Map(func(n int) int { return n + 1 }))
			return p.In, p.Out
		},
		"filter": func(g *d4.Graph) (d4.In[int], d4.Out[int]) {
			p := d4.Add(g, "pe", pes.Filter(func(n int) bool { return n%2 == 0 }))
			return p.In, p.Out
		},
		"sample": func(g *d4.Graph) (d4.In[int], d4.Out[int]) {
			p := d4.Add(g, "pe", pes.Sample[int](0.5))
			return p.In, p.Out
		},
		"sum": func(g *d4.Graph) (d4.In[int], d4.Out[int]) {
			p := d4.Add(g, "pe", pes.Whole(pes.Sum[int]))
			return p.In, p.Out
		},
		"count": func(g *d4.Graph) (d4.In[int], d4.Out[int]) {
			p := d4.Add(g, "pe", pes.CountBy(func(n int) int { return n % 1000 }))
			q := d4.Add(g, "keys", pes.Map(func(t pes.Tally[int]) int { return t.Key }))
			d4.Connect(g, p.Out, q.In)
			return p.In, q.Out
		},
		"window": func(g *d4.Graph) (d4.In[int], d4.Out[int]) {
			p := d4.Add(g, "pe", pes.CountWindow[int](100, 100))
			q := d4.Add(g, "lengths", pes.Map(func(w []int) int { return len(w) }))
			d4.Connect(g, p.Out, q.In)
			return p.In, q.Out
		},
	} {
		b.Run(name, func(b *testing.B) {
			g := d4.NewGraph("bench")
			source := d4.Add(g, "source", pes.Range(0, b.N, 1), d4.Instances(1))
			in, out := add(g)
			sink := d4.Add(g, "sink", pes.Discard[int](), d4.Instances(1))
			d4.Connect(g, source.Out, in)
			d4.Connect(g, out, sink.In)
			plan, err := partition.Make(g, partition.Ranks(1, 1), partition.Options{Fuse: partition.All})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			if _, err := engine.Run(b.Context(), engine.Config{Plan: plan, Cores: 1}); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func BenchmarkReadLines(b *testing.B) {
	path := filepath.Join(b.TempDir(), "text")
	text := strings.Repeat("a line of text as they come\n", 100_000)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		g := d4.NewGraph("bench")
		lines := d4.Add(g, "lines", pes.ReadLines(path))
		sink := d4.Add(g, "sink", pes.Discard[string](), d4.Instances(1))
		d4.Connect(g, lines.Out, sink.In)
		plan, err := partition.Make(g, partition.Ranks(1, 1), partition.Options{Fuse: partition.All})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := engine.Run(b.Context(), engine.Config{Plan: plan, Cores: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExactAdd(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	values := make([]float64, 1024)
	for i := range values {
		values[i] = r.NormFloat64()
	}
	var x pes.Exact
	b.SetBytes(8)
	for i := 0; b.Loop(); i++ {
		x.AddFloat(values[i%len(values)])
	}
}
