// Command backwards gives Connect its ports the wrong way round.
package main

import d4 "github.com/dispel4go/dispel4go"

type pass struct {
	d4.Base
	In  d4.In[int]
	Out d4.Out[int]
}

func main() {
	g := d4.NewGraph("backwards")
	a := d4.Add(g, "a", func() *pass { return &pass{} })
	b := d4.Add(g, "b", func() *pass { return &pass{} })
	d4.Connect(g, a.In, b.Out) // want: In[int] Out[
}
