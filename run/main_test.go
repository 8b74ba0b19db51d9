package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/jobs"
)

// ended is what stands for the end of the program, after which main must not
// go on.
type ended struct{ code int }

// runMain runs f as the program, and returns its exit code and what it said.
func runMain(f func(context.Context) error, signals <-chan os.Signal) (code int, stderr string) {
	var b bytes.Buffer
	defer func() {
		e, ok := recover().(ended)
		if !ok {
			panic("main returned")
		}
		code, stderr = e.code, b.String()
	}()
	main(f, signals, &b, func(code int) { panic(ended{code}) })
	return
}

func TestExitCodes(t *testing.T) {
	empty := d4.NewGraph("empty").Validate()
	for _, c := range []struct {
		err    error
		code   int
		stderr string
	}{
		{nil, 0, ""},
		{errors.New("no such luck"), 1, "no such luck\n"},
		{&engine.Failure{PE: "filter", Index: 2, Rank: 1, Host: "n7", Call: "in", Item: "item 3", Text: "too\n\tlarge\n"}, 1,
			"filter[2] on rank 1 (n7): in: item 3: too; large\n"},
		{Usage(errors.New("there cannot be -1 ranks")), 2, "there cannot be -1 ranks\n"},
		{fmt.Errorf("while planning: %w", empty), 2, "while planning: graph empty: it has no PEs\n"},
		{&jobs.Error{Problems: []jobs.Problem{{Text: "one"}, {Text: "two"}}}, 2, ": one\n: two\n"},
		{fmt.Errorf("%w: results are partial", engine.ErrInterrupted), 130, "interrupted: results are partial\n"},
		{fmt.Errorf("%w: results are partial", engine.ErrTimeLimit), 75, "time limit reached: results are partial\n"},
	} {
		if code, stderr := runMain(func(context.Context) error { return c.err }, nil); code != c.code || stderr != c.stderr {
			t.Errorf("%v: exit code %d, %q; expected %d, %q", c.err, code, stderr, c.code, c.stderr)
		}
	}
}

// TestSignals sends the program signals one after the other; it waits for the
// first to be heard.
func TestSignals(t *testing.T) {
	for _, c := range []struct {
		signal os.Signal
		code   int
	}{
		{os.Interrupt, 130},
		{syscall.SIGTERM, 143},
	} {
		signals := make(chan os.Signal, 1)
		signals <- c.signal
		code, stderr := runMain(func(ctx context.Context) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}, signals)
		if code != c.code || !strings.HasPrefix(stderr, "stopping: ") {
			t.Errorf("%v: exit code %d, %q", c.signal, code, stderr)
		}
	}
	for _, s := range timeIsUp {
		signals := make(chan os.Signal, 3)
		signals <- s
		signals <- s // which is no second wish
		code, stderr := runMain(func(ctx context.Context) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}, signals)
		if code != 75 || stderr != "time limit reached\n" {
			t.Errorf("%v: exit code %d, %q", s, code, stderr)
		}
	}
}

// TestAgain: a second signal ends the program though f does not return.
func TestAgain(t *testing.T) {
	signals, exited, release := make(chan os.Signal, 2), make(chan int), make(chan struct{})
	signals <- os.Interrupt
	signals <- syscall.SIGTERM
	over := make(chan struct{})
	go func() {
		defer close(over)
		first := true
		main(func(context.Context) error { <-release; return nil }, signals, io.Discard, func(code int) {
			if first { // the second is main's own, because this did not end it
				first = false
				exited <- code
			}
		})
	}()
	if code := <-exited; code != 143 {
		t.Errorf("exit code %d", code)
	}
	close(release)
	<-over
}

// TestStuck: after a run whose calls did not return the program has to end,
// whatever it makes of the error.
func TestStuck(t *testing.T) {
	cause := errors.New("filter[0] is broken")
	code, stderr := runMain(func(ctx context.Context) error {
		noteStuck(ctx, &engine.Result{Stuck: true}, cause)
		if _, err := Graph(ctx, d4.NewGraph("another"), Options{}); !errors.Is(err, cause) {
			t.Errorf("another run: %v", err)
		}
		return nil
	}, nil)
	if code != 1 || stderr != "filter[0] is broken\n" {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}
