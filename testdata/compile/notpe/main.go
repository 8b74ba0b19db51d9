// Command notpe adds what is not a PE.
package main

import d4 "github.com/dispel4go/dispel4go"

type plain struct{ In d4.In[int] }

func main() {
	g := d4.NewGraph("notpe")
	d4.Add(g, "plain", func() *plain { return &plain{} }) // want: *plain PE
}
