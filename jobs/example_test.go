package jobs_test

import (
	"context"
	"fmt"

	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
)

const count = `
name = "count"

[[pe]]
name = "count"
type = "pes.CountEach"

[[pe]]
name = "top"
type = "pes.Print"

[[connect]]
from = "count.out"
to = "top.in"

[input]
"count.in" = ["noise", "signal", "noise"]
`

func Example() {
	r := registry.New()
	pes.Register(r)
	job, err := jobs.Parse("count.toml", []byte(count), r, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := partition.Make(job.Graph, partition.Ranks(1, 1), partition.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := engine.Run(context.Background(), engine.Config{Plan: plan, Cores: 1, Seed: job.Seed.Value})
	fmt.Println(res.Sinks["top"].Items, err)
	// Unordered output:
	// {noise 2}
	// {signal 1}
	// 2 <nil>
}

func ExampleError() {
	r := registry.New()
	pes.Register(r)
	_, err := jobs.Parse("count.toml", []byte(`
[[pe]]
name = "lines"
type = "pes.ReadLins"
instnces = 2

[[pe]]
name = "top"
type = "pes.Print"

[[connect]]
from = "lines.out"
to = "tap.in"
`), r, []string{"lines.paths=*.txt", "run.cores=many"})
	fmt.Println(err)
	// Output:
	// count.toml:4:8: there is no PE of type "pes.ReadLins"; did you mean "pes.ReadLines"?
	// count.toml:5:1: [[pe]] has no key "instnces"; did you mean "instances"?
	// count.toml:8:8: top.in: nothing is connected to this input
	// count.toml:13:6: there is no PE "tap"; did you mean "top"?
	// --set run.cores=many: cores is a whole number, not the string "many"
}
