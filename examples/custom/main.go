// Command custom is a program with a PE of its own beside the stock ones: it
// runs job files that use either.
package main

import (
	"strings"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/cli"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
)

// Longest emits the longest word of all, the first in the alphabet if there are
// several: the same in whatever order the words come.
type Longest struct {
	d4.Base
	In     d4.In[string]
	Out    d4.Out[string]
	Ending string `help:"only words that end so count"`
	word   string
}

func NewLongest() *Longest {
	l := &Longest{}
	l.In = d4.Input(l.see, d4.AllToOne)
	return l
}

func (l *Longest) see(w string) error {
	longer := len(w) > len(l.word) || len(w) == len(l.word) && w < l.word
	if longer && strings.HasSuffix(w, l.Ending) {
		l.word = w
	}
	return nil
}

// Finish is called when all words have come.
func (l *Longest) Finish() error { l.Out.Emit(l.word); return nil }

func main() {
	cli.Main(pes.Register, func(r *registry.Registry) {
		registry.Add(r, "custom.Longest", "emits the longest word of all", NewLongest)
	})
}
