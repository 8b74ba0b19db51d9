package seismo_test

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
)

// travelled are correlations of a network in which a wave of a velocity in km/s
// arrives at both sides; 0 is no wave.
func travelled(velocity float64) (all []seismo.Correlation) {
	const interval, side = 0.2, 100
	places := [][2]float64{{35, -117}, {35.1, -117.2}, {34.9, -117.1}, {35.2, -116.9}, {34.95, -116.8}, {35.15, -117.05}}
	name := func(i int) string { return "XX.S" + string(rune('A'+i)) + "..BHZ" }
	for i, a := range places {
		for j, b := range places[i+1:] {
			km := math.Hypot((b[0]-a[0])*111.2, (b[1]-a[1])*111.2*math.Cos(35*math.Pi/180))
			lags := random(uint64(10*i+j), 2*side+1)
			for k := range lags {
				lags[k] = (lags[k] - 25) / 1000
				if t := math.Abs(float64(k-side)) * interval; velocity > 0 {
					x := (t - km/velocity) / 0.5
					lags[k] += float32(math.Exp(-x*x) * math.Cos(3*x))
				}
			}
			all = append(all, seismo.Correlation{A: seismo.Station{ID: name(i), Lat: a[0], Lon: a[1], KnownKmS: velocity},
				B: seismo.Station{ID: name(i + 1 + j), Lat: b[0], Lon: b[1]}, Windows: 7, IntervalS: interval, Lags: lags})
		}
	}
	return all
}

// quick leaves out the pictures, which package plot tests.
var quick = petest.Set("Pictures", false)

func TestMoveout(t *testing.T) {
	all := travelled(2.8)
	slices.Reverse(all)
	res := run(t, seismo.NewMoveout, quick, petest.Set("Name", "cc"), petest.Feed("in", all...))
	summary := res.PE(nil).(*seismo.Moveout).Summary()
	if v, _ := summary["velocity_measured_km_s"].(float64); math.Abs(v/2.8-1) > 0.02 || summary["velocity_known_km_s"] != 2.8 || summary["pairs"] != 15 {
		t.Errorf("%v", summary)
	}
	if _, ok := res.Files["cc.zarr/zarr.json"]; !ok || len(res.Files) < 11 {
		t.Errorf("%d files", len(res.Files))
	}
	none := run(t, seismo.NewMoveout, quick, petest.Feed("in", travelled(0)...))
	if summary := none.PE(nil).(*seismo.Moveout).Summary(); summary["arrival"] != "no arrival" || summary["velocity_measured_km_s"] != nil {
		t.Errorf("without a wave: %v", summary)
	}
}

// TestStationMap: stations lie where they lie, in km, and pairs are between them.
func TestStationMap(t *testing.T) {
	all := travelled(0)
	res := run(t, seismo.NewMoveout, quick, petest.Feed("in", all...))
	m, err := seismo.StationMap(filepath.Join(leave(t, res), "correlations.zarr"))
	if err != nil || len(m.Stations) != 6 || len(m.Pairs) != 15 {
		t.Fatalf("%d stations, %d pairs, %v", len(m.Stations), len(m.Pairs), err)
	}
	for k, of := range m.Pairs { // the store has them in the order of names
		a, b := m.Stations[of[0]], m.Stations[of[1]]
		c := &all[k]
		if a.Name+"..BHZ" != c.A.ID || b.Name+"..BHZ" != c.B.ID {
			t.Errorf("pair %d is %s-%s, expected %s-%s", k, a.Name, b.Name, c.A.ID, c.B.ID)
		}
		east, north := (c.B.Lon-c.A.Lon)*111.32*math.Cos(35*math.Pi/180), (c.B.Lat-c.A.Lat)*110.94
		if math.Hypot(b.East-a.East-east, b.North-a.North-north) > 0.3 {
			t.Errorf("%s lies %.2f km east and %.2f km north of %s, expected %.2f and %.2f", b.Name, b.East-a.East, b.North-a.North, a.Name, east, north)
		}
	}
}

// TestFewPairs: no pair leaves nothing, one leaves a store and a picture.
func TestFewPairs(t *testing.T) {
	empty := run[*seismo.Moveout](t, seismo.NewMoveout)
	if summary := empty.PE(nil).(*seismo.Moveout).Summary(); len(empty.Files) > 0 || summary["pairs"] != 0 {
		t.Errorf("%v, %d files", summary, len(empty.Files))
	}
	one := run(t, seismo.NewMoveout, petest.Feed("in", travelled(3)[0]))
	if summary := one.PE(nil).(*seismo.Moveout).Summary(); summary["pairs"] != 1 || summary["velocity_measured_km_s"] != nil ||
		len(one.Files["correlations.png"]) == 0 || len(one.Files["correlations.svg"]) == 0 {
		t.Errorf("%v", summary)
	}
	if text := string(one.Files["correlations-map.svg"]); len(one.Files["correlations-map.png"]) == 0 ||
		!strings.Contains(text, "XX.SA") || !strings.Contains(text, "XX.SB") || !strings.Contains(text, "2 stations, 1 pairs") {
		t.Error("no map of two stations and their pair")
	}
}

func TestMoveoutRefuses(t *testing.T) {
	all := travelled(3)
	later := all[0]
	later.Start = 3600 * second
	other := all[1]
	other.Lags = other.Lags[1 : len(other.Lags)-1]
	for want, in := range map[string][]seismo.Correlation{
		"two correlations of XX.SA..BHZ-XX.SB..BHZ: put a seismo.Stack before this, or leave substack_s at 0":         {all[0], all[1], later},
		"XX.SA..BHZ-XX.SC..BHZ has other lags than XX.SA..BHZ-XX.SB..BHZ: decimate all channels to one sampling rate": {all[0], other},
	} {
		res := petest.Run(t, seismo.NewMoveout, quick, petest.Feed("in", in...))
		if res.Err == nil || !strings.HasSuffix(res.Err.Error(), want) || len(res.Files) > 0 {
			t.Errorf("%v and %d files, expected %s", res.Err, len(res.Files), want)
		}
	}
	long := seismo.Correlation{IntervalS: 1, Lags: make([]float32, 300_001)}
	if res := petest.Run(t, seismo.NewMoveout, petest.Set("MaxMiB", 1), petest.Feed("in", long)); !errors.Is(res.Err, pes.ErrLimit) {
		t.Errorf("%v", res.Err)
	}
}

// TestLimits: PEs that keep items say how much, for the plan.
func TestLimits(t *testing.T) {
	for _, pe := range []d4.PE{seismo.NewWindow(), seismo.NewCorrelate(), seismo.NewStack(), seismo.NewMoveout(), seismo.NewReadMseed()} {
		if l, ok := pe.(d4.Limited); !ok || l.MemoryLimit(3) < 1<<20 {
			t.Errorf("%T has no limit", pe)
		}
	}
}
