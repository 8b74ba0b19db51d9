package dispel4go

import (
	"io"
	"strings"

	"github.com/dispel4go/dispel4go/internal/port"
)

// Feed gives items to an input that no stream feeds, as a source would that
// emits them in order; they are given away. It adds a PE to the graph, named
// after the input.
func Feed[T any](g *Graph, to In[T], items ...T) {
	at := g.portOf(port.InputOf(to), "input")
	if at.element < 0 {
		return
	}
	e := g.Elements[at.element]
	name := e.Name + "-" + strings.NewReplacer("[", "-", "]", "").Replace(e.Ports[at.port].Name) + "-feed"
	feed := Add(g, name, func() *feeder[T] { return &feeder[T]{items: items} }, Instances(1))
	Connect(g, feed.Out, to)
}

// feeder emits the items of a Feed.
type feeder[T any] struct {
	Base
	Out   Out[T]
	items []T
}

// Next emits them a few at a time.
func (f *feeder[T]) Next() error {
	const some = 256
	for _, item := range f.items[:min(some, len(f.items))] {
		f.Out.Emit(item)
	}
	f.items = f.items[min(some, len(f.items)):]
	if len(f.items) == 0 {
		return io.EOF
	}
	return nil
}
