package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/cli"
	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/seismo"
)

func stock() *registry.Registry {
	r := registry.New()
	pes.Register(r)
	seismo.Register(r)
	return r
}

// command carries out a command line in this process.
func command(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	err = cli.Run(t.Context(), stock(), args, &out, &errs)
	return out.String(), err
}

func TestEveryExampleLoads(t *testing.T) {
	files, err := filepath.Glob("../examples/*.toml")
	if err != nil || len(files) < 3 {
		t.Fatalf("examples: %v, %v", files, err)
	}
	for _, file := range files {
		// A reader of recordings looks for them only when it is opened.
		if _, err := jobs.Load(file, stock(), nil); err != nil {
			t.Errorf("%v", err)
		}
	}
}

func TestMainJob(t *testing.T) {
	var digests []any
	for _, how := range [][]string{{"-n", "1"}, {"-n", "3"}, {"--cores", "1"}} {
		dir := filepath.Join(t.TempDir(), "run")
		out, err := command(t, append([]string{"run", "../examples/ambient-noise.toml", "--quiet", "--json", "--dir", dir,
			"--set", "noise.hours=0.7", "--set", "noise.stations=12", "--set", "noise.velocity_km_s=2.5"}, how...)...)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Pairs    int                    `json:"pairs"`
			Known    float64                `json:"velocity_known_km_s"`
			Measured float64                `json:"velocity_measured_km_s"`
			Sinks    map[string]rundir.Sink `json:"sinks"`
			Wall     float64                `json:"wall_s"`
			Dir      string                 `json:"run_dir"`
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		if got.Pairs != 66 || got.Known != 2.5 || got.Measured < 2.45 || got.Measured > 2.55 || got.Dir != dir || got.Wall <= 0 {
			t.Errorf("%s", out)
		}
		digests = append(digests, got.Sinks["result"])
		rec, err := rundir.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Run.State != rundir.Complete || len(rec.Temporary) > 0 {
			t.Errorf("the run is %s, with %v left over", rec.Run.State, rec.Temporary)
		}
		if report, err := command(t, "report", dir); err != nil || !strings.Contains(report, "correlate") {
			t.Errorf("report: %v\n%s", err, report)
		}
	}
	for _, d := range digests[1:] {
		if d != digests[0] {
			t.Errorf("digests differ: %v", digests)
		}
	}
}

func TestJobErrorsAreUsage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	_, err := command(t, "run", "../examples/ambient-noise.toml", "--dir", dir, "--set", "noise.velocitty_km_s=2")
	if !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), "velocity_km_s") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a run directory was made for a job that cannot run")
	}
}

func TestMissingRecordings(t *testing.T) {
	_, err := command(t, "run", "../examples/scedc-pair.toml", "--quiet", "--dir", filepath.Join(t.TempDir(), "run"), "--set", "read.path="+t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "no miniSEED files") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
}

func TestCompare(t *testing.T) {
	dirs := make([]string, 3)
	for k, seed := range []string{"1", "1", "2"} {
		dirs[k] = filepath.Join(t.TempDir(), "run")
		if _, err := command(t, "run", "../examples/ambient-noise.toml", "--quiet", "--dir", dirs[k], "--set", "noise.hours=0.1",
			"--set", "noise.stations=4", "--set", "result.pictures=false", "--set", "noise.seed="+seed); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := command(t, "compare", dirs[0], dirs[1]); err != nil {
		t.Errorf("equal runs differ: %v\n%s", err, out)
	}
	if _, err := command(t, "compare", dirs[0], dirs[2]); err == nil {
		t.Error("runs with different seeds are the same")
	}
}

// TestProgram runs the real program, and one with a PE of its own.
func TestProgram(t *testing.T) {
	for _, c := range []struct{ dir, job, word string }{
		{"cmd/dispel4go", "examples/wordcount.toml", "{river 3}"},
		{"examples/custom", "examples/custom/job.toml", "becomes"},
	} {
		program := filepath.Join(t.TempDir(), "program")
		if out, err := exec.Command("go", "build", "-o", program, "../"+c.dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		var dirs []string
		for _, how := range [][]string{nil, {"-n", "3"}, {"--cores", "1"}, {"--fuse", "off"}} {
			dirs = append(dirs, filepath.Join(t.TempDir(), "run"))
			out, err := exec.Command(program, append([]string{"run", "../" + c.job, "--dir", dirs[len(dirs)-1]}, how...)...).Output()
			if err != nil || !strings.Contains(string(out), c.word) {
				t.Fatalf("%s %v: %v\n%s", c.job, how, err, out)
			}
			if out, err := exec.Command(program, "compare", dirs[0], dirs[len(dirs)-1]).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", how, out)
			}
		}
		for _, args := range [][]string{{"run", "no-such-job.toml"}, {"run"}, {"fly"}, {"run", "../" + c.job, "--speed", "3"}} {
			var exit *exec.ExitError
			if err := exec.Command(program, args...).Run(); !errors.As(err, &exit) || exit.ExitCode() != run.ExitUsage {
				t.Errorf("%v: %v, expected exit code %d", args, err, run.ExitUsage)
			}
		}
	}
}
