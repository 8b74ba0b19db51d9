package partition_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/partition"
)

// measured is a chain of read, filter, count and collect, and what a run of it
// may have measured: filter does four times the work of count and lets a tenth
// of the items through.
func measured(t testing.TB) (*d4.Graph, partition.Profile) {
	g := d4.NewGraph("measured")
	for i, pe := range []struct{ kind, name string }{{"source", "read"}, {"node", "filter"}, {"node", "count"}, {"root", "collect"}} {
		if err := add(g, pe.kind, pe.name, 1, 1, nil); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			by := []d4.Grouping{nil, nil, d4.By(func(n int) int { return n }), nil}[i]
			if err := g.ConnectPorts(g.Elements[i-1].Name, "out[0]", pe.name, "in[0]", by); err != nil {
				t.Fatal(err)
			}
		}
	}
	return g, partition.Profile{
		"read":    {Instances: 1, ItemsOut: 1000, BytesOut: 1e6, Seconds: 1},
		"filter":  {Instances: 2, ItemsIn: 1000, ItemsOut: 100, BytesOut: 1e5, Seconds: 8},
		"count":   {Instances: 2, ItemsIn: 100, ItemsOut: 10, BytesOut: 80, Seconds: 2},
		"collect": {Instances: 1, ItemsIn: 10, Seconds: 0.001},
	}
}

func planned(t testing.TB, g *d4.Graph, ranks []partition.Rank, o partition.Options) *partition.Plan {
	t.Helper()
	p, err := partition.Make(g, ranks, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestProfile: instances are in proportion to what PEs cost, and the times and
// bytes of the prediction are those of the profile.
func TestProfile(t *testing.T) {
	g, profile := measured(t)
	p := planned(t, g, partition.Ranks(12, 1), partition.Options{Profile: profile})
	if want := []int{1, 8, 2, 1}; !slices.Equal(p.Counts, want) {
		t.Errorf("instances %v, want %v", p.Counts, want)
	}
	o := p.Predict()
	if want := []float64{1e6, 1e5, 80}; !slices.Equal(o.Edges, want) {
		t.Errorf("edges carry %v, want %v", o.Edges, want)
	}
	if o.Items != 1000 || len(o.Assumed) > 0 || math.Abs(o.Seconds-1) > 0.01 {
		t.Errorf("%v items in %v s, assumed %v", o.Items, o.Seconds, o.Assumed)
	}
	if !slices.ContainsFunc([]string{"a stage of read on rank", "1 core of rank"}, func(s string) bool { return strings.Contains(o.Bottleneck, s) }) {
		t.Errorf("bottleneck: %s", o.Bottleneck)
	}
}

// TestProfileChangesThePlan: the digest is another when and only when the plan is.
func TestProfileChangesThePlan(t *testing.T) {
	g, profile := measured(t)
	ranks := partition.Ranks(12, 1)
	plain, with := planned(t, g, ranks, partition.Options{}), planned(t, g, ranks, partition.Options{Profile: profile})
	if plain.Digest() == with.Digest() {
		t.Error("the profile changes nothing")
	}
	scaled := partition.Profile{}
	for name, w := range profile {
		scaled[name] = partition.Work{Instances: w.Instances, ItemsIn: 3 * w.ItemsIn, ItemsOut: 3 * w.ItemsOut, BytesOut: 3 * w.BytesOut, Seconds: 3 * w.Seconds}
	}
	if again := planned(t, g, ranks, partition.Options{Profile: scaled}); again.Digest() != with.Digest() {
		t.Errorf("a run three times as long leads to another plan:\n%s\n%s", with, again)
	}
}

// TestOddProfiles: what is impossible is refused by name; what does not fit the
// graph is named and left out.
func TestOddProfiles(t *testing.T) {
	g, profile := measured(t)
	for _, c := range []struct {
		work partition.Work
		want string
	}{
		{partition.Work{Seconds: math.NaN()}, "filter has NaN seconds"},
		{partition.Work{Seconds: -1}, "filter has -1 seconds"},
		{partition.Work{ItemsIn: math.Inf(1)}, "filter has +Inf items in"},
		{partition.Work{ItemsOut: -2}, "filter has -2 items out"},
		{partition.Work{BytesOut: -3}, "filter has -3 bytes out"},
		{partition.Work{Instances: -4}, "filter has -4 instances"},
	} {
		profile["filter"] = c.work
		if _, err := partition.Make(g, partition.Ranks(2, 1), partition.Options{Profile: profile}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.work, err, c.want)
		}
	}
	profile["filter"], profile["stranger"] = partition.Work{Instances: 2}, partition.Work{Seconds: 1}
	delete(profile, "count")
	p := planned(t, g, partition.Ranks(4, 1), partition.Options{Profile: profile})
	for _, want := range []string{"has a PE stranger, the graph has none", "no item came to filter", "has no PE count"} {
		if !slices.ContainsFunc(p.Notes, func(n string) bool { return strings.Contains(n, want) }) || !strings.Contains(p.String(), want) {
			t.Errorf("the notes %q do not say %q", p.Notes, want)
		}
	}
	if o := p.Predict(); !slices.Equal(o.Assumed, []string{"filter", "count"}) {
		t.Errorf("assumed are %v", o.Assumed)
	}
}

// TestOneMore: it is the PE that holds the others up that one more helps.
func TestOneMore(t *testing.T) {
	g, profile := measured(t)
	g.Elements[1].Instances = 2
	p := planned(t, g, partition.Ranks(12, 1), partition.Options{Profile: profile})
	if o := p.Predict(); !strings.Contains(o.Bottleneck, "filter") {
		t.Fatalf("bottleneck: %s", o.Bottleneck)
	}
	all := p.OneMore()
	if len(all) != 2 || all[0].PE != "filter" || all[0].Instances != 3 || math.Abs(all[0].Gain-0.5) > 0.02 || math.Abs(all[1].Gain) > 0.01 {
		t.Errorf("%+v, want half as much again from a third filter, nothing from count", all)
	}
}

// TestUnequalRanks: work goes by cores and speed, memory is kept.
func TestUnequalRanks(t *testing.T) {
	g := d4.NewGraph("unequal")
	add(g, "splits", "read", 0, 1, nil, d4.Instances(60))
	ranks := []partition.Rank{{Cores: 1}, {Cores: 2, Node: 1}, {Cores: 1, Speed: 2, Node: 1}, {Cores: 5, Node: 2}}
	var got []int
	for _, l := range planned(t, g, ranks, partition.Options{Fuse: partition.Off}).Predict().Ranks {
		got = append(got, l.Stages)
	}
	if want := []int{6, 12, 12, 30}; !slices.Equal(got, want) {
		t.Errorf("stages %v, want %v", got, want)
	}

	keeps := d4.NewGraph("keeps")
	add(keeps, "source", "read", 0, 1, nil)
	add(keeps, "limited", "join", 1, 0, nil, d4.Instances(2))
	keeps.ConnectPorts("read", "out[0]", "join", "in[0]", nil)
	small := partition.Ranks(2, 1)
	small[0].Memory, small[1].Memory = 1<<10, 1<<10
	if _, err := partition.Make(keeps, small, partition.Options{}); err == nil || !strings.Contains(err.Error(), "1 KiB of memory") || !strings.Contains(err.Error(), "join") {
		t.Errorf("%v, want the rank, its memory and the PE", err)
	}
	for _, bad := range []partition.Rank{{Cores: 1, Speed: -1}, {Cores: 1, Speed: math.NaN()}, {Cores: 1, Memory: -1}} {
		if _, err := partition.Make(keeps, []partition.Rank{bad}, partition.Options{}); err == nil || !strings.Contains(err.Error(), "rank 0") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := partition.Make(keeps, partition.Ranks(1, 1), partition.Options{Costs: partition.Costs{Node: math.NaN()}}); err == nil {
		t.Error("bytes that cost NaN are accepted")
	}
}

// TestPlacements: every rule can be asked for by name, and does what it says.
func TestPlacements(t *testing.T) {
	g := d4.NewGraph("rules")
	add(g, "splits", "read", 0, 1, nil, d4.Instances(4))
	add(g, "node", "work", 1, 1, nil, d4.Instances(4))
	g.ConnectPorts("read", "out[0]", "work", "in[0]", nil)
	ranks := cluster(2, 2)
	for rule, want := range map[partition.Placement][]int{
		partition.RoundRobin: {0, 1, 2, 3, 0, 1, 2, 3},
		partition.Contiguous: {0, 0, 1, 1, 2, 2, 3, 3},
		partition.Storm:      {0, 1, 2, 3, 0, 1, 2, 3},
		partition.Naive:      {0, 1, 2, 3, 0, 1, 2, 3},
		partition.Staging:    {0, 1, 2, 3},
	} {
		if parsed, err := partition.ParsePlacement(rule.String()); parsed != rule || err != nil {
			t.Errorf("%s: %v, %v", rule, parsed, err)
		}
		p := planned(t, g, ranks, partition.Options{Fuse: partition.Off, Placement: rule})
		var got []int
		for _, c := range p.Chains {
			got = append(got, c.Ranks...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", rule, got, want)
		}
	}
	// Of three stages Storm puts the second on the other node, round-robin not.
	three := d4.NewGraph("three")
	add(three, "splits", "read", 0, 1, nil, d4.Instances(2))
	for rule, want := range map[partition.Placement][]int{partition.RoundRobin: {0, 1}, partition.Storm: {0, 2}} {
		if p := planned(t, three, ranks, partition.Options{Placement: rule}); !slices.Equal(p.Chains[0].Ranks, want) {
			t.Errorf("%s: %v, want %v", rule, p.Chains[0].Ranks, want)
		}
	}
	if _, err := partition.ParsePlacement("random"); err == nil || !strings.Contains(err.Error(), "not \"random\"") {
		t.Errorf("%v", err)
	}
}
