package plot_test

import (
	"bytes"
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/plot"
)

// Half a million pairs are stacked as they come and drawn as one section.
func ExampleBins() {
	bins := plot.NewBins(100, 50, 241)
	trace := make([]float32, 241)
	for pair := range 1000 {
		distance := float64(pair) / 10
		for i := range trace {
			lag := float64(i-120) / 2
			trace[i] = float32(math.Exp(-math.Pow(math.Abs(lag)-distance/3, 2)))
		}
		if err := bins.Add(distance, trace); err != nil {
			fmt.Println(err)
			return
		}
	}
	section := plot.RecordSection{Title: "Correlations", Start: -60, Step: 0.5, Pairs: bins.Pairs(),
		Velocities: []plot.Velocity{{Name: "fitted", KmPerS: 3.01}, {Name: "known", KmPerS: 3, Dashed: true}}}
	section.Distances, section.Traces = bins.Rows()
	var svg bytes.Buffer
	fmt.Println(plot.Encode(&svg, "svg", section), len(section.Traces), svg.Len() > 10_000)
	// Output: <nil> 50 true
}
