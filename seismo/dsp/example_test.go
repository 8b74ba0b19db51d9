package dsp_test

import (
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// A record at two stations, which the wave passes one after the other: cleaned,
// filtered, and correlated.
func Example() {
	const n, rate, late, maxLag = 4000, 40.0, 30, 100
	r := rand.New(rand.NewPCG(1, 1))
	source := make([]float32, n+late)
	for i := range source {
		source[i] = float32(r.NormFloat64())
	}
	first, second := source[late:], append([]float32(nil), source[:n]...)

	sections, err := dsp.Bandpass(4, 1, 8, rate)
	if err != nil {
		log.Fatal(err)
	}
	filter := dsp.NewFilter[float32](sections)
	for _, record := range [][]float32{first, second} {
		dsp.DetrendLinear(record, record)
		dsp.Taper(record, record, dsp.Hann, dsp.TaperLength(n, 0.05, 20, rate), dsp.BothSides)
		filter.ZeroPhase(record, record)
	}
	lags := dsp.NewCorrelator[float32, complex64](n, maxLag).Correlate(nil, first, second)
	best := 0
	for i, v := range lags {
		if v > lags[best] {
			best = i
		}
	}
	fmt.Println("the wave is late by", best-maxLag, "samples")
	// Output: the wave is late by 30 samples
}
