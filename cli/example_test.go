package cli_test

import (
	"context"
	"fmt"
	"os"

	"github.com/dispel4go/dispel4go/cli"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
)

// Main does this with the arguments of the program.
func ExampleRun() {
	r := registry.New()
	pes.Register(r)
	if err := cli.Run(context.Background(), r, []string{"draw", "../examples/wordcount.toml"}, os.Stdout, os.Stderr); err != nil {
		fmt.Println(err)
	}
	// Output:
	// flowchart LR
	//     n0(["lines"])
	//     n1["words"]
	//     n2["count (3)"]
	//     n3["print"]
	//     n0 --> n1
	//     n1 -->|"by key"| n2
	//     n2 -->|"all_to_one"| n3
}
