package moveout_test

import (
	"errors"
	"fmt"
	"math"

	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/seismo/synth"
)

// Correlations as theory has them for 3 km/s, first with the right distances and
// then with those of another network.
func ExampleMeasure() {
	g := theory(synth.Scatter(1, 10, 40), 0.2, 1.5, func(f float64) float64 { return 2 * math.Pi * f / 3 })
	fit, err := moveout.Measure(g, moveout.Options{})
	fmt.Printf("%.2f km/s, %v\n", fit.VelocityKmS, err)

	g.DistancesKm = distances(synth.Scatter(2, 10, 40))
	_, err = moveout.Measure(g, moveout.Options{})
	fmt.Println(err, errors.Is(err, moveout.ErrNoArrival))
	// Output:
	// 3.00 km/s, <nil>
	// moveout: no arrival true
}
