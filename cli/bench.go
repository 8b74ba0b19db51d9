package cli

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

func (c *command) bench() *cobra.Command {
	var count *int
	var list *bool
	cmd := c.verb("bench [PATTERN]... [flags]", "Measure transport and engine between ranks", cobra.ArbitraryArgs, func(cmd *cobra.Command, args []string) error {
		measures, err := chosen(args)
		if err != nil {
			return err
		}
		if *list {
			for _, m := range measures {
				fmt.Fprintf(c.out, "%s\n", m.Name)
			}
			return nil
		}
		if *count < 1 {
			return run.Usage(fmt.Errorf("--count: %d is not a whole number from 1", *count))
		}
		o, from, err := resolve(cmd, nil, nil)
		if err != nil {
			return err
		}
		for _, g := range from {
			if g.Name == "ranks" && g.From == "default" {
				o.Ranks = 2
			}
		}
		fabric, err := run.Connect(cmd.Context(), o)
		if err != nil {
			return err
		}
		return c.measure(cmd, fabric, measures, *count)
	})
	cmd.Long = "Measures transport and engine between the ranks that a launcher has started, or -n in this process,\n" +
		"and prints what Go's benchmarks print, for benchstat and the like. Patterns choose measures, as 'engine/*/*'."
	for _, s := range settings {
		if slices.Contains([]string{"mapping", "ranks", "mpi"}, s.name) {
			if s.name == "ranks" {
				s.byDefault = "2"
			}
			s.add(cmd)
		}
	}
	count = cmd.Flags().Int("count", 5, "measure each so many times")
	list = cmd.Flags().Bool("list", false, "list the measures only")
	cmd.AddCommand(c.benchJob(), c.sweep(), c.benchReport())
	return cmd
}

// chosen are the measures whose names match one of the patterns, or begin with
// it.
func chosen(patterns []string) ([]bench.Measure, error) {
	all := bench.Suite()
	if len(patterns) == 0 {
		return all, nil
	}
	var some []bench.Measure
	used := make([]bool, len(patterns))
	for _, m := range all {
		take := false
		for k, p := range patterns {
			match, err := path.Match(p, m.Name)
			if err != nil {
				return nil, run.Usage(fmt.Errorf("%q is not a pattern: %w", p, err))
			}
			if match || strings.HasPrefix(m.Name, p) {
				take, used[k] = true, true
			}
		}
		if take {
			some = append(some, m)
		}
	}
	for k, p := range patterns {
		if !used[k] {
			return nil, run.Usage(fmt.Errorf("no measure is called %q: bench --list names them", p))
		}
	}
	return some, nil
}

// measure runs measures on all ranks; rank 0 prints them.
func (c *command) measure(cmd *cobra.Command, fabric *run.Fabric, measures []bench.Measure, count int) error {
	first := fabric.Rank == 0
	if first {
		host, _ := os.Hostname() // a missing name is no reason not to measure
		v := rundir.ThisProgram()
		h := bench.Header{OS: runtime.GOOS, Arch: runtime.GOARCH, Host: host, Mapping: fabric.Mapping, Ranks: fabric.Ranks, Commit: cmp.Or(v.Revision, "unknown"), MPI: fabric.Library.Version}
		if err := h.Write(c.out); err != nil {
			return err
		}
	}
	place := bench.Place{Ranks: fabric.Ranks, Open: fabric.Open}
	for _, m := range measures {
		if m.Ranks > fabric.Ranks {
			if first {
				fmt.Fprintf(c.err, "SKIP: %s takes %d ranks\n", m.Name, m.Ranks)
			}
			continue
		}
		for range count {
			f, err := m.Run(cmd.Context(), place)
			if err != nil {
				return err
			}
			if !first {
				continue
			}
			if err := m.Write(c.out, f); err != nil {
				return err
			}
		}
	}
	return nil
}
