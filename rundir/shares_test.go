package rundir

import (
	"math"
	"reflect"
	"testing"
)

// TestStageShares: stages of the same PEs are one row, with their PEs below it, and what
// a file cannot mean does not leave 0 to 1.
func TestStageShares(t *testing.T) {
	rows := []Row{
		{PE: "read", Stage: "read[0]", Busy: 2, WaitOut: 6},
		{PE: "cut", Stage: "cut[0]", Rank: 1, Busy: 1, WaitIn: 5},
		{PE: "cut", Index: 1, Stage: "cut[1]", Rank: 2, Busy: 3, WaitIn: 3},
		{PE: "add", Stage: "cut[0]", Rank: 1, Busy: 2},
		{PE: "add", Index: 1, Stage: "cut[1]", Rank: 2, Busy: 4, WaitOut: 1},
		{PE: "odd", Stage: "odd[0]", Busy: 99, WaitIn: -1, WaitOut: math.NaN()},
	}
	want := []share{
		{Name: "read", Count: 1, Busy: 0.2, Out: 0.6, Least: 0.2, Most: 0.2},
		{Name: "cut + add", Count: 2, Busy: 0.5, Out: 0.05, In: 0.4, Least: 0.3, Most: 0.7},
		{Name: "cut", Fused: true, Count: 2, Busy: 0.2, Least: 0.1, Most: 0.3},
		{Name: "add", Fused: true, Count: 2, Busy: 0.3, Out: 0.05, Least: 0.2, Most: 0.4},
		{Name: "odd", Count: 1, Busy: 1, Least: 1, Most: 1},
	}
	got := stageShares(rows, 10)
	for i := range got { // tenths are not exact
		for _, x := range []*float64{&got[i].Busy, &got[i].Out, &got[i].In} {
			*x = math.Round(*x*1e9) / 1e9
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
	for _, s := range stageShares(rows, 0) {
		if s.Busy != 0 || s.In != 0 || s.Out != 0 {
			t.Errorf("of no time: %+v", s)
		}
	}
	over := share{Busy: 0.75, Out: 0.5, In: 1}
	if got := over.Pieces(); !reflect.DeepEqual(got, []piece{{0, 180, busyFill}, {180, 60, heldFill}}) {
		t.Errorf("the bar is %+v", got)
	}
}

// TestRankShares: each rank has its stages and what it told; many share rows.
func TestRankShares(t *testing.T) {
	rows := []Row{
		{PE: "a", Stage: "a[0]", Rank: 1, Host: "n1", Busy: 2},
		{PE: "b", Stage: "a[0]", Rank: 1, Host: "n1", Busy: 2},
		{PE: "c", Stage: "c[0]", Rank: 1, Host: "n1", Busy: 8},
		{PE: "c", Stage: "c[1]", Rank: 0, Host: "n0", WaitIn: 5},
	}
	all, n := rankShares(rows, []Usage{{1, "n1", 2, 15, 4 << 20}, {2, "n2", 1, 1, 1 << 20}}, 10)
	if n != 3 || len(all) != 3 {
		t.Fatalf("%d ranks: %+v", n, all)
	}
	if r := all[0]; r.Name != "0" || r.Host != "n0" || r.Told || r.In != 0.5 {
		t.Errorf("rank 0: %+v", r)
	}
	if r := all[1]; r.Count != 2 || math.Abs(r.Busy-0.6) > 1e-9 || r.Least != 0.4 || r.Most != 0.8 || r.CPU != 0.75 || r.Memory != 4<<20 || r.Filled != 1 {
		t.Errorf("rank 1: %+v", r)
	}
	if r := all[2]; r.Count != 0 || !r.Told || r.Filled != 0.25 {
		t.Errorf("rank 2: %+v", r)
	}
	// Ranks in one process have one account, which is that of none of them.
	if all, _ := rankShares(rows, []Usage{{0, "n0", 2, 15, 4 << 20}}, 10); len(all) != 2 || all[0].Told || all[1].Told {
		t.Errorf("in one process: %+v", all)
	}
	if all, n := rankShares(nil, nil, 10); len(all) != 0 || n != 0 {
		t.Errorf("of nothing: %+v", all)
	}
}

// TestCurves: rates are those between the times that are known, and nothing is said
// of later ones.
func TestCurves(t *testing.T) {
	p := &Progress{PEs: []string{"a", "b"}, Seconds: []float64{2, 4, 6}, Items: [][]uint64{{20, 0}, {20, 100}, {60, 90}}}
	all := p.curves(8, []string{"b", "none", "a"})
	if len(all) != 2 || all[0].Name != "b" || all[1].Name != "a" {
		t.Fatalf("%+v", all)
	}
	for s := range spans {
		at := 8 * (float64(s) + 0.5) / spans
		a, b := all[1].Rate[s], all[0].Rate[s]
		want := []float64{10, 0, 20, math.NaN()}[int(at/2)]
		if math.Abs(a-want) > 1e-9 || math.IsNaN(a) != math.IsNaN(want) {
			t.Errorf("a has %g items/s at %g s, want %g", a, at, want)
		}
		want = []float64{0, 50, 0, math.NaN()}[int(at/2)]
		if math.Abs(b-want) > 1e-9 || math.IsNaN(b) != math.IsNaN(want) {
			t.Errorf("b has %g items/s at %g s, want %g", b, at, want)
		}
	}
	if got, want := all[0].path(100), "M325 100V80H460V100Z"; got != want {
		t.Errorf("the area of b is %s, want %s", got, want)
	}
	if p.curves(0, p.PEs) != nil || (&Progress{PEs: p.PEs}).curves(8, p.PEs) != nil || newTimeline(nil, 8) != nil {
		t.Error("curves of nothing")
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		wall        float64
		n           int
		second, end string
	}{
		{0.004, 9, "0.0005 s", "0.004 s"}, {1, 6, "0.2 s", "1 s"}, {14, 8, "2 s", "14 s"}, {503, 9, "1 min", "8 min"}, {7200, 7, "20 min", "120 min"},
		{100000, 6, "5 h", "25 h"}, {604800, 8, "1 d", "7 d"}, {9e9, 6, "2e+04 d", "1e+05 d"},
	} {
		got := ticks(c.wall)
		if len(got) != c.n || got[0].Text != "0" || got[1].Text != c.second || got[len(got)-1].Text != c.end || got[len(got)-1].X > c.wall*(1+1e-6) {
			t.Errorf("of %g s: %+v", c.wall, got)
		}
	}
}

func TestFigure(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 0.001234: "0.00123", 12.34: "12.3", 999.9: "1000", 4711: "4710", 1234567: "1230000", 3e20: "3e+20"} {
		if got := figure(x); got != want {
			t.Errorf("figure(%g) = %s, want %s", x, got, want)
		}
	}
}
