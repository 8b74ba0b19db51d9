package run

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/internal/launch"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/storm"
)

// Options of a run; the zero value runs on all cores of this process and
// leaves nothing behind.
type Options struct {
	Name    string // of the run; the graph's if empty
	Mapping string // local, mpi or storm; "" or auto for local or mpi, by how we were started

	Ranks int            // to play in this process; 0 means 1; on mpi the launcher has decided, on storm each stage is one
	Cores int            // of each rank; 0 means all there are, shared by the ranks
	Fuse  partition.Fuse // which neighbours become one stage
	// Placement is the rule by which stages are placed.
	Placement partition.Placement
	// Profile is what a former run of the graph measured, for the plan of this
	// one. Where ranks are processes that of rank 0 counts.
	Profile partition.Profile
	// Pilot, if more than 0, asks for a run of that length before the run, whose
	// Profile it then takes. It has a run directory of its own beside the run's,
	// named -pilot.
	Pilot time.Duration
	Nodes int // over which a plan in this process spreads the ranks; 0 means 1

	Memory int64 // bytes of items on their way for each rank; 0 means partition.DefaultBudget
	// NodeMemory is the bytes that PEs may keep on each node: a plan that keeps more is
	// refused. 0 means what the machine, its control group or Slurm gives us, where the
	// plan only notes that limits come to more; less than 0 means that it is not known.
	NodeMemory int64
	// Compress says how batches between ranks are compressed; by default
	// between nodes where it pays.
	Compress engine.Compress
	Seed     uint64 // of what the engine does by chance; 0 means 1

	TimeLimit time.Duration // after which sources are stopped; 0 means none
	NoDigest  bool          // of what reaches sinks: saves encoding every item
	Check     bool          // see that ReadOnly inputs change nothing

	Storm storm.Options // for that mapping

	// MPI is the library for the mpi mapping: a path, or its binary interface,
	// openmpi, mpich or std (that of MPI 5). Empty: what the variable D4_MPI
	// says, else the one that belongs to the launcher.
	MPI string

	// Dir asks for a run directory: at DirPath, else at runs/NAME-TIME. Record
	// is what run.json says beyond what is known here.
	Dir     bool
	DirPath string
	Record  rundir.Run
	// Continue goes on where an earlier run in that directory was cut short by its
	// time limit, or in one of those that have continued it. The job has to be
	// the same, ranks and cores need not.
	Continue string
	// Level is the least that log.jsonl keeps; nil means slog.LevelInfo. Log is
	// where messages go in a run without a directory; nil means nowhere.
	Level slog.Leveler
	Log   *slog.Logger
	// RankLogs asks for a log of every rank in the run directory, beside that of
	// rank 0: logs/rank-3.jsonl.
	RankLogs bool
	// Progress is told how many items each PE has had: on one line if it is a
	// terminal, else by a line now and then. It may be nil.
	Progress io.Writer

	grace time.Duration // as engine.Config has it; tests have time
}

// ErrUsage is wrapped by errors that are the caller's and were found before the
// run: Main makes exit code 2 of them.
var ErrUsage = errors.New("usage")

// Usage marks an error as the caller's: it wraps ErrUsage, and its text is
// err's.
func Usage(err error) error { return usageError{err} }

type usageError struct{ error }

func (u usageError) Unwrap() []error { return []error{ErrUsage, u.error} }

// Plan makes the plan that Graph would run in this process.
func Plan(g *d4.Graph, o Options) (*partition.Plan, error) {
	switch {
	case o.Ranks < 0:
		return nil, Usage(fmt.Errorf("there cannot be %d ranks", o.Ranks))
	case o.Nodes < 0 || o.Nodes > max(o.Ranks, 1):
		return nil, Usage(fmt.Errorf("%s cannot be on %d nodes: there is at least one on each", partition.FormatCount(max(o.Ranks, 1), "rank"), o.Nodes))
	case o.Cores < 0:
		return nil, Usage(fmt.Errorf("a rank cannot have %d cores", o.Cores))
	}
	if o.Mapping == "storm" {
		return stormPlan(g, o)
	}
	ranks := max(o.Ranks, 1)
	cores := o.Cores
	if cores == 0 {
		cores = max(1, runtime.GOMAXPROCS(0)/ranks)
	}
	all := partition.Ranks(ranks, cores)
	if o.Nodes > 1 {
		for r := range all {
			all[r].Node = r * o.Nodes / ranks
			all[r].Host = fmt.Sprint("node", all[r].Node)
		}
	}
	// More ranks than there are cores here are those of another machine.
	if o.NodeMemory > 0 || o.Nodes <= 1 && ranks*cores <= limit {
		remember(all, memory(o))
	}
	return planOn(g, all, o)
}

// remember shares the memory of each node among its ranks.
func remember(ranks []partition.Rank, ofNode int64) {
	here := map[int]int64{}
	for _, r := range ranks {
		here[r.Node]++
	}
	for k := range ranks {
		ranks[k].Memory = ofNode / here[ranks[k].Node]
	}
}

func planOn(g *d4.Graph, ranks []partition.Rank, o Options) (*partition.Plan, error) {
	p, err := partition.Make(g, ranks, partition.Options{Fuse: o.Fuse, Budget: o.Memory, Placement: o.Placement, Profile: o.Profile, Overcommit: o.NodeMemory == 0})
	if err != nil {
		return nil, Usage(err)
	}
	return p, nil
}

// mapping decides how to run, or says what is missing.
func mapping(asked string, l launch.Launch) (string, error) {
	switch asked {
	case "local", "mpi", "storm":
		return asked, nil
	case "", "auto":
		if l.Size == 1 {
			return "local", nil
		}
		return "mpi", nil
	case "spark":
		return "", Usage(fmt.Errorf("this program has no %s mapping yet; there are local, mpi and storm", asked))
	}
	return "", Usage(fmt.Errorf("there is no mapping %q; there are local, mpi and storm", asked))
}
