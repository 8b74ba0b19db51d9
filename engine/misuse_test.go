package engine_test

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
)

// fails checks that a run failed because of a PE, with a text.
func fails(t *testing.T, err error, pe, text string) {
	t.Helper()
	var f *engine.Failure
	if !errors.As(err, &f) || f.PE != pe || !strings.Contains(f.Text, text) {
		t.Errorf("expected a failure of %s with %q, got %v", pe, text, err)
	}
}

func TestEmitOutsideCalls(t *testing.T) {
	const text = "outside a call"
	elsewhere := func(s *step) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Out.Emit(1)
		}()
		<-done
	}
	for name, set := range map[string]func(*step){
		"Open":  func(s *step) { s.open = func() error { s.Out.Emit(1); return nil } },
		"Close": func(s *step) { s.close = func() error { s.Out.Emit(1); return nil } },
		"a mark in Close": func(s *step) {
			s.close = func() error { s.Out.Mark(1); return nil }
		},
		"a goroutine of Open":  func(s *step) { s.open = func() error { elsewhere(s); return nil } },
		"a goroutine of Close": func(s *step) { s.close = func() error { elsewhere(s); return nil } },
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, on setting) {
				_, err := on.run(t, t.Context(), chain(from(numbers(100)), through(pass, set), through(pass)))
				fails(t, err, "step1", text)
			})
		})
	}
}

// TestEmitAfterCall has a source that calls the output of another PE, which is
// not being called. On one core they take turns.
func TestEmitAfterCall(t *testing.T) {
	for _, fuse := range []partition.Fuse{partition.Off, partition.All} {
		var other *step
		src := from(func(s *source) error {
			if other != nil {
				other.Out.Emit(1)
			}
			s.Out.Emit(s.call)
			return nil
		})
		g := chain(src, through(pass, func(s *step) { s.open = func() error { other = s; return nil } }), through(pass))
		_, err := setting{ranks: 1, cores: 1, fuse: fuse}.run(t, t.Context(), g)
		fails(t, err, "step1", "outside a call")
	}
}

// TestEmitWhileWaiting has a goroutine that emits while its source waits.
func TestEmitWhileWaiting(t *testing.T) {
	waits := make(chan struct{})
	src := from(func(s *source) error {
		go func() {
			<-waits
			s.Out.Emit(1)
		}()
		return d4.Wait(nil)
	})
	plan, err := partition.Make(chain(src, through(pass)), partition.Ranks(1, 1), partition.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &hooked{block: func() { close(waits) }}
	_, err = engine.Run(t.Context(), engine.Config{Plan: plan, Scheduler: s})
	fails(t, err, "source", "outside a call")
}

// TestStuck fails a run in which another PE does not return.
func TestStuck(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting) {
		if on.cores == 1 {
			t.Skip("SKIP: on one core nothing else runs while a PE blocks")
		}
		entered, release, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
		g := d4.NewGraph("stuck")
		a := d4.Add(g, "a", from(endless))
		first := true
		z := d4.Add(g, "z", through(func(*step, int) error {
			if first {
				first = false
				close(entered)
				<-release
			}
			return nil
		}, func(s *step) { s.close = func() error { close(left); return nil } }))
		d4.Connect(g, a.Out, z.In)
		d4.Add(g, "b", from(func(s *source) error {
			if s.call == 1 {
				return d4.Wait(entered)
			}
			return errors.New("this was planned")
		}))
		on.grace = time.Millisecond
		res, err := on.run(t, t.Context(), g)
		fails(t, err, "b", "this was planned")
		if res == nil || !res.Stuck {
			t.Error("the result does not say that it is stuck")
		}
		close(release)
		<-left
	})
}

// TestStuckOnTheOnlyCore: a rank hears that the run has failed on another one
// though the PE that has its only core does not return.
func TestStuckOnTheOnlyCore(t *testing.T) {
	entered, release, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
	g := d4.NewGraph("stuck")
	d4.Add(g, "a", from(func(*source) error {
		close(entered)
		<-release
		return io.EOF
	}, func(s *source) { s.close = func() error { close(left); return nil } }))
	d4.Add(g, "b", from(func(s *source) error {
		if s.call == 1 {
			return d4.Wait(entered)
		}
		return errors.New("this was planned")
	}))
	res, err := setting{ranks: 2, cores: 1, grace: time.Millisecond}.run(t, t.Context(), g)
	fails(t, err, "b", "this was planned")
	if res == nil || !res.Stuck {
		t.Error("the result does not say that it is stuck")
	}
	close(release)
	<-left
}

// TestGoexit ends the goroutine in a PE; the others are closed all the same.
func TestGoexit(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting) {
		var closed atomic.Int32
		count := func() error { closed.Add(1); return nil }
		g := chain(from(endless, func(s *source) { s.close = count }),
			through(func(s *step, v int) error {
				if v == 50 {
					runtime.Goexit()
				}
				return pass(s, v)
			}, func(s *step) { s.close = count }),
			through(pass, func(s *step) { s.close = count }))
		_, err := on.run(t, t.Context(), g)
		fails(t, err, "step1", "runtime.Goexit")
		if closed.Load() != 3 {
			t.Errorf("%d of 3 PEs were closed", closed.Load())
		}
	})
}

// TestReadOnlyIsChecked has a PE that changes what it promised to leave alone.
func TestReadOnlyIsChecked(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting) {
		g := d4.NewGraph("read only")
		s := d4.Add(g, "source", func() *vectors { return &vectors{} })
		z := d4.Add(g, "pe", func() *spoiler {
			p := &spoiler{}
			p.In = d4.Input(func(v []int) error { v[0]++; return nil }, d4.ReadOnly)
			return p
		})
		d4.Connect(g, s.Out, z.In)
		on.check = true
		_, err := on.run(t, t.Context(), g)
		fails(t, err, "pe", "ReadOnly")
	})
}

// TestDifferentPlans has two ranks that do not agree.
func TestDifferentPlans(t *testing.T) {
	for _, opts := range [][]local.Option{nil, {local.OneWay()}} {
		var plans []*partition.Plan
		for n := range 2 {
			g := d4.NewGraph("plan")
			s := d4.Add(g, "source", from(endless))
			z := d4.Add(g, "sink", through(pass), d4.Instances(3+n))
			d4.Connect(g, s.Out, z.In)
			plan, err := partition.Make(g, partition.Ranks(2, 1), partition.Options{})
			if err != nil {
				t.Fatal(err)
			}
			plans = append(plans, plan)
		}
		errs := make(chan error, 2)
		for k, end := range local.New(2, opts...) {
			go func() {
				_, err := engine.Run(t.Context(), engine.Config{Plan: plans[k], Transport: end})
				errs <- err
			}()
		}
		for range 2 {
			if err := <-errs; err == nil || !strings.Contains(err.Error(), "runs another plan") {
				t.Errorf("expected to hear of different plans, got %v", err)
			}
		}
	}
}

// TestDifferentPrograms has ranks with one plan but different parameters: none
// of them opens a PE, and all say why.
func TestDifferentPrograms(t *testing.T) {
	plan, err := partition.Make(chain(from(endless), through(pass)), partition.Ranks(3, 1), partition.Options{})
	if err != nil {
		t.Fatal(err)
	}
	errs := make(chan error, 3)
	for k, end := range local.New(3) {
		same := []string{"job a", "program b"}
		if k == 2 {
			same[0] = "job c"
		}
		go func() {
			_, err := engine.Run(t.Context(), engine.Config{Plan: plan, Transport: end, Same: same})
			errs <- err
		}()
	}
	for range 3 {
		const want = "a frame from rank 2"
		if err := <-errs; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "something else (job c, program b, here job a, program b)") {
			t.Errorf("expected to hear of rank 2, got %v", err)
		}
	}
}

// TestWrongRanks gives a plan for three ranks to two, one of which has the
// right one: nobody waits for ever.
func TestWrongRanks(t *testing.T) {
	errs := make(chan error, 2)
	for k, end := range local.New(2) {
		plan, err := partition.Make(chain(from(numbers(3)), through(pass)), partition.Ranks(2+k, 1), partition.Options{})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, err := engine.Run(t.Context(), engine.Config{Plan: plan, Transport: end})
			errs <- err
		}()
	}
	for range 2 {
		if err := <-errs; err == nil || !strings.Contains(err.Error(), "the plan is for 3 ranks") {
			t.Errorf("expected to hear of the ranks, got %v", err)
		}
	}
}

// large is a source of one item of many bytes.
type large struct {
	d4.Base
	Out   d4.Out[[]float64]
	bytes int
}

func (s *large) Next() error {
	v := make([]float64, s.bytes/8)
	for k := 0; k < len(v); k += 512 {
		v[k] = float64(k)
	}
	s.Out.Emit(v)
	return io.EOF
}

// taker is a sink of such items.
type taker struct {
	d4.Base
	In d4.In[[]float64]
}

func TestItemOf256MiB(t *testing.T) {
	for name, opts := range map[string][]local.Option{"parts": nil, "no parts": {local.WithoutParts()}} {
		t.Run(name, func(t *testing.T) {
			const bytes = 256 << 20
			got := 0
			g := d4.NewGraph("large")
			s := d4.Add(g, "source", func() *large { return &large{bytes: bytes} })
			z := d4.Add(g, "sink", func() *taker {
				return &taker{In: d4.Input(func(v []float64) error {
					for k := 0; k < len(v); k += 512 {
						if v[k] != float64(k) {
							return errors.New("it is not what was sent")
						}
					}
					got = 8 * len(v)
					return nil
				})}
			})
			d4.Connect(g, s.Out, z.In)
			plan, err := partition.Make(g, partition.Ranks(2, 1), partition.Options{Fuse: partition.Off})
			if err != nil {
				t.Fatal(err)
			}
			res, err := runAll(t, t.Context(), local.New(2, opts...), engine.Config{Plan: plan}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got != bytes || res.Rows[0].Rank == res.Rows[1].Rank {
				t.Errorf("the sink received %d bytes, expected %d, from rank %d on rank %d", got, bytes, res.Rows[0].Rank, res.Rows[1].Rank)
			}
		})
	}
}
