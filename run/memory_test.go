package run

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
)

// TestMemoryUnder: the least of the machine, of control groups of both versions,
// and of those above them.
func TestMemoryUnder(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"nothing", nil, 0},
		{"the machine", map[string]string{"proc/meminfo": "MemTotal:       16 kB\nMemFree:        8 kB\n"}, 16 << 10},
		{"version 1", map[string]string{"proc/meminfo": "MemTotal: 16 kB\n", "proc/self/cgroup": "4:memory:/job/step\n3:cpu:/\n",
			"sys/fs/cgroup/memory/job/step/memory.limit_in_bytes": "9223372036854771712\n", "sys/fs/cgroup/memory/job/memory.limit_in_bytes": "8192\n"}, 8192},
		{"version 2", map[string]string{"proc/self/cgroup": "0::/job/step\n",
			"sys/fs/cgroup/job/step/memory.max": "max\n", "sys/fs/cgroup/job/memory.max": "4096\n"}, 4096},
		{"version 2 without a limit", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, 0},
		{"damaged", map[string]string{"proc/meminfo": "MemTotal: much kB\nMemTotal:\n", "proc/self/cgroup": "memory\n\n"}, 0},
	} {
		root := t.TempDir()
		for name, text := range c.files {
			name = filepath.Join(root, name)
			os.MkdirAll(filepath.Dir(name), 0o755)
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := memoryUnder(root); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// TestMemoryOf: what a user says counts, then the least of what is known; and the
// ranks of a node share it.
func TestMemoryOf(t *testing.T) {
	asked := Options{Record: rundir.Run{Request: &rundir.Request{Memory: 3}}}
	if got := memory(asked); got != 3 {
		t.Errorf("%d, and 3 bytes were asked for of Slurm", got)
	}
	for said, want := range map[int64]int64{7: 7, -1: 0} {
		asked.NodeMemory = said
		if got := memory(asked); got != want {
			t.Errorf("a user says %d: %d", said, got)
		}
	}
	ranks := partition.Ranks(3, 1)
	ranks[2].Node = 1
	remember(ranks, 10)
	if got := fmt.Sprint(ranks[0].Memory, ranks[1].Memory, ranks[2].Memory); got != "5 5 10" {
		t.Errorf("the ranks have %s of 10 bytes a node", got)
	}
	got := divide([]allocation{{Rank: partition.Rank{Cores: 1, Memory: 8}, Limit: 1}, {Rank: partition.Rank{Cores: 1, Memory: 6}, Limit: 1}})
	if got[0].Memory != 4 || got[1].Memory != 3 {
		t.Errorf("two ranks on a node have %d and %d of 8 and 6 bytes", got[0].Memory, got[1].Memory)
	}
}

// keeper keeps up to 6 bytes, single.
type keeper struct {
	d4.Base
	Out d4.Out[int]
}

func (*keeper) Next() error           { return nil }
func (*keeper) MemoryLimit(int) int64 { return 6 }

// TestPlanKeepsToMemory: of what a user says of nodes no plan keeps more; of
// what was found out it is told.
func TestPlanKeepsToMemory(t *testing.T) {
	g := d4.NewGraph("keepers")
	for _, name := range []string{"a", "b", "c"} {
		d4.Add(g, name, func() *keeper { return &keeper{} })
	}
	for _, c := range []struct {
		o    Options
		want string // of the error, or of the notes; ok
	}{
		{Options{Ranks: 2, Nodes: 2, NodeMemory: 12}, "ok"},
		{Options{Ranks: 2, Nodes: 2, NodeMemory: 11}, "has 11 B of memory for PEs, but those placed there may keep up to 12 B"},
		{Options{Ranks: 2, NodeMemory: 18}, "has 9 B of memory"},
		{Options{Ranks: 1, Record: rundir.Run{Request: &rundir.Request{Memory: 17}}}, "note: rank 0 has 17 B of memory for PEs, but those placed there may keep up to 18 B"},
		{Options{Ranks: 1, NodeMemory: -1}, "ok"},
	} {
		c.o.Cores = 1
		p, err := Plan(g, c.o)
		got := "ok"
		switch {
		case err != nil:
			got = err.Error()
		case len(p.Notes) > 0:
			got = "note: " + p.Notes[0]
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%d ranks on %d nodes of %d bytes: %s, want %s", c.o.Ranks, c.o.Nodes, c.o.NodeMemory, got, c.want)
		}
	}
}
