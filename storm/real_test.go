package storm_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/engine/enginetest"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

// prepared is what scripts/storm.sh has made, or a reason to skip the test. In
// continuous integration there must be a Storm.
func prepared(t testing.TB) (dir string) {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIP: no JVM is started with -short")
	}
	dir, err := filepath.Abs("../build/storm")
	if err != nil {
		t.Fatal(err)
	}
	_, err = os.Stat(filepath.Join(dir, "stamp"))
	if err == nil {
		_, err = exec.LookPath("java")
	}
	switch {
	case err == nil:
		return dir
	case os.Getenv("CI") != "":
		t.Fatalf("no Storm is here, scripts/storm.sh prepares it: %v", err)
	}
	t.Skipf("SKIP: no Storm is here, scripts/storm.sh prepares it: %v", err)
	return ""
}

// localStorm starts a cluster in one JVM that ends with the test.
func localStorm(t testing.TB, heap string, conf ...string) (nimbus string, jvm *exec.Cmd) {
	t.Helper()
	dir := prepared(t)
	path, err := os.ReadFile(filepath.Join(dir, "server.cp"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("java", append([]string{"-Xmx" + heap, "-Dlog4j2.configurationFile=file:log4j2.xml",
		"-cp", ".:" + strings.TrimSpace(string(path)), "LocalStorm"}, conf...)...)
	return startCluster(t, dir, cmd), cmd
}

// startCluster starts what prints "nimbus PORT" and ends with its standard
// input.
func startCluster(t testing.TB, dir string, cmd *exec.Cmd) (nimbus string) {
	t.Helper()
	var log bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	patience := time.AfterFunc(3*time.Minute, func() { cmd.Process.Kill() })
	t.Cleanup(func() {
		stdin.Close()
		stop := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
		io.Copy(io.Discard, stdout)
		cmd.Wait()
		stop.Stop()
		if t.Failed() {
			said := slices.DeleteFunc(strings.SplitAfter(log.String(), "\n"), func(line string) bool { return strings.HasPrefix(line, "\tat java.base/") })
			t.Logf("the cluster said: %.200000s", strings.Join(said, ""))
		}
	})
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if port, ok := strings.CutPrefix(lines.Text(), "nimbus "); ok {
			patience.Stop()
			return "localhost:" + port
		}
	}
	t.Fatalf("the cluster has not begun: %s", log.String())
	return ""
}

// within runs a program for at most two minutes.
func within(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(2*time.Minute, func() { cmd.Process.Kill() })
	cmd.Wait()
	if !limit.Stop() {
		t.Errorf("%v has not ended: %s%s", cmd.Args, out.String(), errs.String())
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// begun starts a program, which may take two minutes, and reads what it prints up to a line.
// It returns its output, of which the next lines may be missing, and where its errors go.
func begun(t *testing.T, cmd *exec.Cmd, line string) (stdout io.Reader, errs *bytes.Buffer) {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	errs = &bytes.Buffer{}
	cmd.Stderr = errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(2*time.Minute, func() { cmd.Process.Kill() })
	t.Cleanup(func() { limit.Stop() })
	for lines := bufio.NewScanner(stdout); lines.Scan() && lines.Text() != line; {
	}
	return stdout, errs
}

// TestLocalCluster runs on a real Storm, with a Nimbus that is spoken to over
// Thrift and JVM threads that start real programs: every shape of graph, the
// examples, a failure, an interruption, and a slow sink.
func TestLocalCluster(t *testing.T) {
	nimbus, jvm := localStorm(t, "400m")
	t.Run("examples", func(t *testing.T) {
		for _, args := range [][]string{{"../examples/wordcount.toml"}, {"../examples/ambient-noise.toml", "--cores", "4"}} {
			t.Run(filepath.Base(args[0]), func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(t.TempDir(), "run")
				got := within(t, program(append([]string{"run", args[0], "--mapping", "storm", "--nimbus", nimbus, "-q", "--dir", dir}, args[1:]...)...))
				if got.code != 0 || got.stderr != "" {
					t.Fatalf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
				}
				same(t, args[0], dir)
			})
		}
	})
	t.Run("failure", func(t *testing.T) {
		t.Parallel()
		job := row(t, "bad.Words with = { items = 0 }", "bad.Fails", "pes.Discard")
		got := within(t, program("run", job, "--mapping", "storm", "--nimbus", nimbus, "-q", "--dir", filepath.Join(t.TempDir(), "run")))
		host, _ := os.Hostname()
		got.fails(t, run.ExitFailed, "p1[0] on rank 1 ("+host+"): in", "item 71", `"word70"`, "this was planned")
	})
	t.Run("interrupt", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "run")
		job := row(t, "bad.Words with = { items = 0 }", "bad.Prints", "pes.WriteLines")
		cmd := program("run", job, "--mapping", "storm", "--nimbus", nimbus, "-q", "--dir", dir, "--topology", "interrupted")
		stdout, errs := begun(t, cmd, "seen by the user")
		cmd.Process.Signal(os.Interrupt)
		io.Copy(io.Discard, stdout)
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != run.ExitInterrupt {
			t.Errorf("exit code %d: %s", code, errs.String())
		}
		r := open(t, dir)
		if r.Run.State != rundir.Partial || len(r.Rows) != 3 || len(r.Temporary) > 0 || r.Run.Items["p0"] != r.Run.Result.Sinks["p2"].Items || r.Run.Items["p0"] == 0 {
			t.Errorf("the run is %s, with %d rows, items %v and sinks %v", r.Run.State, len(r.Rows), r.Run.Items, r.Run.Result.Sinks)
		}
		status := outcomeOf(t, program("storm", "status", "interrupted", "--nimbus", nimbus))
		if strings.Contains(status.stdout, "active") {
			t.Errorf("it still runs: %s", status.stdout)
		}
	})
	t.Run("slow sink", func(t *testing.T) { slowSink(t, nimbus, jvm) })
	t.Run("shapes", func(t *testing.T) { shapes(t, nimbus) })
}

// shapes runs every shape of the engine's suite, some at a time.
func shapes(t *testing.T, nimbus string) {
	turns := make(chan struct{}, 6)
	var work sync.WaitGroup
	defer work.Wait()
	for k := 0; k == 0 || enginetest.Shape(k).Name != enginetest.Shape(0).Name; k++ {
		turns <- struct{}{}
		work.Go(func() {
			defer func() { <-turns }()
			t.Run(enginetest.Shape(k).Name, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "run")
				got := within(t, program("shape", strconv.Itoa(k), nimbus, dir))
				if got.code != 0 {
					t.Fatalf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
				}
				g := enginetest.Shape(k)
				plan, err := run.Plan(g, shapeOptions(nimbus, dir))
				if err != nil {
					t.Fatal(err)
				}
				r := open(t, dir)
				enginetest.Compare(t, &engine.Result{Plan: plan, Rows: r.Rows, Sinks: r.Run.Result.Sinks})
			})
		})
	}
}

// slowSink runs 350 MB, which is 560 in Storm's JSON, into a sink that takes its
// time. The JVM has 400 for everything: it would not survive if what is on the
// way were not bounded.
func slowSink(t *testing.T, nimbus string, jvm *exec.Cmd) {
	before := resident(t, jvm.Process.Pid)
	dir := filepath.Join(t.TempDir(), "run")
	job := row(t, "bad.Heavy", "bad.More", "bad.Sleepy")
	// Compressed, bytes that repeat would be next to nothing.
	cmd := program("run", job, "--mapping", "storm", "--nimbus", nimbus, "-q", "--dir", dir, "--compress", "off")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	most := before
	var watching sync.WaitGroup
	watching.Go(func() {
		beat := time.NewTicker(100 * time.Millisecond)
		defer beat.Stop()
		for {
			select {
			case <-beat.C:
				most = max(most, resident(t, jvm.Process.Pid))
			case <-ctx.Done():
				return
			}
		}
	})
	got := within(t, cmd)
	cancel()
	watching.Wait()
	if got.code != 0 {
		t.Fatalf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	r := open(t, dir)
	for _, row := range r.Rows {
		if row.PE == "p1" && row.WaitOut == 0 {
			t.Error("the PE before the sink has never waited")
		}
	}
	if items := r.Run.Result.Sinks["p2"].Items; items != 700 {
		t.Errorf("%d items, expected 700", items)
	}
	t.Logf("resident: %d MiB before, %d MiB at most", before>>20, most>>20)
}

// resident is the memory of a process, in bytes; 0 where that cannot be known.
func resident(t *testing.T, pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		t.Error(err)
	}
	return pages * int64(os.Getpagesize())
}
