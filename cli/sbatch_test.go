package cli_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/slurm"
)

// TestSbatchOnlyFailed: rows of which there is a complete run are found in the
// folder that the script runs in, by the name that the script gives them.
func TestSbatchOnlyFailed(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir) // where there is no Slurm
	job, table, scratch := filepath.Join(dir, "job.toml"), filepath.Join(dir, "table.csv"), filepath.Join(dir, "scratch")
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
