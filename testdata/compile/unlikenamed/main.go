// Command unlikenamed joins streams of two named types with the same fields.
package main

import d4 "github.com/dispel4go/dispel4go"

type trace struct{ Samples []float64 }

type spectrum struct{ Samples []float64 }

type reader struct {
	d4.Base
	Out d4.Out[trace]
}

type stack struct {
	d4.Base
	In []d4.In[spectrum]
}

func main() {
	g := d4.NewGraph("unlike")
	from := d4.Add(g, "reader", func() *reader { return &reader{} })
	to := d4.Add(g, "stack", func() *stack { return &stack{} })
	d4.Connect(g, from.Out, to.In[0]) // want: trace spectrum
}
