package cli_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/cli"
	"github.com/dispel4go/dispel4go/mpi/mpitest"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/seismo"
)

// TestMain makes this test binary a program of its own, with PEs that do not
// behave, where a test has started it as such.
func TestMain(m *testing.M) {
	if os.Getenv("CLI_TEST_PROGRAM") != "" {
		cli.Main(pes.Register, seismo.Register, registerBad)
	}
	os.Exit(m.Run())
}

// program is a command line for the program above, in a folder of its own.
func program(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CLI_TEST_PROGRAM=1")
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

// oneLine checks the exit code, and that stderr is one line with all of these
// in it.
func (o outcome) oneLine(t *testing.T, code int, parts ...string) {
	t.Helper()
	if o.code != code {
		t.Errorf("exit code %d, expected %d", o.code, code)
	}
	if strings.Count(o.stderr, "\n") != 1 || !strings.HasSuffix(o.stderr, "\n") {
		t.Errorf("not one line: %.1000q", o.stderr)
	}
	for _, part := range parts {
		if !strings.Contains(o.stderr, part) {
			t.Errorf("%.1000q does not say %q", o.stderr, part)
		}
	}
}

// pipe is a job whose PEs stand in a row, each given as TYPE or TYPE { with }.
func pipe(t *testing.T, dir string, types ...string) (job string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintln(&b, `name = "row"`)
	for k, typ := range types {
		name, rest, _ := strings.Cut(typ, " ")
		fmt.Fprintf(&b, "[[pe]]\nname = \"p%d\"\ntype = %q\n%s\n", k, name, rest)
		if k > 0 {
			fmt.Fprintf(&b, "[[connect]]\nfrom = \"p%d.out\"\nto = \"p%d.in\"\n", k-1, k)
		}
	}
	job = filepath.Join(dir, "job.toml")
	if err := os.WriteFile(job, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return job
}

// names lists what is in a folder.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func open(t *testing.T, dir string) *rundir.Record {
	t.Helper()
	record, err := rundir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// words is a source of words: "first" and then "word" and a number, so many in
// all or, with 0, without end.
type words struct {
	d4.Base
	Out   d4.Out[string]
	Items int `help:"how many" min:"0"`
	n     int
}

func (w *words) Next() error {
	word := "first"
	if w.n > 0 {
		word = fmt.Sprintf("word%d", w.n)
	}
	w.Out.Emit(word)
	switch w.n++; w.n {
	case w.Items:
		return io.EOF
	case enough: // for a slow end not to fill the disk
		return d4.Wait(make(chan struct{}))
	}
	return nil
}

// enough is how many words come without end, before there are no more.
const enough = 1 << 22

// bad passes words on and does something wrong at the one called At; at "close"
// when it is closed.
type bad struct {
	d4.Base
	In   d4.In[string]
	Out  d4.Out[string]
	At   string `help:"the word"`
	Tell bool   `help:"say so before it happens"`
	do   func(b *bad) error
	n    int
}

func newBad(do func(b *bad) error) func() *bad {
	return func() *bad {
		b := &bad{At: "word70", do: do}
		b.In = d4.Input(func(word string) error {
			b.Out.Emit(word)
			if word == b.At {
				if b.Tell {
					fmt.Println("now")
				}
				return b.do(b)
			}
			return nil
		})
		return b
	}
}

func (b *bad) Close() error {
	if b.At == "close" {
		return b.do(b)
	}
	return nil
}

// deaf is a source that never returns and does not look at its context.
type deaf struct {
	d4.Base
	Out d4.Out[string]
}

func (d *deaf) Next() error {
	fmt.Println("deaf")
	select {}
}

// huge is a source of one item.
type huge struct {
	d4.Base
	Out d4.Out[[]float64]
	MiB int `param:"mib" help:"size of the item" min:"1"`
}

func (h *huge) Next() error {
	item := make([]float64, h.MiB<<17)
	item[0], item[len(item)-1] = 1, 2
	h.Out.Emit(item)
	return io.EOF
}

// wary warns of every item.
type wary struct {
	d4.Base
	In  d4.In[string]
	log *slog.Logger
}

func newWary() *wary {
	w := &wary{}
	w.In = d4.Input(func(word string) error { w.log.Warn("odd", "word", word); return nil })
	return w
}

func (w *wary) Open(i *d4.Instance) error { w.log = i.Log; return nil }

// bads are what misbehaves on some systems only.
var bads = map[string]func(*bad) error{}

func registerBad(r *registry.Registry) {
	for name, do := range bads {
		registry.Add(r, name, "misbehaves", newBad(do))
	}
	registry.Add(r, "bad.Words", "emits words", func() *words { return &words{} })
	registry.Add(r, "bad.Wary", "warns of every item", newWary)
	registry.Add(r, "bad.Deaf", "does not return", func() *deaf { return &deaf{} })
	registry.Add(r, "bad.Huge", "emits one large item", func() *huge { return &huge{MiB: 1} })
	for name, do := range map[string]func(*bad) error{
		"bad.Tell":  func(b *bad) error { fmt.Println(b.At); return nil },
		"bad.Error": func(*bad) error { return errors.New("the instrument\nis broken") },
		"bad.Panic": func(*bad) error { panic("not my day") },
		"bad.Emit":  func(b *bad) error { b.Out.Emit("late"); return nil },
		"bad.Exit":  func(*bad) error { os.Exit(7); return nil },
		"bad.Exit0": func(*bad) error { os.Exit(0); return nil },
		"bad.Exit3": func(*bad) error { os.Exit(3); return nil },
		"bad.Block": func(*bad) error { select {} },
		"bad.Nil":   func(*bad) error { var none *bad; none.n = 1; return nil },
		// The same where nobody can recover from it.
		"bad.NilElsewhere": func(*bad) error { go func() { var none *bad; none.n = 1 }(); return nil },
		"bad.Kill": func(*bad) error {
			p, err := os.FindProcess(os.Getpid())
			if err != nil {
				return err
			}
			return p.Kill()
		},
		"bad.Compute": func(b *bad) error {
			for until := time.Now().Add(time.Minute); time.Now().Before(until); {
				b.n++
			}
			return nil
		},
		"bad.InC": func(*bad) error { mpitest.SitInC(time.Minute); return nil },
	} {
		registry.Add(r, name, "misbehaves", newBad(do))
	}
}

// TestFailures: what a PE does wrong is said once, in one line, with the exit
// code of a failed run, and nothing half-written is left.
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name  string
		types []string
		want  []string
	}{
		{"error", []string{"bad.Words", "bad.Error", "pes.WriteLines"}, []string{"p1[0] on rank", "in: ", "word70", "the instrument; is broken"}},
		{"panic", []string{"bad.Words", "bad.Panic", "pes.WriteLines"}, []string{"p1[0] on rank", "word70", "not my day", "program_test.go"}},
		{"emit after its call", []string{"bad.Words with = { items = 3 }", `bad.Emit with = { at = "close" }`, "pes.WriteLines"},
			[]string{"p1[0] on rank", "outside a call"}},
		{"a call that does not return", []string{"bad.Words", `bad.Error with = { at = "word5000" }`, `bad.Block with = { at = "first" }`, "pes.WriteLines"},
			[]string{"p1[0] on rank", "is broken"}},
	} {
		for _, how := range [][]string{nil, {"-n", "2"}, {"--cores", "1"}} {
			stuck := strings.Contains(c.name, "return")
			if stuck && len(how) > 0 && how[0] == "--cores" {
				continue // nothing else would run
			}
			t.Run(c.name+strings.Join(how, ""), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				pipe(t, dir, c.types...)
				got := outcomeOf(t, program(dir, append([]string{"run", "job.toml", "-q", "--dir", "run", "--fuse", "off"}, how...)...))
				got.oneLine(t, 1, c.want...)
				r := open(t, filepath.Join(dir, "run"))
				// What is emitted in Close comes after the streams have ended.
				ended := strings.Contains(c.name, "after")
				if r.Run.State != rundir.Failed || len(r.Outputs) > 0 && !ended || !stuck && len(r.Temporary) > 0 {
					t.Errorf("the run is %s, with outputs %v and temporary files %v", r.Run.State, r.Outputs, r.Temporary)
				}
				if cause := strings.TrimSpace(got.stderr); strings.ReplaceAll(r.Run.Cause, "\n", "; ") != cause {
					t.Errorf("the cause in run.json is %q, but %q was printed", r.Run.Cause, cause)
				}
			})
		}
	}
}

// TestExit: a PE that ends the program has its own code, we say nothing, and
// the run is seen to be incomplete.
func TestExit(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "bad.Words", "bad.Exit", "pes.WriteLines")
	got := outcomeOf(t, program(dir, "run", "job.toml", "-q", "--dir", "run", "--cores", "1"))
	if got.code != 7 || got.stdout != "" || got.stderr != "" {
		t.Errorf("%+v", got)
	}
	r := open(t, filepath.Join(dir, "run"))
	if r.Run.State != rundir.Incomplete || len(r.Outputs) > 0 || len(r.Temporary) != 1 {
		t.Errorf("the run is %s, with outputs %v and temporary files %v", r.Run.State, r.Outputs, r.Temporary)
	}
	report := outcomeOf(t, program(dir, "report", "run"))
	if report.code != 0 || !strings.Contains(report.stdout, "incomplete") || !strings.Contains(report.stdout, "lines.txt") {
		t.Errorf("%+v", report)
	}
}

// TestNoRoom: the run directory cannot be made, or the disk is full.
func TestNoRoom(t *testing.T) {
	t.Run("in the way", func(t *testing.T) {
		dir := t.TempDir()
		pipe(t, dir, "bad.Words with = { items = 3 }", "pes.WriteLines")
		if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		before := names(t, dir)
		outcomeOf(t, program(dir, "run", "job.toml", "--dir", "file/run")).oneLine(t, 2, "file/run", "--dir")
		if after := names(t, dir); strings.Join(after, " ") != strings.Join(before, " ") {
			t.Errorf("it left %v", after)
		}
	})
	t.Run("full", func(t *testing.T) {
		small := smallDisk(t, 64<<10)
		dir := t.TempDir()
		pipe(t, dir, "bad.Words with = { items = 100000 }", "pes.WriteLines")
		run := filepath.Join(small, "run")
		outcomeOf(t, program(dir, "run", "job.toml", "-q", "--dir", run)).oneLine(t, 1, "p1[0] on rank", "lines.txt", "no space left")
		r := open(t, run)
		if r.Run.State != rundir.Failed && r.Run.State != rundir.Incomplete || len(r.Outputs) > 0 {
			t.Errorf("the run is %s, with outputs %v", r.Run.State, r.Outputs)
		}
	})
	t.Run("full from the start", func(t *testing.T) {
		small := smallDisk(t, 4<<10) // a page, which the folder's name does not need
		if err := os.WriteFile(filepath.Join(small, "all"), make([]byte, 4<<10), 0o666); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		pipe(t, dir, "bad.Words with = { items = 3 }", "pes.WriteLines")
		outcomeOf(t, program(dir, "run", "job.toml", "--dir", filepath.Join(small, "run"))).oneLine(t, 2, "no space left")
		if left := names(t, small); len(left) != 1 {
			t.Errorf("it left %v", left)
		}
	})
}

// TestSizes: many instances, a large item, and none.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		name  string
		items int
		types []string
		flags []string
	}{
		{"10,000 instances", 1000, []string{"bad.Words with = { items = 1000 }", "pes.Words instances = 10000", "pes.Discard"}, nil},
		{"256 MiB", 1, []string{"bad.Huge with = { mib = 256 }", "pes.Discard"}, []string{"--fuse", "off"}},
		{"256 MiB between ranks", 1, []string{"bad.Huge with = { mib = 256 }", "pes.Discard"}, []string{"--fuse", "off", "-n", "2"}},
		{"nothing", 0, []string{"pes.Range", "pes.WriteJSONL"}, nil},
		{"nothing between ranks", 0, []string{"pes.Range", "pes.Sample", "pes.WriteJSONL"}, []string{"--fuse", "off", "-n", "3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			pipe(t, dir, c.types...)
			got := outcomeOf(t, program(dir, append([]string{"run", "job.toml", "-q", "--dir", "run", "--digest=false"}, c.flags...)...))
			if got.code != 0 || got.stderr != "" {
				t.Fatalf("exit code %d: %s", got.code, got.stderr)
			}
			r := open(t, filepath.Join(dir, "run"))
			sink := r.Run.Result.Sinks[fmt.Sprint("p", len(c.types)-1)]
			if r.Run.State != rundir.Complete || int(sink.Items) != c.items {
				t.Errorf("the run is %s, with %d items", r.Run.State, sink.Items)
			}
		})
	}
}

// began starts a program and returns what it prints after this line.
func began(t *testing.T, cmd *exec.Cmd, line string) *bufio.Reader {
	t.Helper()
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	stdout := bufio.NewReader(pipe)
	readTo(t, stdout, line)
	return stdout
}

// readTo reads until there was a line that begins so.
func readTo(t *testing.T, r *bufio.Reader, line string) {
	t.Helper()
	for {
		got, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("%v before %q", err, line)
		}
		if strings.HasPrefix(got, line) {
			return
		}
	}
}
