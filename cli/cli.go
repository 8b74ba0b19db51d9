// Package cli is the command line as a library: a program of a user's own PEs
// is a call of Main with what it registers.
//
// Data goes to stdout, everything else to stderr; --json where a program may
// read it.
package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

// Main is the main function of a program with the PEs that register adds. It
// does not return.
func Main(register ...func(*registry.Registry)) {
	r := registry.New()
	for _, f := range register {
		f(r)
	}
	run.Main(func(ctx context.Context) error { return Run(ctx, r, os.Args[1:], os.Stdout, os.Stderr) })
}

// Run carries out one command line.
func Run(ctx context.Context, r *registry.Registry, args []string, stdout, stderr io.Writer) error {
	c := &command{registry: r, out: stdout, err: stderr}
	root := &cobra.Command{Use: "dispel4go", Short: "Streaming workflows for data-intensive science",
		SilenceErrors: true, SilenceUsage: true}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.AddCommand(c.run(), c.plan(), c.check(), c.list(), c.report(), c.compare(), c.version())
	err := root.ExecuteContext(ctx)
	if err != nil && !c.ran {
		return &usageError{err} // a command, a flag or a job that there is not
	}
	return err
}

// usageError is an error of whoever gave the command line.
type usageError struct{ error }

func (u *usageError) Unwrap() []error { return []error{run.ErrUsage, u.error} }

type command struct {
	registry *registry.Registry
	out, err io.Writer
	ran      bool // the command line was good; what is wrong now is not usage
}

// flags are those of run and plan.
type flags struct {
	sets               []string
	ranks, cores       int
	fuse, memory, dir  string
	mapping            string
	seed               uint64
	limit              time.Duration
	json, quiet, check bool
}

func (f *flags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.sets, "set", nil, "set PE.PARAMETER=VALUE, run.KEY=VALUE or seed=N")
	cmd.Flags().IntVarP(&f.ranks, "ranks", "n", 0, "ranks to play in this process")
	cmd.Flags().IntVar(&f.cores, "cores", 0, "cores of each rank; 1 runs in a fixed order")
	cmd.Flags().StringVar(&f.fuse, "fuse", "", "auto, off or all")
	cmd.Flags().StringVar(&f.memory, "memory", "", "bytes of items on their way for each rank, as 256MiB")
	cmd.Flags().StringVar(&f.mapping, "mapping", "", "local")
	cmd.Flags().BoolVar(&f.json, "json", false, "print one JSON object")
}

// job loads a job and works out the options: flag over job file over default.
func (c *command) job(path string, f *flags) (*jobs.Job, run.Options, error) {
	j, err := jobs.Load(path, c.registry, f.sets)
	if err != nil {
		return nil, run.Options{}, &usageError{err}
	}
	o := run.Options{Name: j.Name, Mapping: j.Run.Mapping.Value, Ranks: j.Run.Ranks.Value, Cores: j.Run.Cores.Value,
		Memory: j.Run.Memory.Value, Seed: j.Seed, TimeLimit: j.Run.TimeLimit.Value, DirPath: j.Run.Dir.Value, Check: j.Run.Check.Value || f.check}
	fuse := j.Run.Fuse.Value
	if f.fuse != "" {
		fuse = f.fuse
	}
	if fuse != "" {
		if o.Fuse, err = partition.ParseFuse(fuse); err != nil {
			return nil, o, &usageError{err}
		}
	}
	if f.memory != "" {
		if o.Memory, err = jobs.ParseBytes(f.memory); err != nil {
			return nil, o, &usageError{err}
		}
	}
	if f.ranks > 0 {
		o.Ranks = f.ranks
	}
	if f.cores > 0 {
		o.Cores = f.cores
	}
	if f.mapping != "" {
		o.Mapping = f.mapping
	}
	if f.seed > 0 {
		o.Seed = f.seed
	}
	if f.limit > 0 {
		o.TimeLimit = f.limit
	}
	if f.dir != "" {
		o.DirPath = f.dir
	}
	o.Record = rundir.Run{JobFile: path, JobDigest: j.Digest}
	return j, o, nil
}

func (c *command) run() *cobra.Command {
	f := &flags{}
	cmd := &cobra.Command{Use: "run JOB", Short: "Run a job file", Args: cobra.ExactArgs(1)}
	f.add(cmd)
	cmd.Flags().StringVar(&f.dir, "dir", "", "the run directory (default runs/NAME-TIME)")
	cmd.Flags().Uint64Var(&f.seed, "seed", 0, "the job's seed")
	cmd.Flags().DurationVar(&f.limit, "time-limit", 0, "stop after this time, with exit code 75")
	cmd.Flags().BoolVar(&f.quiet, "quiet", false, "no progress")
	cmd.Flags().BoolVar(&f.check, "check", false, "see that ReadOnly inputs change nothing")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		j, o, err := c.job(args[0], f)
		if err != nil {
			return err
		}
		o.Dir = true
		if !f.quiet {
			o.Progress = c.err
		}
		c.ran = true
		res, err := run.Graph(cmd.Context(), j.Graph, o)
		if res != nil {
			if werr := c.summary(res, f.json); err == nil {
				err = werr
			}
		}
		return err
	}
	return cmd
}

func (c *command) summary(res *run.Result, asJSON bool) error {
	if asJSON {
		all := map[string]any{"sinks": res.Sinks, "wall_s": res.Wall.Seconds(), "run_dir": res.Dir, "partial": res.Partial}
		for k, v := range res.Summary {
			all[k] = v
		}
		return json.NewEncoder(c.out).Encode(all)
	}
	var keys []string
	for k := range res.Summary {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		fmt.Fprintf(c.out, "%-24s %v\n", k, res.Summary[k])
	}
	for name, s := range res.Sinks {
		fmt.Fprintf(c.out, "%-24s %d items, digest %s\n", name, s.Items, s.Digest)
	}
	fmt.Fprintf(c.out, "%-24s %.1f s\n%-24s %s\n", "wall", res.Wall.Seconds(), "run directory", res.Dir)
	return nil
}

func (c *command) plan() *cobra.Command {
	f := &flags{}
	cmd := &cobra.Command{Use: "plan JOB", Short: "Show what would run where", Args: cobra.ExactArgs(1)}
	f.add(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		j, o, err := c.job(args[0], f)
		if err != nil {
			return err
		}
		p, err := run.Plan(j.Graph, o)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%v\n", p)
		return nil
	}
	return cmd
}

func (c *command) check() *cobra.Command {
	f := &flags{}
	cmd := &cobra.Command{Use: "check JOB", Short: "Check a job file", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringArrayVar(&f.sets, "set", nil, "as for run")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		j, _, err := c.job(args[0], f)
		if err == nil {
			fmt.Fprintf(c.out, "%s: %d PEs, %d streams, nothing wrong\n", args[0], len(j.Graph.Elements), len(j.Graph.Edges))
		}
		return err
	}
	return cmd
}

func (c *command) list() *cobra.Command {
	return &cobra.Command{Use: "list [PE]", Short: "List PEs, or tell about one", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			names := c.registry.Names()
			if len(args) == 1 {
				names = args
			}
			for _, name := range names {
				all, ok := c.registry.Lookup(name)
				if !ok {
					return &usageError{fmt.Errorf("there is no PE %q; the nearest name is %q", name, c.registry.Nearest(name))}
				}
				fmt.Fprintf(c.out, "%-24s %s\n", name, all[0].Help)
				if len(args) == 0 {
					continue
				}
				for _, p := range all[0].Params() {
					fmt.Fprintf(c.out, "  %-22s %s (%v, default %v %s)\n", p.Name, p.Help, p.Kind, p.Default, p.Unit)
				}
			}
			return nil
		}}
}

func (c *command) report() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{Use: "report RUNDIR", Short: "Tell what became of a run", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			rec, err := rundir.Open(args[0])
			if err != nil {
				return &usageError{err}
			}
			rep := rec.Report(time.Now())
			if asJSON {
				return json.NewEncoder(c.out).Encode(rep)
			}
			return rep.WriteText(c.out)
		}}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func (c *command) compare() *cobra.Command {
	rtol := 0.0
	cmd := &cobra.Command{Use: "compare RUNDIR RUNDIR", Short: "Tell whether two runs gave the same", Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			cmp, err := rundir.Compare(args[0], args[1], rtol)
			if err != nil {
				return &usageError{err}
			}
			if err := cmp.WriteText(c.out); err != nil {
				return err
			}
			c.ran = true
			if !cmp.Same {
				return fmt.Errorf("the runs differ")
			}
			return nil
		}}
	cmd.Flags().Float64Var(&rtol, "rtol", 0, "relative tolerance of numbers")
	return cmd
}

func (c *command) version() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info, _ := debug.ReadBuildInfo()
			fmt.Fprintln(c.out, "dispel4go", info.Main.Version, info.GoVersion)
			return nil
		}}
}
