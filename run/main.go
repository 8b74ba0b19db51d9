package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/internal/launch"
	"github.com/dispel4go/dispel4go/jobs"
)

// The exit codes of a program.
const (
	ExitDone      = 0
	ExitFailed    = 1   // the run failed
	ExitUsage     = 2   // the command line, the job or the graph is wrong
	ExitTimeLimit = 75  // time is up: run me again (EX_TEMPFAIL of sysexits.h)
	ExitInterrupt = 130 // Ctrl-C
	ExitTerminate = 143 // SIGTERM
)

// Main runs f as the program. Ctrl-C and SIGTERM stop the sources of what it
// runs and let the rest finish, and so does SIGUSR2, which says that time is
// almost up; another Ctrl-C or SIGTERM ends the program at once. When f returns,
// Main prints its error in one line and exits with the code that belongs to it.
// It does not return.
//
// Where Storm has started the program, f is run with the command line of the
// submitter in os.Args: so it must be read inside f.
func Main(f func(ctx context.Context) error) {
	if StormChild() {
		asStormChild(f)
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, append([]os.Signal{os.Interrupt, syscall.SIGTERM}, timeIsUp...)...)
	main(f, signals, os.Stderr, os.Exit)
}

// main is Main with the world outside put in. Exit is called once at least.
func main(f func(context.Context) error, signals <-chan os.Signal, stderr io.Writer, exit func(int)) {
	ctx, cancel := context.WithCancelCause(context.Background())
	var stopped atomic.Int32 // the exit code of the signal that came
	var s session
	go func() {
		for sig := range signals {
			again := stopped.Load() != 0
			switch {
			case !again && (isTimeUp(sig) || sig == syscall.SIGTERM && slurmEnds(os.Getenv, time.Now())):
				stopped.Store(ExitTimeLimit)
				cancel(engine.ErrTimeLimit)
			case isTimeUp(sig): // launchers may send it to everyone, and twice
			case !again:
				stopped.Store(int32(exitOf(sig)))
				if l, err := launch.Current(); err != nil || l.Rank == 0 {
					fmt.Fprintln(stderr, "stopping: what is under way will be finished; once more ends it at once")
				}
				cancel(engine.ErrInterrupted)
			default:
				if f := s.urgent.Load(); f != nil {
					(*f)()
				}
				exit(exitOf(sig))
				return
			}
		}
	}()
	err := f(context.WithValue(ctx, sessionKey{}, &s))
	if err == nil { // f may have thought that it could go on
		err = s.err()
	}
	if err != nil && !s.told() && (speaks(err) || s.world == nil && unheard(ctx)) {
		fmt.Fprintln(stderr, Line(err))
	}
	if failed := s.leave(); failed != nil {
		fmt.Fprintln(stderr, Line(failed))
		err = errors.Join(err, failed)
	}
	code := exitCode(err, int(stopped.Load()))
	if l, unknown := launch.Current(); unknown == nil && stoppedBy(code) {
		switch {
		case l.Kind.EndsAll() && l.Rank != 0 && s.world != nil:
			code = ExitDone // rank 0 tells for all, and may still be writing
		case l.LosesCodes: // and is told by all of them
			outlive()
		}
	}
	exit(code)
}

// unheard waits, under a launcher that ends all ranks with the first, until the
// rank that speaks has done so: over the end of this one it might be ended before
// it has said a word. It reports whether it has not ended, so that what is wrong
// is wrong only here.
func unheard(ctx context.Context) bool {
	const long = 5 * time.Second
	if l, err := launch.Current(); err != nil || !l.Kind.EndsAll() {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(long):
		return true
	}
}

func stoppedBy(code int) bool {
	return code == ExitTimeLimit || code == ExitInterrupt || code == ExitTerminate
}

// slurmEnds reports whether a SIGTERM that comes now is that of a Slurm job whose
// time is up, and not of someone who wants it to end.
func slurmEnds(env func(string) string, now time.Time) bool {
	end, err := strconv.ParseInt(env("SLURM_JOB_END_TIME"), 10, 64)
	return err == nil && end > 0 && !now.Before(time.Unix(end, 0).Add(-5*time.Second))
}

func exitOf(s os.Signal) int {
	if s == syscall.SIGTERM {
		return ExitTerminate
	}
	return ExitInterrupt
}

// exitCode is the exit code of a program that came to err, after a signal with
// the code stopped if that is not 0.
func exitCode(err error, stopped int) int {
	var job *jobs.Error
	var graph *d4.GraphError
	switch {
	case err == nil, errors.Is(err, ErrComplete):
		return ExitDone
	case errors.Is(err, engine.ErrTimeLimit):
		return ExitTimeLimit
	case errors.Is(err, engine.ErrInterrupted) && stopped != 0:
		return stopped
	case errors.Is(err, engine.ErrInterrupted):
		return ExitInterrupt
	case errors.Is(err, ErrUsage), errors.As(err, &job), errors.As(err, &graph):
		return ExitUsage
	}
	return ExitFailed
}

// Line is an error in one line; in one for each problem, where it is about a
// job or a graph.
func Line(err error) string {
	text := strings.TrimSpace(err.Error())
	var job *jobs.Error
	var graph *d4.GraphError
	if errors.As(err, &job) || errors.As(err, &graph) {
		return text
	}
	var parts []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, "; ")
}

// speaks reports whether this rank tells of an error: rank 0 tells what all of
// them know, the first of a host why there is no MPI, and each what it alone does.
func speaks(err error) bool {
	var failure *engine.Failure
	common := errors.As(err, &failure) || exitCode(err, 0) != ExitFailed
	l, unknown := launch.Current()
	if errors.As(err, &noMPI{}) {
		return l.LocalRank <= 0
	}
	return !common || unknown != nil || l.Rank == 0
}
