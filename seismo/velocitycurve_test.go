package seismo_test

import (
	"math"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
)

// TestVelocityCurve: a change counts by its error, and one without for nothing.
func TestVelocityCurve(t *testing.T) {
	change := func(hour int, b string, dvv, e float64) seismo.VelocityChange {
		return seismo.VelocityChange{A: "A", B: b, Start: d4.Time(hour) * 3600 * second, DVV: dvv, Error: e}
	}
	all := []seismo.VelocityChange{
		change(0, "B", 0.001, 1e-4), change(0, "C", 0.5, math.Inf(1)), change(0, "D", 0.5, math.NaN()),
		change(1, "B", 0.002, 1e-4), change(1, "C", 0.007, 2e-4),
		change(2, "B", 0.5, math.Inf(1)),
	}
	curve := func(all ...seismo.VelocityChange) map[string]any {
		res := run(t, seismo.NewVelocityCurve, petest.Set("Pictures", false), petest.Feed("in", all...))
		return res.PE(nil).(*seismo.VelocityCurve).Summary()
	}
	got := curve(all...)
	if got["measurements"] != 6 || got["times"] != 2 || math.Abs(got["dvv_first_half"].(float64)-0.001) > 1e-12 || math.Abs(got["dvv_second_half"].(float64)-0.003) > 1e-12 {
		t.Errorf("%v", got)
	}
	if got := curve(all[5]); got["measurements"] != 1 || got["times"] != nil {
		t.Errorf("%v", got)
	}
}
