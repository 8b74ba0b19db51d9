package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
)

func (c *command) run() *cobra.Command {
	var sets *[]string
	var asJSON, quiet, detach *bool
	var conf *[]string
	var continued, table *string
	var row *int
	cmd := c.verb("run JOB [flags]", "Run a job file", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		of, err := setsOf(*table, *row)
		if err != nil {
			return err
		}
		job, o, err := c.job(cmd, args[0], slices.Concat(*sets, of))
		if err != nil {
			return err
		}
		o.Dir, o.Continue, o.Storm.Detach = true, *continued, *detach
		if o.Storm.Conf, err = stormConf(job, *conf); err != nil {
			return err
		}
		if *asJSON && c.out == os.Stdout {
			os.Stdout = os.Stderr // what PEs print is then no data
		}
		if !*quiet {
			o.Progress = c.err
		}
		res, err := run.Graph(cmd.Context(), job.Graph, o)
		if res == nil || res.Rank != 0 {
			return err
		}
		if res.Detached != "" {
			return errors.Join(err, c.detached(res, o.Storm.Nimbus, *asJSON))
		}
		first := res.Dir // of all parts
		if o.Continue != "" && o.DirPath == "" {
			first = o.Continue
		}
		return errors.Join(err, c.result(res, rundir.FirstPart(first), err, *asJSON))
	})
	cmd.Long = "Runs a job file: as a rank under mpirun or srun, else in this process.\n\n" +
		"Options come from flags, else from variables (D4_CORES for --cores), else from [run] in the job; config JOB shows them.\n" +
		"Parameters of PEs are set by --set; list PE tells which there are."
	cmd.Example = "  " + filepath.Base(os.Args[0]) + " run job.toml --set read.path=FOLDER --dir first\n" +
		"  mpirun -n 4 " + filepath.Base(os.Args[0]) + " run job.toml"
	sets = settingFlags(cmd, false)
	asJSON = jsonFlag(cmd)
	conf = confFlag(cmd)
	detach = cmd.Flags().Bool("detach", false, "on Storm: leave the topology to itself once it is submitted; what PEs print goes to stdout.txt in the run directory")
	table = cmd.Flags().String("table", "", "a CSV file with a row of parameters for each run")
	row = cmd.Flags().Int("row", 0, "the row of the table, from 1")
	continued = cmd.Flags().String("continue", "", "go on where the run in that directory was cut short by its time limit")
	quiet = cmd.Flags().BoolP("quiet", "q", false, "show no progress")
	return cmd
}

// setsOf are the parameters in a row of a table.
func setsOf(file string, row int) ([]string, error) {
	if file == "" {
		if row != 0 {
			return nil, run.Usage(errors.New("--row is of a table: give --table"))
		}
		return nil, nil
	}
	table, err := slurm.ReadTable(file)
	if err != nil {
		return nil, run.Usage(fmt.Errorf("--table: %w", err))
	}
	sets, err := table.Sets(row)
	if err != nil {
		return nil, run.Usage(fmt.Errorf("--row: %w", err))
	}
	return sets, nil
}

// result prints what a run came to that ended with failed, and whose first part is in first.
func (c *command) result(res *run.Result, first string, failed error, asJSON bool) error {
	state := run.StateOf(failed)
	var warnings []string
	warned := 0
	if res.Dir != "" {
		warnings, warned, _ = rundir.Warnings(res.Dir) // a log that cannot be read is for report to tell
	}
	if asJSON {
		all := maps.Clone(res.Summary)
		if all == nil {
			all = map[string]any{}
		}
		if failed != nil {
			all["cause"] = run.Line(failed)
		}
		all["state"], all["sinks"], all["wall_s"], all["run_dir"] = state, res.Sinks, res.Wall.Seconds(), res.Dir
		if res.Total != nil {
			all["total"] = res.Total
		}
		if warned > 0 {
			all["warned"], all["warnings"] = warned, warnings
		}
		if nothing := rundir.Nothing(res.Rows, res.Sinks); nothing != nil {
			all["nothing"] = nothing
		}
		return c.json(all)
	}
	line := func(name string, format string, args ...any) {
		fmt.Fprintf(c.out, "%-24s %s\n", name, fmt.Sprintf(format, args...))
	}
	for _, name := range slices.Sorted(maps.Keys(res.Summary)) {
		switch x := res.Summary[name].(type) {
		case nil:
			line(name, "none")
		case float64:
			line(name, "%.6g", x)
		default:
			line(name, "%v", x)
		}
	}
	sinks := func(prefix string, all map[string]rundir.Sink) {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			s := all[name]
			text := partition.FormatCount(int(s.Items), "item")
			if s.Digest != "" {
				text += ", digest " + s.Digest
			}
			line(prefix+name, "%s", text)
		}
	}
	sinks("", res.Sinks)
	sinks("all parts: ", res.Total)
	for _, f := range rundir.Flows(res.Rows) {
		if text := f.Counted(); text != "" {
			line("counted by "+f.PE, "%s", text)
		}
	}
	if state != rundir.Failed { // where it has, that is why
		for _, text := range rundir.Nothing(res.Rows, res.Sinks) {
			line("no items", "%s", text)
		}
	}
	if res.Rest != nil {
		for _, text := range res.Rest.Lost {
			line("cannot be continued", "%s", text)
		}
		if len(res.Rest.Lost) == 0 {
			how := "give the same command with --continue " + first
			if slurm.Asked(os.LookupEnv) != nil {
				how += ", unless the job is queued again"
			}
			line("for the rest", "%s", how)
		}
	}
	if res.Dir != "" && slurm.Asked(os.LookupEnv) != nil {
		if record, err := rundir.Open(res.Dir); err == nil { // else the run has said so
			if e := record.Report(time.Now()).Efficiency; e != nil {
				for _, text := range e.Lines() {
					fmt.Fprintf(c.err, "%s\n", text)
				}
			}
		}
	}
	switch {
	case len(warnings) == 1:
		line("warning", "%s", warnings[0])
	case len(warnings) > 1:
		line("warnings", "%d, report %s tells more; the first: %s", warned, res.Dir, warnings[0])
	}
	line("state", "%s after %.1f s", state, res.Wall.Seconds())
	_, err := fmt.Fprintf(c.out, "%-24s %s\n", "run directory", res.Dir)
	return err
}
