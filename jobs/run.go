package jobs

import (
	"path/filepath"
	"time"
)

// A Setting is an option of a run and where it was given.
type Setting[T any] struct {
	Value T
	From  Position // not Given where the job does not say
}

// Run is the [run] table: defaults for flags of the same names.
type Run struct {
	Mapping Setting[string] // auto, local, mpi, storm or spark
	Ranks   Setting[int]    // at least 1
	Cores   Setting[int]    // of each rank; at least 1
	Memory  Setting[int64]  // bytes of items on their way for each rank
	// NodeMemory is the bytes that PEs may keep on each node.
	NodeMemory Setting[int64]
	Fuse       Setting[string]        // auto, off or all
	Placement  Setting[string]        // best, or a rule to compare with
	Profile    Setting[string]        // the run directory of a former run, which the plan is made from
	Pilot      Setting[time.Duration] // how long to measure before the plan is made; more than 0
	Nodes      Setting[int]           // for a plan: over how many nodes the ranks are spread; at least 1
	Compress   Setting[string]        // auto, off, s2, zstd or numeric
	Dir        Setting[string]        // the run directory
	TimeLimit  Setting[time.Duration] // more than 0
	Log        Setting[string]        // debug, info, warn or error
	Digest     Setting[bool]          // of what reaches sinks
	RankLogs   Setting[bool]          // a log of every rank
	MPI        Setting[string]        // openmpi, mpich, std, or the path of a library
	Check      Setting[bool]          // that items are not changed by those who promise it

	// On a Storm cluster.
	Nimbus   Setting[string] // host:port
	Topology Setting[string] // its name
	Workers  Setting[int]    // JVMs; at least 1
	Ship     Setting[bool]   // send the program along
}

func setting[T any](k *Key, value T) (s Setting[T]) {
	if k != nil {
		s = Setting[T]{value, k.Value.Position}
	}
	return s
}

func (l *loader) run(t *Table) (o Run) {
	l.known(t, "[run]", "mapping", "ranks", "cores", "memory", "node_memory", "fuse", "placement", "profile", "pilot", "nodes", "compress", "dir", "time_limit", "log", "digest", "check", "rank_logs", "mpi",
		"nimbus", "topology", "workers", "ship")
	get := func(name string) *Key { return t.Get(name) }
	o.Mapping = setting(get("mapping"), l.among(get("mapping"), "auto", "local", "mpi", "storm", "spark"))
	o.Ranks = setting(get("ranks"), int(l.whole(get("ranks"), 1)))
	o.Cores = setting(get("cores"), int(l.whole(get("cores"), 1)))
	o.Memory = setting(get("memory"), l.bytes(get("memory")))
	o.NodeMemory = setting(get("node_memory"), l.bytes(get("node_memory")))
	o.Fuse = setting(get("fuse"), l.among(get("fuse"), "auto", "off", "all"))
	o.Placement = setting(get("placement"), l.among(get("placement"), "best", "round_robin", "contiguous", "storm", "naive", "staging"))
	o.Profile = setting(get("profile"), l.path(get("profile"), l.text(get("profile"))))
	o.Pilot = setting(get("pilot"), l.duration(get("pilot")))
	o.Nodes = setting(get("nodes"), int(l.whole(get("nodes"), 1)))
	o.Compress = setting(get("compress"), l.among(get("compress"), "auto", "off", "s2", "zstd", "numeric"))
	o.Dir = setting(get("dir"), l.path(get("dir"), l.text(get("dir"))))
	o.TimeLimit = setting(get("time_limit"), l.duration(get("time_limit")))
	o.Log = setting(get("log"), l.among(get("log"), "debug", "info", "warn", "error"))
	o.Digest = setting(get("digest"), l.flag(get("digest")))
	o.RankLogs = setting(get("rank_logs"), l.flag(get("rank_logs")))
	o.MPI = setting(get("mpi"), l.text(get("mpi")))
	o.Check = setting(get("check"), l.flag(get("check")))
	o.Nimbus = setting(get("nimbus"), l.text(get("nimbus")))
	o.Topology = setting(get("topology"), l.text(get("topology")))
	o.Workers = setting(get("workers"), int(l.whole(get("workers"), 1)))
	o.Ship = setting(get("ship"), l.flag(get("ship")))
	return o
}

// path makes a path that stands in the job file relative to that; one from a
// flag is relative to where the command was given.
func (l *loader) path(k *Key, path string) string {
	if k == nil || path == "" || k.Value.Line == 0 || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(l.file), filepath.FromSlash(path))
}
