package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/internal/newfile"
	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
)

// A sweep measures one job on more and more cores: it lies in a folder, as a table
// of points, a file of measurements for each of them, and their run directories.
type sweep struct {
	toSlurm
	ranks, cores *[]int
	weak         *[]string
	series, dir  *string
	count        *int
	here         *bool

	job    *jobs.Job
	path   string // of the job file
	folder string // where the sweep lies
	points []bench.Point
}

func (c *command) sweep() *cobra.Command {
	s := &sweep{toSlurm: toSlurm{flags: map[string]func() []string{}}}
	cmd := c.verb("sweep JOB [flags]", "Measure how a job scales with ranks or cores: by Slurm, or here", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		return c.sweepOf(cmd, s, args[0])
	})
	cmd.Long = "Runs a job on more and more ranks, or on ranks with more and more cores, as large as it is (strong scaling), and with --weak larger in the\n" +
		"same proportion (weak scaling). Prints the scripts for Slurm, a job array for each number of ranks; --submit submits them, --here runs all in\n" +
		"this machine. Each run leaves a file in Go's benchmark format; bench report draws them. What has been measured is not measured again."
	f := cmd.Flags()
	s.ranks = f.IntSlice("ranks", nil, "numbers of ranks, as 1,2,4,8 (default: 1, under Slurm powers of two up to what the job asks for)")
	s.cores = f.IntSlice("cores", nil, "numbers of cores of each rank, as 1,2,4 (default: 1, with --here powers of two up to those of this machine)")
	s.weak = f.StringArray("weak", nil, "PE.PARAMETER=VALUE: a parameter to which the work is proportional, and its value for the first point; may be repeated")
	s.series = f.String("series", "both", "strong, weak or both")
	s.count = f.Int("count", 3, "run each point so many times")
	s.dir = f.String("dir", "", "the folder of the sweep (default sweeps/NAME)")
	s.here = f.Bool("here", false, "run it now, in this machine, without Slurm")
	s.sets = setFlag(cmd)
	for _, o := range settings {
		if slices.Contains(passedOn, o.name) {
			o.add(cmd)
		}
	}
	s.add(cmd)
	s.submit = f.Bool("submit", false, "submit it")
	s.wait = f.Bool("wait", false, "submit it and wait until it is over")
	s.test = f.Bool("test", false, "have Slurm look at it (sbatch --test-only), without submitting it")
	s.asJSON = jsonFlag(cmd)
	return cmd
}

// fixed are options of slurm that a sweep works out from its own.
var fixed = map[string]string{"nodes": "--ranks and --ntasks-per-node", "cpus_per_task": "--cores", "table": "--ranks and --cores"}

func (c *command) sweepOf(cmd *cobra.Command, s *sweep, file string) error {
	given := s.given(cmd)
	for name, by := range fixed {
		if given[name] != nil {
			return run.Usage(fmt.Errorf("--%s of a sweep comes from %s", slurm.Find(name).FlagName(), by))
		}
	}
	if err := s.agree(); err != nil {
		return run.Usage(err)
	}
	if *s.here && (*s.submit || *s.wait || *s.test) {
		return run.Usage(errors.New("--here needs no Slurm: leave --submit, --wait and --test out"))
	}
	if !slices.Contains([]string{bench.Strong, bench.Weak, "both"}, *s.series) {
		return run.Usage(fmt.Errorf("--series: %q is not one of strong, weak, both", *s.series))
	}
	var err error
	if s.job, err = c.load(file, *s.sets); err != nil {
		return err
	}
	if s.path, err = filepath.Abs(file); err != nil {
		return err
	}
	if s.folder, err = filepath.Abs(cmp.Or(*s.dir, filepath.Join("sweeps", rundir.FileName(s.job.Name)))); err != nil {
		return err
	}
	var request *slurm.Request
	if !*s.here {
		if request, err = s.request(cmd.Context(), cmd, s.job); err != nil {
			return run.Usage(err)
		}
	}
	plan := bench.Sweep{Ranks: *s.ranks, Cores: *s.cores, Rounds: *s.count, Weak: *s.weak, OnlyWeak: *s.series == bench.Weak}
	if *s.series == bench.Strong {
		plan.Weak = nil
	}
	s.byDefault(&plan, request)
	if s.points, err = plan.Points(); err != nil {
		return run.Usage(err)
	}
	if _, err := s.tabled(); err != nil {
		return run.Usage(err)
	}
	left, err := c.missing(s)
	if err != nil {
		return run.Usage(err)
	}
	if len(left) == 0 {
		fmt.Fprintf(c.err, "all of it has been measured: %s bench report %s\n", filepath.Base(os.Args[0]), s.folder)
		return nil
	}
	if *s.here {
		return c.sweepHere(cmd, s, left)
	}
	return c.sweepBySlurm(cmd, s, request, left)
}

// byDefault fills in what ranks and cores nobody has named.
func (s *sweep) byDefault(p *bench.Sweep, r *slurm.Request) {
	powers := func(most int) (all []int) {
		for n := 1; n < most; n *= 2 {
			all = append(all, n)
		}
		return append(all, most)
	}
	if len(p.Ranks) == 0 {
		p.Ranks = []int{1}
		if r != nil && len(p.Cores) < 2 {
			p.Ranks = powers(r.Ranks())
		}
	}
	if len(p.Cores) == 0 {
		p.Cores = []int{1}
		if r == nil && len(p.Ranks) < 2 {
			p.Cores = powers(runtime.NumCPU())
		}
	}
}

// missing are the points that no file has yet, by their numbers in the table,
// from 1. Every job is read now, not when its turn comes.
func (c *command) missing(s *sweep) (left []int, err error) {
	for k, p := range s.points {
		job, err := c.load(s.path, slices.Concat(*s.sets, p.Sets))
		if err != nil {
			return nil, err
		}
		if !measured(s.file(k+1), job.Digest, p) {
			left = append(left, k+1)
		}
	}
	return left, nil
}

// file is where the measurement of a point is kept.
func (s *sweep) file(n int) string { return pointFile(s.folder, n) }

func pointFile(folder string, n int) string {
	return filepath.Join(folder, fmt.Sprintf("point-%d.txt", n))
}

// measured reports whether a file has a measurement of the job with that digest
// as a point wants it.
func measured(file, digest string, p bench.Point) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	lines, err := bench.Read(f)
	as := fmt.Sprintf("/%s/ranks=%d/cores=%d", p.Series, p.Ranks, p.Cores)
	return err == nil && slices.ContainsFunc(lines, func(l bench.Line) bool { return l.Config["job"] == digest && strings.HasSuffix(l.Name, as) })
}

const tableName = "sweep.csv"

// tabled reports whether the table of points is there. Another one is an error.
func (s *sweep) tabled() (bool, error) {
	var b bytes.Buffer
	if err := bench.WritePoints(&b, s.points); err != nil {
		return false, err
	}
	file := filepath.Join(s.folder, tableName)
	switch there, err := os.ReadFile(file); {
	case err == nil && bytes.Equal(there, b.Bytes()):
		return true, nil
	case err == nil:
		return false, fmt.Errorf("%s is of another sweep: give another --dir, or remove the folder", file)
	case !errors.Is(err, fs.ErrNotExist):
		return false, err
	}
	return false, nil
}

// writeTable writes the table of points, unless it is there.
func (s *sweep) writeTable() error {
	if there, err := s.tabled(); there || err != nil {
		return err
	}
	if err := os.MkdirAll(s.folder, 0o777); err != nil {
		return err
	}
	return newfile.Write(filepath.Join(s.folder, tableName), newfile.Open, func(w io.Writer) error { return bench.WritePoints(w, s.points) }, newfile.Place)
}

// verb is what runs a point, but for which one.
func (s *sweep) verb(cmd *cobra.Command) []string {
	return append([]string{"bench", "job", s.path}, passed(cmd, *s.sets)...)
}

// sweepHere runs points one after the other, each in a program of its own.
func (c *command) sweepHere(cmd *cobra.Command, s *sweep, left []int) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if err := s.writeTable(); err != nil {
		return run.Usage(err)
	}
	for _, n := range left {
		p := s.points[n-1]
		fmt.Fprintf(c.err, "%s scaling, ranks x cores %d x %d, round %d of %d\n", p.Series, p.Ranks, p.Cores, p.Round, *s.count)
		args := append(s.verb(cmd), "--mapping", "local", "--table", filepath.Join(s.folder, tableName), "--row", strconv.Itoa(n), "--dir", filepath.Join(s.folder, "runs", fmt.Sprintf("point-%d", n)))
		one := exec.CommandContext(cmd.Context(), program, args...)
		one.Cancel = func() error { return one.Process.Signal(os.Interrupt) } // where Ctrl-C was not for it too
		one.Stderr = c.err
		if err := one.Run(); err != nil {
			if cause := context.Cause(cmd.Context()); cause != nil {
				return cause
			}
			return fmt.Errorf("%s, point %d: %w", filepath.Join(s.folder, tableName), n, err)
		}
	}
	return c.scaling([]string{s.folder})
}

// sweepBySlurm renders a job array for each number of ranks and cores, as all
// elements of an array are given the same. They run one at a time.
func (c *command) sweepBySlurm(cmd *cobra.Command, s *sweep, request *slurm.Request, left []int) error {
	type size struct{ ranks, cores int }
	var sizes []size
	rows := map[size][]int{}
	for _, n := range left {
		p := size{s.points[n-1].Ranks, s.points[n-1].Cores}
		if rows[p] == nil {
			sizes = append(sizes, p)
		}
		rows[p] = append(rows[p], n)
	}
	per := request.Count("ntasks_per_node")
	var all []submission
	for _, p := range sizes {
		if p.ranks > per && p.ranks%per != 0 {
			return run.Usage(fmt.Errorf("%d ranks do not fill nodes with %d on each: give --ntasks-per-node or other --ranks", p.ranks, per))
		}
		r := request.Clone()
		delete(r.Given, "table")
		r.Set("nodes", strconv.Itoa((p.ranks+per-1)/per), "--ranks")
		r.Set("ntasks_per_node", strconv.Itoa(min(p.ranks, per)), "--ranks")
		r.Set("cpus_per_task", strconv.Itoa(p.cores), "--cores")
		one, err := s.element(cmd, r, rows[p])
		if err != nil {
			return run.Usage(fmt.Errorf("%d ranks of %d cores: %w", p.ranks, p.cores, err))
		}
		all = append(all, *one)
	}
	if err := s.writeTable(); err != nil {
		return run.Usage(err)
	}
	if !request.Yes("exclusive") && (request.Site == nil || !request.Site.WholeNodes) {
		all[0].Notes = append(all[0].Notes, "others may run on the same nodes and be in the way of what is measured: give --exclusive")
	}
	if err := c.deliver(cmd.Context(), &s.toSlurm, all, false); err != nil {
		return err
	}
	if *s.wait && !*s.asJSON {
		return c.scaling([]string{s.folder})
	}
	if *s.wait {
		return nil
	}
	fmt.Fprintf(c.err, "when they have run: %s bench report %s\n", filepath.Base(os.Args[0]), s.folder)
	return nil
}

// element is the script of a job array of those rows.
func (s *sweep) element(cmd *cobra.Command, r *slurm.Request, rows []int) (*submission, error) {
	o, _, err := resolve(cmd, s.job, *s.sets)
	if err != nil {
		return nil, err
	}
	if _, err := r.Fit(planner(s.job, o)); err != nil {
		return nil, err
	}
	if r.Text("array_limit") == "" {
		r.Set("array_limit", "1", "the sweep")
	}
	w := &slurm.Work{Name: cmp.Or(r.Text("name"), rundir.FileName(s.job.Name)), Program: r.Text("program"), RunDir: filepath.Join(s.folder, "runs"), Digest: s.job.Digest,
		Verb: append(s.verb(cmd), "--cores", r.Text("cpus_per_task")), Table: filepath.Join(s.folder, tableName), Elements: slurm.Elements(rows), TimeLimit: o.TimeLimit}
	w.Name += fmt.Sprintf("-%dx%s", r.Ranks(), r.Text("cpus_per_task"))
	if w.Program == "" {
		if w.Program, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	if r.Text("output") == "" {
		r.Set("output", filepath.Join(s.folder, "%x-%A_%a.log"), "the sweep")
	}
	one := described(s.path, r, w)
	one.Script, one.Notes = r.Script(*w), r.Notes
	if err := r.Shared(s.folder); err != nil {
		if *s.submit || *s.wait {
			return nil, err
		}
		one.Notes = append(one.Notes, err.Error())
	}
	return one, nil
}

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

func (c *command) benchReport() *cobra.Command {
	var output *string
	cmd := c.verb("report DIR... [flags]", "Draw how a job scales, from what bench sweep has measured: an HTML page", cobra.MinimumNArgs(1), func(_ *cobra.Command, args []string) error {
		curves, err := curvesIn(args)
		if err != nil {
			return run.Usage(err)
		}
		file := cmp.Or(*output, filepath.Join(args[0], "scaling.html"))
		err = newfile.Write(file, newfile.Open, func(w io.Writer) error { return bench.WritePage(w, curves) }, newfile.Place)
		if errors.Is(err, newfile.ErrExists) {
			return run.Usage(fmt.Errorf("%s exists: remove it, or give another --output", file))
		}
		if err != nil {
			return run.Usage(err)
		}
		if err := bench.WriteText(c.out, curves); err != nil {
			return err
		}
		fmt.Fprintf(c.err, "the page is %s\n", file)
		return nil
	})
	cmd.Long = "Draws speed-up, efficiency and the cost of an item by cores, each beside what would be ideal, from the files *.txt of one or more sweeps,\n" +
		"which are in Go's benchmark format. Prints the numbers too."
	output = cmd.Flags().String("output", "", "the page (default DIR/scaling.html)")
	return cmd
}

// scaling prints the numbers of sweeps.
func (c *command) scaling(folders []string) error {
	curves, err := curvesIn(folders)
	if err != nil {
		return err
	}
	if err := bench.WriteText(c.out, curves); err != nil {
		return err
	}
	fmt.Fprintf(c.err, "to draw them: %s bench report %s\n", filepath.Base(os.Args[0]), folders[0])
	return nil
}

// curvesIn reads the measurements in folders.
func curvesIn(folders []string) ([]bench.Curve, error) {
	sweeps := map[string][]bench.Line{}
	for _, folder := range folders {
		names, err := fs.Glob(os.DirFS(folder), "*.txt")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			file := filepath.Join(folder, name)
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			lines, err := bench.Read(bytes.NewReader(text))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			sweeps[filepath.Clean(folder)] = append(sweeps[filepath.Clean(folder)], lines...)
		}
	}
	if len(sweeps) == 0 {
		return nil, fmt.Errorf("%w: there is no *.txt in %s", bench.ErrNoSweep, folders[0])
	}
	curves, err := bench.Curves(sweeps)
	if errors.Is(err, bench.ErrNoSweep) {
		err = fmt.Errorf("%w in %s: bench sweep makes them", err, slices.Sorted(maps.Keys(sweeps)))
	}
	return curves, err
}
