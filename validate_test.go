package dispel4go_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

// numbers is a source.
type numbers struct {
	d4.Base
	Out d4.Out[int]
}

func newNumbers() *numbers { return &numbers{} }

func (n *numbers) Next() error { return io.EOF }

// double is a PE with one input and one output.
type double struct {
	d4.Base
	In  d4.In[int]
	Out d4.Out[int]
}

func newDouble() *double {
	d := &double{}
	d.In = d4.Input(func(n int) error { d.Out.Emit(2 * n); return nil })
	return d
}

// total takes all items at one instance.
type total struct {
	d4.Base
	In d4.In[int]
}

func newTotal() *total {
	t := &total{}
	t.In = d4.Input(func(int) error { return nil }, d4.AllToOne)
	return t
}

// both is a source with an input.
type both struct{ double }

func newBoth() *both { return &both{*newDouble()} }

func (*both) Next() error { return io.EOF }

// idle does nothing.
type idle struct{ d4.Base }

// bare has an input without a function.
type bare struct {
	d4.Base
	In d4.In[int]
}

// opaque has items that cannot travel.
type opaque struct {
	d4.Base
	In  d4.In[func()]
	Out d4.Out[struct{ hidden int }]
}

func newOpaque() *opaque {
	return &opaque{In: d4.Input(func(func()) error { return nil })}
}

// byFloat has a key that is no key.
type byFloat struct {
	d4.Base
	In d4.In[float64]
}

func newByFloat() *byFloat {
	return &byFloat{In: d4.InputBy(func(float64) error { return nil }, func(x float64) float64 { return x })}
}

// lone runs as one instance.
type lone struct{ double }

func newLone() *lone { return &lone{*newDouble()} }

func (*lone) Single() {}

// failing cannot be set up.
type failing struct{ double }

func (*failing) Setup() error { return errors.Join(errors.New("no file"), errors.New("no rate")) }

func TestValidate(t *testing.T) {
	// with makes a graph in which source -> pe is right but for what is added.
	with := func(f func(g *d4.Graph, src *numbers, pe *double)) func(*d4.Graph) {
		return func(g *d4.Graph) {
			src, pe := d4.Add(g, "src", newNumbers), d4.Add(g, "pe", newDouble)
			d4.Connect(g, src.Out, pe.In)
			f(g, src, pe)
		}
	}
	for _, c := range []struct {
		name  string
		build func(g *d4.Graph)
		want  []string // without the graph's name
	}{
		{"nothing wrong", with(func(*d4.Graph, *numbers, *double) {}), nil},
		{"an open output", func(g *d4.Graph) { d4.Add(g, "src", newNumbers) }, nil},
		{"the same edge twice", with(func(g *d4.Graph, src *numbers, pe *double) { d4.Connect(g, src.Out, pe.In) }), nil},
		{"no PEs", func(*d4.Graph) {}, []string{"it has no PEs"}},
		{"name", with(func(g *d4.Graph, _ *numbers, _ *double) { d4.Add(g, "2nd", newNumbers) }),
			[]string{"2nd: a name is a letter followed by letters, digits, _ and -"}},
		{"name with a dot", with(func(g *d4.Graph, _ *numbers, _ *double) { d4.Add(g, "a.b", newNumbers) }),
			[]string{"a.b: a name is a letter followed by letters, digits, _ and -"}},
		{"empty name", with(func(g *d4.Graph, _ *numbers, _ *double) { d4.Add(g, "", newNumbers) }),
			[]string{"a name is a letter followed by letters, digits, _ and -"}},
		{"duplicate name", with(func(g *d4.Graph, _ *numbers, _ *double) { d4.Add(g, "src", newNumbers) }),
			[]string{"src: there are two PEs of this name"}},
		{"unconnected input", func(g *d4.Graph) { d4.Add(g, "pe", newDouble) },
			[]string{"pe.in: nothing is connected to this input"}},
		{"cycle", func(g *d4.Graph) {
			a, b, c := d4.Add(g, "a", newDouble), d4.Add(g, "b", newDouble), d4.Add(g, "c", newDouble)
			d4.Connect(g, a.Out, b.In)
			d4.Connect(g, b.Out, c.In)
			d4.Connect(g, c.Out, a.In)
		}, []string{"a: a cycle, which cannot run, as a stream flows one way: leave out a connection of a -> b -> c -> a"}},
		{"cycle of one", func(g *d4.Graph) {
			a := d4.Add(g, "a", newDouble)
			d4.Connect(g, a.Out, a.In)
		}, []string{"a: a cycle, which cannot run, as a stream flows one way: leave out a connection of a -> a"}},
		{"cycle downstream of a source", with(func(g *d4.Graph, _ *numbers, pe *double) {
			a := d4.Add(g, "a", newDouble)
			d4.Connect(g, pe.Out, a.In)
			d4.Connect(g, a.Out, pe.In)
		}), []string{"pe: a cycle, which cannot run, as a stream flows one way: leave out a connection of pe -> a -> pe"}},
		{"neither source nor fed", func(g *d4.Graph) { d4.Add(g, "idle", func() *idle { return &idle{} }) },
			[]string{"idle: it has no inputs and no Next, so it would do nothing"}},
		{"both source and fed", with(func(g *d4.Graph, src *numbers, _ *double) {
			b := d4.Add(g, "both", newBoth)
			d4.Connect(g, src.Out, b.In)
		}), []string{"both: it has both inputs and Next: a PE is either a source or fed"}},
		{"input without function", func(g *d4.Graph) { d4.Add(g, "bare", func() *bare { return &bare{} }) },
			[]string{"bare: input in has no function", "bare: it has no inputs and no Next"}},
		{"contradicting grouping", func(g *d4.Graph) {
			src, sum := d4.Add(g, "src", newNumbers), d4.Add(g, "sum", newTotal)
			d4.Connect(g, src.Out, sum.In)
			d4.Connect(g, src.Out, sum.In, d4.OneToAll)
		}, []string{"sum.in: from src.out: the input is grouped all_to_one by its PE, which one_to_all would contradict"}},
		{"grouping of other items", with(func(g *d4.Graph, src *numbers, _ *double) {
			pe := d4.Add(g, "other", newDouble)
			d4.Connect(g, src.Out, pe.In, d4.By(func(s string) string { return s }))
		}), []string{"other.in: from src.out: the grouping is for items of another type", "other.in: nothing is connected"}},
		{"float key of a PE", func(g *d4.Graph) {
			pe := d4.Add(g, "pe", newByFloat)
			d4.Feed(g, pe.In, 1.5)
		}, []string{"pe: input in: float64 cannot be a key: keys are strings, []byte, integers, bool, arrays and structs of these"}},
		{"interface key of a stream", with(func(g *d4.Graph, src *numbers, _ *double) {
			pe := d4.Add(g, "other", newDouble)
			d4.Connect(g, src.Out, pe.In, d4.By(func(n int) any { return n }))
		}), []string{"other.in: from src.out: interface {} cannot be a key", "other.in: nothing is connected"}},
		{"no codec", func(g *d4.Graph) {
			d4.Add(g, "pe", newOpaque)
		}, []string{
			"pe: input in: func() cannot travel between instances: a func has no codec; give it exported fields only, or AppendBinary and UnmarshalBinary",
			"pe: output out: struct { hidden int } cannot travel",
			"pe.in: nothing is connected",
		}},
		{"instances", with(func(g *d4.Graph, _ *numbers, _ *double) { d4.Add(g, "x", newNumbers, d4.Instances(-1)) }),
			[]string{"x: -1 instances"}},
		{"several of a single", with(func(g *d4.Graph, src *numbers, _ *double) {
			d4.Connect(g, src.Out, d4.Add(g, "x", newLone, d4.Instances(2)).In)
		}), []string{"x: it runs as a single instance, but 2 are asked for"}},
		{"retries", with(func(g *d4.Graph, src *numbers, _ *double) {
			d4.Connect(g, src.Out, d4.Add(g, "x", newDouble, d4.WithOnError(d4.Retry, 0)).In)
			d4.Connect(g, src.Out, d4.Add(g, "y", newDouble, d4.WithOnError(d4.Skip, -1)).In)
		}), []string{"x: on_error = retry needs retries of at least 1", "y: on_error = retry needs retries of at least 1"}},
		{"on_error of a source", with(func(g *d4.Graph, _ *numbers, _ *double) { d4.Add(g, "x", newNumbers, d4.WithOnError(d4.Skip, 0)) }),
			[]string{"x: on_error = skip is for PEs with inputs: a source has no item to skip or retry"}},
		{"hold", with(func(g *d4.Graph, _ *numbers, _ *double) { d4.Add(g, "x", newNumbers, d4.Hold(0)) }),
			[]string{"x: a call must be allowed to emit something: hold is 0 bytes"}},
		{"calls of a PE that is fed", with(func(g *d4.Graph, src *numbers, _ *double) {
			d4.Connect(g, src.Out, d4.Add(g, "x", newDouble, d4.Calls(3)).In)
		}), []string{"x: it is not a source, so its calls cannot be counted"}},
		{"calls", with(func(g *d4.Graph, _ *numbers, _ *double) { d4.Add(g, "x", newNumbers, d4.Calls(-2)) }), []string{"x: -2 calls"}},
		{"weight", with(func(g *d4.Graph, _ *numbers, _ *double) {
			d4.Add(g, "x", newNumbers, d4.Weight(math.NaN()))
			d4.Add(g, "y", newNumbers, d4.Weight(-1))
			d4.Add(g, "z", newNumbers, d4.Weight(math.Inf(1)))
		}), []string{"x: an item cannot cost NaN seconds", "y: an item cannot cost -1 seconds", "z: an item cannot cost +Inf seconds"}},
		{"setup", with(func(g *d4.Graph, src *numbers, _ *double) {
			d4.Connect(g, src.Out, d4.Add(g, "x", func() *failing { return &failing{*newDouble()} }).In)
		}), []string{"x: no file", "x: no rate"}},
		{"a PE of another graph", with(func(g *d4.Graph, src *numbers, _ *double) {
			d4.Connect(g, src.Out, newDouble().In)
			d4.Feed(g, newDouble().In, 1)
		}), []string{"Connect was given an input of a PE that was not added to this graph", "Connect was given an input of a PE"}},
		{"all at once", func(g *d4.Graph) {
			d4.Add(g, "a b", newDouble)
			d4.Add(g, "x", newDouble)
			d4.Add(g, "x", newNumbers, d4.Instances(-3), d4.Hold(-1))
			a, b := d4.Add(g, "a", newDouble), d4.Add(g, "b", newDouble)
			d4.Connect(g, a.Out, b.In)
			d4.Connect(g, b.Out, a.In)
			d4.Add(g, "opaque", newOpaque)
		}, []string{"a b: a name is", "x: there are two", "x: -3 instances", "x: a call must be", "opaque: input in", "opaque: output out",
			"a b.in: nothing", "x.in: nothing", "opaque.in: nothing", "a: a cycle"}},
	} {
		g := d4.NewGraph("g")
		c.build(g)
		err := g.Validate()
		var wrong *d4.GraphError
		if !errors.As(err, &wrong) {
			if err != nil || len(c.want) > 0 {
				t.Errorf("%s: %v, want %q", c.name, err, c.want)
			}
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(c.want) || len(lines) != len(wrong.Problems) {
			t.Errorf("%s: %d problems, want %d:\n%v", c.name, len(lines), len(c.want), err)
			continue
		}
		for _, want := range c.want {
			if !slices.ContainsFunc(lines, func(l string) bool {
				return strings.HasPrefix(l, "graph g: "+want)
			}) {
				t.Errorf("%s: no %q in\n%v", c.name, want, err)
			}
		}
		if again := g.Validate(); again.Error() != err.Error() {
			t.Errorf("%s: asked again it says\n%v", c.name, again)
		}
	}
}

func TestConnectPorts(t *testing.T) {
	g := d4.NewGraph("g")
	d4.Add(g, "src", newNumbers)
	d4.Add(g, "pe", newDouble)
	d4.Add(g, "sum", newTotal)
	d4.Add(g, "float", newByFloat)
	for _, c := range []struct {
		from, out, to, in string
		by                d4.Grouping
		err               string
	}{
		{"src", "out", "pe", "in", nil, ""},
		{"pe", "out", "sum", "in", d4.AllToOne, ""},
		{"scr", "out", "pe", "in", nil, `there is no PE "scr"`},
		{"src", "out", "ep", "in", nil, `there is no PE "ep"`},
		{"src", "uot", "pe", "in", nil, `src has no port "uot"`},
		{"src", "out", "pe", "out", nil, "pe.out is not an input"},
		{"pe", "in", "pe", "in", nil, "pe.in is not an output"},
		{"src", "out", "float", "in", nil, "float.in: from src.out: items are int, but the input takes float64"},
		{"src", "out", "sum", "in", d4.Balanced, "sum.in: from src.out: the input is grouped all_to_one by its PE, which balanced would contradict"},
	} {
		err := g.ConnectPorts(c.from, c.out, c.to, c.in, c.by)
		if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
			t.Errorf("%s.%s -> %s.%s: %v, want %s", c.from, c.out, c.to, c.in, err, c.err)
		}
	}
	if len(g.Edges) != 2 || g.Edges[0].Grouping != d4.Balanced || g.Edges[1].Grouping != d4.AllToOne {
		t.Errorf("edges %v", g.Edges)
	}
	if err := g.Validate(); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("what ConnectPorts returned is reported again: %v", err)
	}
}

func TestSingle(t *testing.T) {
	g := d4.NewGraph("g")
	d4.Add(g, "total", newTotal)
	d4.Add(g, "lone", newLone)
	d4.Add(g, "double", newDouble)
	d4.Add(g, "totals", newTotal, d4.Instances(3))
	for i, want := range []bool{true, true, false, false} {
		if e := g.Elements[i]; e.Single != want {
			t.Errorf("%s: single is %v", e.Name, e.Single)
		}
	}
}

// joint has ports in every place where they are found.
type joint struct {
	d4.Base
	shared
	*pointed
	First    d4.In[int]
	HTTPPort d4.Out[string]
	Many     []d4.In[int]
	Two      [2]d4.Out[int]
	Param    float64 `help:"not a port"`
	hidden   d4.Out[int]
}

type shared struct{ Log d4.Out[string] }

type pointed struct{ Err d4.Out[string] }

func TestPorts(t *testing.T) {
	f := func(int) error { return nil }
	g := d4.NewGraph("g")
	j := d4.Add(g, "joint", func() *joint {
		return &joint{pointed: &pointed{}, First: d4.Input(f), Many: []d4.In[int]{d4.Input(f), d4.Input(f)}}
	})
	_ = j.hidden
	var names []string
	for _, p := range g.Elements[0].Ports {
		names = append(names, p.Name)
		if (p.In == nil) == (p.Out == nil) {
			t.Errorf("%s is both or neither", p.Name)
		}
	}
	if want := []string{"log", "err", "first", "http_port", "many[0]", "many[1]", "two[0]", "two[1]"}; !slices.Equal(names, want) {
		t.Errorf("ports %v, want %v", names, want)
	}
	if g.Elements[0].Port("many[1]") != 5 || g.Elements[0].Port("nothing") != -1 {
		t.Error("Port does not find them")
	}
	d4.Connect(g, j.Two[1], d4.Add(g, "pe", newDouble).In)
	if e := g.Edges[0]; e != (d4.Edge{From: 0, Out: 7, To: 1, In: 0, Grouping: d4.Balanced}) {
		t.Errorf("edge %v", e)
	}
}

func TestPortsTwice(t *testing.T) {
	type twice struct {
		idle
		Log d4.Out[string]
		shared
	}
	g := d4.NewGraph("g")
	d4.Add(g, "pe", func() *twice { return &twice{} })
	if err := g.Validate(); err == nil || !strings.Contains(err.Error(), "pe: two ports are named log") {
		t.Errorf("%v", err)
	}
}

func TestSnakeCase(t *testing.T) {
	for name, want := range map[string]string{
		"In": "in", "FreqMin": "freq_min", "HTTPPort": "http_port", "ID": "id", "PortID": "port_id", "A": "a", "Rate2D": "rate2_d",
		"X_Y": "x_y", "Größe": "größe", "ÄrgerÜber": "ärger_über",
	} {
		if got := port.SnakeCase(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// inputs takes items at several inputs.
type inputs struct {
	d4.Base
	In []d4.In[int]
}

func TestFeed(t *testing.T) {
	g := d4.NewGraph("g")
	pe := d4.Add(g, "sum", func() *inputs {
		f := func(int) error { return nil }
		return &inputs{In: []d4.In[int]{d4.Input(f), d4.Input(f)}}
	})
	items := make([]int, 1000)
	for i := range items {
		items[i] = i
	}
	d4.Feed(g, pe.In[0], items...)
	d4.Feed(g, pe.In[1])
	if err := g.Validate(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"sum", "sum-in-0-feed", "sum-in-1-feed"} {
		if e := g.Elements[i]; e.Name != want || i > 0 && (!e.IsSource() || e.Instances != 1) {
			t.Errorf("element %d: %+v", i, e)
		}
	}
	for i, n := range []int{1000, 0} {
		if got := emitted(t, g.Elements[1+i]); !slices.Equal(got, items[:n]) {
			t.Errorf("feed %d emitted %d items: %v", i, len(got), got)
		}
		if again := emitted(t, g.Elements[1+i]); len(again) != n {
			t.Errorf("feed %d emits %d items in a second run", i, len(again))
		}
	}
}

// emitted runs an instance of a source of numbers until it ends.
func emitted(t *testing.T, e *d4.Element) []int {
	t.Helper()
	pe, err := e.Make()
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	ports, err := port.Find(pe)
	if err != nil {
		t.Fatal(err)
	}
	in := port.InputOf(d4.Input(func(n int) error { got = append(got, n); return nil }))
	in.Bind(quiet{})
	out := ports[0].Out
	out.Bind(quiet{}, []port.Stream{{To: in, Grouping: d4.Balanced, N: 1, Fused: in}})
	for err == nil {
		out.Open()
		err = pe.(d4.Source).Next()
		out.Flush()
		out.Shut()
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	return got
}

// quiet is an engine that has nothing to say.
type quiet struct{}

func (quiet) Tick() uint32              { return 0 }
func (quiet) Mark(port.Output, d4.Time) {}
func (quiet) Idle(port.Output)          {}
func (quiet) Overfull(int)              { panic("overfull") }
func (quiet) Misused()                  { panic("misused") }
func (quiet) Enter(int)                 {}
func (quiet) Leave(err error) {
	if err != nil {
		panic(err)
	}
}

func TestOrder(t *testing.T) {
	g := d4.NewGraph("g")
	c, b, a := d4.Add(g, "c", newDouble), d4.Add(g, "b", newDouble), d4.Add(g, "a", newNumbers)
	d4.Connect(g, a.Out, b.In)
	d4.Connect(g, b.Out, c.In)
	d4.Connect(g, a.Out, c.In)
	if order, cycle := g.Order(); !slices.Equal(order, []int{2, 1, 0}) || cycle != nil {
		t.Errorf("order %v, cycle %v", order, cycle)
	}
}

// count is the PE of the package's example.
type count struct {
	d4.Base
	Words d4.In[string]
}

func newCount() *count {
	c := &count{}
	c.Words = d4.InputBy(func(string) error { return nil }, func(word string) string { return word })
	return c
}

func ExampleGraph_Validate() {
	g := d4.NewGraph("wordcount")
	d4.Add(g, "lines", newNumbers)
	count := d4.Add(g, "count", newCount, d4.Instances(-3))
	d4.Add(g, "count", newCount)
	d4.Feed(g, count.Words, "the", "cat")
	fmt.Println(g.Validate())
	// Output:
	// graph wordcount: count: -3 instances
	// graph wordcount: count: there are two PEs of this name
	// graph wordcount: count.words: nothing is connected to this input
}
