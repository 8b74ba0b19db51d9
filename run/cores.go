package run

import (
	"os"
	"runtime"

	"github.com/dispel4go/dispel4go/partition"
)

// An allocation is what a rank may use of its host, as it tells rank 0.
type allocation struct {
	Rank  partition.Rank // Cores is what the user has said, or 0; Memory is all of the host's
	CPUs  []int          // numbers of processors that it may run on; nil if not known
	Limit int            // of processors at a time, as GOMAXPROCS has it
}

// own is this process's.
func (m *member) own(o Options) allocation {
	me := m.end.Rank()
	return allocation{partition.Rank{Host: m.end.Host(me), Node: m.end.Node(me), Cores: o.Cores, Memory: memory(o)}, cpus(), limit}
}

// limit is GOMAXPROCS as it was when the program began: what the host, the
// control group and the user's variable allow.
var limit = runtime.GOMAXPROCS(0)

// divide gives each rank its cores, where the user has said nothing: of each
// processor an equal share goes to the ranks of the host that may run on it.
// Where these are fewer than its cores only a part of them is its own. The ranks of a
// host also share its memory.
func divide(all []allocation) []partition.Rank {
	type cpu struct{ node, number int }
	users, here := map[cpu]int{}, map[int]int{}
	for _, a := range all {
		here[a.Rank.Node]++
		for _, c := range a.CPUs {
			users[cpu{a.Rank.Node, c}]++
		}
	}
	ranks := make([]partition.Rank, len(all))
	for k, a := range all {
		r := &ranks[k]
		*r = a.Rank
		r.Memory /= int64(here[r.Node])
		share := 0.
		for _, c := range a.CPUs {
			share += 1 / float64(users[cpu{r.Node, c}])
		}
		if a.CPUs == nil {
			share = float64(a.Limit) / float64(here[r.Node])
		}
		if r.Cores == 0 {
			const rounding = 1e-9
			r.Cores = max(1, min(int(share+rounding), a.Limit))
		}
		r.Part = min(1, share/float64(r.Cores))
	}
	return ranks
}

// settle makes Go run on as many cores as this rank has, and on two at least:
// one computes while the other polls. What the user has set stands.
func settle(cores int) {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(max(2, cores))
	}
}
