package rundir

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/partition"
)

// TestProfile: what the instances of a PE did is added up.
func TestProfile(t *testing.T) {
	r := &Record{Path: "runs/a", Run: Run{State: Complete}, Rows: []Row{
		{PE: "read", ItemsOut: 10, BytesOut: 80, Busy: 0.5},
		{PE: "work", Index: 0, ItemsIn: 4, ItemsOut: 3, BytesOut: 30, Busy: 1},
		{PE: "work", Index: 1, ItemsIn: 6, ItemsOut: 5, BytesOut: 50, Busy: 3},
	}}
	want := partition.Profile{
		"read": {Instances: 1, ItemsOut: 10, BytesOut: 80, Seconds: 0.5, Each: []partition.Share{{ItemsOut: 10, Seconds: 0.5}}},
		"work": {Instances: 2, ItemsIn: 10, ItemsOut: 8, BytesOut: 80, Seconds: 4, Each: []partition.Share{{ItemsIn: 4, ItemsOut: 3, Seconds: 1}, {ItemsIn: 6, ItemsOut: 5, Seconds: 3}}},
	}
	if got, err := r.Profile(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	// Rank 1 has had half a processor, rank 0 more than it was busy for.
	r.Rows[2].Rank = 1
	r.Run.Usage = []Usage{{Rank: 0, CPU: 9}, {Rank: 1, CPU: 1.5}}
	if got, err := r.Profile(); err != nil || got["work"].Seconds != 2.5 || got["work"].Each[1].Seconds != 1.5 || got["read"].Seconds != 0.5 {
		t.Errorf("of shared processors: %v, %v", got, err)
	}
	// Both ranks were one process, which had two thirds of what they were busy for.
	r.Run.Usage = []Usage{{Rank: 0, CPU: 3}}
	if got, err := r.Profile(); err != nil || math.Abs(got["work"].Seconds-4*3/4.5) > 1e-12 || math.Abs(got["read"].Seconds-0.5*3/4.5) > 1e-12 {
		t.Errorf("of ranks in one process: %v, %v", got, err)
	}
	// Rows of an unbelievable index count, but not one by one.
	r.Rows[2].Index = 1 << 40
	if got, err := r.Profile(); err != nil || got["work"].ItemsIn != 10 || len(got["work"].Each) != 1 {
		t.Errorf("of an instance that cannot be: %v, %v", got, err)
	}
	r.Rows, r.Run.State = nil, Incomplete
	if _, err := r.Profile(); err == nil || !strings.Contains(err.Error(), "runs/a: there is no trace.csv") || !strings.Contains(err.Error(), "incomplete") {
		t.Errorf("%v", err)
	}
}

// TestMiss: rates are compared, and the PE that is furthest off is named.
func TestMiss(t *testing.T) {
	rows := []Row{
		{PE: "read", ItemsOut: 200, Busy: 2},
		{PE: "work", ItemsIn: 200, ItemsOut: 200, Busy: 60},
		{PE: "sink", ItemsIn: 200, Busy: 0.2},
	}
	r := &Record{Run: Run{State: Complete, Started: noon, Updated: noon, Result: Result{Wall: 4}, Predicted: &Predicted{Items: 100, Seconds: 1, Bottleneck: "work",
		Sources: []string{"read"}, CPU: map[string]float64{"read": 1, "work": 10, "sink": 0.1}}}, Rows: rows}
	m := r.Report(noon).Prediction
	if m == nil || m.Predicted != 100 || m.Rate != 50 || len(m.PEs) != 3 || m.PEs[0] != (PEMiss{"work", 0.1, 0.3}) {
		t.Fatalf("%+v", m)
	}
	const want = "predicted: 100 items/s from the sources, there were 50 (50 % less); furthest off was work: 300 ms for an item of the sources, 100 ms predicted (200 % more); predicted bottleneck: work"
	if m.String() != want {
		t.Errorf("%s\nwant\n%s", m, want)
	}
	r.Run.Predicted.Assumed = []string{"work", "sink"}
	if text := r.Report(noon).Prediction.String(); !strings.Contains(text, "nothing, for it was not known what work, sink cost") {
		t.Errorf("%s", text)
	}
	r.Run.Predicted = nil
	if m := r.Report(noon).Prediction; m != nil {
		t.Errorf("%+v without a prediction", m)
	}
}
