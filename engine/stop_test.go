package engine_test

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/transport"
)

// TestInterrupt stops a source that has no end: all that it has emitted
// reaches the sink, and everyone's Finish runs.
func TestInterrupt(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var seen list
		var finished atomic.Int32
		count := func() error { finished.Add(1); return nil }
		g := chain(from(endless, func(s *source) { s.finish = count }),
			through(pass, func(s *step) { s.finish = count }),
			through(func(s *step, v int) error {
				if seen.add(v) == 1000 {
					cancel(errors.New("that will do"))
				}
				return nil
			}, func(s *step) { s.finish = count }))
		res, err := on.run(t, ctx, g)
		if !errors.Is(err, engine.ErrInterrupted) || !res.Partial {
			t.Fatalf("expected ErrInterrupted and a partial result, got %v, %t", err, res.Partial)
		}
		if emitted := int(res.Rows[0].ItemsOut); emitted < 1000 || !slices.Equal(seen.sorted(), upTo(emitted, nil)) {
			t.Errorf("of %d items the sink received %d", emitted, len(seen.items))
		}
		if finished.Load() != 3 {
			t.Errorf("%d of 3 PEs have finished", finished.Load())
		}
	})
}

// splits is a source that can go on where it was, one split a call.
type splits struct {
	source
	at [5]int
}

func (s *splits) Splits() []string { return []string{"a", "b", "c", "d", "e"} }
func (s *splits) Next() error {
	for k := s.info.Index; k < len(s.at); k += s.info.Count {
		s.at[k]++
		s.Out.Emit(k)
	}
	return nil
}
func (s *splits) Position(k int) ([]byte, error) {
	return strconv.AppendInt(nil, int64(s.at[k]), 10), nil
}
func (s *splits) Seek(int, []byte) error { return nil }

// TestTimeLimit cuts a run short in which one stream has ended by itself.
func TestTimeLimit(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var ended, cut atomic.Int32
		g := d4.NewGraph("limit")
		short := d4.Add(g, "short", from(numbers(10)))
		whole := d4.Add(g, "whole", through(pass, func(s *step) { s.finish = func() error { ended.Add(1); return nil } }))
		long := d4.Add(g, "long", func() *splits { return &splits{} }, d4.Instances(2))
		var seen [5]atomic.Int64
		part := d4.Add(g, "part", through(func(s *step, k int) error {
			seen[k].Add(1)
			if ended.Load() == 1 {
				cancel(engine.ErrTimeLimit)
			}
			return nil
		}, func(s *step) { s.finish = func() error { cut.Add(1); return nil } }))
		d4.Connect(g, short.Out, whole.In)
		d4.Connect(g, long.Out, part.In)
		res, err := on.run(t, ctx, g)
		if !errors.Is(err, engine.ErrTimeLimit) || !res.Partial {
			t.Fatalf("expected ErrTimeLimit and a partial result, got %v, %t", err, res.Partial)
		}
		if ended.Load() != 1 || cut.Load() != 0 {
			t.Errorf("the PE behind the stream that ended finished %d times, the one cut short %d", ended.Load(), cut.Load())
		}
		for _, row := range res.Rows {
			if whole := row.PE == "short" || row.PE == "whole"; row.Ended != whole {
				t.Errorf("%s[%d]: ended is %t", row.PE, row.Index, row.Ended)
			}
		}
		if len(res.Positions) != 5 {
			t.Fatalf("positions %v, expected those of 5 splits", res.Positions)
		}
		for _, p := range res.Positions {
			k := int(p.Split[0] - 'a')
			if p.PE != "long" || string(p.At) != strconv.FormatInt(seen[k].Load(), 10) {
				t.Errorf("split %s is at %s, and %d items of it have arrived", p.Split, p.At, seen[k].Load())
			}
		}
	})
}

// TestWait has a source that goes on only when its last item has arrived.
func TestWait(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting) {
		const n = 20
		var arrived [n + 1]chan struct{}
		for k := range arrived {
			arrived[k] = make(chan struct{})
		}
		var seen list
		src := from(func(s *source) error {
			if s.call > n {
				return io.EOF
			}
			s.Out.Emit(s.call)
			return d4.Wait(arrived[s.call])
		})
		g := chain(src, through(pass), through(func(s *step, v int) error { seen.add(v); close(arrived[v]); return nil }))
		if _, err := on.run(t, t.Context(), g); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(seen.items, upTo(n, nil)) {
			t.Errorf("the sink received %v", seen.items)
		}
	})
}

// TestWaitIsInterrupted stops sources that wait: one with Wait, one that
// blocks until its context is done and returns an error then.
func TestWaitIsInterrupted(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting) {
		if on.cores == 1 {
			t.Skip("SKIP: on one core nothing else runs while a PE blocks")
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var calls atomic.Int32
		both := func() {
			if calls.Add(1) == 2 {
				cancel(errors.New("enough"))
			}
		}
		g := d4.NewGraph("waiting")
		z := d4.Add(g, "sink", through(pass))
		d4.Connect(g, d4.Add(g, "polite", from(func(s *source) error { both(); return d4.Wait(nil) })).Out, z.In)
		d4.Connect(g, d4.Add(g, "blocking", from(func(s *source) error {
			both()
			<-s.info.Context().Done()
			return s.info.Context().Err()
		})).Out, z.In)
		if _, err := on.run(t, ctx, g); !errors.Is(err, engine.ErrInterrupted) {
			t.Fatalf("expected ErrInterrupted, got %v", err)
		}
	})
}

// advancing keeps nothing back and tells when its mark has risen.
type advancing struct {
	step
	told func(t d4.Time)
}

func (a *advancing) Advance(t d4.Time) (d4.Time, error) { a.told(t); return t, nil }

// TestIdleHoldsNothingBack has two sources that wait for what the other's
// marks do. One of them is idle, then has an item, and is idle again: also
// through PEs on the way, fused or not, nobody waits for it.
func TestIdleHoldsNothingBack(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting) {
		passed10, passed20, idleAgain := make(chan struct{}), make(chan struct{}), make(chan struct{})
		var marks []d4.Time
		busy := from(func(s *source) error {
			switch s.call {
			case 1:
				s.Out.Mark(10)
				return d4.Wait(idleAgain)
			case 2:
				s.Out.Mark(20)
				return d4.Wait(passed20)
			}
			return io.EOF
		})
		lazy := from(func(s *source) error {
			switch s.call {
			case 1:
				s.Out.Idle()
				return d4.Wait(passed10)
			case 2:
				s.Out.Emit(15)
				s.Out.Idle()
				close(idleAgain)
				return d4.Wait(passed20)
			}
			return io.EOF
		})
		g := d4.NewGraph("idle")
		b, l := d4.Add(g, "busy", busy), d4.Add(g, "lazy", lazy)
		l1, l2 := d4.Add(g, "lazy1", through(pass)), d4.Add(g, "lazy2", through(pass))
		z := d4.Add(g, "sink", func() *advancing {
			a := &advancing{told: func(t d4.Time) {
				marks = append(marks, t)
				switch t {
				case 10:
					close(passed10)
				case 20:
					close(passed20)
				}
			}}
			a.In = d4.Input(func(int) error { return nil })
			return a
		})
		d4.Connect(g, b.Out, z.In)
		d4.Connect(g, l.Out, l1.In)
		d4.Connect(g, l1.Out, l2.In)
		d4.Connect(g, l2.Out, z.In)
		if _, err := on.run(t, t.Context(), g); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(marks, []d4.Time{10, 20}) {
			t.Errorf("marks %v, expected 10 and 20", marks)
		}
	})
}

// patient is a transport at which who waits looks for ever.
type patient struct{ transport.Transport }

func (p patient) Capabilities() transport.Capabilities {
	c := p.Transport.Capabilities()
	c.Spin = math.MaxInt64
	return c
}

// TestAbortWhileLooking: an abort ends a rank also where it is a stage that
// looks at the transport.
func TestAbortWhileLooking(t *testing.T) {
	ends := local.New(2)
	g := chain(from(func(s *source) error { s.Out.Emit(s.call); return d4.Wait(nil) }),
		through(func(*step, int) error { ends[1].Abort(errors.New("the cable is out")); return nil }))
	plan, err := partition.Make(g, partition.Ranks(2, 1), partition.Options{Fuse: partition.Off})
	if err != nil {
		t.Fatal(err)
	}
	for k := range plan.Chains {
		plan.Chains[k].Ranks[0] = 0
	}
	_, err = runAll(t, t.Context(), []transport.Transport{patient{ends[0]}, patient{ends[1]}}, engine.Config{Plan: plan}, nil)
	if err == nil || !strings.Contains(err.Error(), "the cable is out") {
		t.Errorf("expected the cause of the abort, got %v", err)
	}
}
