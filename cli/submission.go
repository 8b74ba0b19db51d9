package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
)

// A submission is a job as sbatch --json tells of it.
type submission struct {
	Job    string   `json:"job"` // the file
	ID     string   `json:"id,omitempty"`
	Script string   `json:"script"`
	Notes  []string `json:"notes,omitempty"`
	Log    string   `json:"log,omitempty"`
	RunDir string   `json:"run_dir,omitempty"`
	State  string   `json:"state,omitempty"`
}

// prepare renders the script of one job file.
func (c *command) prepare(ctx context.Context, cmd *cobra.Command, s *toSlurm, file string) (*submission, error) {
	job, err := c.load(file, *s.sets)
	if err != nil {
		return nil, err
	}
	o, _, err := resolve(cmd, job, *s.sets)
	if err != nil {
		return nil, err
	}
	request, err := s.request(ctx, cmd, job)
	if err != nil {
		return nil, run.Usage(err)
	}
	o.Mapping = ""
	if _, err := request.Fit(planner(job, o)); err != nil {
		return nil, run.Usage(err)
	}
	work, err := s.work(cmd, request, job, file, o.TimeLimit)
	if err != nil {
		return nil, run.Usage(err)
	}
	folder, table := request.Text("chdir"), request.Text("table")
	if *s.continued != "" {
		switch left, err := continueIn(work, job, o.Seed, *s.continued); {
		case err != nil:
			return nil, run.Usage(fmt.Errorf("--continue: %w", err))
		case !left:
			return &submission{Notes: []string{fmt.Sprintf("%s: the run in %s is complete: nothing is left to do", file, *s.continued)}}, nil
		}
	}
	one := described(file, request, work)
	if table != "" {
		var former map[string]rundir.State
		if *s.failed {
			former = statesOf(filepath.Join(folder, work.RunDir), rundir.FileName(work.Name)+"-", time.Now())
		}
		left, going, err := c.elements(table, former, file, *s.sets)
		switch {
		case err != nil:
			return nil, run.Usage(err)
		case len(left) == 0 && len(going) == 0:
			one.Notes = []string{fmt.Sprintf("%s: there is a complete run of every row of %s: nothing is left to do", file, table)}
			return one, nil
		case len(left) == 0:
			one.Notes = []string{fmt.Sprintf("%s: what is not complete of %s is still running: nothing is left to do", file, table)}
			return one, nil
		case len(going) > 0:
			request.Notes = append(request.Notes, fmt.Sprintf("rows %s of %s are left out, as they are still running", slurm.Elements(going), table))
		}
		work.Elements = slurm.Elements(left)
	} else if *s.failed {
		return nil, run.Usage(errors.New("--only-failed is for a table of parameters: give --table"))
	}
	one.Script = request.Script(*work)
	one.Notes = request.Notes
	if *s.submit || *s.wait {
		one.Notes = append(one.Notes, absent(folder, filepath.Dir(one.Log))...)
	}
	switch err := shared(request, work); {
	case err != nil && (*s.submit || *s.wait):
		return nil, run.Usage(err)
	case err != nil: // it may be meant for another machine
		one.Notes = append(one.Notes, err.Error())
	}
	if unfit := engine.Unfit(job.Graph); request.Yes("requeue") && len(unfit) > 0 {
		one.Notes = append(one.Notes, fmt.Sprintf("requeue: when time is up this job cannot go on where it was, as %s would lose what they keep; it is queued again only where a node is lost, and then begins anew",
			strings.Join(unfit, ", ")))
	}
	return one, nil
}

// planner makes the plan of a job, as run does.
func planner(job *jobs.Job, o run.Options) slurm.Planner {
	return func(ranks []partition.Rank) (*partition.Plan, error) {
		return partition.Make(job.Graph, ranks, partition.Options{Fuse: o.Fuse, Budget: o.Memory, Placement: o.Placement, Profile: o.Profile})
	}
}

// described says where the output of a job goes, and its run directory.
func described(file string, r *slurm.Request, w *slurm.Work) *submission {
	in := func(path string) string { // of where the script runs
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(r.Text("chdir"), path)
	}
	id, output := "JOBID", "%x-%j.log"
	if w.Table != "" {
		id, output = "JOBID_ROW", "%x-%A_%a.log"
	}
	output = strings.NewReplacer("%x", w.Name, "%j", "JOBID", "%A", "JOBID", "%a", "ROW").Replace(cmp.Or(r.Text("output"), output))
	dir := cmp.Or(w.Continue, in(filepath.Join(w.RunDir, rundir.FileName(w.Name)+"-"+id)))
	return &submission{Job: file, Log: in(output), RunDir: dir}
}

// request puts together what is asked of Slurm.
func (s *toSlurm) request(ctx context.Context, cmd *cobra.Command, job *jobs.Job) (*slurm.Request, error) {
	flags := s.given(cmd)
	name := ""
	if v := flags["site"]; v != nil {
		name = v[0]
	} else if v := os.Getenv("D4_SLURM_SITE"); v != "" {
		name = v
	} else if k := job.Slurm.Get("site"); k != nil {
		name, _ = k.Value.Any.(string) // Resolve says what is wrong with it
	}
	here := s.client.Here(ctx)
	cluster := ""
	if name == "" && here {
		cluster = s.client.Cluster(ctx)
	}
	site, err := slurm.FindSite(os.Getenv, name, cluster)
	if err != nil {
		return nil, err
	}
	if site.Name == slurm.Generic && here {
		if live, err := s.client.Partitions(ctx); err == nil { // else Slurm will say what it does not like
			copied := *site
			copied.Partitions, site = live, &copied
		}
	}
	return slurm.Resolve(flags, os.LookupEnv, job.Slurm, site)
}

// work is what the script is to run.
func (s *toSlurm) work(cmd *cobra.Command, r *slurm.Request, job *jobs.Job, file string, limit time.Duration) (*slurm.Work, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	w := &slurm.Work{Name: r.Text("name"), Program: r.Text("program"), RunDir: "runs", Digest: job.Digest, Verb: []string{"run", path},
		CanContinue: len(engine.Unfit(job.Graph)) == 0, TimeLimit: limit}
	if w.Name == "" {
		w.Name = rundir.FileName(job.Name)
	}
	if w.Program == "" {
		if w.Program, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	w.Command = sameCommand(cmd, w.Program, path)
	if w.Folder, err = os.Getwd(); err != nil {
		return nil, err
	}
	w.Verb = append(append(w.Verb, passed(cmd, *s.sets)...), "--cores", r.Text("cpus_per_task"))
	if table := r.Text("table"); table != "" {
		if w.Table, err = filepath.Abs(table); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// shared is why the run directory would be where compute nodes do not see it.
func shared(r *slurm.Request, w *slurm.Work) error {
	folder := cmp.Or(w.Continue, r.Text("chdir"))
	if folder == "" {
		var err error
		if folder, err = os.Getwd(); err != nil {
			return err
		}
	}
	return r.Shared(folder)
}

// absent notes which folders are not here: Slurm makes none, and does not start a job
// without those where it runs and prints.
func absent(folders ...string) (notes []string) {
	for _, folder := range slices.Compact(folders) {
		if folder == "" || strings.Contains(folder, "%") { // which Slurm replaces
			continue
		}
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			notes = append(notes, fmt.Sprintf("there is no folder %s here: unless the nodes have one the job cannot start", folder))
		}
	}
	return notes
}

// statesOf is what became of the runs in a folder whose names begin so, by the digest of
// their job: that one is complete, or else that one is running.
func statesOf(folder, beginning string, now time.Time) map[string]rundir.State {
	entries, _ := os.ReadDir(folder) // where there is none nothing has run
	states := map[string]rundir.State{}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), beginning) {
			continue
		}
		r, err := rundir.Open(filepath.Join(folder, e.Name()))
		if err != nil {
			continue
		}
		switch {
		case r.Run.State == rundir.Complete:
			states[r.Run.JobDigest] = rundir.Complete
		case r.Run.State == rundir.Running && now.Sub(r.Run.Updated) <= rundir.Silence && states[r.Run.JobDigest] == "":
			states[r.Run.JobDigest] = rundir.Running
		}
	}
	return states
}

// elements are the rows of a table that are to be run: those of which nothing is complete
// nor running already, which are in going.
func (c *command) elements(table string, former map[string]rundir.State, file string, sets []string) (left, going []int, err error) {
	t, err := slurm.ReadTable(table)
	if err != nil {
		return nil, nil, err
	}
	for n := range t.Rows {
		row, err := t.Sets(n + 1)
		if err != nil {
			return nil, nil, err
		}
		job, err := c.load(file, slices.Concat(sets, row)) // every row is looked at now, not when it runs
		if err != nil {
			return nil, nil, fmt.Errorf("%s, row %d: %w", table, n+1, err)
		}
		switch former[job.Digest] {
		case rundir.Complete:
		case rundir.Running:
			going = append(going, n+1)
		default:
			left = append(left, n+1)
		}
	}
	return left, going, nil
}
