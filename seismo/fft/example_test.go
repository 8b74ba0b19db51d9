package fft_test

import (
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/seismo/fft"
)

func ExampleReal() {
	const n = 8
	x := make([]float64, n)
	for i := range x {
		x[i] = 1 + math.Cos(2*math.Pi*2*float64(i)/n) // a mean of 1 and two cycles
	}
	p := fft.NewReal[float64, complex128](n)
	for k, c := range p.Forward(nil, x) {
		fmt.Printf("%d: %.1f\n", k, math.Hypot(real(c), imag(c)))
	}
	// Output:
	// 0: 8.0
	// 1: 0.0
	// 2: 4.0
	// 3: 0.0
	// 4: 0.0
}
