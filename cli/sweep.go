package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
