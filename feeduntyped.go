package dispel4go

import (
	"io"
	"strings"

	"github.com/dispel4go/dispel4go/internal/port"
)

// FeedUntyped is Feed for an input that is known by name only: item returns the
// i-th of n items, of the input's own type. It is called once for each item of a
// run, and what it returns is given away. The name of the PE that is added is
// returned.
func FeedUntyped(g *Graph, pe, input string, n int, item func(i int) any) (name string, err error) {
	at, err := g.find(pe, input, true)
	if err != nil {
		return "", err
	}
	to := g.Elements[at.element].Ports[at.port]
	name = feedName(pe, input)
	g.AddElement(name, func() (PE, error) {
		return &untypedFeeder{Out: port.UntypedTo(to.In), n: n, item: item}, nil
	}, nil, Instances(1))
	return name, g.ConnectPorts(name, "out", pe, input, nil)
}

// feedName names the PE that feeds an input.
func feedName(pe, input string) string {
	return pe + "-" + strings.NewReplacer("[", "-", "]", "").Replace(input) + "-feed"
}

// untypedFeeder emits the items of a FeedUntyped.
type untypedFeeder struct {
	Base
	Out   port.Untyped
	at, n int
	item  func(i int) any
}

// Next emits them a few at a time.
func (f *untypedFeeder) Next() error {
	const some = 256
	for range min(some, f.n-f.at) {
		f.Out.Emit(f.item(f.at))
		f.at++
	}
	if f.at == f.n {
		return io.EOF
	}
	return nil
}
