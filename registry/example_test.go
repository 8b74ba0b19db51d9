package registry_test

import (
	"fmt"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/registry"
)

// A scale multiplies.
type scale struct {
	d4.Base
	In     d4.In[float64]
	Out    d4.Out[float64]
	Factor float64 `min:"0" help:"what items are multiplied by"`
}

func newScale() *scale {
	s := &scale{Factor: 1}
	s.In = d4.Input(func(x float64) error { s.Out.Emit(s.Factor * x); return nil })
	return s
}

func Example() {
	r := registry.New()
	registry.Add(r, "my.Scale", "multiplies", newScale)

	variants, _ := r.Lookup("my.Scale")
	v := variants[0]
	for _, p := range v.Params() {
		fmt.Println(p.Name, p.Kind, p.Default, "-", p.Help)
	}
	pe, err := v.Make(map[string]any{"factor": int64(3)})()
	fmt.Println(pe.(*scale).Factor, err)
	_, err = v.Make(map[string]any{"fctor": -2.0})()
	fmt.Println(err)
	fmt.Printf("there is no my.Skale%s\n", registry.DidYouMean("my.Skale", r.Names()))
	// Output:
	// factor float 1 - what items are multiplied by
	// 3 <nil>
	// my.Scale has no parameter "fctor"; did you mean "factor"?
	// there is no my.Skale; did you mean "my.Scale"?
}
