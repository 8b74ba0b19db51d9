package slurm

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/rundir"
)

// TestFirstTime: only a job that is started again goes on in its run directory. On the
// first time one of that name is of another cluster, whose jobs have the same numbers.
func TestFirstTime(t *testing.T) {
	r, err := requested(t, jobWith(t, "job", "[slurm]\n"), map[string][]string{"requeue": {"true"}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "runs", "job-7"), 0o777); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(r.Script(Work{Name: "job", Program: "true", RunDir: "runs", CanContinue: true}), "\nreason=")
	for restarts, want := range map[string]string{"": "--dir runs/job-7\n", "0": "--dir runs/job-7\n", "1": "--continue runs/job-7\n"} {
		cmd := exec.Command("bash", "-c", head+"\necho \"${work[@]}\"")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "SLURM_JOB_ID=7", "SLURM_JOB_NODELIST=n1", "SLURM_RESTART_COUNT="+restarts)
		if out, err := cmd.CombinedOutput(); err != nil || !strings.HasSuffix(string(out), want) {
			t.Errorf("started %q times before: %v: %s", restarts, err, out)
		}
	}
}

// TestResubmit runs scripts with an srun that ends as it likes, and looks at how they
// say to go on, and what they take for the end of their run.
func TestResubmit(t *testing.T) {
	written := func(r rundir.Run) string { // as in run.json
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	complete, partial := written(rundir.Run{State: rundir.Complete}), written(rundir.Run{State: rundir.Partial, Rest: &rundir.Rest{}})
	cannot := written(rundir.Run{State: rundir.Partial, Rest: &rundir.Rest{Lost: []string{"count: what it keeps would be lost"}}})
	const (
		command    = "cd HERE/it\\'s && HERE/bin/d4 sbatch job.toml"
		moreTime   = "it cannot go on where it was, and would begin anew: ask for more --time\n"
		notStarted = "the ranks were not started, though the launcher does not say so\n"
	)
	for name, c := range map[string]struct {
		work   Work
		flags  map[string][]string
		status string            // of srun
		node   string            // of srun --overlap, which looks after the nodes
		runs   map[string]string // what run directories tell
		want   string            // the last line of what it prints
	}{
		"time is up":           {work: Work{CanContinue: true}, status: "75", runs: map[string]string{"job-7": partial}, want: "for the rest: " + command + " --continue HERE/runs/job-7 --submit\n"},
		"before it had begun":  {work: Work{CanContinue: true}, status: "75", runs: nil, want: "for the rest: " + command + " --submit\n"},
		"not by its type":      {status: "75", runs: map[string]string{"job-7": partial}, want: moreTime},
		"not by what it keeps": {work: Work{CanContinue: true}, status: "75", runs: map[string]string{"job-7": cannot}, want: moreTime},
		"nor queued again":     {work: Work{CanContinue: true}, flags: map[string][]string{"requeue": {"true"}}, status: "75", runs: map[string]string{"job-7": cannot}, want: moreTime},
		"what another keeps":   {work: Work{CanContinue: true}, status: "75", runs: map[string]string{"job-7": partial, "job-71": cannot, "job-7-x": cannot}, want: "for the rest: " + command + " --continue HERE/runs/job-7 --submit\n"},
		"queued again":         {work: Work{CanContinue: true}, flags: map[string][]string{"requeue": {"true"}}, status: "75", runs: map[string]string{"job-7": partial}, want: "exit code 75, time was up: the job is queued again\n"},
		"a node is lost":       {flags: map[string][]string{"requeue": {"true"}, "max_requeues": {"1"}}, status: "1", node: "1", want: "to begin anew: " + command + " --submit\n"},
		"a row": {work: Work{CanContinue: true, Table: "table.csv", Elements: "1"}, status: "75", runs: map[string]string{"job-6_1": partial},
			want: "rows that are not complete begin anew, each with this much time; when all are over: " + command + " --only-failed --submit\n"},
		"done":             {status: "0", runs: map[string]string{"job-7": complete}},
		"done in parts":    {status: "0", runs: map[string]string{"job-7": partial, "job-7-2": partial, "job-7-3": complete}},
		"not started":      {status: "0", runs: map[string]string{"job-7": partial}, want: notStarted},
		"done by another":  {work: Work{Continue: "HERE/runs/job", CanContinue: true}, status: "0", runs: map[string]string{"job": partial, "job-99": complete, "job-x": complete}, want: notStarted},
		"done by this one": {work: Work{Continue: "HERE/runs/job", CanContinue: true}, status: "0", runs: map[string]string{"job": partial, "job-2": complete}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{"bin/d4": "echo dispel4go\n", "bin/scontrol": "kill -TERM $$\n", // as Slurm does to what it requeues
				"bin/srun": "case $* in *--overlap*) exit ${NODE:-0} ;; esac\nexit $STATUS\n"}
			for name, text := range files {
				files[name] = "#!/bin/sh\n" + text
			}
			for name, text := range c.runs {
				files[filepath.Join("runs", name, "run.json")] = text
			}
			for name, text := range files {
				file := filepath.Join(dir, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, []byte(text), 0o777)); err != nil {
					t.Fatal(err)
				}
			}
			r, err := requested(t, jobWith(t, name, ""), c.flags)
			if err != nil {
				t.Fatal(err)
			}
			w := c.work
			w.Name, w.Program, w.RunDir, w.Folder = "job", filepath.Join(dir, "bin/d4"), "runs", filepath.Join(dir, "it's")
			w.Continue = strings.ReplaceAll(w.Continue, "HERE", dir)
			w.Command = []string{w.Program, "sbatch", "job.toml"}
			cmd := exec.Command("bash", "-c", r.Script(w))
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"), "STATUS="+c.status, "NODE="+c.node,
				"SLURM_JOB_ID=7", "SLURM_JOB_NODELIST=n1", "SLURM_JOB_NUM_NODES=1", "SLURM_ARRAY_JOB_ID=6", "SLURM_ARRAY_TASK_ID=1", "SLURM_RESTART_COUNT=1")
			out, err := cmd.CombinedOutput()
			if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if (err == nil) != (c.want == "") {
				t.Errorf("it ended with %v", err)
			}
			lines := strings.SplitAfter(strings.ReplaceAll(string(out), dir, "HERE"), "\n")
			if last := lines[len(lines)-2]; c.want != "" && last != c.want || c.want == "" && len(lines) != 2 {
				t.Errorf("it printed\n%sexpected at its end\n%s", out, c.want)
			}
		})
	}
}
