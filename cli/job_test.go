package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/rundir"
)

// TestJobVerbs: what status, logs and cancel cannot do is said in one line, with what
// can be done instead.
func TestJobVerbs(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "pes.Range", "pes.Discard")
	if got := outcomeOf(t, program(dir, "run", "job.toml", "-q", "--dir", "runs/here")); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	going := rundir.Run{Format: rundir.Format, State: rundir.Running, Host: "elsewhere", PID: 77, Updated: time.Now()}
	text, err := json.Marshal(going)
	if err != nil {
		t.Fatal(err)
	}
	going.Mapping = "storm"
	onStorm, err := json.Marshal(going)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"going/run.json": text, "on-storm/run.json": onStorm, "bad/run.json": []byte("{"), "folder/file": nil} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ args, want string }{
		{"logs runs/here", "runs/here was not run by Slurm: it printed to where it was started; runs/here/log.jsonl and the verb report tell of it"},
		{"cancel runs/here", "runs/here was not run by Slurm: it is over, and complete"},
		{"cancel going", "going was not run by Slurm: press Ctrl-C where it was started, or kill -INT 77 on elsewhere"},
		{"cancel on-storm", "on-storm was not run by Slurm: press Ctrl-C where it was started, or end its topology: storm status lists them, storm kill NAME ends one"},
		{"status none", "none is not a run directory: it is not there; give the number of a job, or a run directory; the newest here is runs/here"},
		{"logs none", "none is not a run directory: it is not there; give the number of a job, or a run directory; the newest here is runs/here"},
		{"cancel none", "none is not a run directory: it is not there; give the number of a job, or a run directory; the newest here is runs/here"},
		{"status folder", "folder is not a run directory: it has no run.json; give the number of a job, or a run directory; the newest here is runs/here"},
		{"report none", "none is not a run directory: it is not there; the newest here is runs/here"},
		{"compare runs/here folder", "folder is not a run directory: it has no run.json; the newest here is runs/here"},
		{"logs bad", "bad/run.json"},
		{"status bad", "bad/run.json"},
		{"status 12", "there is no Slurm here: there is no squeue in PATH: do this on a login node of the cluster, and no run directory of job 12 in runs"},
		{"logs 12", "there is no Slurm here: there is no scontrol in PATH: do this on a login node of the cluster"},
		{"cancel 12", "there is no Slurm here: there is no scancel in PATH: do this on a login node of the cluster"},
		{"sbatch job.toml --cpus-per-task 1 --test", "job.toml: there is no Slurm here: there is no sbatch in PATH: do this on a login node of the cluster"},
	} {
		t.Run(c.args, func(t *testing.T) {
			cmd := program(dir, strings.Fields(c.args)...)
			cmd.Env = append(cmd.Env, "PATH="+dir)
			outcomeOf(t, cmd).oneLine(t, 2, c.want)
		})
	}
	if got := outcomeOf(t, program(dir, "status", "runs/here")); got.code != 0 || !strings.Contains(got.stdout, "runs/here: ") || !strings.Contains(got.stdout, "complete") {
		t.Errorf("%+v", got)
	}
}

// TestStatusByNumber: the run directories of a job are found by its number, and are
// those of no other.
func TestStatusByNumber(t *testing.T) {
	dir := t.TempDir()
	for name, id := range map[string]string{"job-1": "1", "job-1-2": "1", "job-2": "2", "job-1-3": "3", "job-4_1": "14", "job-4_2": "15", "job-4_2-2": "15",
		"exp-4_x-99": "99", "mine-5": "", "gone-on": "6"} {
		path := filepath.Join(dir, "runs", name)
		text, err := json.Marshal(rundir.Run{Format: rundir.Format, Name: "job", State: rundir.Complete, JobID: id})
		if err == nil {
			err = os.MkdirAll(path, 0o777)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(path, "run.json"), text, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string][]string{"1": {"job-1", "job-1-2"}, "2": {"job-2"}, "3": {"job-1-3"}, "4": {"job-4_1", "job-4_2", "job-4_2-2"},
		"4_2": {"job-4_2", "job-4_2-2"}, "15": {"job-4_2", "job-4_2-2"}, "99": {"exp-4_x-99"}, "6": {"gone-on"}, "5": nil} {
		cmd := program(dir, "status", id, "--json")
		cmd.Env = append(cmd.Env, "PATH="+dir)
		got := outcomeOf(t, cmd)
		if want == nil { // it is called so, and was not run by Slurm
			got.oneLine(t, 2, "no run directory of job "+id)
			continue
		}
		var f struct {
			Runs []struct {
				Path string `json:"run_dir"`
			}
		}
		if err := json.Unmarshal([]byte(got.stdout), &f); err != nil || len(f.Runs) != len(want) {
			t.Errorf("%s: %v: %+v", id, err, got)
			continue
		}
		for k, w := range want {
			if filepath.Base(f.Runs[k].Path) != w {
				t.Errorf("%s: %+v, expected %s", id, f.Runs, want)
			}
		}
	}
}

// TestStatusOfDamaged: a run directory that cannot be read does not hide what else is
// known of its job; logs and cancel do not even look at it.
func TestStatusOfDamaged(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"runs/job-7/run.json": "{", "runs/other/run.json": "{"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	squeue := "#!/bin/sh\nprintf '7\\037job\\037RUNNING\\037None\\0371:00\\0372:00\\037n1\\037N/A\\037/home\\n'\n"
	if err := os.WriteFile(filepath.Join(dir, "squeue"), []byte(squeue), 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := program(dir, "status", "7")
	cmd.Env = append(cmd.Env, "PATH="+dir+":/usr/bin:/bin")
	got := outcomeOf(t, cmd)
	got.oneLine(t, 0, filepath.Join("runs", "job-7", "run.json")+" is damaged")
	if !strings.Contains(got.stdout, "RUNNING") {
		t.Errorf("%+v", got)
	}
}

// TestSingles: the run directory says of which PEs more instances would bring nothing,
// so that no report advises them.
func TestSingles(t *testing.T) {
	dir := t.TempDir()
	const job = `
[[pe]]
name = "numbers"
type = "pes.Range"
[[pe]]
name = "spread"
type = "pes.Sample"
items = "int"
[[pe]]
name = "all"
type = "pes.Discard"
instances = 3
[[connect]]
from = "numbers.out"
to = "spread.in"
[[connect]]
from = "spread.out"
to = "all.in"
grouping = "all_to_one"
`
	if err := os.WriteFile(filepath.Join(dir, "job.toml"), []byte(job), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := outcomeOf(t, program(dir, "run", "job.toml", "-q", "--dir", "run")); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if single := open(t, filepath.Join(dir, "run")).Run.Single; !slices.Contains(single, "all") || slices.Contains(single, "spread") {
		t.Errorf("single are %v", single)
	}
}
