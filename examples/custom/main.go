// Command custom is a program with a PE of its own beside the stock ones: it
// runs job files that use either.
package main

import (
	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/cli"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
)

// Longest passes on each word that is longer than all before it.
type Longest struct {
	d4.Base
	In  d4.In[string]
	Out d4.Out[string]

	Least int `help:"words shorter than this are left out" min:"0"`

	length int
}

// NewLongest returns a PE without a least length.
func NewLongest() *Longest {
	l := &Longest{}
	l.In = d4.Input(l.word, d4.AllToOne)
	return l
}

func (l *Longest) word(w string) error {
	if len(w) > max(l.length, l.Least-1) {
		l.length = len(w)
		l.Out.Emit(w)
	}
	return nil
}

func main() {
	cli.Main(pes.Register, func(r *registry.Registry) {
		registry.Add(r, "custom.Longest", "passes on each word that is longer than all before", NewLongest)
	})
}
