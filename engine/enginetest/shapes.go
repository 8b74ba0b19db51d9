package enginetest

import (
	"fmt"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
)

type shape struct {
	name  string
	build func() *d4.Graph
}

var n = d4.Instances

// shapes are graphs of every shape that the engine knows.
var shapes = []shape{
	{"chain", func() *d4.Graph {
		g := d4.NewGraph("chain")
		s := d4.Add(g, "source", newSeq(1000))
		a := d4.Add(g, "a", newCopy[int]())
		b := d4.Add(g, "b", newApply(func(v int) string { return fmt.Sprint(v) }))
		z := d4.Add(g, "sink", newDrop[string]())
		d4.Connect(g, s.Out, a.In)
		d4.Connect(g, a.Out, b.In)
		d4.Connect(g, b.Out, z.In)
		return g
	}},
	{"one PE alone", func() *d4.Graph {
		g := d4.NewGraph("alone")
		d4.Add(g, "source", newSeq(10))
		return g
	}},
	{"empty streams", func() *d4.Graph {
		g := d4.NewGraph("empty")
		s := d4.Add(g, "source", newSeq(5), d4.Calls(0))
		a := d4.Add(g, "a", newCopy[int](), n(3))
		c := d4.Add(g, "count", newCount(4), n(2))
		z := d4.Add(g, "sink", newDrop[[2]int](), n(2))
		d4.Connect(g, s.Out, a.In)
		d4.Connect(g, a.Out, c.In)
		d4.Connect(g, c.Out, z.In)
		return g
	}},
	{"diamond", func() *d4.Graph {
		g := d4.NewGraph("diamond")
		s := d4.Add(g, "source", newSeq(3000))
		a := d4.Add(g, "a", newApply(func(v int) int { return 2 * v }), n(2))
		b := d4.Add(g, "b", newApply(func(v int) int { return -v }), n(3))
		z := d4.Add(g, "sink", newDrop[int]())
		d4.Connect(g, s.Out, a.In)
		d4.Connect(g, s.Out, b.In)
		d4.Connect(g, a.Out, z.In)
		d4.Connect(g, b.Out, z.In)
		return g
	}},
	{"fan-in of two producers", func() *d4.Graph {
		g := d4.NewGraph("fan-in")
		a := d4.Add(g, "a", newSeq(700))
		b := d4.Add(g, "b", newSeq(900), n(2))
		z := d4.Add(g, "sink", newDrop[int](), n(3))
		d4.Connect(g, a.Out, z.In)
		d4.Connect(g, b.Out, z.In)
		return g
	}},
	{"two edges between two PEs", func() *d4.Graph {
		g := d4.NewGraph("multi-edge")
		s := d4.Add(g, "source", newSeq(500))
		z := d4.Add(g, "sink", newDrop[int](), n(2))
		d4.Connect(g, s.Out, z.In, d4.RoundRobin)
		d4.Connect(g, s.Out, z.In, d4.OneToAll)
		return g
	}},
	{"one to all", func() *d4.Graph {
		g := d4.NewGraph("one-to-all")
		s := d4.Add(g, "source", newSeq(800), n(2))
		a := d4.Add(g, "a", newCopy[int](d4.OneToAll), n(3))
		z := d4.Add(g, "sink", newDrop[int](d4.OneToAll), n(2))
		d4.Connect(g, s.Out, a.In)
		d4.Connect(g, a.Out, z.In)
		return g
	}},
	{"all to one", func() *d4.Graph {
		g := d4.NewGraph("all-to-one")
		s := d4.Add(g, "source", newSeq(800), n(3))
		a := d4.Add(g, "a", newCopy[int](d4.AllToOne), n(4))
		z := d4.Add(g, "sink", newDrop[int]())
		d4.Connect(g, s.Out, a.In)
		d4.Connect(g, a.Out, z.In)
		return g
	}},
	{"by key", func() *d4.Graph {
		g := d4.NewGraph("by")
		s := d4.Add(g, "source", newSeq(5000), n(2))
		c := d4.Add(g, "count", newCount(97), n(5))
		z := d4.Add(g, "sink", newDrop[[2]int]())
		d4.Connect(g, s.Out, c.In)
		d4.Connect(g, c.Out, z.In)
		return g
	}},
	{"routed", func() *d4.Graph {
		g := d4.NewGraph("route")
		s := d4.Add(g, "source", newSeq(2000))
		a := d4.Add(g, "a", newEmit(func(v int, out func(int)) { out(v); out(-v) }, func(f func(int) error) d4.In[int] {
			return d4.InputRoute(f, func(v, n int, to []int) []int {
				to = append(to, v%n)
				if v%5 == 0 && v%n != 0 {
					to = append(to, 0)
				}
				return to
			})
		}), n(4))
		z := d4.Add(g, "sink", newDrop[int]())
		d4.Connect(g, s.Out, a.In)
		d4.Connect(g, a.Out, z.In)
		return g
	}},
	{"unequal instances", func() *d4.Graph {
		g := d4.NewGraph("unequal")
		s := d4.Add(g, "source", newSeq(2000), n(3))
		a := d4.Add(g, "a", newCopy[int](d4.RoundRobin), n(2))
		b := d4.Add(g, "b", newCopy[int](d4.RoundRobin), n(5))
		z := d4.Add(g, "sink", newDrop[int](), n(4))
		d4.Connect(g, s.Out, a.In)
		d4.Connect(g, a.Out, b.In)
		d4.Connect(g, b.Out, z.In)
		return g
	}},
	{"more instances than items", func() *d4.Graph {
		g := d4.NewGraph("many")
		s := d4.Add(g, "source", newSeq(7))
		a := d4.Add(g, "a", newCopy[int](d4.RoundRobin), n(40))
		z := d4.Add(g, "sink", newDrop[int](), n(30))
		d4.Connect(g, s.Out, a.In)
		d4.Connect(g, a.Out, z.In)
		return g
	}},
	{"items larger than buffers", func() *d4.Graph {
		g := d4.NewGraph("large")
		s := d4.Add(g, "source", newSeq(6))
		a := d4.Add(g, "a", newApply(func(v int) []float64 {
			big := make([]float64, 300_000*(v%3)+v)
			for i := range big {
				big[i] = float64(i * v)
			}
			return big
		}), n(2))
		k := d4.Add(g, "greedy", newGreedy)
		z := d4.Add(g, "sink", newDrop[[]float64](), n(2))
		d4.Connect(g, s.Out, a.In)
		d4.Connect(g, a.Out, k.In)
		d4.Connect(g, k.Out, z.In)
		return g
	}},
	{"shared and changed", func() *d4.Graph {
		g := d4.NewGraph("shared")
		s := d4.Add(g, "source", newSeq(60))
		a := d4.Add(g, "a", newApply(func(v int) []float64 { return []float64{float64(v), 1, 2, float64(v * v)} }))
		k := d4.Add(g, "greedy", newGreedy)
		l := d4.Add(g, "greedy2", newGreedy)
		reader := d4.Add(g, "reader", newDrop[[]float64](d4.ReadOnly, d4.OneToAll), n(3))
		z := d4.Add(g, "sink", newDrop[[]float64]())
		d4.Connect(g, s.Out, a.In)
		d4.Connect(g, a.Out, k.In)
		d4.Connect(g, a.Out, reader.In)
		d4.Connect(g, a.Out, l.In)
		d4.Connect(g, k.Out, z.In)
		d4.Connect(g, l.Out, z.In)
		return g
	}},
	{"strings", func() *d4.Graph {
		g := d4.NewGraph("strings")
		s := d4.Add(g, "source", newSeq(3000))
		a := d4.Add(g, "a", newApply(func(v int) string { return strings.Repeat("ab", v%50) + fmt.Sprint(v) }), n(2))
		z := d4.Add(g, "sink", newEmit(func(v string, out func(int)) { out(len(v)) }, func(f func(string) error) d4.In[string] {
			return d4.InputBy(f, func(v string) string { return v })
		}), n(3))
		d4.Connect(g, s.Out, a.In)
		d4.Connect(g, a.Out, z.In)
		return g
	}},
	{"marks and windows", func() *d4.Graph {
		g := d4.NewGraph("windows")
		marking := func() *seq { return &seq{to: 400, marks: true} }
		s := d4.Add(g, "source", marking, n(2))
		a := d4.Add(g, "a", newCopy[int](), n(3))
		w := d4.Add(g, "window", newWindow)
		z := d4.Add(g, "sink", newDrop[[2]int]())
		d4.Connect(g, s.Out, a.In)
		d4.Connect(g, a.Out, w.In)
		d4.Connect(g, w.Out, z.In)
		return g
	}},
	{"two graphs in one", func() *d4.Graph {
		g := d4.NewGraph("two")
		for _, name := range []string{"x", "y"} {
			s := d4.Add(g, name+"-source", newSeq(10))
			a := d4.Add(g, name+"-a", newCopy[int]())
			z := d4.Add(g, name+"-sink", newDrop[int]())
			d4.Connect(g, s.Out, a.In)
			d4.Connect(g, a.Out, z.In)
		}
		return g
	}},
}

// failing is a chain in which one PE fails in one of its calls.
func failing(call, how string) *d4.Graph {
	g := d4.NewGraph("failing")
	s := d4.Add(g, "source", func() *badSource {
		b := &badSource{seq: seq{marks: call == "Advance"}}
		if call == "Next" {
			b.how = how
		}
		// For ever, unless the failure comes at the end.
		if call == "Finish" || call == "Close" {
			b.seq.to = 200
		}
		return b
	})
	b := d4.Add(g, "bad", newBad(call, how))
	z := d4.Add(g, "sink", newDrop[int](), n(2))
	d4.Connect(g, s.Out, b.In)
	d4.Connect(g, b.Out, z.In)
	return g
}

// Shape builds the k-th of the shapes, counted round and round.
func Shape(k int) *d4.Graph { return shapes[k%len(shapes)].build() }

// Failing builds a graph with a PE that fails, the k-th counted round and round.
func Failing(k int) *d4.Graph {
	calls, ways := []string{"Open", "item", "Finish", "Close", "Next", "Advance"}, []string{"error", "panic", "nil"}
	return failing(calls[k%len(calls)], ways[k/len(calls)%len(ways)])
}
