// Gen writes the AVX2 kernels of package kernel, as assembly that go build takes
// as it is, and the Go declarations that go with it:
//
//	go generate ./internal/kernel
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("!purego")
	single, double := float32s(), float64s()
	for _, p := range []*precision{single, double} {
		p.fftPasses()
		p.transpose()
		p.reals()
	}
	single.crosses()
	single.scale()
	double.addTo()
	double.squareSums()
	double.ratios()
	double.cascade(1)
	double.cascade(2)
	Generate()
}
