package seismo_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
)

// shaking is that of one station, of oscillators of these periods.
func shaking(label string, periods ...float64) seismo.Shaking {
	return seismo.Shaking{Label: label, Station: seismo.Station{ID: "CI.CCA..BH", Lat: 35, Lon: -117}, PGAMS2: 3, PGVMS: 2, PGDM: 1,
		PeriodsS: periods, PSAMS2: make([]float64, len(periods))}
}

// TestMotionMap: stations are points; what is compared has the same periods, whatever
// its label.
func TestMotionMap(t *testing.T) {
	res := run(t, seismo.NewMotionMap, petest.Set("Pictures", false), petest.Feed("in", shaking("observed", 1), shaking("synthetic", 1)))
	var points struct {
		Features []struct {
			ID       string
			Geometry struct{ Coordinates []float64 }
		}
	}
	if err := json.Unmarshal(res.Files["motion.geojson"], &points); err != nil || len(points.Features) != 2 {
		t.Fatalf("%v: %+v", err, points)
	}
	if f := points.Features[0]; f.ID != "observed CI.CCA..BH" || f.Geometry.Coordinates[0] != -117 || f.Geometry.Coordinates[1] != 35 {
		t.Errorf("%+v", f)
	}
	for _, other := range []seismo.Shaking{shaking("synthetic", 3), shaking("synthetic"), shaking("observed", 1, 3)} {
		res := petest.Run(t, seismo.NewMotionMap, petest.Set("Pictures", false), petest.Feed("in", shaking("observed", 1), other))
		if res.Err == nil || !strings.HasSuffix(res.Err.Error(), "those before are at [1] s: set periods_s alike in every seismo.GroundMotion") {
			t.Errorf("%v", res.Err)
		}
	}
}
