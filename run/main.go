package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/dispel4go/dispel4go/engine"
)

// The exit codes of a program.
const (
	ExitDone      = 0
	ExitFailed    = 1
	ExitUsage     = 2
	ExitTimeLimit = 75
	ExitInterrupt = 130 // Ctrl-C
	ExitTerminate = 143 // SIGTERM
)

// Main runs f as the program: Ctrl-C and SIGTERM stop the sources of what it
// runs and let the rest finish, a second one ends the program at once. Then it
// prints f's error in one line and exits with the code that belongs to it. It
// does not return.
func Main(f func(ctx context.Context) error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	code := make(chan int, 1)
	go func() {
		stopped := exitOf(<-signals)
		code <- stopped
		fmt.Fprintln(os.Stderr, "stopping: what is under way will be finished; again to end at once")
		cancel(engine.ErrInterrupted)
		<-signals
		os.Exit(stopped)
	}()
	err := f(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(exitCode(err, code))
}

func exitOf(s os.Signal) int {
	if s == syscall.SIGTERM {
		return ExitTerminate
	}
	return ExitInterrupt
}

// exitCode is the exit code of a program that came to err.
func exitCode(err error, stopped <-chan int) int {
	var f *engine.Failure
	switch {
	case err == nil:
		return ExitDone
	case errors.Is(err, engine.ErrTimeLimit):
		return ExitTimeLimit
	case errors.Is(err, engine.ErrInterrupted):
		select {
		case code := <-stopped:
			return code
		default:
			return ExitInterrupt
		}
	case errors.As(err, &f):
		return ExitFailed
	case errors.Is(err, ErrUsage):
		return ExitUsage
	}
	return ExitFailed
}
