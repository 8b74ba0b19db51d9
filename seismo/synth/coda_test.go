package synth

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// TestMedium: the same samples again, other noise in another period, and a response
// whose arrivals come earlier where the velocity is higher.
func TestMedium(t *testing.T) {
	m := DefaultMedium(1)
	m.PeriodS, m.Sources = 200, 3
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	a := m.Record(2, 5, 0)
	if len(a) != 1600 || !slices.Equal(a, m.Record(2, 5, 0)) || slices.Equal(a, m.Record(2, 6, 0)) || slices.Equal(a, m.Record(1, 5, 0)) {
		t.Error("recordings are not those of their station and period")
	}
	const change = 0.1
	x := make([]float64, 1600)
	center := func(change float64) (mean float64) { // of the energy of many responses
		for source := range 60 {
			m.respond(x, 1, source, change)
			var sum, total float64
			for i, v := range x {
				sum, total = sum+float64(i)*v*v, total+v*v
			}
			mean += sum / total / 60
		}
		return mean
	}
	if ratio := center(0) / center(change); math.Abs(ratio-(1+change)) > 0.02 {
		t.Errorf("arrivals come %g times earlier, expected %g", ratio, 1+change)
	}
	for what, change := range map[string]func(m *Medium){
		"no band": func(m *Medium) { m.FreqMaxHz = 0.1 }, "a short period": func(m *Medium) { m.PeriodS = 20 }, "no sources": func(m *Medium) { m.Sources = 0 },
	} {
		bad := m
		change(&bad)
		if err := bad.Check(); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
