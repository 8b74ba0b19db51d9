package dispel4go

import (
	"fmt"
	"math"
	"regexp"

	"github.com/dispel4go/dispel4go/internal/port"
)

// OnError says what happens when a PE returns an error or panics over an item.
type OnError uint8

// The ways to go on after an error.
const (
	// Fail ends the run. It is the default.
	Fail OnError = iota
	// Skip counts the item, keeps it in the run's errors and goes on.
	Skip
	// Retry calls the PE again with a fresh copy, then does as Fail.
	Retry
)

// String is the name used in job files.
func (o OnError) String() string { return [...]string{"fail", "skip", "retry"}[o] }

// DefaultHold is what a call may emit before it returns, in bytes, where
// OnError is Skip or Retry.
const DefaultHold = 64 << 20

// An Element is one PE of a graph with what the graph says of it.
type Element struct {
	Name      string
	Instances int  // 0: the plan decides
	Single    bool // never more than one
	OnError   OnError
	Retries   int     // further calls after a failed one
	Hold      int     // bytes a held call may emit
	Calls     int     // of Next in all, dealt evenly over the instances; -1: until io.EOF
	Weight    float64 // CPU seconds an item, 0 if unknown

	// Proto names the ports and is never run; Ports are its own.
	Proto PE
	Ports []port.Found
	// Make makes the PE of an instance.
	Make func() (PE, error)
}

// IsSource reports whether the element has a Next.
func (e *Element) IsSource() bool { _, ok := e.Proto.(Source); return ok }

// Port returns the index of the port of that name, -1 if there is none.
func (e *Element) Port(name string) int {
	for i, p := range e.Ports {
		if p.Name == name {
			return i
		}
	}
	return -1
}

// An Edge is a stream between two ports: indices into Graph.Elements and their
// Ports.
type Edge struct {
	From, Out int
	To, In    int
	Grouping  Grouping
}

// A Graph is a workflow: elements and the edges between them. What is wrong
// with it is kept until Validate.
type Graph struct {
	Name     string
	Elements []*Element
	Edges    []Edge

	problems []Problem
	ports    map[any]place
}

type place struct{ element, port int }

// A Problem is one thing that is wrong with a graph.
type Problem struct {
	Element string // the PE it is about, if it is about one
	Port    string // its port, if it is about one
	Text    string
}

// String is the problem in one line.
func (p Problem) String() string {
	switch {
	case p.Port != "":
		return p.Element + "." + p.Port + ": " + p.Text
	case p.Element != "":
		return p.Element + ": " + p.Text
	}
	return p.Text
}

// NewGraph returns an empty graph.
func NewGraph(name string) *Graph { return &Graph{Name: name, ports: map[any]place{}} }

// An Option says something about a PE in a graph.
type Option func(*Element)

// Instances fixes the number of instances.
func Instances(n int) Option { return func(e *Element) { e.Instances = n } }

// WithOnError says what happens on an error, with that many retries for Retry.
func WithOnError(o OnError, retries int) Option {
	return func(e *Element) { e.OnError, e.Retries = o, retries }
}

// Hold bounds what a call may emit under Skip or Retry, in bytes.
func Hold(bytes int) Option { return func(e *Element) { e.Hold = bytes } }

// Calls limits a source to n calls of Next in all, dealt evenly over its
// instances.
func Calls(n int) Option { return func(e *Element) { e.Calls = n } }

// Weight tells the plan what an item costs, in CPU seconds.
func Weight(seconds float64) Option { return func(e *Element) { e.Weight = seconds } }

var nameRule = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// Add adds a PE to the graph. The factory is called once for each instance, and
// once more for the value that Add returns, which only names ports.
func Add[P PE](g *Graph, name string, factory func() P, opts ...Option) P {
	var proto P
	g.AddElement(name, func() (PE, error) {
		p := factory()
		var pe PE = p
		if s, ok := pe.(Setupper); ok {
			if err := s.Setup(); err != nil {
				return p, err
			}
		}
		return p, nil
	}, func(p PE) { proto = p.(P) }, opts...)
	return proto
}

// AddElement adds a PE whose type is not known in Go. Found, which may be nil,
// is called with the value that names its ports.
func (g *Graph) AddElement(name string, create func() (PE, error), found func(PE), opts ...Option) *Element {
	e := &Element{Name: name, Calls: -1, Hold: DefaultHold}
	for _, o := range opts {
		o(e)
	}
	bad := func(format string, args ...any) {
		g.problems = append(g.problems, Problem{Element: name, Text: fmt.Sprintf(format, args...)})
	}
	if !nameRule.MatchString(name) {
		bad("a name is a letter followed by letters, digits, _ and -")
	}
	if g.Element(name) >= 0 {
		bad("there are two PEs of this name")
	}
	proto, err := create()
	if found != nil && proto != nil {
		found(proto)
	}
	e.Proto, e.Make = proto, create
	for _, err := range unjoin(err) {
		bad("%v", err)
	}
	if proto != nil {
		ports, err := port.Find(proto)
		for _, err := range unjoin(err) {
			bad("%v", err)
		}
		e.Ports = ports
		_, single := proto.(Single)
		_, root := proto.(RootPlaced)
		e.Single = single || root
	}
	g.check(e, bad)
	for i, p := range e.Ports {
		if p.In != nil {
			g.ports[p.In] = place{len(g.Elements), i}
			e.Single = e.Single || p.In.Grouping().Kind() == port.KindAllToOne && e.Instances == 0
		} else {
			g.ports[p.Out] = place{len(g.Elements), i}
		}
	}
	g.Elements = append(g.Elements, e)
	return e
}

func (g *Graph) check(e *Element, bad func(string, ...any)) {
	switch {
	case e.Instances < 0:
		bad("%d instances", e.Instances)
	case e.Single && e.Instances > 1:
		bad("it runs as a single instance, but %d are asked for", e.Instances)
	}
	if e.Retries < 0 || e.OnError == Retry && e.Retries == 0 {
		bad("on_error = retry needs retries of at least 1")
	}
	if e.Hold <= 0 {
		bad("a call must be allowed to emit something: hold is %d bytes", e.Hold)
	}
	if e.Calls < -1 {
		bad("%d calls", e.Calls)
	}
	if !(e.Weight >= 0 && e.Weight <= math.MaxFloat64) {
		bad("an item cannot cost %v seconds", e.Weight)
	}
	if e.Calls >= 0 && e.Proto != nil && !e.IsSource() {
		bad("it is not a source, so its calls cannot be counted")
	}
	if e.OnError != Fail && e.Proto != nil && e.IsSource() {
		bad("on_error = %s is for PEs with inputs: a source has no item to skip or retry", e.OnError)
	}
}

func unjoin(err error) []error {
	if err == nil {
		return nil
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}

// Element returns the index of the element of that name, -1 if there is none.
func (g *Graph) Element(name string) int {
	for i, e := range g.Elements {
		if e.Name == name {
			return i
		}
	}
	return -1
}

// Connect joins an output with an input by a stream. A grouping may be given
// where the PE of the input has left it open.
func Connect[T any](g *Graph, from Out[T], to In[T], grouping ...Grouping) {
	var by Grouping
	if len(grouping) > 0 {
		by = grouping[0]
	}
	g.join(g.portOf(port.OutputOf(from), "output"), g.portOf(port.InputOf(to), "input"), by)
}

func (g *Graph) portOf(p any, what string) place {
	if at, ok := g.ports[p]; ok {
		return at
	}
	g.problems = append(g.problems, Problem{Text: "Connect was given an " + what + " of a PE that was not added to this graph"})
	return place{-1, -1}
}

func (g *Graph) join(from, to place, by Grouping) {
	if from.element < 0 || to.element < 0 {
		return
	}
	source, dest := g.Elements[from.element], g.Elements[to.element]
	out, in := source.Ports[from.port], dest.Ports[to.port]
	grouping, err := port.Joinable(out.Out, in.In, by)
	if err != nil {
		g.problems = append(g.problems, Problem{Element: dest.Name, Port: in.Name,
			Text: fmt.Sprintf("from %s.%s: %v", source.Name, out.Name, err)})
		return
	}
	g.Edges = append(g.Edges, Edge{from.element, from.port, to.element, to.port, grouping})
}

// ConnectPorts joins ports by the names of their PEs and their own, as
// "filter", "out", "whiten", "in". The grouping may be nil.
func (g *Graph) ConnectPorts(fromPE, out, toPE, in string, by Grouping) error {
	from, err := g.find(fromPE, out, false)
	if err != nil {
		return err
	}
	to, err := g.find(toPE, in, true)
	if err != nil {
		return err
	}
	before := len(g.problems)
	g.join(from, to, by)
	if len(g.problems) > before {
		p := g.problems[before]
		g.problems = g.problems[:before]
		return fmt.Errorf("%s", p)
	}
	return nil
}

func (g *Graph) find(pe, name string, input bool) (place, error) {
	at := g.Element(pe)
	if at < 0 {
		return place{}, fmt.Errorf("there is no PE %q", pe)
	}
	e := g.Elements[at]
	i := e.Port(name)
	if i < 0 {
		return place{}, fmt.Errorf("%s has no port %q", pe, name)
	}
	if (e.Ports[i].In != nil) != input {
		return place{}, fmt.Errorf("%s.%s is not an %s", pe, name, map[bool]string{true: "input", false: "output"}[input])
	}
	return place{at, i}, nil
}
