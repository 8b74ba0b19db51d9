package jobs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Position is where something stands. Line and Col count from 1, Col in
// characters. What comes from the command line has the flag as File and Line 0.
type Position struct {
	File      string
	Line, Col int
}

// String is file:line:col, or the flag.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Given reports whether there is such a place: what nobody gave stands nowhere.
func (p Position) Given() bool { return p.File != "" }

// A Problem is one thing that is wrong with a job.
type Problem struct {
	Position
	Text string // one line
}

// String is the problem in one line.
func (p Problem) String() string { return p.Position.String() + ": " + p.Text }

// An Error is all that is wrong with a job, in the order of the file; flags
// come last.
type Error struct{ Problems []Problem }

// Error has a line for each problem.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// problems collects what is wrong.
type problems []Problem

func (p *problems) add(at Position, format string, args ...any) {
	*p = append(*p, Problem{at, fmt.Sprintf(format, args...)})
}

// err is an *Error with each problem once, or nil.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	all := slices.Clone(p)
	slices.SortStableFunc(all, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(min(b.Line, 1), min(a.Line, 1)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return &Error{slices.Compact(all)}
}
