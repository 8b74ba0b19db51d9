package engine

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// ErrInterrupted is wrapped by what Run returns when its context was cancelled:
// sources were stopped, what was under way was finished, results are partial.
var ErrInterrupted = errors.New("interrupted")

// ErrTimeLimit is the cause to cancel Run's context with when time is up:
// sources are stopped, and only streams that had ended by themselves are
// finished.
var ErrTimeLimit = errors.New("time limit reached")

// A Failure is why a run failed: the first cause, wherever it happened.
type Failure struct {
	PE    string // the PE and its instance; empty if the engine itself failed
	Index int
	Rank  int
	Host  string
	Call  string // what was called: Open, Next, the input's name, ...
	Item  string // which item it was about, if it was about one
	Text  string
	Stack string // of a panic
	err   error  // what the PE returned, on its own rank
}

// Error is the cause in one line.
func (f *Failure) Error() string {
	var b strings.Builder
	if f.PE != "" {
		fmt.Fprintf(&b, "%s[%d] ", f.PE, f.Index)
	}
	fmt.Fprintf(&b, "on rank %d (%s)", f.Rank, f.Host)
	for _, s := range []string{f.Call, f.Item, f.Text} {
		if s != "" {
			b.WriteString(": " + s)
		}
	}
	return b.String()
}

// Unwrap returns what the PE returned, on the rank where it did.
func (f *Failure) Unwrap() error { return f.err }

// unwind is the panic that takes a PE's call down when the run has failed.
type unwind struct{}

// whereOf returns the file and line of the panic being recovered, and the
// stack from there.
func whereOf() (where, stack string) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	panicked := false
	var b strings.Builder
	for {
		f, more := frames.Next()
		switch {
		case strings.HasPrefix(f.Function, "runtime."):
			panicked = panicked || f.Function == "runtime.gopanic"
			if f.Function == "runtime.gopanic" {
				where, b = "", strings.Builder{}
			}
		case panicked:
			if where == "" {
				file := f.File[strings.LastIndexByte(f.File, '/')+1:]
				where = fmt.Sprintf("%s:%d", file, f.Line)
			}
			fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		}
		if !more {
			return where, b.String()
		}
	}
}

// failure describes what went wrong in the call that the stage is in.
func (s *stage) failure(err error, text string) *Failure {
	f := &Failure{Rank: s.rank.id, Host: s.rank.host, Call: s.doing, Text: text, err: err}
	if i := s.current; i != nil {
		f.PE, f.Index = i.el.Name, i.index
		if s.input != nil {
			f.Item = s.input.Item()
		}
	}
	return f
}
