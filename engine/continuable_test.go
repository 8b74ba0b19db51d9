package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
)

// steps is a source of numbers in time: in each step every split has one, whose
// time is that of the step, and then it marks.
type steps struct {
	d4.Base
	Out    d4.Out[int]
	n      int                           // splits
	length int                           // steps
	every  int                           // only each so many steps is marked
	pause  func(instance, step int) bool // whether to wait here for the end of time
	info   *d4.Instance
	at     []int
}

func (s *steps) Open(i *d4.Instance) error {
	s.info, s.at = i, make([]int, s.n)
	return nil
}

func (s *steps) Splits() (names []string) {
	for k := range s.n {
		names = append(names, fmt.Sprint("split", k))
	}
	return names
}

func (s *steps) Next() error {
	step := s.length
	for k := s.info.Index; k < s.n; k += s.info.Count {
		step = min(step, s.at[k])
	}
	switch {
	case step == s.length:
		return io.EOF
	case s.pause != nil && s.pause(s.info.Index, step):
		return d4.Wait(nil)
	}
	for k := s.info.Index; k < s.n; k += s.info.Count {
		s.at[k]++
		s.Out.Emit(step*s.n + k)
	}
	if (step+1)%max(s.every, 1) == 0 {
		s.Out.Mark(d4.Time(step + 1))
	}
	return nil
}

func (s *steps) Position(k int) ([]byte, error) {
	return strconv.AppendInt(nil, int64(s.at[k]), 10), nil
}
func (s *steps) Seek(k int, position []byte) (err error) {
	s.at[k], err = strconv.Atoi(string(position))
	return err
}

// sums is a PE that keeps back: the sum of all numbers in each period of so many
// steps, emitted when the period is over.
type sums struct {
	d4.Base
	In     d4.In[int]
	Out    d4.Out[int]
	n      d4.Time // numbers in a step
	period d4.Time // steps
	done   d4.Time
	sums   map[d4.Time]int
}

func newSums(n, period int) func() *sums {
	return func() *sums {
		s := &sums{n: d4.Time(n), period: d4.Time(period), sums: map[d4.Time]int{}}
		s.In = d4.InputBy(func(v int) error {
			if at := d4.Time(v) / s.n; at >= s.done {
				s.sums[at/s.period] += v
			}
			return nil
		}, func(v int) int { return v })
		return s
	}
}

func (s *sums) Advance(t d4.Time) (d4.Time, error) {
	for _, k := range slices.Sorted(maps.Keys(s.sums)) {
		if (k+1)*s.period <= t {
			s.Out.Emit(int(k)<<32 + s.sums[k])
			delete(s.sums, k)
		}
	}
	s.done = max(s.done, t/s.period*s.period)
	return min(t, s.done), nil
}

func (s *sums) Finish() error               { _, err := s.Advance(d4.Forever / 2); return err }
func (s *sums) Suspend() (d4.Time, error)   { return s.done, nil }
func (s *sums) Continue(done d4.Time) error { s.done = done; return nil }

// stateless passes numbers on, and counts them for the test.
type stateless struct {
	d4.Stateless
	In  d4.In[int]
	Out d4.Out[int]
}

func newStateless(see func(int)) func() *stateless {
	return func() *stateless {
		s := &stateless{}
		s.In = d4.Input(func(v int) error { see(v); s.Out.Emit(v); return nil })
		return s
	}
}

// inParts runs a graph that make makes of a source: it is cut short again and
// again, when the instances of the source have come to different steps, and
// continued on other ranks. It returns what reached the sink in all parts.
func inParts(t *testing.T, parts int, src steps, makeGraph func(src func() *steps, sink func(int)) *d4.Graph) *list {
	t.Helper()
	var cuts []int
	for part := range parts {
		cuts = append(cuts, (part+1)*src.length/(parts+1))
	}
	return cutAt(t, cuts, src, makeGraph)
}

// cutAt is inParts for parts that are cut short at these steps.
func cutAt(t *testing.T, cuts []int, src steps, makeGraph func(src func() *steps, sink func(int)) *d4.Graph) *list {
	t.Helper()
	parts := len(cuts)
	all := &list{}
	var rest *rundir.Rest
	var positions []rundir.Position
	for part := range parts + 1 {
		ctx, cancel := context.WithCancelCause(t.Context())
		mine := src
		mine.pause = func(instance, step int) bool {
			if part == parts || step != cuts[part]+7*instance {
				return false
			}
			if instance == 0 {
				cancel(engine.ErrTimeLimit)
			}
			return true
		}
		g := makeGraph(func() *steps { s := mine; return &s }, func(v int) { all.add(v) })
		ranks := 1 + part%3
		plan, err := partition.Make(g, partition.Ranks(ranks, 2), partition.Options{Budget: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		cfg := engine.Config{Plan: plan, Rest: rest, Positions: positions}
		var res *engine.Result
		if ranks == 1 {
			res, err = engine.Run(ctx, cfg)
		} else {
			res, err = runAll(t, ctx, local.New(ranks), cfg, nil)
		}
		cancel(nil)
		switch {
		case part < parts && !errors.Is(err, engine.ErrTimeLimit), part == parts && err != nil:
			t.Fatalf("part %d: %v", part, err)
		case part < parts && len(res.Rest.Lost) > 0:
			t.Fatalf("part %d: lost %q", part, res.Rest.Lost)
		}
		rest, positions = res.Rest, res.Positions
	}
	return all
}
