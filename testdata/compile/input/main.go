// Command input gives an input a function for other items.
package main

import d4 "github.com/dispel4go/dispel4go"

type pe struct {
	d4.Base
	In d4.In[int]
}

func main() {
	p := &pe{}
	p.In = d4.Input(func(s string) error { return nil }) // want: In[string] In[int]
}
