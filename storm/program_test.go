package storm_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/cli"
	"github.com/dispel4go/dispel4go/engine/enginetest"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/storm"
)

// TestMain makes this test binary a program of its own, with PEs that do not
// behave, where a test or Storm has started it as such.
func TestMain(m *testing.M) {
	if os.Getenv("STORM_TEST_PROGRAM") != "" || run.StormChild() {
		run.Main(func(ctx context.Context) error {
			if len(os.Args) > 2 && os.Args[1] == "shape" {
				return shape(ctx, os.Args[2], os.Args[3], os.Args[4])
			}
			r := registry.New()
			for _, register := range []func(*registry.Registry){pes.Register, seismo.Register, registerBad} {
				register(r)
			}
			return cli.Run(ctx, r, os.Args[1:], os.Stdout, os.Stderr)
		})
	}
	if len(os.Args) == 2 && os.Args[1] == storm.PeerArg {
		if err := storm.Peer(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// shape runs one of the engine's shapes.
func shape(ctx context.Context, number, nimbus, dir string) error {
	k, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	_, err = run.Graph(ctx, enginetest.Shape(k), shapeOptions(nimbus, dir))
	return err
}

func shapeOptions(nimbus, dir string) run.Options {
	return run.Options{Mapping: "storm", Cores: 2, Check: true, Dir: true, DirPath: dir, Storm: storm.Options{Nimbus: nimbus}}
}

// program is a command line for the program above.
func program(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "STORM_TEST_PROGRAM=1")
	return cmd
}

// outcome is what a program left.
type outcome struct {
	code           int
	stdout, stderr string
}

func outcomeOf(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// fails checks the exit code, and that stderr is one line with all of these in
// it, each once.
func (o outcome) fails(t *testing.T, code int, parts ...string) {
	t.Helper()
	if o.code != code {
		t.Errorf("exit code %d, expected %d: %s%s", o.code, code, o.stdout, o.stderr)
	}
	if strings.Count(o.stderr, "\n") != 1 {
		t.Errorf("not one line: %.1000q", o.stderr)
	}
	for _, part := range parts {
		if strings.Count(o.stderr, part) != 1 {
			t.Errorf("%.1000q does not say %q, or not once", o.stderr, part)
		}
	}
}

// row is a job whose PEs stand in a row, each given as TYPE or TYPE { with }.
func row(t *testing.T, types ...string) (job string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintln(&b, "name = \"row\"\n[run]\nfuse = \"off\"")
	for k, typ := range types {
		name, rest, _ := strings.Cut(typ, " ")
		fmt.Fprintf(&b, "[[pe]]\nname = \"p%d\"\ntype = %q\n%s\n", k, name, rest)
		if k > 0 {
			fmt.Fprintf(&b, "[[connect]]\nfrom = \"p%d.out\"\nto = \"p%d.in\"\n", k-1, k)
		}
	}
	job = filepath.Join(t.TempDir(), "job.toml")
	if err := os.WriteFile(job, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return job
}

// onFake runs a job on a fake cluster.
func onFake(t *testing.T, c *storm.FakeCluster, job string, args ...string) (outcome, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	got := outcomeOf(t, program(append([]string{"run", job, "--mapping", "storm", "--nimbus", c.Address, "-q", "--dir", dir}, args...)...))
	return got, dir
}

func open(t testing.TB, dir string) *rundir.Record {
	t.Helper()
	record, err := rundir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// same checks that a run gave what a local one gives.
func same(t *testing.T, job, dir string, args ...string) {
	t.Helper()
	local := filepath.Join(t.TempDir(), "local")
	got := outcomeOf(t, program(append([]string{"run", job, "--mapping", "local", "-q", "--dir", local}, args...)...))
	if got.code != 0 {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	comparison, err := rundir.Compare(local, dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !comparison.Same {
		var b strings.Builder
		comparison.WriteText(&b)
		t.Errorf("not as local: %s", b.String())
	}
}

// TestExamples: the examples give on a fake cluster what they give locally, the
// program lying there or shipped.
func TestExamples(t *testing.T) {
	c := storm.NewFakeCluster(t)
	for _, args := range [][]string{
		{"../examples/wordcount.toml"},
		{"../examples/wordcount.toml", "--ship", "--cores", "5", "--topology", "shipped"},
		{"../examples/ambient-noise.toml", "--set", "noise.hours=0.2", "--set", "noise.stations=6", "--set", "result.pictures=false", "--cores", "4"},
	} {
		got, dir := onFake(t, c, args[0], args[1:]...)
		if got.code != 0 || got.stderr != "" || !strings.Contains(got.stdout, "complete after") {
			t.Fatalf("%v: exit code %d: %s%s", args, got.code, got.stdout, got.stderr)
		}
		if strings.Contains(args[0], "wordcount") && !strings.Contains(got.stdout, "{river 3}\n") {
			t.Errorf("what is printed is not seen: %s", got.stdout)
		}
		var sets []string
		for k, arg := range args {
			if arg == "--set" {
				sets = append(sets, arg, args[k+1])
			}
		}
		same(t, args[0], dir, sets...)
		r := open(t, dir)
		if r.Run.State != rundir.Complete || r.Run.Mapping != "storm" || len(r.Rows) == 0 || len(r.Temporary) > 0 {
			t.Errorf("the run is %+v, with %d rows and temporary files %v", r.Run.State, len(r.Rows), r.Temporary)
		}
	}
	if left := c.Running(); len(left) > 0 {
		t.Errorf("topologies %v still run", left)
	}
}

// TestFailure: a PE that fails is told of once, and ends the topology.
func TestFailure(t *testing.T) {
	c := storm.NewFakeCluster(t)
	host, _ := os.Hostname()
	for _, job := range []string{row(t, "bad.Words", "bad.Fails", "pes.Discard"), row(t, "bad.Words with = { items = 0 }", "bad.Fails", "pes.Discard")} {
		got, dir := onFake(t, c, job, "--cores", "1")
		got.fails(t, run.ExitFailed, "p1[0] on rank 1 ("+host+"): in", `item 71`, `"word70"`, "this was planned")
		if r := open(t, dir); r.Run.State != rundir.Failed || !strings.Contains(r.Run.Cause, "this was planned") {
			t.Errorf("the run is %s: %s", r.Run.State, r.Run.Cause)
		}
	}
	if left := c.Running(); len(left) > 0 {
		t.Errorf("topologies %v still run", left)
	}
}

// TestPrograms that end: the run ends too, whether Storm starts them again or
// not.
func TestProgramEnds(t *testing.T) {
	job := row(t, "bad.Words", "bad.Exits", "pes.Discard")
	c := storm.NewFakeCluster(t)
	got, _ := onFake(t, c, job)
	got.fails(t, run.ExitFailed, "p1: its program or its JVM on fakehost has ended")
	c = storm.NewFakeCluster(t)
	c.Restart = true
	got, dir := onFake(t, c, job)
	got.fails(t, run.ExitFailed, "p1[0] on rank 1", "started again by Storm")
	if r := open(t, dir); r.Run.State != rundir.Failed {
		t.Errorf("the run is %s", r.Run.State)
	}
}

// TestPrints: what a PE prints reaches the user and not Storm, and so does what
// it logs.
func TestPrints(t *testing.T) {
	c := storm.NewFakeCluster(t)
	got, dir := onFake(t, c, row(t, "bad.Words", "bad.Prints", "pes.Discard"))
	if got.code != 0 || strings.Count(got.stdout, "seen by the user\n") != 1 || !strings.Contains(c.Stderr.String(), "from C") {
		t.Errorf("exit code %d: %s%s; %s", got.code, got.stdout, got.stderr, c.Stderr.String())
	}
	log, err := os.ReadFile(filepath.Join(dir, "log.jsonl"))
	if err != nil || strings.Count(string(log), `"msg":"logged"`) != 1 {
		t.Errorf("the log is %s, %v", log, err)
	}
}

// TestSlowItem: a bolt is alive though an item takes longer than Storm would
// wait, its pipe being full of others.
func TestSlowItem(t *testing.T) {
	c := storm.NewFakeCluster(t)
	at := t.TempDir()
	c.Env = []string{"STORM_TEST_DIR=" + at}
	pulses := c.Pulses()
	go func() {
		for k := 0; k < 2; { // signs of life while the item is being worked on
			<-pulses
			if _, err := os.Stat(filepath.Join(at, "waiting")); err == nil {
				k++
			}
		}
		os.WriteFile(filepath.Join(at, "go"), nil, 0o666)
	}()
	got, _ := onFake(t, c, row(t, "bad.Words with = { items = 200000 }", "bad.Slow", "pes.Discard"))
	if got.code != 0 || !strings.Contains(got.stdout, "200000 items") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
}

// TestDetached: the topology ends by itself and leaves a whole run directory.
func TestDetached(t *testing.T) {
	for _, c := range []struct {
		pe    string
		state rundir.State
	}{{"bad.Prints", rundir.Complete}, {"bad.Fails", rundir.Failed}} {
		cluster := storm.NewFakeCluster(t)
		got, dir := onFake(t, cluster, row(t, "bad.Words", c.pe, "pes.Discard"), "--detach", "--topology", "alone")
		if got.code != 0 || !strings.Contains(got.stdout, "storm kill alone") {
			t.Fatalf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
		}
		cluster.Ended("alone")
		r := open(t, dir)
		if r.Run.State != c.state {
			t.Errorf("%s: the run is %s: %s", c.pe, r.Run.State, r.Run.Cause)
		}
		if c.state == rundir.Complete && (r.Run.Result.Sinks["p2"].Items != 1000 || len(r.Rows) != 3) {
			t.Errorf("%s: the run came to %+v with %d rows", c.pe, r.Run.Result, len(r.Rows))
		}
	}
}

// TestRefused: what cannot be is said before anything runs, or by the first
// program that cannot.
func TestRefused(t *testing.T) {
	c := storm.NewFakeCluster(t)
	job := row(t, "bad.Words", "pes.Discard")
	t.Run("no cluster", func(t *testing.T) {
		gone := &storm.FakeCluster{Address: "127.0.0.1:1"}
		got, dir := onFake(t, gone, job)
		got.fails(t, run.ExitFailed, "127.0.0.1:1", "--nimbus HOST:PORT")
		if _, err := os.Stat(dir); err == nil {
			t.Error("there is a run directory")
		}
	})
	t.Run("no address", func(t *testing.T) {
		got, _ := onFake(t, &storm.FakeCluster{Address: "here"}, job)
		got.fails(t, run.ExitUsage, "--nimbus", `"here" is not HOST:PORT`)
	})
	t.Run("no name", func(t *testing.T) {
		got, dir := onFake(t, c, job, "--topology", "a/b")
		got.fails(t, run.ExitUsage, `"a/b" cannot be the name of a topology on Storm, which has no . / : \: choose another (--topology)`)
		if _, err := os.Stat(dir); err == nil {
			t.Error("there is a run directory")
		}
	})
	t.Run("name taken", func(t *testing.T) {
		endless := row(t, "bad.Words with = { items = 0 }", "pes.Discard")
		if got, _ := onFake(t, c, endless, "--detach", "--topology", "mine"); got.code != 0 {
			t.Fatal(got.stderr)
		}
		got, _ := onFake(t, c, job, "--topology", "mine")
		got.fails(t, run.ExitUsage, "a topology mine is running", "storm kill mine")
		status := outcomeOf(t, program("storm", "status", "--nimbus", c.Address))
		if status.code != 0 || !strings.Contains(status.stdout, "mine      active  2") {
			t.Errorf("exit code %d: %s%s", status.code, status.stdout, status.stderr)
		}
		kill := outcomeOf(t, program("storm", "kill", "mine", "--nimbus", c.Address))
		if kill.code != 0 || len(c.Running()) > 0 {
			t.Errorf("exit code %d: %s, and %v run", kill.code, kill.stderr, c.Running())
		}
		again := outcomeOf(t, program("storm", "kill", "mine", "--nimbus", c.Address))
		again.fails(t, run.ExitFailed, "not alive: mine")
	})
	t.Run("directory not shared", func(t *testing.T) {
		t.Parallel()
		c := storm.NewFakeCluster(t)
		dir := filepath.Join(t.TempDir(), "run")
		c.Before(func(map[string]any) { os.RemoveAll(filepath.Join(dir, "accounts")) })
		got := outcomeOf(t, program("run", job, "--mapping", "storm", "--nimbus", c.Address, "-q", "--dir", dir))
		got.fails(t, run.ExitFailed, "all nodes of the cluster share")
	})
	t.Run("directory in memory", func(t *testing.T) {
		t.Parallel()
		dir, err := os.MkdirTemp("/dev/shm", "dispel4go")
		if err != nil {
			t.Skip("SKIP: there is no /dev/shm: ", err)
		}
		defer os.RemoveAll(dir)
		c := storm.NewFakeCluster(t)
		c.SetNodes(storm.Node{Host: "localhost", Slots: 4}, storm.Node{Host: "192.0.2.7", Slots: 4})
		got := outcomeOf(t, program("run", job, "--mapping", "storm", "--nimbus", c.Address, "-q", "--dir", filepath.Join(dir, "run")))
		got.fails(t, run.ExitUsage, "only this host sees", "(192.0.2.7)", "--dir")
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 || len(c.Running()) > 0 {
			t.Errorf("there are %v, and %v run", left, c.Running())
		}
		c.SetNodes(storm.Node{Host: "localhost", Slots: 1, Used: 1})
		got = outcomeOf(t, program("run", job, "--mapping", "storm", "--nimbus", c.Address, "-q", "--dir", filepath.Join(dir, "run")))
		if got.code != 0 || !strings.Contains(got.stderr, "no slot of the cluster's 1 node(s) is free") {
			t.Errorf("on this host, without a free slot: exit code %d: %s", got.code, got.stderr)
		}
	})
	t.Run("another program", func(t *testing.T) {
		t.Parallel()
		c := storm.NewFakeCluster(t)
		c.Before(func(conf map[string]any) {
			text := conf["dispel4go.job"].(string)
			conf["dispel4go.job"] = strings.Replace(text, `"program `, `"program 0`, 1)
		})
		got, _ := onFake(t, c, job)
		got.fails(t, run.ExitFailed, "another program or job file", "--ship")
	})
	t.Run("killed by another", func(t *testing.T) {
		t.Parallel()
		c := storm.NewFakeCluster(t)
		endless := row(t, "bad.Words with = { items = 0 }", "pes.Discard")
		go func() {
			<-c.Pulses()
			outcomeOf(t, program("storm", "kill", "shot", "--nimbus", c.Address))
		}()
		got, _ := onFake(t, c, endless, "--topology", "shot")
		got.fails(t, run.ExitFailed, "shot has been killed by somebody else")
	})
}

// TestErrors: what components have reported is told, the oldest first, each in
// a line; programs are told all.
func TestErrors(t *testing.T) {
	c := storm.NewFakeCluster(t)
	early := time.Unix(1_700_000_000, 0)
	late := early.Add(time.Hour)
	c.Reported("ill", storm.ComponentError{Component: "p1", Text: "\njava.lang.Exception: the second\n\tat somewhere", Time: late, Host: "b", Port: 6701},
		storm.ComponentError{Component: "p0", Text: "the first", Time: early, Host: "a", Port: 6700})
	c.Reported("well")
	got := outcomeOf(t, program("storm", "errors", "ill", "--nimbus", c.Address))
	expected := early.Format(time.DateTime) + " p0 on a, worker 6700: the first\n" + late.Format(time.DateTime) + " p1 on b, worker 6701: java.lang.Exception: the second\n"
	if got.code != 0 || got.stdout != expected || got.stderr != "" {
		t.Errorf("%+v, expected %q", got, expected)
	}
	got = outcomeOf(t, program("storm", "errors", "ill", "--nimbus", c.Address, "--json"))
	var all []struct {
		Time                   time.Time
		Component, Host, Error string
		Port                   int
	}
	if err := json.Unmarshal([]byte(got.stdout), &all); err != nil || got.code != 0 || len(all) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if e := all[1]; !e.Time.Equal(late) || e.Component != "p1" || e.Host != "b" || e.Port != 6701 || !strings.HasSuffix(e.Error, "\tat somewhere") {
		t.Errorf("the second is %+v", e)
	}
	if got = outcomeOf(t, program("storm", "errors", "well", "--nimbus", c.Address)); got != (outcome{}) {
		t.Errorf("where there are none: %+v", got)
	}
	if got = outcomeOf(t, program("storm", "errors", "well", "--nimbus", c.Address, "--json")); got.code != 0 || strings.TrimSpace(got.stdout) != "[]" {
		t.Errorf("where there are none: %+v", got)
	}
	outcomeOf(t, program("storm", "errors", "gone", "--nimbus", c.Address)).fails(t, run.ExitFailed, "not alive: gone")
	if got = outcomeOf(t, program("storm", "errors", "--nimbus", c.Address)); got.code != run.ExitUsage {
		t.Errorf("without a name: %+v", got)
	}
}

// interrupted starts a program, which may take two minutes, and presses Ctrl-C when
// it has printed a line. It returns the first line of its errors, which comes then,
// and the rest.
func interrupted(t *testing.T, cmd *exec.Cmd, line string) (first string, rest *bufio.Reader) {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(2*time.Minute, func() { cmd.Process.Kill() })
	t.Cleanup(func() { limit.Stop() })
	for lines := bufio.NewScanner(stdout); lines.Scan() && lines.Text() != line; {
	}
	cmd.Process.Signal(os.Interrupt)
	go io.Copy(io.Discard, stdout)
	rest = bufio.NewReader(stderr)
	first, _ = rest.ReadString('\n')
	return first, rest
}

// TestInterruptedTwice: a second Ctrl-C kills the topology at once, though an
// item that never ends is being worked on.
func TestInterruptedTwice(t *testing.T) {
	c := storm.NewFakeCluster(t)
	c.Env = []string{"STORM_TEST_DIR=" + t.TempDir()}
	// The last of the row is the one that waits, so all have begun by then: a run
	// that has not would end on the first Ctrl-C.
	job := row(t, "bad.Words with = { items = 0 }", "bad.Slow")
	cmd := program("run", job, "--mapping", "storm", "--nimbus", c.Address, "-q", "--dir", filepath.Join(t.TempDir(), "run"))
	first, told := interrupted(t, cmd, "waiting for the item")
	if running := c.Running(); len(running) != 1 {
		t.Errorf("after the first, %v run", running)
	}
	cmd.Process.Signal(os.Interrupt)
	rest, _ := io.ReadAll(told)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != run.ExitInterrupt || !strings.HasPrefix(first, "stopping: ") || len(rest) > 0 {
		t.Errorf("exit code %d: %s%s", code, first, rest)
	}
	if left := c.Running(); len(left) > 0 {
		t.Errorf("topologies %v still run", left)
	}
}

// TestInterruptedEarly: Ctrl-C while Storm has yet to start a rank waits for it,
// for items are on their way there.
func TestInterruptedEarly(t *testing.T) {
	c := storm.NewFakeCluster(t)
	stopping := make(chan struct{})
	c.Hold = func(component string) {
		if component == "p2" {
			<-stopping
		}
	}
	dir := filepath.Join(t.TempDir(), "run")
	cmd := program("run", row(t, "bad.Words with = { items = 0 }", "bad.Prints", "pes.Discard"), "--mapping", "storm", "--nimbus", c.Address, "-q", "--dir", dir)
	first, told := interrupted(t, cmd, "seen by the user")
	close(stopping)
	rest, _ := io.ReadAll(told)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != run.ExitInterrupt || !strings.HasPrefix(first, "stopping: ") {
		t.Errorf("exit code %d: %s%s", code, first, rest)
	}
	r := open(t, dir)
	if r.Run.State != rundir.Partial || len(r.Rows) != 3 || r.Run.Items["p0"] == 0 || r.Run.Items["p0"] != r.Run.Result.Sinks["p2"].Items {
		t.Errorf("the run is %s, with %d rows, items %v and sinks %v", r.Run.State, len(r.Rows), r.Run.Items, r.Run.Result.Sinks)
	}
}

// TestInterruptedSubmission: Ctrl-C while the topology is being submitted ends
// it all the same, also where nobody was to wait for it.
func TestInterruptedSubmission(t *testing.T) {
	for _, more := range [][]string{nil, {"--detach"}} {
		c := storm.NewFakeCluster(t)
		c.Env = []string{"STORM_TEST_DIR=" + t.TempDir()}
		job := row(t, "bad.Words with = { items = 0 }", "pes.Discard")
		cmd := program(append([]string{"run", job, "--mapping", "storm", "--nimbus", c.Address, "-q", "--dir", filepath.Join(t.TempDir(), "run")}, more...)...)
		stderr, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		told := bufio.NewReader(stderr)
		started, first := make(chan struct{}), make(chan string, 1)
		c.Before(func(map[string]any) {
			<-started
			cmd.Process.Signal(os.Interrupt)
			line, _ := told.ReadString('\n')
			first <- line
		})
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		limit := time.AfterFunc(2*time.Minute, func() { cmd.Process.Kill() })
		close(started)
		line := ""
		select {
		case line = <-first:
		case <-t.Context().Done():
		}
		io.Copy(io.Discard, told)
		cmd.Wait()
		limit.Stop()
		if code := cmd.ProcessState.ExitCode(); code != run.ExitInterrupt || !strings.HasPrefix(line, "stopping: ") {
			t.Errorf("%v: exit code %d: %s", more, code, line)
		}
		if left := c.Running(); len(left) > 0 {
			t.Errorf("%v: topologies %v still run", more, left)
		}
	}
}

// TestTimeLimit: time may be up before Storm has started anything.
func TestTimeLimit(t *testing.T) {
	c := storm.NewFakeCluster(t)
	over := make(chan struct{})
	defer close(over)
	c.Hold = func(string) { <-over }
	got, dir := onFake(t, c, row(t, "bad.Words with = { items = 0 }", "pes.Discard"), "--time-limit", "1s")
	got.fails(t, run.ExitTimeLimit, "time limit reached")
	if r := open(t, dir); r.Run.State != rundir.Partial || len(r.Rows) > 0 {
		t.Errorf("the run is %s, with %d rows", r.Run.State, len(r.Rows))
	}
	if left := c.Running(); len(left) > 0 {
		t.Errorf("topologies %v still run", left)
	}
}

// TestDoctor: doctor finds the cluster.
func TestDoctor(t *testing.T) {
	c := storm.NewFakeCluster(t)
	cmd := program("doctor", "storm")
	cmd.Env = append(cmd.Env, "D4_NIMBUS="+c.Address)
	if got := outcomeOf(t, cmd); got.code != 0 || !strings.Contains(got.stdout, "Storm fake, led by 127.0.0.1; 0 topologies run, 4 of 4 slots on 1 node(s) are free") || !strings.Contains(got.stdout, "Java") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	cmd = program("doctor", "storm")
	cmd.Env = append(cmd.Env, "D4_NIMBUS=127.0.0.1:1")
	if got := outcomeOf(t, cmd); got.code != 0 || !strings.Contains(got.stdout, "missing  Storm at 127.0.0.1:1") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
}

// TestPlan: plan shows what would be submitted.
func TestPlan(t *testing.T) {
	got := outcomeOf(t, program("plan", "../examples/wordcount.toml", "--mapping", "storm", "--cores", "5", "--ship", "--storm-conf", "topology.worker.max.heap.size.mb=512"))
	for _, part := range []string{"Storm topology, each instance sh run.sh\n", "spout lines+words x 1\n", "bolt  count x 3 <- lines+words\n", "topology.worker.max.heap.size.mb = 512\n", "topology.workers = 1\n"} {
		if !strings.Contains(got.stdout, part) {
			t.Errorf("%s%s does not say %q", got.stdout, got.stderr, part)
		}
	}
}
