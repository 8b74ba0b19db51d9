//go:build linux

package slurm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/cli"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/slurm"
)

// A cluster is a real Slurm on two virtual nodes (scripts/slurm.sh), for all tests
// of this package together. It ends with this program, however that ends: then
// nobody holds the pipe any more that it reads from.
type cluster struct {
	dir   string
	leash *os.File
}

var theCluster = sync.OnceValues(func() (*cluster, error) {
	dir, err := os.MkdirTemp("", "slurm")
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir}
	var held *os.File
	if held, c.leash, err = os.Pipe(); err != nil {
		return c, err
	}
	defer held.Close()
	up := exec.Command("../scripts/slurm.sh", "up", filepath.Join(dir, "slurm"))
	up.ExtraFiles, up.Env = []*os.File{held}, append(os.Environ(), "NODES_LEASH=3")
	if out, err := up.CombinedOutput(); err != nil {
		return c, fmt.Errorf("%w: %s", err, bytes.TrimSpace(out))
	}
	return c, install(filepath.Join(dir, "slurm", programName))
})

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == programName {
		cli.Main(pes.Register, seismo.Register, registerHeld)
	}
	begun := false
	useCluster = func() (*cluster, error) { begun = true; return theCluster() }
	code := m.Run()
	if begun {
		if c, _ := theCluster(); c != nil {
			if out, err := exec.Command("../scripts/slurm.sh", "down", filepath.Join(c.dir, "slurm")).CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "%v: %s", err, out)
			}
			c.leash.Close()
			os.RemoveAll(c.dir) // a folder that is left does no harm
		}
	}
	os.Exit(code)
}

var useCluster func() (*cluster, error)

// onCluster returns a folder on the cluster's file system to work in.
func onCluster(t *testing.T) *login {
	t.Helper()
	c, err := useCluster()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == 3 && os.Getenv("CI") != "true":
		t.Skipf("SKIP: %v", err)
	case err != nil:
		t.Fatal(err)
	}
	l := &login{t: t, c: c, dir: filepath.Join(c.dir, "slurm", "work", strings.ReplaceAll(t.Name(), "/", "-"))}
	if err := os.MkdirAll(l.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return l
}

// A login is someone on the cluster, in a folder.
type login struct {
	t   *testing.T
	c   *cluster
	dir string
	env []string

	hurried string // the job that was told to start soon, until it has
}

type said struct {
	code           int
	stdout, stderr string
}

// patience is how long a command or a change of a job's state may take.
var patience = 4 * time.Minute

// long says that the longer proofs are asked for: what takes a minute there may take
// several on a busy machine.
var long = os.Getenv("DISPEL4GO_LONG") != ""

func init() {
	if long {
		patience = 8 * time.Minute
	}
}

// run runs a command on the login node.
func (l *login) run(name string, args ...string) said {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	scripts, err := filepath.Abs("../scripts")
	if err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(scripts, "nodes.sh"), append([]string{"on", filepath.Join(l.c.dir, "slurm", "nodes"), "hub", name}, args...)...)
	cmd.Dir = l.dir
	cmd.Env = slices.Concat(os.Environ(), []string{"SLURM_CONF=" + filepath.Join(l.c.dir, "slurm", "slurm.conf"), "D4_SLURM_CPU_BIND=none",
		"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "HOME=" + l.dir}, l.env)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		l.t.Fatal(err)
	}
	return said{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// d4 runs this project's program there.
func (l *login) d4(args ...string) said {
	l.t.Helper()
	return l.run(filepath.Join(l.c.dir, "slurm", programName), args...)
}

// good is d4 that has to succeed.
func (l *login) good(args ...string) said {
	l.t.Helper()
	s := l.d4(args...)
	if s.code != 0 {
		l.t.Fatalf("%s: exit code %d\n%s%s%s", strings.Join(args, " "), s.code, s.stdout, s.stderr, l.logs())
	}
	return s
}

// logs is what jobs have printed here.
func (l *login) logs() string {
	var all strings.Builder
	files, _ := filepath.Glob(filepath.Join(l.dir, "*.log"))
	for _, f := range files {
		text, _ := os.ReadFile(f)
		fmt.Fprintf(&all, "== %s\n%s", filepath.Base(f), text)
	}
	return all.String()
}

// submit submits a job and returns its number.
func (l *login) submit(args ...string) (id string) {
	l.t.Helper()
	return strings.TrimSpace(l.good(append([]string{"sbatch", "--submit"}, args...)...).stdout)
}

// until asks for the job's state until ok says so.
func (l *login) until(id, what string, ok func(slurm.Status) bool) slurm.Status {
	l.t.Helper()
	var s said
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(300 * time.Millisecond) {
		s = l.d4("status", id, "--json")
		var f struct{ Jobs []slurm.Status }
		if err := json.Unmarshal([]byte(s.stdout), &f); err != nil || len(f.Jobs) == 0 {
			continue
		}
		if ok(f.Jobs[0]) {
			return f.Jobs[0]
		}
		switch reason := f.Jobs[0].Reason; {
		case reason == "BeginTime":
			l.hurry(id)
		case strings.HasPrefix(reason, "launch") && strings.HasSuffix(reason, "held"):
			l.run("scontrol", "release", id) // a node took it for the one that had just ended
		case l.hurried == id:
			l.hurried = ""
		}
	}
	l.t.Fatalf("job %s is not %s: %s%s\n%s", id, what, s.stdout, s.stderr, l.logs())
	return slurm.Status{}
}

// hurry has a job that was queued again, and would wait for two minutes, start in the
// second after the next: once, as each time would put it off, and when all nodes have
// done with what has ended. In the same second they would still take it for that.
func (l *login) hurry(id string) {
	l.t.Helper()
	if l.hurried == id {
		return
	}
	if s := l.run("sinfo", "--noheader", "--states=completing", "--format=%n"); s.code != 0 || s.stdout != "" {
		return
	}
	if s := l.run("scontrol", "update", "JobId="+id, "StartTime=now+2"); s.code == 0 {
		l.hurried = id
	}
}

// example copies a job file of the project here, with all that lies beside it.
func (l *login) example(name string) (file string) {
	l.t.Helper()
	if err := os.CopyFS(filepath.Join(l.dir, "examples"), os.DirFS("../examples")); err != nil && !errors.Is(err, fs.ErrExist) {
		l.t.Fatal(err)
	}
	return filepath.Join("examples", name)
}

// held is examples/hourly-stacks.toml with a source that holds on after a while, until
// it is let go.
func (l *login) held() (job string) {
	l.t.Helper()
	file := filepath.Join(l.dir, l.example("hourly-stacks.toml"))
	text, err := os.ReadFile(file)
	if err != nil {
		l.t.Fatal(err)
	}
	held := bytes.Replace(text, []byte(`"seismo.Noise"`), []byte(`"test.HeldNoise"`), 1)
	if err := os.WriteFile(file, held, 0o666); err != nil || bytes.Equal(held, text) {
		l.t.Fatalf("%v: %s", err, text)
	}
	return l.rel(file)
}

// letGo lets sources that hold on here go on, now and from now on.
func (l *login) letGo() {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, letGoFile), nil, 0o666); err != nil {
		l.t.Fatal(err)
	}
}

// same fails unless two runs gave the same.
func (l *login) same(a, b string) {
	l.t.Helper()
	c, err := rundir.Compare(filepath.Join(l.dir, a), filepath.Join(l.dir, b), 0)
	if err != nil || !c.Same || c.Sinks == 0 {
		l.t.Errorf("%s and %s: %+v, %v\n%s", a, b, c, err, l.logs())
	}
}

// rel is a path as seen from where l works.
func (l *login) rel(path string) string {
	l.t.Helper()
	rel, err := filepath.Rel(l.dir, path)
	if err != nil {
		l.t.Fatal(err)
	}
	return rel
}

func (l *login) record(dir string) *rundir.Record {
	l.t.Helper()
	r, err := rundir.Open(filepath.Join(l.dir, dir))
	if err != nil {
		l.t.Fatalf("%v\n%s", err, l.logs())
	}
	return r
}

// The job that runs everywhere, small.
var small = []string{"--set", "noise.hours=0.2", "--set", "noise.stations=6"}
