package slurm

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
)

var rewrite = flag.Bool("rewrite", false, "write the scripts of testdata anew")

// jobWith is a small job with that text behind it.
func jobWith(t testing.TB, file, text string) *jobs.Job {
	t.Helper()
	r := registry.New()
	pes.Register(r)
	job, err := jobs.Parse(file, []byte(`
connect = [{ from = "numbers.out", to = "all.in" }]
[[pe]]
name = "numbers"
type = "pes.Range"
with = { to = 1000 }
[[pe]]
name = "all"
type = "pes.Discard"
`+text), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func planner(job *jobs.Job) Planner {
	return func(ranks []partition.Rank) (*partition.Plan, error) {
		return partition.Make(job.Graph, ranks, partition.Options{})
	}
}

func none(string) (string, bool) { return "", false }

// requested is the request of a job on the site that it names.
func requested(t testing.TB, job *jobs.Job, flags map[string][]string) (*Request, error) {
	t.Helper()
	name := ""
	if k := job.Slurm.Get("site"); k != nil {
		name = k.Value.Any.(string)
	}
	site, err := FindSite(func(string) string { return "" }, name, "")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Resolve(flags, none, job.Slurm, site)
	if err == nil {
		_, err = r.Fit(planner(job))
	}
	return r, err
}

// TestScripts renders the script of each testdata/*.toml, compares it with the one
// beside it, and has bash and shellcheck look at it. Every option is in one.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.toml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%v, %v", files, err)
	}
	shellcheck, err := exec.LookPath("shellcheck")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Error("shellcheck is missing: scripts/slurm.sh installs it")
		}
		t.Log("SKIP: no shellcheck: scripts are only read by bash")
	}
	var used []string
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".toml")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			job := jobWith(t, name, string(text))
			for _, k := range job.Slurm.Keys {
				used = append(used, k.Name)
			}
			r, err := requested(t, job, nil)
			if err != nil {
				t.Fatal(err)
			}
			w := Work{Name: "job", Program: "/usr/bin/dispel4go", Verb: []string{"run", "/home/it's me/job.toml"}, RunDir: "runs", Digest: strings.Repeat("0123", 16), CanContinue: name != "mpirun",
				Command: []string{"/usr/bin/dispel4go", "sbatch", "/home/it's me/job.toml", "--nodes=2"}, Folder: "/home/it's me"}
			if n := r.Text("name"); n != "" {
				w.Name = n
			}
			if p := r.Text("program"); p != "" {
				w.Program = p
			}
			if name == "continued" {
				w.Continue = "/scratch/it's me/runs/job-12"
			}
			if r.Text("table") != "" {
				w.Table, w.Elements = "/home/table.csv", "1-3"
			}
			script := r.Script(w)
			golden := filepath.Join("testdata", name+".sh")
			if *rewrite {
				if err := os.WriteFile(golden, []byte(script), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || string(want) != script {
				t.Errorf("%v: the script is now\n%s", err, script)
			}
			checks := [][]string{{"bash", "-n", "-"}}
			if shellcheck != "" {
				// Values that look as if they should be expanded are in single quotes on purpose.
				checks = append(checks, []string{shellcheck, "--severity=style", "--exclude=SC2016,SC1003", "-"})
			}
			for _, check := range checks {
				cmd := exec.Command(check[0], check[1:]...)
				cmd.Stdin = strings.NewReader(script)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", check[0], err, out)
				}
			}
		})
	}
	for _, o := range Options {
		if !slices.Contains(used, o.Name) {
			t.Errorf("%s is in no script of testdata", o.Name)
		}
	}
}

// TestOwnTimeLimit: ranks that no launcher tells look at the clock, unless the run stops
// by itself before time is up.
func TestOwnTimeLimit(t *testing.T) {
	text, err := os.ReadFile("testdata/mpirun.toml")
	if err != nil {
		t.Fatal(err)
	}
	r, err := requested(t, jobWith(t, "mpirun", string(text)), nil)
	if err != nil {
		t.Fatal(err)
	}
	last := r.Time("time") - r.drain()
	for limit, looks := range map[time.Duration]bool{0: true, last - time.Second: false, last: false, last + time.Second: true, 10 * r.Time("time"): true} {
		script := r.Script(Work{Name: "job", Program: "/usr/bin/dispel4go", Verb: []string{"run", "job.toml"}, TimeLimit: limit})
		if strings.Contains(script, "export D4_TIME_LIMIT=") != looks {
			t.Errorf("of a run that stops after %v in a job of %v: looks at the clock: %v", limit, r.Time("time"), !looks)
		}
	}
}

// TestTimeIsUpEarly: a script that is told that time is almost up while it loads modules
// or the like goes on.
func TestTimeIsUpEarly(t *testing.T) {
	for _, launcher := range []string{"mpirun", "mpiexec", "ibrun"} {
		r, err := requested(t, jobWith(t, "job", "[slurm]\n"), map[string][]string{"launcher": {launcher}, "setup": {"kill -USR2 $$"}})
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(r.Script(Work{}), "\nprogram=")
		if out, err := exec.Command("bash", "-c", head+"\necho on").CombinedOutput(); err != nil || string(out) != "on\n" {
			t.Errorf("%s: %v: %s", launcher, err, out)
		}
	}
}

// TestNothingBecomesShell runs the part of a script that sets variables, with
// values that would do something if they were shell.
func TestNothingBecomesShell(t *testing.T) {
	dir := t.TempDir()
	for _, evil := range []string{"$(touch gone)", "`touch gone`", "'; touch gone; '", "\"; touch gone; \"", "\\'; touch gone #", "a\\", "${HOME}", "!!", "*", "-n"} {
		job := jobWith(t, "evil", "[slurm]\n")
		r, err := requested(t, job, map[string][]string{"environment": {"EVIL=" + evil}})
		if err != nil {
			t.Fatal(err)
		}
		script := r.Script(Work{Name: evil, Program: evil, Verb: []string{"run", evil}, RunDir: "runs"})
		head, _, _ := strings.Cut(script, "\nrun_dir=")
		cmd := exec.Command("bash", "-c", head+"\nprintf '%s' \"$EVIL\" \"$program\"")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != evil+evil {
			t.Errorf("%q became %q: %v", evil, out, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("a value was run: %v, %v", left, err)
	}
	r, err := requested(t, jobWith(t, "evil", "[slurm]\n"), map[string][]string{"mpi": {"pmix&id"}, "cpu_bind": {"(id)"}})
	if err != nil {
		t.Fatal(err)
	}
	if script := r.Script(Work{}); !strings.Contains(script, "srun --mpi='pmix&id' --cpu-bind='(id)' ") {
		t.Errorf("srun is given\n%s", script)
	}
}

// TestRefused: what cannot be is refused in a line that says what there is.
func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		`partion = "x"`:                  `job:11:1: [slurm] has no key "partion"; did you mean "partition"?`,
		`nodes = "two"`:                  `nodes: "two" is not a whole number from 1`,
		`nodes = 0`:                      "not a whole number from 1",
		`requeue = 1`:                    "requeue is true or false, not 1",
		`account = "a b"`:                "characters that do not belong there",
		`account = "a\n#SBATCH --uid=0"`: "characters that do not belong there",
		`output = "a\nrm -rf /"`:         "not text in one line",
		`extra = ["rm"]`:                 "does not begin with --",
		`environment = { "A B" = 1 }`:    "is not NAME=VALUE",
		`setup = ["a\nb"]`:               "more than one line",
		`time = "soon"`:                  "is not a time such as",
		`mem = "much"`:                   "is not a number of bytes",
		`mem = "1GiB"` + "\n" + `mem_per_cpu = "1GiB"`: "exclude each other",
		`time = "10m"` + "\n" + `time_min = "20m"`:     "time_min 00:20:00 is above time",
		`time = "1m"`:     "drain = 2m0s leaves nothing",
		`mem = "300 MiB"`: "but mem is 0.293 GiB",
		`site = "lumi"`:   "site lumi wants an account: give --account, or set SBATCH_ACCOUNT",
		"site = \"lumi\"\naccount = \"p\"\npartition = \"smal\"": `has no partition "smal"; there are standard, small, debug, largemem; did you mean "small"?`,
		"site = \"lumi\"\naccount = \"p\"\ntime = \"3d\"":        "time 3-00:00:00 is above the limit of standard, which is 2-00:00:00",
		"site = \"lumi\"\naccount = \"p\"\nnodes = 513":          "standard takes 1 to 512 in one job",
		"site = \"lumi\"\naccount = \"p\"\ncpus_per_task = 17":   "8 ranks of 17 cores do not fit on a node of standard, which has 128",
		"site = \"lumi\"\naccount = \"p\"\nmem = \"300GiB\"":     "but a node of standard has 256 GiB",
		"site = \"archer2\"\naccount = \"p\"\nqos = \"shor\"":    `lowpriority; did you mean "short"?`,
		"site = \"archer2\"\naccount = \"p\"\nqos = \"short\"":   "time 01:00:00 is above the limit of short, which is 00:20:00",
	} {
		job := jobWith(t, "job", "[slurm]\n"+text)
		if _, err := requested(t, job, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %q", text, err, want)
		}
	}
}

// TestLeastNodes: a partition that takes many nodes, and has no greatest number.
func TestLeastNodes(t *testing.T) {
	job := jobWith(t, "job", "[slurm]\n")
	r, err := Resolve(map[string][]string{"partition": {"big"}}, none, job.Slurm, &Site{Name: "here", Partitions: []Partition{{Name: "big", MinNodes: 4}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Fit(planner(job)); err == nil || err.Error() != "nodes = 1: big takes 4 or more in one job" {
		t.Error(err)
	}
}

// TestPrecedence: flag, environment, job, site, default.
func TestPrecedence(t *testing.T) {
	if _, err := ParseSite("test", []byte("name = \"test\"\naccount_from = [\"PROJECT\"]\n[default]\npartition = \"of site\"\n")); err == nil {
		t.Fatal("a partition with a blank in its name was taken")
	}
	site, err := ParseSite("test", []byte("name = \"test\"\naccount_from = [\"PROJECT\"]\n[default]\npartition = \"site\"\nqos = \"site\"\nhint = \"site\"\ngres = \"site\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	job := jobWith(t, "job", "[slurm]\npartition = \"job\"\nqos = \"job\"\nhint = \"job\"\n")
	env := map[string]string{"D4_SLURM_PARTITION": "env", "D4_SLURM_QOS": "env", "PROJECT": "mine"}
	r, err := Resolve(map[string][]string{"partition": {"flag"}}, func(name string) (string, bool) { v, ok := env[name]; return v, ok }, job.Slurm, site)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"partition": "flag --partition", "qos": "env D4_SLURM_QOS", "hint": "job job:13:8", "gres": "site site test", "launcher": "srun default", "account": "mine PROJECT"} {
		if got := fmt.Sprint(r.Text(name), " ", r.Given[name].From); got != want {
			t.Errorf("%s is %q, expected %q", name, got, want)
		}
	}
}

// TestTimes reads what people write and Slurm prints.
func TestTimes(t *testing.T) {
	for text, want := range map[string]string{"90": "01:30:00", "90m": "01:30:00", "1h30m": "01:30:00", "1:30:00": "01:30:00", "10:30": "00:10:30", "2d": "2-00:00:00",
		"1d12h": "1-12:00:00", "1-12": "1-12:00:00", "1-02:03": "1-02:03:00", "1-02:03:04": "1-02:03:04", "30s": "00:00:30", "1500ms": "00:00:02"} {
		d, err := ParseTime(text)
		if err != nil || FormatTime(d) != want {
			t.Errorf("%s is %s, expected %s: %v", text, FormatTime(d), want, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "1x", "d", "1:2:3:4", "99999999999d", "99999999999", "99999-0"} {
		if d, err := ParseTime(text); err == nil {
			t.Errorf("%q was taken for %v", text, d)
		}
	}
}

// TestShippedSites: every shipped profile says where it is from, and a job fits on
// each.
func TestShippedSites(t *testing.T) {
	all, err := Sites(func(string) string { return "" })
	if err != nil || len(all) < 7 {
		t.Fatalf("%d sites: %v", len(all), err)
	}
	for _, s := range all {
		if s.Name != Generic && (!strings.HasPrefix(s.Source, "https://") || len(s.Date) != 10 || s.About == "" || len(s.Partitions) == 0) {
			t.Errorf("%s names no source, date or partitions", s.Name)
		}
		job := jobWith(t, "job", fmt.Sprintf("[slurm]\nsite = %q\naccount = \"p\"\ntime = \"10m\"\n", s.Name))
		if _, err := requested(t, job, nil); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		text, err := s.Text()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseSite(s.Name, text); err != nil || again.Name != s.Name || len(again.Partitions) != len(s.Partitions) {
			t.Errorf("%s is not the same when it has been written and read: %v", s.Name, err)
		}
	}
}

// TestOwnSites: a user's profile hides the system's and the shipped one.
func TestOwnSites(t *testing.T) {
	user, system := t.TempDir(), t.TempDir()
	for dir, about := range map[string]string{user: "user", system: "system"} {
		if err := os.WriteFile(filepath.Join(dir, "x.toml"), []byte("name = \"lumi\"\nabout = \""+about+"\"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for folders, want := range map[string]string{user + ":" + system: "user", system: "system"} {
		s, err := FindSite(func(name string) string {
			if name == "D4_SITES" {
				return folders
			}
			return ""
		}, "lumi", "")
		if err != nil || s.About != want {
			t.Errorf("%+v, %v", s, err)
		}
	}
	if _, err := FindSite(func(string) string { return "" }, "lumy", ""); err == nil || !strings.Contains(err.Error(), `did you mean "lumi"?`) {
		t.Errorf("%v", err)
	}
}

// TestElements writes numbers as --array takes them.
func TestElements(t *testing.T) {
	for want, numbers := range map[string][]int{"": nil, "1": {1}, "1-3": {3, 1, 2}, "1,3-4,9": {9, 4, 3, 1}, "7": {7, 7}} {
		if got := Elements(numbers); got != want {
			t.Errorf("%v is %q, expected %q", numbers, got, want)
		}
	}
}

// TestTable reads parameters, and says what is wrong with them.
func TestTable(t *testing.T) {
	table, err := ReadTable("testdata/table.csv")
	if err != nil {
		t.Fatal(err)
	}
	if sets, err := table.Sets(2); err != nil || !slices.Equal(sets, []string{"numbers.to=20", "seed=2"}) {
		t.Errorf("%v, %v", sets, err)
	}
	if _, err := table.Sets(4); err == nil || !strings.Contains(err.Error(), "rows 1 to 3, and no row 4") {
		t.Errorf("%v", err)
	}
	for text, want := range map[string]string{"a.b\n": "a row for each run", "a.b,c\n1,2\n": `column 2 is called "c"`, "a.b\n1,2\n": "wrong number of fields"} {
		file := filepath.Join(t.TempDir(), "t.csv")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadTable(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
