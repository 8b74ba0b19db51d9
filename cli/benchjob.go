package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/internal/newfile"
	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

// benchJob is what runs one point of a sweep, or measures a job by itself.
func (c *command) benchJob() *cobra.Command {
	var sets *[]string
	var table *string
	var row *int
	cmd := c.verb("job JOB [flags]", "Run a job file once and print what it took, as a line of Go's benchmarks", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		p, err := pointOf(*table, *row)
		if err != nil {
			return run.Usage(err)
		}
		job, o, err := c.job(cmd, args[0], slices.Concat(*sets, p.Sets))
		if err != nil {
			return err
		}
		if *table != "" {
			o.Ranks, o.Cores = p.Ranks, p.Cores
		}
		fabric, err := run.Connect(cmd.Context(), o)
		if err != nil {
			return err
		}
		if *table != "" && fabric.Ranks != p.Ranks {
			return run.Usage(fmt.Errorf("%s, row %d: it is for %d ranks, and there are %d", *table, *row, p.Ranks, fabric.Ranks))
		}
		o.Dir = true
		res, err := run.Graph(cmd.Context(), job.Graph, o)
		if err != nil || res == nil || res.Rank != 0 {
			return err
		}
		record, err := rundir.Open(res.Dir)
		if err != nil {
			return err
		}
		if *table == "" {
			p.Ranks = record.Run.Ranks
			p.Cores = max(1, record.Run.Cores/max(1, p.Ranks))
		}
		return c.point(job, record, fabric, p, *table, *row)
	})
	sets = settingFlags(cmd, false)
	table = cmd.Flags().String("table", "", "the table of a sweep, "+tableName+": the line goes into a file beside it")
	row = cmd.Flags().Int("row", 0, "the row of the table, from 1")
	return cmd
}

// pointOf is the row of a sweep's table; without a table a point of its own.
func pointOf(table string, row int) (bench.Point, error) {
	if table == "" {
		return bench.Point{Series: bench.Strong, Round: 1}, nil
	}
	f, err := os.Open(table)
	if err != nil {
		return bench.Point{}, err
	}
	defer f.Close()
	points, err := bench.ReadPoints(f)
	if err != nil {
		return bench.Point{}, fmt.Errorf("%s: %w", table, err)
	}
	if row < 1 || row > len(points) {
		return bench.Point{}, fmt.Errorf("--row: %s has rows 1 to %d, and no row %d", table, len(points), row)
	}
	return points[row-1], nil
}

// point prints what a run took and, for a row of a table, puts it beside that.
func (c *command) point(job *jobs.Job, record *rundir.Record, fabric *run.Fabric, p bench.Point, table string, row int) error {
	var sources []string
	for _, e := range job.Graph.Elements {
		if e.IsSource() {
			sources = append(sources, e.Name)
		}
	}
	r := record.Run
	name, figure := bench.Measured(p, &r, sources)
	var b bytes.Buffer
	var hosts []string
	for _, u := range r.Usage {
		hosts = append(hosts, u.Host)
	}
	slices.Sort(hosts)
	h := bench.Header{OS: runtime.GOOS, Arch: runtime.GOARCH, Host: r.Host, Hosts: slices.Compact(hosts), Mapping: r.Mapping, Ranks: r.Ranks,
		Commit: cmp.Or(r.Versions.Revision, "unknown"), MPI: fabric.Library.Version, Job: job.Digest}
	if err := errors.Join(h.Write(&b), bench.Measure{Name: name}.Write(&b, figure)); err != nil {
		return err
	}
	if table != "" {
		file := pointFile(filepath.Dir(table), row)
		// A measurement of another job is out of date.
		if err := newfile.Write(file, newfile.Open, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err }, os.Rename); err != nil {
			return err
		}
	}
	_, err := c.out.Write(b.Bytes())
	return err
}

// pointFile is where the measurement of a point of a sweep in that folder is kept.
func pointFile(folder string, n int) string {
	return filepath.Join(folder, fmt.Sprintf("point-%d.txt", n))
}
