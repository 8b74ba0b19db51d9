package cli

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/internal/launch"
	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
	"github.com/dispel4go/dispel4go/storm"
)

// A setting is an option of a run. Its name is that in [run]; the flag has -
// for _, and the variable is D4_NAME.
type setting struct {
	name, letter, help string
	byDefault          string
	plan               bool // also matters to the plan
	yesNo              bool
	job                func(*jobs.Job) (text string, from jobs.Position)
	put                func(o *run.Options, text string) error
}

var settings = []setting{
	{name: "mapping", byDefault: "auto", plan: true, help: "auto, local, mpi or storm",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Mapping) },
		put: func(o *run.Options, s string) error { o.Mapping = s; return nil }},
	{name: "ranks", letter: "n", byDefault: "1", plan: true, help: "ranks to play in this process",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Ranks) },
		put: func(o *run.Options, s string) (err error) { o.Ranks, err = positive(s); return err }},
	{name: "cores", byDefault: "all", plan: true, help: "cores of each rank; 1 runs in a fixed order",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Cores) },
		put: func(o *run.Options, s string) (err error) {
			if s != "all" {
				o.Cores, err = positive(s)
			}
			return err
		}},
	{name: "fuse", byDefault: "auto", plan: true, help: "neighbours become one stage: auto, off or all",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Fuse) },
		put: func(o *run.Options, s string) (err error) { o.Fuse, err = partition.ParseFuse(s); return err }},
	{name: "placement", byDefault: "best", plan: true, help: "the rule by which stages are placed: best; to compare with: round_robin, contiguous, storm, naive or staging",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Placement) },
		put: func(o *run.Options, s string) (err error) { o.Placement, err = partition.ParsePlacement(s); return err }},
	{name: "profile", byDefault: "none", plan: true, help: "the run directory of a former run, whose measurements the plan is made from",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Profile) },
		put: func(o *run.Options, s string) error {
			if s == "none" {
				return nil
			}
			record, err := rundir.Open(s)
			if err == nil {
				o.Profile, err = record.Profile()
			}
			return err
		}},
	{name: "pilot", byDefault: "none", help: "run for so long first, as 30s, and make the plan from what that measures",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Pilot) },
		put: func(o *run.Options, s string) (err error) {
			if s != "none" {
				o.Pilot, err = duration(s)
			}
			return err
		}},
	{name: "nodes", byDefault: "1", plan: true, help: "for a plan in this process: over how many nodes the ranks are spread",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Nodes) },
		put: func(o *run.Options, s string) (err error) { o.Nodes, err = positive(s); return err }},
	{name: "compress", byDefault: "auto", help: "batches between ranks: auto (between nodes where it pays), off, s2, zstd or numeric",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Compress) },
		put: func(o *run.Options, s string) (err error) { o.Compress, err = engine.ParseCompress(s); return err }},
	{name: "memory", byDefault: fmt.Sprint(partition.DefaultBudget>>20, " MiB"), plan: true, help: "bytes of items on their way for each rank, as 512MiB",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Memory) },
		put: func(o *run.Options, s string) (err error) { o.Memory, err = jobs.ParseBytes(s); return err }},
	{name: "node_memory", byDefault: "what there is", plan: true, help: "bytes that PEs may keep on each node, as 180GiB: a plan that may keep more is refused; none: not known",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.NodeMemory) },
		put: func(o *run.Options, s string) (err error) {
			switch s {
			case "what there is":
				o.NodeMemory = 0
			case "none":
				o.NodeMemory = -1
			default:
				o.NodeMemory, err = jobs.ParseBytes(s)
			}
			return err
		}},
	{name: "seed", byDefault: "1", help: "of what the engine does by chance; generators have seeds of their own, see list TYPE",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Seed) },
		put: func(o *run.Options, s string) (err error) {
			if o.Seed, err = strconv.ParseUint(s, 10, 64); err != nil || o.Seed == 0 { // 0 would be the default
				return fmt.Errorf("%q is not a whole number from 1", s)
			}
			return nil
		}},
	{name: "dir", byDefault: "runs/NAME-TIME", help: "the run directory",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Dir) },
		put: func(o *run.Options, s string) error {
			if s != "runs/NAME-TIME" {
				o.DirPath = s
			}
			return nil
		}},
	{name: "time_limit", byDefault: "none", help: "stop after this time, as 90s or 1h30m, with exit code 75",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.TimeLimit) },
		put: func(o *run.Options, s string) (err error) {
			if s != "none" {
				o.TimeLimit, err = duration(s)
			}
			return err
		}},
	{name: "log", byDefault: "info", help: "the least that log.jsonl keeps: debug, info, warn or error",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Log) },
		put: func(o *run.Options, s string) error {
			all := []string{"debug", "info", "warn", "error"}
			if !slices.Contains(all, s) {
				return fmt.Errorf("%q is not one of %s", s, strings.Join(all, ", "))
			}
			var level slog.Level
			err := level.UnmarshalText([]byte(s))
			o.Level = level
			return err
		}},
	{name: "rank_logs", byDefault: "false", yesNo: true, help: "on mpi: a log of every rank in the run directory, beside log.jsonl of rank 0",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.RankLogs) },
		put: func(o *run.Options, s string) (err error) { o.RankLogs, err = truth(s); return err }},
	{name: "mpi", byDefault: "the launcher's", help: "the MPI library: openmpi, mpich, std (that of MPI 5), or a path",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.MPI) },
		put: func(o *run.Options, s string) error {
			if s != "the launcher's" {
				o.MPI = s
			}
			return nil
		}},
	{name: "digest", byDefault: "true", yesNo: true, help: "work out digests of what reaches sinks; --digest=false leaves them out",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Digest) },
		put: func(o *run.Options, s string) (err error) {
			digest, err := truth(s)
			o.NoDigest = !digest
			return err
		}},
	{name: "check", byDefault: "false", yesNo: true, help: "see that PEs do not change items they promise to leave alone",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Check) },
		put: func(o *run.Options, s string) (err error) { o.Check, err = truth(s); return err }},
	{name: "nimbus", byDefault: storm.DefaultNimbus, help: "where a Storm cluster takes topologies",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Nimbus) },
		put: func(o *run.Options, s string) error { o.Storm.Nimbus = s; return address(s) }},
	{name: "topology", byDefault: "NAME-TIME-NUMBER", plan: true, help: "name of the topology on Storm",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Topology) },
		put: func(o *run.Options, s string) error {
			if s != "NAME-TIME-NUMBER" {
				o.Storm.Topology = s
			}
			return nil
		}},
	{name: "workers", byDefault: "1", plan: true, help: "JVMs on Storm, each with --cores cores",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Workers) },
		put: func(o *run.Options, s string) (err error) { o.Storm.Workers, err = positive(s); return err }},
	{name: "ship", byDefault: "false", plan: true, yesNo: true, help: "send the program along, as Storm's nodes do not share it",
		job: func(j *jobs.Job) (string, jobs.Position) { return text(j.Run.Ship) },
		put: func(o *run.Options, s string) (err error) { o.Storm.Ship, err = truth(s); return err }},
}

// address checks that s is host:port.
func address(s string) error {
	if _, port, err := net.SplitHostPort(s); err != nil || port == "" {
		return fmt.Errorf("%q is not HOST:PORT", s)
	}
	return nil
}

// text is what the job says.
func text[T any](s jobs.Setting[T]) (string, jobs.Position) { return fmt.Sprint(s.Value), s.From }

func positive(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is not a whole number from 1", s)
	}
	return n, nil
}

func duration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a time such as 90s, 1h30m or 20ms", s)
	}
	return d, nil
}

func truth(s string) (bool, error) {
	b, err := strconv.ParseBool(s)
	if err != nil {
		return false, fmt.Errorf("%q is neither true nor false", s)
	}
	return b, nil
}

func (s *setting) flag() string     { return strings.ReplaceAll(s.name, "_", "-") }
func (s *setting) variable() string { return "D4_" + strings.ToUpper(s.name) }

// A given is a setting with its value and where that comes from.
type given struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"` // a flag, a variable, file:line:col, or default
}

// settingFlags adds a flag for each setting, for the plan's only if so asked,
// and --set.
func settingFlags(cmd *cobra.Command, forPlan bool) (sets *[]string) {
	for _, s := range settings {
		if forPlan && !s.plan {
			continue
		}
		s.add(cmd)
	}
	return setFlag(cmd)
}

// add adds the flag of a setting.
func (s *setting) add(cmd *cobra.Command) {
	help := s.help + " (default " + s.byDefault + ")"
	if s.yesNo {
		yesNoFlag(cmd.Flags(), s.flag(), help)
		return
	}
	cmd.Flags().StringP(s.flag(), s.letter, "", help)
}

// yesNo is the value of a flag that is given as --flag or --flag=false; what is neither
// true nor false is for those to refuse who know where else it may come from.
type yesNo string

func (v *yesNo) String() string        { return string(*v) }
func (v *yesNo) Set(text string) error { *v = yesNo(text); return nil }
func (v *yesNo) Type() string          { return "bool" } // so that help shows it without a value

func yesNoFlag(f *pflag.FlagSet, name, help string) *yesNo {
	v := new(yesNo)
	f.Var(v, name, help)
	f.Lookup(name).NoOptDefVal = "true"
	return v
}

// setFlag adds --set.
func setFlag(cmd *cobra.Command) *[]string {
	return cmd.Flags().StringArray("set", nil, "PE.PARAMETER=VALUE, run.KEY=VALUE or seed=N; may be repeated")
}

// resolve works out each setting. The job may be nil.
func resolve(cmd *cobra.Command, job *jobs.Job, sets []string) (run.Options, []given, error) {
	var o run.Options
	var all []given
	var errs []error
	for _, s := range settings {
		g := s.find(cmd, job, sets)
		if err := s.put(&o, g.Value); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", g.From, err))
		}
		all = append(all, g)
	}
	if len(errs) > 0 {
		return o, all, run.Usage(errors.Join(errs...))
	}
	return o, all, nil
}

// find asks the places where a setting can be given, the strongest first.
func (s *setting) find(cmd *cobra.Command, job *jobs.Job, sets []string) given {
	g := given{Name: s.name}
	// bench sweep has lists by the same names.
	if f := cmd.Flags().Lookup(s.flag()); f != nil && f.Changed {
		if _, list := f.Value.(pflag.SliceValue); !list {
			g.Value, g.From = f.Value.String(), "--"+s.flag()
			return g
		}
	}
	var inJob string
	var at jobs.Position
	if job != nil {
		inJob, at = s.job(job)
		if s.name == "seed" {
			at = seedSet(at, sets)
		}
	}
	variable, inEnvironment := os.LookupEnv(s.variable())
	inEnvironment = inEnvironment && variable != ""
	bySet := at.Given() && at.Line == 0 && strings.HasPrefix(at.File, "--set ")
	switch {
	case inEnvironment && !bySet:
		g.Value, g.From = variable, s.variable()
	case at.Given():
		g.Value, g.From = cmp.Or(inJob, s.byDefault), at.String()
	default:
		g.Value, g.From = s.byDefault, "default"
	}
	return g
}

// launched refuses another number of ranks on the command line than a launcher
// has started. One in the job is for those who play ranks in one process.
func launched(o run.Options, all []given) error {
	l, err := launch.Current()
	if err != nil || l.Size <= 1 || o.Mapping == "local" || o.Ranks == l.Size {
		return nil // a wrong environment is for run.Graph to tell
	}
	for _, g := range all {
		if g.Name == "ranks" && (g.From == "--ranks" || g.From == "D4_RANKS") {
			return run.Usage(fmt.Errorf("%s asks for %d ranks in this process, but %s has started %d: leave it out, or choose --mapping local",
				g.From, o.Ranks, l.Kind, l.Size))
		}
	}
	return nil
}

// seedSet is where the seed was given, if --set did.
func seedSet(at jobs.Position, sets []string) jobs.Position {
	for _, arg := range sets {
		if name, _, _ := strings.Cut(arg, "="); strings.TrimSpace(name) == "seed" {
			at = jobs.Position{File: "--set " + arg}
		}
	}
	return at
}

// load reads a job.
func (c *command) load(path string, sets []string) (*jobs.Job, error) {
	job, err := jobs.Load(path, c.registry, sets)
	if err != nil {
		return nil, run.Usage(err)
	}
	return job, nil
}

// job reads a job and works out how to run it.
func (c *command) job(cmd *cobra.Command, path string, sets []string) (*jobs.Job, run.Options, error) {
	job, err := c.load(path, sets)
	if err != nil {
		return nil, run.Options{}, err
	}
	o, all, err := resolve(cmd, job, sets)
	if err == nil {
		err = launched(o, all)
	}
	o.Name = job.Name
	o.Record = rundir.Run{JobFile: path, JobDigest: job.Digest, Request: slurm.Asked(os.LookupEnv)}
	return job, o, err
}
