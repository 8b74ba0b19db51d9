package mpitest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A Launch is a program to be started as ranks.
type Launch struct {
	Ranks   int
	Program string // "": this test binary
	Args    []string
	Env     []string // NAME=value, beside what this test has
	Dir     string   // the working folder; "": that of the test
	// Limit is how long it may take before it is ended and the test fails; 0
	// means a minute.
	Limit time.Duration
	// Seen, if not nil, is told each line that ranks print on stdout, and the
	// process of the launcher.
	Seen func(line string, launcher *os.Process)

	passed string // the folder of those that have
}

// outlive is how long ranks may hold the output open when their launcher has
// ended, and a launcher may take to end when it is asked to.
const outlive = 10 * time.Second

// A Result is what has become of a launch.
type Result struct {
	Stdout, Stderr string
	Code           int // of the launcher; -1 if a signal ended it
	Passed         int // ranks that have called Pass
	Took           time.Duration
	Ended          time.Time
}

// passedVariable is the variable that tells ranks the folder where each leaves a
// file that has passed. Launchers forward what ranks print in pieces that end
// anywhere, so that words of one may stand in the middle of another's.
const passedVariable = "DISPEL4GO_TEST_PASSED"

// Pass is called by a rank whose tests have passed.
func Pass() error {
	f, err := os.CreateTemp(os.Getenv(passedVariable), "rank")
	if err != nil {
		return err
	}
	return f.Close()
}

// passing has the ranks of a launch leave their files in dir.
func (l *Launch) passing(dir string) {
	l.Env = append(slices.Clip(l.Env), passedVariable+"="+dir)
	l.passed = dir
}

// Out is all that was printed.
func (r Result) Out() string { return r.Stdout + r.Stderr }

// Done tells whether the launcher reports success, or all has been done but to
// end MPI, in which some versions hang between nodes.
func (r Result) Done() bool {
	return r.Code == 0 || strings.Contains(r.Stderr, "MPI_Finalize has not returned")
}

// Run starts the ranks and waits for their end.
func (m MPI) Run(t testing.TB, l Launch) Result {
	t.Helper()
	program := l.Program
	if program == "" {
		var err error
		if program, err = os.Executable(); err != nil {
			t.Fatal(err)
		}
	}
	if l.Limit == 0 {
		l.Limit = time.Minute
	}
	l.passing(t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), l.Limit)
	defer cancel()
	return RunCommand(t, ctx, m.Launcher.Command(ctx, l.Ranks, m.Flavor, program, l.Args...), l)
}

// RunCommand is Run of a command that starts the ranks, until ctx is done. It
// adds what l says of environment, folder and lines.
func RunCommand(t testing.TB, ctx context.Context, cmd *exec.Cmd, l Launch) Result {
	t.Helper()
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, l.Env...)
	cmd.Dir = l.Dir
	// Asked to end, a launcher ends its ranks; killed, it leaves them behind.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = outlive
	var stderr bytes.Buffer
	stdout := &lines{seen: func(line string) {
		if l.Seen != nil {
			l.Seen(line, cmd.Process)
		}
	}}
	cmd.Stdout, cmd.Stderr = stdout, &stderr
	begin := time.Now()
	err := cmd.Run()
	res := Result{Stdout: stdout.text(), Stderr: stderr.String(), Took: time.Since(begin), Ended: time.Now()}
	if l.passed != "" {
		files, failed := os.ReadDir(l.passed)
		if failed != nil {
			t.Fatal(failed)
		}
		res.Passed = len(files)
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		t.Fatalf("no end after %v:\n%s", res.Took, res.Out())
	case errors.As(err, &exit):
		res.Code = exit.ExitCode()
	case errors.Is(err, exec.ErrWaitDelay):
		t.Fatalf("ranks are still there %v after their launcher:\n%s", outlive, res.Out())
	case err != nil:
		t.Fatal(err)
	}
	return res
}

// lines keeps what is written to it and tells of each line.
type lines struct {
	mu   sync.Mutex
	all  strings.Builder
	rest string
	seen func(string)
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	l.all.Write(p)
	whole := strings.SplitAfter(l.rest+string(p), "\n")
	l.rest = whole[len(whole)-1]
	l.mu.Unlock()
	for _, line := range whole[:len(whole)-1] {
		l.seen(strings.TrimSuffix(line, "\n"))
	}
	return len(p), nil
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}
