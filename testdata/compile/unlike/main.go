// Command unlike joins a stream of strings with an input of numbers.
package main

import d4 "github.com/dispel4go/dispel4go"

type texts struct {
	d4.Base
	Out d4.Out[string]
}

type numbers struct {
	d4.Base
	In d4.In[int]
}

func main() {
	g := d4.NewGraph("unlike")
	from := d4.Add(g, "texts", func() *texts { return &texts{} })
	to := d4.Add(g, "numbers", func() *numbers { return &numbers{} })
	d4.Connect(g, from.Out, to.In) // want: In[int] In[string]
}
