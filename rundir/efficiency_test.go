package rundir

import (
	"strings"
	"testing"
)

// TestEfficiency: shares of what was asked for, and what to ask for next time.
func TestEfficiency(t *testing.T) {
	r := Run{State: Complete, Request: &Request{Nodes: 2, Cores: 8, Memory: 16 << 30, Time: 3600},
		Usage: []Usage{{0, "n1", 2, 90, 1 << 30}, {1, "n1", 2, 60, 1 << 30}, {2, "n2", 4, 50, 1 << 30}}}
	want := `cpu     25 % of 8 cores
memory  2 GiB at most on a node, 12 % of what was asked for
time    3 % of the limit
next time ask for cores: 2, for no more of 8 were in use on average
next time ask for memory: 2.5 GiB on a node, a quarter more than the peak
next time ask for time: 3m0s, half as much again as it took`
	if got := strings.Join(r.efficiency(100).Lines(), "\n"); got != want {
		t.Errorf("it is\n%s\nexpected\n%s", got, want)
	}
	// No advice that sbatch would refuse: less memory than the plan may take, fewer cores than nodes.
	r.Bound, r.Request.Nodes = 3<<30, 3
	if got := strings.Join(r.efficiency(100).Next, "\n"); !strings.Contains(got, "cores: 3, ") || !strings.Contains(got, "memory: 3 GiB on a node, what the plan may take") {
		t.Errorf("it advises\n%s", got)
	}
	if r.Bound = 9 << 30; strings.Contains(strings.Join(r.efficiency(100).Next, "\n"), "memory") {
		t.Errorf("it advises %q", r.efficiency(100).Next)
	}
	full := Run{Usage: []Usage{{0, "n1", 2, 190, 1 << 30}}}
	if got := strings.Join(full.efficiency(100).Lines(), "\n"); got != "cpu     95 % of 2 cores\nmemory  1 GiB at most on a node" {
		t.Errorf("without a request it is\n%s", got)
	}
	if (&Run{}).efficiency(100) != nil {
		t.Error("nobody told anything")
	}
}
