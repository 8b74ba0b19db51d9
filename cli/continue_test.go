package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

const hourly = "../examples/hourly-stacks.toml"

// TestContinue cuts a job whose stacks close by the hour short, again and again,
// with another number of ranks each time. All parts together are what one run
// gives. Parts get longer, so that it ends on any machine.
func TestContinue(t *testing.T) {
	dir := t.TempDir()
	whole, parts := filepath.Join(dir, "whole"), filepath.Join(dir, "parts")
	if _, err := command(t, "run", hourly, "-q", "--dir", whole); err != nil {
		t.Fatal(err)
	}
	limit, n := 200*time.Millisecond, 0
	_, err := command(t, "run", hourly, "-q", "--dir", parts, "--time-limit", limit.String())
	for ; errors.Is(err, engine.ErrTimeLimit); n++ {
		limit += limit / 2
		_, err = command(t, "run", hourly, "-q", "--continue", parts, "-n", fmt.Sprint(1+n%3), "--time-limit", limit.String())
	}
	if err != nil || n == 0 {
		t.Fatalf("%d parts, then %v", n+1, err)
	}
	all, err := rundir.Parts(parts)
	if err != nil || len(all) != n+1 {
		t.Fatalf("%d parts, expected %d: %v", len(all), n+1, err)
	}
	last := all[n]
	if c, err := rundir.Compare(whole, last.Path, 0); err != nil || !c.Same || c.Sinks != 1 || last.Run.Continues == "" {
		t.Errorf("in %d parts: %+v, %v", n+1, c, err)
	}
	var lines []string
	for _, p := range all {
		text, err := os.ReadFile(filepath.Join(p.Path, "outputs", "stacks.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		lines = slices.AppendSeq(lines, strings.Lines(string(text)))
	}
	text, err := os.ReadFile(filepath.Join(whole, "outputs", "stacks.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	one := slices.Collect(strings.Lines(string(text)))
	slices.Sort(lines)
	slices.Sort(one)
	if !slices.Equal(lines, one) {
		t.Errorf("the parts have %d lines, one run %d, or other ones", len(lines), len(one))
	}
	if _, err := command(t, "run", hourly, "-q", "--continue", parts); !errors.Is(err, run.ErrComplete) {
		t.Errorf("continued when complete: %v", err)
	}
}

// TestCannotContinue: what cannot be continued is refused, and says why.
func TestCannotContinue(t *testing.T) {
	dir := t.TempDir()
	job, err := jobs.Load(hourly, stock(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		run  rundir.Run
		want string
	}{
		{"none", rundir.Run{}, "there is no run in"},
		{"lost", rundir.Run{State: rundir.Partial, Rest: &rundir.Rest{Lost: []string{"count: what it keeps until its streams end would be lost"}}}, "cannot be continued: count: what it keeps"},
		{"other", rundir.Run{State: rundir.Partial, Rest: &rundir.Rest{}, JobDigest: "0000"}, "is of another job"},
		{"interrupted", rundir.Run{State: rundir.Partial}, "was interrupted and has finished what it had begun"},
		{"running", rundir.Run{State: rundir.Running, Host: "elsewhere", PID: 1, Updated: time.Now().Add(time.Hour)}, "is still running on elsewhere, or has just been killed"},
	} {
		path := filepath.Join(dir, c.name)
		if c.run.State != "" {
			if c.run.JobDigest == "" {
				c.run.JobDigest = job.Digest
			}
			c.run.Format, c.run.Seed = rundir.Format, 1
			text, err := json.Marshal(c.run)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(os.Mkdir(path, 0o777), os.WriteFile(filepath.Join(path, "run.json"), text, 0o666)); err != nil {
				t.Fatal(err)
			}
		}
		for _, verb := range [][]string{{"run", hourly, "-q"}, {"sbatch", hourly}} {
			_, err := command(t, append(verb, "--continue", path)...)
			if !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, %s: %v, expected %q", verb[0], c.name, err, c.want)
			}
		}
	}
}

// TestContinueInSlurm: a job that is started again begins anew where a part of its own was
// interrupted, and where another's was it says that there is nothing to go on from.
func TestContinueInSlurm(t *testing.T) {
	dir := t.TempDir()
	job, err := filepath.Abs(pipe(t, dir, "pes.Range", "pes.Discard"))
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := jobs.Load(job, stock(), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(rundir.Run{Format: rundir.Format, State: rundir.Partial, Seed: 1, JobDigest: loaded.Digest, JobID: "7"})
	if err := errors.Join(err, os.Mkdir(filepath.Join(dir, "parts"), 0o777), os.WriteFile(filepath.Join(dir, "parts", "run.json"), text, 0o666)); err != nil {
		t.Fatal(err)
	}
	in := func(id string) outcome {
		cmd := program(dir, "run", job, "-q", "--continue", "parts")
		cmd.Env = append(cmd.Env, "SLURM_JOB_ID="+id)
		return outcomeOf(t, cmd)
	}
	in("8").oneLine(t, 2, "parts was interrupted and has finished what it had begun")
	if got := in("7"); got.code != 0 { // after which the run is complete for any job
		t.Errorf("in its own job: %+v", got)
	}
	in("8").oneLine(t, 0, "nothing left to do: parts-2 is complete")
}

// TestContinueKilled: a part that was killed on another host counts for nothing once
// it has been silent for long.
func TestContinueKilled(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "parts")
	job, err := jobs.Load(hourly, stock(), []string{"noise.hours=2"})
	if err != nil {
		t.Fatal(err)
	}
	killed := rundir.Run{Format: rundir.Format, State: rundir.Running, Host: "elsewhere", PID: 1, Seed: 1, JobDigest: job.Digest, Updated: time.Now().Add(-2 * rundir.Silence)}
	text, err := json.Marshal(killed)
	if err := errors.Join(err, os.Mkdir(path, 0o777), os.WriteFile(filepath.Join(path, "run.json"), text, 0o666)); err != nil {
		t.Fatal(err)
	}
	file, err := filepath.Abs(hourly)
	if err != nil {
		t.Fatal(err)
	}
	got := outcomeOf(t, program(dir, "run", file, "-q", "--set", "noise.hours=2", "--continue", path))
	got.oneLine(t, 0, path+" says that it is running on elsewhere, and is taken for killed")
	if !strings.Contains(got.stdout, path+"-2\n") {
		t.Fatalf("%+v", got)
	}
	whole := filepath.Join(dir, "whole")
	if out, err := command(t, "run", hourly, "-q", "--set", "noise.hours=2", "--dir", whole); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if c, err := rundir.Compare(whole, path+"-2", 0); err != nil || !c.Same || c.Sinks != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}
