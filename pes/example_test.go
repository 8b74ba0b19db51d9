package pes_test

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/pes"
)

// runGraph stands for run.Graph, which chooses a mapping by itself.
func runGraph(g *d4.Graph) *engine.Result {
	plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{})
	if err != nil {
		panic(err)
	}
	res, err := engine.Run(context.Background(), engine.Config{Plan: plan, Seed: 1})
	if err != nil {
		panic(err)
	}
	return res
}

// Count words, in three instances, and find the commonest.
func Example() {
	g := d4.NewGraph("wordcount")
	lines := d4.Add(g, "lines", pes.Slice("to be or not to be", "that is the question", "to die to sleep"))
	words := d4.Add(g, "words", pes.FlatMap(strings.FieldsSeq))
	count := d4.Add(g, "count", pes.CountBy(func(w string) string { return w }), d4.Instances(3))
	top := pes.Aggregate(g, "top", pes.TopK(3, func(a, b pes.Tally[string]) int {
		return cmp.Or(cmp.Compare(a.Count, b.Count), strings.Compare(b.Key, a.Key))
	}))
	sink := d4.Add(g, "sink", pes.Collect[pes.Tally[string]]())
	d4.Connect(g, lines.Out, words.In)
	d4.Connect(g, words.Out, count.In)
	d4.Connect(g, count.Out, top.In)
	d4.Connect(g, top.Out, sink.In)

	for _, t := range pes.Items(runGraph(g), sink) {
		fmt.Println(t.Count, t.Key)
	}
	// Output:
	// 4 to
	// 2 be
	// 1 die
}

// The sum of floats is exact, so it is the same however it is split up.
func ExampleAggregate() {
	g := d4.NewGraph("sum")
	values := d4.Add(g, "values", pes.Slice(1e100, 1, -1e100, 0.5))
	sum := pes.Aggregate(g, "sum", pes.Sum[float64], d4.Instances(3))
	sink := d4.Add(g, "sink", pes.Collect[float64]())
	d4.Connect(g, values.Out, sum.In)
	d4.Connect(g, sum.Out, sink.In)
	fmt.Println(pes.Items(runGraph(g), sink))
	// Output: [1.5]
}

// Pick is an arrival at a station.
type Pick struct {
	Station string
	At      d4.Time
}

func ExampleTimeWindow() {
	second := d4.Time(time.Second)
	g := d4.NewGraph("windows")
	picks := d4.Add(g, "picks", pes.Slice(Pick{"B", 3 * second}, Pick{"A", 1 * second}, Pick{"C", 12 * second}))
	window := d4.Add(g, "window", pes.TimeWindow(10*time.Second, 10*time.Second, func(p Pick) d4.Time { return p.At }))
	names := d4.Add(g, "names", pes.Map(func(w pes.Pane[struct{}, Pick]) string {
		s := fmt.Sprintf("from %d s:", w.Start/second)
		for _, p := range w.Items {
			s += " " + p.Station
		}
		return s
	}), d4.Instances(1))
	sink := d4.Add(g, "sink", pes.Collect[string]())
	d4.Connect(g, picks.Out, window.In)
	d4.Connect(g, window.Out, names.In)
	d4.Connect(g, names.Out, sink.In)
	for _, line := range pes.Items(runGraph(g), sink) {
		fmt.Println(line)
	}
	// Output:
	// from 0 s: A B
	// from 10 s: C
}

func ExampleJoin() {
	g := d4.NewGraph("join")
	picks := d4.Add(g, "picks", pes.Slice(Pick{"A", 5}, Pick{"B", 6}))
	heights := d4.Add(g, "heights", pes.Slice([]string{"A", "120 m"}, []string{"C", "7 m"}))
	join := d4.Add(g, "join", pes.Join(func(p Pick) string { return p.Station }, func(h []string) string { return h[0] }))
	sink := d4.Add(g, "sink", pes.Collect[pes.Pair[Pick, []string]]())
	d4.Connect(g, picks.Out, join.Left)
	d4.Connect(g, heights.Out, join.Right)
	d4.Connect(g, join.Out, sink.In)
	fmt.Println(pes.Items(runGraph(g), sink))
	// Output: [{{A 5} [A 120 m]}]
}

func ExampleCommand() {
	g := d4.NewGraph("command")
	items := d4.Add(g, "items", pes.Slice("b", "c", "a"))
	sorted := d4.Add(g, "sorted", pes.Command("sort", "-r"), d4.Instances(1))
	sink := d4.Add(g, "sink", pes.Collect[string]())
	d4.Connect(g, items.Out, sorted.In)
	d4.Connect(g, sorted.Out, sink.In)
	fmt.Println(pes.Items(runGraph(g), sink))
	// Output: [c b a]
}
