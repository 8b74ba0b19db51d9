// Gen writes the AVX2 kernels of package kernel, as assembly that go build takes
// as it is, and the Go declarations that go with it:
//
//	go generate ./internal/kernel
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("!purego")
	for _, p := range []*precision{float32s(), float64s()} {
		p.fftPasses()
		p.transposes()
		p.halves()
	}
	Generate()
}
