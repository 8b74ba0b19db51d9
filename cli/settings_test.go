package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// jobWith writes a job with these lines before its PEs.
func jobWith(t *testing.T, text string) string {
	t.Helper()
	job := filepath.Join(t.TempDir(), "job.toml")
	if err := os.WriteFile(job, []byte(text+`
[[pe]]
name = "numbers"
type = "pes.Range"

[[pe]]
name = "print"
type = "pes.Print"

[[connect]]
from = "numbers.out"
to = "print.in"
`), 0o666); err != nil {
		t.Fatal(err)
	}
	return job
}

// TestPrecedence: a flag goes before the environment, that before the job, that
// before the default; --set is a flag.
func TestPrecedence(t *testing.T) {
	job := jobWith(t, "seed = 7\n[run]\nranks = 2\ncores = 3\nmemory = \"1 GiB\"\ntime_limit = \"2h\"\ndigest = false\nlog = \"warn\"\ndir = \"here\"")
	for _, c := range []struct {
		name, value, from string
		env               string
		args              []string
	}{
		{name: "ranks", value: "2", from: "job.toml:3:9"},
		{name: "ranks", value: "4", from: "D4_RANKS", env: "4"},
		{name: "ranks", value: "5", from: "--ranks", env: "4", args: []string{"-n", "5"}},
		{name: "ranks", value: "6", from: "--set run.ranks=6", env: "4", args: []string{"--set", "run.ranks=6"}},
		{name: "ranks", value: "5", from: "--ranks", args: []string{"--set", "run.ranks=6", "--ranks", "5"}},
		{name: "mapping", value: "auto", from: "default"},
		{name: "mapping", value: "local", from: "D4_MAPPING", env: "local"},
		{name: "seed", value: "7", from: "job.toml:1:8"},
		{name: "seed", value: "8", from: "--set seed=8", env: "9", args: []string{"--set", "seed=8"}},
		{name: "seed", value: "1", from: "--set seed=1", env: "9", args: []string{"--set", "seed=1"}},
		{name: "seed", value: "9", from: "D4_SEED", env: "9"},
		{name: "cores", value: "3", from: "job.toml:4:9"},
		{name: "memory", value: "1073741824", from: "job.toml:5:10"},
		{name: "memory", value: "512MiB", from: "--memory", args: []string{"--memory", "512MiB"}},
		{name: "fuse", value: "auto", from: "default"},
		{name: "fuse", value: "off", from: "D4_FUSE", env: "off"},
		{name: "compress", value: "auto", from: "default"},
		{name: "compress", value: "zstd", from: "D4_COMPRESS", env: "zstd"},
		{name: "compress", value: "numeric", from: "--compress", env: "zstd", args: []string{"--compress", "numeric"}},
		{name: "compress", value: "s2", from: "--set run.compress=s2", args: []string{"--set", "run.compress=s2"}},
		{name: "time_limit", value: "2h0m0s", from: "job.toml:6:14"},
		{name: "time_limit", value: "90s", from: "--time-limit", args: []string{"--time-limit=90s"}},
		{name: "digest", value: "false", from: "job.toml:7:10"},
		{name: "digest", value: "true", from: "--digest", args: []string{"--digest"}},
		{name: "check", value: "true", from: "--check", args: []string{"--check"}},
		{name: "log", value: "warn", from: "job.toml:8:7"},
	} {
		t.Run(c.name+" "+c.from, func(t *testing.T) {
			t.Setenv("D4_"+strings.ToUpper(c.name), c.env)
			out, err := command(t, append([]string{"config", job, "--json"}, c.args...)...)
			if err != nil {
				t.Fatal(err)
			}
			var all []struct{ Name, Value, From string }
			if err := json.Unmarshal([]byte(out), &all); err != nil {
				t.Fatal(err)
			}
			for _, g := range all {
				if from := strings.TrimPrefix(g.From, filepath.Dir(job)+string(filepath.Separator)); g.Name == c.name && (g.Value != c.value || from != c.from) {
					t.Errorf("%s = %s from %s, expected %s from %s", g.Name, g.Value, from, c.value, c.from)
				}
			}
		})
	}
}

// TestWrongSettings: all that is wrong is said, with where it was given.
func TestWrongSettings(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "pes.Range", "pes.Discard")
	cmd := program(dir, "run", "job.toml", "--ranks", "0", "--memory", "much", "--fuse", "some", "--time-limit", "-1s", "--seed", "x", "--log", "loud", "--check=perhaps")
	cmd.Env = append(cmd.Env, "D4_CORES=many")
	outcomeOf(t, cmd).oneLine(t, 2, `--ranks: "0"`, `--memory: "much"`, `--fuse: fuse is auto, off or all`, `--time-limit: "-1s"`, `--seed: "x"`,
		`--log: "loud" is not one of debug`, `--check: "perhaps"`, `D4_CORES: "many"`)
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("it left %v", left)
	}
}

// TestMisspelt: config names a variable that is nearly that of an option.
func TestMisspelt(t *testing.T) {
	cmd := program(t.TempDir(), "config")
	cmd.Env = append(cmd.Env, "D4_CORE=2", "D4_SITES=", "D4_SLURM_TIME=1h", "D4_SOMETHING_ELSE=1")
	outcomeOf(t, cmd).oneLine(t, 0, `D4_CORE is of no option; did you mean "D4_CORES"?`)
}
