// Command dispel4go runs job files with the stock PEs.
package main

import (
	"github.com/dispel4go/dispel4go/cli"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/seismo"
)

func main() { cli.Main(pes.Register, seismo.Register) }
