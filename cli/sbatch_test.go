package cli_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
)

// TestSbatchOnlyFailed: rows of which there is a complete run are found in the
// folder that the script runs in, by the name that the script gives them.
func TestSbatchOnlyFailed(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir) // where there is no Slurm
	job, table := filepath.Join(dir, "job.toml"), filepath.Join(dir, "table.csv")
	scratch := filepath.Join(dir, "scratch[1-2] *") // a folder, not a pattern
	for file, text := range map[string]string{
		job: `
connect = [{ from = "numbers.out", to = "all.in" }]
[[pe]]
name = "numbers"
type = "pes.Range"
[[pe]]
name = "all"
type = "pes.Discard"
[slurm]
name = "my job"
`,
		table: "numbers.to\n5\n7\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	sbatch := []string{"sbatch", job, "--table", table, "--only-failed", "--chdir", scratch, "--json"}
	digest := func(set string) string {
		loaded, err := jobs.Load(job, stock(), []string{set})
		if err != nil {
			t.Fatal(err)
		}
		return loaded.Digest
	}
	running := filepath.Join(scratch, "runs", "my-job-13_2")
	for row, want := range []string{"--array=1-2\n", "--array=2\n", ""} {
		out, err := command(t, sbatch...)
		if err != nil {
			t.Fatal(err)
		}
		var all []struct {
			Script, Log string
			RunDir      string `json:"run_dir"`
		}
		if err := json.Unmarshal([]byte(out), &all); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		if want == "" {
			if len(all) > 0 {
				t.Errorf("nothing was left to do, and it is\n%s", out)
			}
			break
		}
		if len(all) != 1 || !strings.Contains(all[0].Script, want) || !strings.Contains(all[0].Script, "run_dir='runs/my-job-'") ||
			all[0].RunDir != filepath.Join(scratch, "runs", "my-job-JOBID_ROW") || all[0].Log != filepath.Join(scratch, "my job-JOBID_ROW.log") {
			t.Errorf("row %d, expected %q:\n%s", row+1, want, out)
		}
		if row == 1 { // which is still running somewhere, until it is killed there
			text, err := json.Marshal(rundir.Run{Format: rundir.Format, State: rundir.Running, Host: "elsewhere", PID: 1, JobDigest: digest("numbers.to=7"), Updated: time.Now().Add(time.Hour)})
			if err := errors.Join(err, os.MkdirAll(running, 0o777), os.WriteFile(filepath.Join(running, "run.json"), text, 0o666)); err != nil {
				t.Fatal(err)
			}
			if out, err := command(t, sbatch...); err != nil || strings.TrimSpace(out) != "[]" {
				t.Errorf("one is complete, one is running: %v: %s", err, out)
			}
			if out, err := command(t, append(sbatch, "--name", "other")...); err != nil || !strings.Contains(out, "--array=1-2") {
				t.Errorf("of another name: %v: %s", err, out)
			}
			if err := os.RemoveAll(running); err != nil {
				t.Fatal(err)
			}
		}
		done := filepath.Join(scratch, "runs", "my-job-12_"+string(rune('1'+row)))
		if out, err := command(t, "run", job, "-q", "--table", table, "--row", string(rune('1'+row)), "--dir", done); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
}

// TestSbatchElsewhere: what a script in another folder is given are whole paths.
func TestSbatchElsewhere(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir, err = filepath.Rel(here, dir)
	if err != nil {
		t.Fatal(err)
	}
	before := filepath.Join(dir, "before")
	if out, err := command(t, "run", wordcount, "-q", "--dir", before); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := command(t, "sbatch", wordcount, "--profile", before, "--chdir", "/scratch")
	if err != nil || !strings.Contains(out, "--chdir=/scratch\n") || !strings.Contains(out, " '--profile="+filepath.Join(here, before)+"' ") || strings.Contains(out, "'../") {
		t.Errorf("%v:\n%s", err, out)
	}
}

// TestSbatchShared: where compute nodes do not see the folder of the run directory,
// nothing is submitted, and a script that may be for elsewhere comes with a note.
func TestSbatchShared(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	t.Setenv("D4_SITES", dir)
	if err := os.WriteFile(filepath.Join(dir, "here.toml"), []byte("name = \"here\"\nshared = [\"/lustre/\"]\nscratch = \"WORK\"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	const want = "is not seen by the compute nodes of site here, and the run directory would be there: go to a folder below /lustre/, such as $WORK, or give --chdir"
	if _, err := command(t, "sbatch", wordcount, "--site", "here", "--submit"); !errors.Is(err, run.ErrUsage) || !strings.HasSuffix(err.Error(), want) {
		t.Error(err)
	}
	out, err := command(t, "sbatch", wordcount, "--site", "here", "--json")
	if err != nil || !strings.Contains(out, want) {
		t.Errorf("%v: %s", err, out)
	}
	out, err = command(t, "sbatch", wordcount, "--site", "here", "--chdir", "/lustre/me", "--json")
	if err != nil || strings.Contains(out, "is not seen by") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestSbatchChain: of several job files each waits for the one before to end well.
func TestSbatchChain(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	log := filepath.Join(dir, "log")
	script := "#!/bin/sh\nif [ \"$1\" = --version ]; then echo slurm 22.05.8; exit; fi\nn=100\nwhile read -r _; do n=$((n + 1)); done <" + log + "\necho \"$*\" >>" + log + "\necho $n\n"
	for file, text := range map[string]string{"sbatch": script, "log": ""} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	out, err := command(t, "sbatch", wordcount, wordcount, "../examples/ambient-noise.toml", "--submit")
	if err != nil || out != "100\n101\n102\n" {
		t.Fatalf("%v: %s", err, out)
	}
	asked, err := os.ReadFile(log)
	const want = "--parsable\n--parsable --dependency=afterok:100 --kill-on-invalid-dep=yes\n--parsable --dependency=afterok:101 --kill-on-invalid-dep=yes\n"
	if err != nil || string(asked) != want {
		t.Errorf("%v: %s", err, asked)
	}
}

// TestSbatchAbsent: where a folder that the job needs is not here that is noted.
func TestSbatchAbsent(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if err := os.WriteFile(filepath.Join(dir, "sbatch"), []byte("#!/bin/sh\necho 7\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(dir, "none")
	for _, c := range []struct {
		args []string
		want int
	}{{[]string{"--chdir", none}, 1}, {[]string{"--output", filepath.Join(none, "%j.log")}, 1}, {[]string{"--chdir", dir}, 0}, {[]string{"--output", none + "/%u/%j.log"}, 0}} {
		out, err := command(t, append([]string{"sbatch", wordcount, "--submit", "--json"}, c.args...)...)
		if err != nil || strings.Count(out, "there is no folder "+none+" here: unless the nodes have one the job cannot start") != c.want {
			t.Errorf("%v: %v\n%s", c.args, err, out)
		}
	}
}

// TestSbatchWithoutSlurm: the script is printed, and why it goes no further.
func TestSbatchWithoutSlurm(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	out, err := command(t, "sbatch", wordcount, "--submit")
	if !errors.Is(err, slurm.ErrNoSlurm) || !errors.Is(err, run.ErrUsage) || !strings.HasPrefix(out, "#!/bin/bash\n") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := command(t, "sbatch", wordcount, "--test"); !errors.Is(err, slurm.ErrNoSlurm) {
		t.Error(err)
	}
}

// TestSiteNames: a profile is written where profiles lie, and nowhere else.
func TestSiteNames(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, name := range []string{"../here", "a b", ".hidden", ""} {
		if _, err := command(t, "sites", "new", name); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), "cannot be the name of a profile") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := command(t, "sites", "new", "here"); !errors.Is(err, slurm.ErrNoSlurm) {
		t.Error(err)
	}
}

// TestSbatchContinue: the script goes on in the run directory that is given; what
// cannot go on is refused before it is submitted.
func TestSbatchContinue(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	parts := filepath.Join(dir, "it's", "hourly-12")
	if _, err := command(t, "run", hourly, "-q", "--dir", parts, "--time-limit", "1ms"); !errors.Is(err, engine.ErrTimeLimit) {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Rel(here, parts)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("D4_SLURM_CONSTRAINT", "a&b")
	out, err := command(t, "sbatch", hourly, "--continue", below, "--nodes", "2", "--dependency", "afterok:1", "--extra", "--comment=a b")
	quoted := "'" + strings.ReplaceAll(parts, "'", `'\''`) + "'"
	if err != nil || !strings.Contains(out, "\nrun_dir="+quoted+"\n") || !strings.Contains(out, "\nwork+=(--continue \"$run_dir\")\n") || strings.Contains(out, "--dir \"$run_dir\"") {
		t.Errorf("%v\n%s", err, out)
	}
	// What it tells to type once more is what was typed, in that folder and with those
	// variables, but for what was of this time.
	typed := regexp.MustCompile(`(?m)^\tcommand=\('env' '(.*)\)$`).FindStringSubmatch(out)
	if job, err := filepath.Abs(hourly); err != nil || typed == nil || !strings.Contains("' '"+typed[1], "' 'D4_SLURM_CONSTRAINT=a&b' '") ||
		!strings.HasSuffix(typed[1], " 'sbatch' '"+job+"' '--extra=--comment=a b' '--nodes=2'") || !strings.Contains(out, `cd $(printf '%q' '`+here+`') &&$(`) {
		t.Errorf("%v: %q", err, typed)
	}
	// A later part stands for all of them.
	if out, err := command(t, "run", hourly, "-q", "--continue", parts, "--time-limit", "1ms"); !errors.Is(err, engine.ErrTimeLimit) || !strings.Contains(out, "--continue "+parts+"\n") {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := command(t, "sbatch", hourly, "--continue", parts+"-2"); err != nil || !strings.Contains(out, "\nrun_dir="+quoted+"\n") {
		t.Errorf("%v\n%s", err, out)
	}
	whole := filepath.Join(dir, "whole")
	if out, err := command(t, "run", hourly, "-q", "--dir", whole); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := command(t, "sbatch", hourly, "--continue", whole); err != nil || out != "" {
		t.Errorf("of a run that is complete: %v, %s", err, out)
	}
	for _, c := range []struct {
		args string
		want string
	}{
		{hourly + " --continue none", "--continue: there is no run in none"},
		{hourly + " --set noise.hours=3 --continue " + parts, "is of another job: file, --set and seed must be the same"},
		{hourly + " --seed 7 --continue " + parts, "is of another job: file, --set and seed must be the same"},
		{hourly + " " + wordcount + " --continue " + parts, "--continue is of one run: give one job file"},
		{hourly + " --table ../slurm/testdata/table.csv --continue " + parts, "of a table, --only-failed runs again"},
		{wordcount + " --continue " + parts, "would lose what they keep: submit it without"},
	} {
		if _, err := command(t, append([]string{"sbatch"}, strings.Fields(c.args)...)...); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", c.args, err, c.want)
		}
	}
}
