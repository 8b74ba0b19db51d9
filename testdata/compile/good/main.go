// Command good compiles: the control of the others.
package main

import (
	"fmt"
	"io"

	d4 "github.com/dispel4go/dispel4go"
)

type texts struct {
	d4.Base
	Out d4.Out[string]
}

func (t *texts) Next() error { t.Out.Emit("a"); return io.EOF }

type lengths struct {
	d4.Base
	In d4.In[string]
}

func newLengths() *lengths {
	l := &lengths{}
	l.In = d4.InputBy(func(s string) error { fmt.Println(len(s)); return nil }, func(s string) int { return len(s) })
	return l
}

func main() {
	g := d4.NewGraph("good")
	from := d4.Add(g, "texts", func() *texts { return &texts{} })
	to := d4.Add(g, "lengths", newLengths)
	d4.Connect(g, from.Out, to.In)
}
