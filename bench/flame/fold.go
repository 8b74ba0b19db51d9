package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A frame is a function as it was called from one place of the graph.
type frame struct {
	name    string
	seconds float64 // its own and those of what it called
	calls   []*frame
}

func (f *frame) call(name string) *frame {
	for _, c := range f.calls {
		if c.name == name {
			return c
		}
	}
	c := &frame{name: name}
	f.calls = append(f.calls, c)
	return c
}

// fold makes one tree of what go tool pprof -traces prints: stacks between rules, the
// innermost function first, behind the time that was spent there.
func fold(text []byte) (*frame, error) {
	all := &frame{name: "all"}
	var spent time.Duration
	var stack []string
	flush := func() {
		at := all
		if len(stack) > 0 {
			at.seconds += spent.Seconds()
		}
		for _, name := range slices.Backward(stack) {
			at = at.call(name)
			at.seconds += spent.Seconds()
		}
		stack = stack[:0]
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	begun := false // below the lines about the profile
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "-----") {
			flush()
			begun = true
			continue
		}
		fields := strings.Fields(line)
		if !begun || len(fields) == 0 {
			continue
		}
		if len(stack) == 0 {
			var err error
			if spent, err = time.ParseDuration(fields[0]); err != nil || len(fields) < 2 {
				return nil, fmt.Errorf("a stack without its time: %q", line)
			}
			fields = fields[1:]
		}
		stack = append(stack, short(strings.TrimSuffix(strings.Join(fields, " "), " (inline)")))
	}
	flush()
	if all.seconds == 0 {
		return nil, errors.New("no time was spent in it")
	}
	return all, lines.Err()
}

// short leaves of a function's name the package, without its path, and what follows;
// and of type parameters only that there are some.
func short(name string) string {
	if open, end := strings.IndexByte(name, '['), strings.LastIndexByte(name, ']'); open >= 0 && end > open {
		name = name[:open] + "[T]" + name[end+1:]
	}
	return name[strings.LastIndexByte(name, '/')+1:]
}
