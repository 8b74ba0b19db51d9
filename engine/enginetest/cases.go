package enginetest

import (
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
)

// A conformance case of the dispel4py tradition: a graph, and what each named
// PE receives, as a multiset in all and as item counts by instance.
type conformance struct {
	id    string
	build func() *d4.Graph
	all   map[string]string   // PE -> its items as text, sorted; "" skips
	each  map[string][]uint64 // PE -> items of each instance, in any order
}

// numbers renders the integers from a to b times k as multiset does.
func numbers(a, b, times int) string {
	var all []int
	for v := a; v <= b; v++ {
		for range times {
			all = append(all, v)
		}
	}
	return multiset(all)
}

// line is a chain of copies behind a counting source, with that many instances
// each, ending in a sink named leaf.
func line(calls, copies, instances int, groupings ...d4.InputOption) func() *d4.Graph {
	return func() *d4.Graph {
		g := d4.NewGraph("line")
		out := d4.Add(g, "seq", newSeq(0), d4.Calls(calls)).Out
		for k := range copies {
			c := d4.Add(g, "copy"+string(rune('1'+k)), newCopy[int](groupings...), n(instances))
			d4.Connect(g, out, c.In)
			out = c.Out
		}
		d4.Connect(g, out, d4.Add(g, "leaf", newGather[int]).In)
		return g
	}
}

// gather is a single sink that keeps what it gets for the comparison.
type gather[T any] struct {
	d4.Base
	In    d4.In[T]
	items []T
}

func newGather[T any]() *gather[T] {
	g := &gather[T]{}
	g.In = d4.Input(func(item T) error { g.items = append(g.items, item); return nil }, d4.AllToOne)
	return g
}

// RootPlaced keeps it where the result is read.
func (g *gather[T]) RootPlaced() {}

func (g *gather[T]) text() string { return multiset(g.items) }

type gatherer interface{ text() string }

func cases() []conformance {
	rr := d4.RoundRobin
	return []conformance{
		{"A1", line(5, 5, 1), map[string]string{"leaf": numbers(1, 5, 1)}, map[string][]uint64{"copy5": {5}}},
		{"A2", line(10, 5, 2, rr), map[string]string{"leaf": numbers(1, 10, 1)},
			map[string][]uint64{"copy1": {5, 5}, "copy2": {5, 5}, "copy3": {5, 5}, "copy4": {5, 5}, "copy5": {5, 5}}},
		{"A3", func() *d4.Graph {
			g := d4.NewGraph("tee")
			s := d4.Add(g, "seq", newSeq(0), d4.Calls(5))
			for _, name := range []string{"a", "b"} {
				c := d4.Add(g, name, newCopy[int]())
				d4.Connect(g, s.Out, c.In)
				d4.Connect(g, c.Out, d4.Add(g, "leaf-"+name, newGather[int]).In)
			}
			return g
		}, map[string]string{"leaf-a": numbers(1, 5, 1), "leaf-b": numbers(1, 5, 1)}, nil},
		{"A5", func() *d4.Graph {
			g := d4.NewGraph("tee and chain")
			s := d4.Add(g, "seq", newSeq(0), d4.Calls(10))
			a := d4.Add(g, "a", newCopy[int](rr), n(3))
			b := d4.Add(g, "b", newCopy[int](rr), n(3))
			c := d4.Add(g, "c", newCopy[int](rr), n(3))
			d4.Connect(g, s.Out, a.In)
			d4.Connect(g, s.Out, b.In)
			d4.Connect(g, a.Out, c.In)
			d4.Connect(g, b.Out, d4.Add(g, "leaf-b", newGather[int]).In)
			d4.Connect(g, c.Out, d4.Add(g, "leaf-c", newGather[int]).In)
			return g
		}, map[string]string{"leaf-b": numbers(1, 10, 1), "leaf-c": numbers(1, 10, 1)}, map[string][]uint64{"a": {3, 3, 4}, "b": {3, 3, 4}}},
		{"A7", func() *d4.Graph {
			g := d4.NewGraph("diamond without a join")
			s := d4.Add(g, "seq2", newTwice, d4.Calls(1))
			a := d4.Add(g, "a", newCopy[int]())
			b := d4.Add(g, "b", newCopy[int]())
			m := d4.Add(g, "m", newMeet)
			d4.Connect(g, s.Out[0], a.In)
			d4.Connect(g, s.Out[1], b.In)
			d4.Connect(g, a.Out, m.In[0])
			d4.Connect(g, b.Out, m.In[1])
			d4.Connect(g, m.Out, d4.Add(g, "leaf", newGather[string]).In)
			return g
		}, map[string]string{"leaf": "1 1"}, nil},
		{"A9", func() *d4.Graph {
			g := d4.NewGraph("two lines")
			for _, name := range []string{"x", "y"} {
				out := d4.Add(g, name, newSeq(0), d4.Calls(10)).Out
				for k := range 5 {
					c := d4.Add(g, name+string(rune('1'+k)), newCopy[int]())
					d4.Connect(g, out, c.In)
					out = c.Out
				}
				d4.Connect(g, out, d4.Add(g, "leaf-"+name, newGather[int]).In)
			}
			return g
		}, map[string]string{"leaf-x": numbers(1, 10, 1), "leaf-y": numbers(1, 10, 1)}, nil},
		{"A10", func() *d4.Graph {
			g := d4.NewGraph("labels")
			s := d4.Add(g, "label", newLabel(12), d4.Calls(10))
			a := d4.Add(g, "a", newCopy[string](rr), n(3))
			b := d4.Add(g, "b", newCopy[string](rr), n(3))
			c := d4.Add(g, "c", newCopy[string](rr), n(3))
			d4.Connect(g, s.Out, a.In)
			d4.Connect(g, a.Out, b.In)
			d4.Connect(g, a.Out, c.In)
			return g
		}, nil, map[string][]uint64{"a": {40, 40, 40}, "b": {40, 40, 40}, "c": {40, 40, 40}}},
		{"A11", func() *d4.Graph {
			g := d4.NewGraph("several writes in one call")
			s := d4.Add(g, "multi10", newMulti(10), d4.Calls(2))
			a := d4.Add(g, "a", newCopy[int](rr), n(3))
			b := d4.Add(g, "b", newCopy[int](rr), n(3))
			d4.Connect(g, s.Out, a.In)
			d4.Connect(g, a.Out, b.In)
			d4.Connect(g, b.Out, d4.Add(g, "leaf", newGather[int]).In)
			return g
		}, map[string]string{"leaf": numbers(0, 9, 2)}, map[string][]uint64{"a": {6, 7, 7}}},
		{"B1", functions(5, 1), map[string]string{"leaf": "11 13 5 7 9"}, nil},
		{"B2", functions(10, 2), map[string]string{"leaf": "11 13 15 17 19 21 23 5 7 9"}, nil},
		{"C1", func() *d4.Graph {
			g := line(20, 1, 2, d4.OneToAll)()
			return g
		}, map[string]string{"leaf": numbers(1, 20, 2)}, map[string][]uint64{"copy1": {20, 20}}},
		{"C2", func() *d4.Graph {
			g := d4.NewGraph("all to one")
			s := d4.Add(g, "seq", newSeq(0), d4.Calls(20))
			a := d4.Add(g, "a", newCopy[int](rr), n(5))
			b := d4.Add(g, "b", newCopy[int](d4.AllToOne), n(5))
			d4.Connect(g, s.Out, a.In)
			d4.Connect(g, a.Out, b.In)
			d4.Connect(g, b.Out, d4.Add(g, "leaf", newGather[int]).In)
			return g
		}, map[string]string{"leaf": numbers(1, 20, 1)}, map[string][]uint64{"a": {4, 4, 4, 4, 4}, "b": {0, 0, 0, 0, 20}}},
		{"C7", func() *d4.Graph {
			g := d4.NewGraph("word count of a text")
			s := d4.Add(g, "text", newSeq(0), d4.Calls(1))
			l := d4.Add(g, "lines", newEmit(func(_ int, out func(string)) {
				for _, line := range []string{"Hello Hello", "algo mas", "World World"} {
					out(line)
				}
			}, func(f func(int) error) d4.In[int] { return d4.Input(f) }))
			w := d4.Add(g, "words", newEmit(func(line string, out func(string)) {
				for _, word := range strings.Fields(line) {
					out(word)
				}
			}, func(f func(string) error) d4.In[string] { return d4.Input(f, d4.RoundRobin) }), n(3))
			c := d4.Add(g, "sum", newTable, n(3))
			d4.Connect(g, s.Out, l.In)
			d4.Connect(g, l.Out, w.In)
			d4.Connect(g, w.Out, c.In)
			d4.Connect(g, c.Out, d4.Add(g, "leaf", newGather[string]).In)
			return g
		}, nil, map[string][]uint64{"leaf": {3}}},
		{"E1", func() *d4.Graph {
			g := d4.NewGraph("primes")
			s := d4.Add(g, "numbers", newSeq(0), d4.Calls(20))
			p := d4.Add(g, "prime", newEmit(func(v int, out func(int)) {
				for k := 2; k < v; k++ {
					if v%k == 0 {
						return
					}
				}
				out(v)
			}, func(f func(int) error) d4.In[int] { return d4.Input(f) }), n(2))
			d4.Connect(g, s.Out, p.In)
			d4.Connect(g, p.Out, d4.Add(g, "leaf", newGather[int]).In)
			return g
		}, map[string]string{"leaf": multiset([]int{1, 2, 3, 5, 7, 11, 13, 17, 19})}, nil},
		{"F1", func() *d4.Graph {
			g := d4.NewGraph("items for an input")
			c := d4.Add(g, "copy", newCopy[string](), n(2))
			d4.Feed(g, c.In, "a", "b", "c")
			d4.Connect(g, c.Out, d4.Add(g, "leaf", newGather[string]).In)
			return g
		}, map[string]string{"leaf": "a b c"}, nil},
	}
}

// functions is the chain of functions +2, *4, /2, -1.
func functions(calls, instances int) func() *d4.Graph {
	return func() *d4.Graph {
		g := d4.NewGraph("functions")
		s := d4.Add(g, "seq", newSeq(0), d4.Calls(calls))
		a := d4.Add(g, "a", newApply(func(v int) float64 { return float64(v) + 2 }), n(instances))
		d4.Connect(g, s.Out, a.In)
		out := a.Out
		for k, f := range []func(float64) float64{
			func(v float64) float64 { return v * 4 }, func(v float64) float64 { return v / 2 }, func(v float64) float64 { return v - 1 },
		} {
			b := d4.Add(g, "f"+string(rune('1'+k)), newApply(f), n(instances))
			d4.Connect(g, out, b.In)
			out = b.Out
		}
		d4.Connect(g, out, d4.Add(g, "leaf", newGather[float64]).In)
		return g
	}
}

// Cases runs the conformance cases.
func Cases(t *testing.T, run Runner) {
	for _, c := range cases() {
		t.Run(c.id, func(t *testing.T) {
			g := c.build()
			res, err := run(t, t.Context(), g)
			if err != nil {
				t.Fatal(err)
			}
			Compare(t, res)
			for name, want := range c.all {
				sink, ok := res.PE(g.Elements[g.Element(name)].Proto).(gatherer)
				if !ok {
					t.Fatalf("%s did not run on rank 0", name)
				}
				if got := sink.text(); got != want {
					t.Errorf("%s received %s, expected %s", name, got, want)
				}
			}
			for name, want := range c.each {
				if got := itemsOf(res, name); !slices.Equal(got, want) {
					t.Errorf("the instances of %s received %v items, expected %v in some order", name, got, want)
				}
			}
		})
	}
}

// itemsOf returns how many items the instances of a PE received, sorted, those
// with none left out where others had some.
func itemsOf(res *engine.Result, pe string) (items []uint64) {
	for _, row := range res.Rows {
		if row.PE == pe {
			items = append(items, row.ItemsIn)
		}
	}
	slices.Sort(items)
	return items
}
