package engine_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
)

func isTen(v int) bool { return v%10 == 0 }

// tens fails over every tenth item, after it has emitted something.
func tens(s *step, v int) error {
	s.Out.Emit(v)
	if v%20 == 0 {
		panic("a twenty")
	}
	if isTen(v) {
		return fmt.Errorf("%d is a ten", v)
	}
	return nil
}

// around is a graph with a PE between a source of 1 to 100 and a sink.
func around(seen *list, pe func() *step, opts ...d4.Option) *d4.Graph {
	g := d4.NewGraph("around")
	s := d4.Add(g, "source", from(numbers(100)))
	b := d4.Add(g, "before", through(pass))
	p := d4.Add(g, "pe", pe, opts...)
	z := d4.Add(g, "sink", through(seen.into))
	d4.Connect(g, s.Out, b.In)
	d4.Connect(g, b.Out, p.In)
	d4.Connect(g, p.Out, z.In)
	return g
}

func TestSkip(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting) {
		var seen list
		res, err := on.run(t, t.Context(), around(&seen, through(tens), d4.WithOnError(d4.Skip, 0)))
		if err != nil {
			t.Fatal(err)
		}
		if want := upTo(100, isTen); !slices.Equal(seen.sorted(), want) {
			t.Errorf("the sink received %v, expected %v", seen.sorted(), want)
		}
		if len(res.Errors) != 10 {
			t.Fatalf("%d errors, expected 10: %v", len(res.Errors), res.Errors)
		}
		for k, e := range res.Errors {
			v := 10 * (k + 1)
			text := fmt.Sprintf("%d is a ten", v)
			if v%20 == 0 {
				text = "a twenty"
			}
			if e.PE != "pe" || e.Port != "in" || !strings.Contains(e.Error, text) || string(e.JSON) != fmt.Sprint(v) || !strings.HasSuffix(e.Item, fmt.Sprint(v)) {
				t.Errorf("error %d is %+v", k, e)
			}
		}
		for _, row := range res.Rows {
			if row.PE == "pe" && (row.Skipped != 10 || row.ItemsIn != 90 || row.ItemsOut != 90) {
				t.Errorf("%+v, expected 10 items skipped, 90 in and out", row)
			}
		}
	})
}

// TestSkipOfBatches gives a batch input its items one at a time.
func TestSkipOfBatches(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting) {
		var seen list
		pe := func() *step {
			s := &step{}
			s.In = d4.InputBatch(func(items []int) error {
				if len(items) != 1 {
					t.Errorf("a batch of %d items", len(items))
				}
				return tens(s, items[0])
			})
			return s
		}
		res, err := on.run(t, t.Context(), around(&seen, pe, d4.WithOnError(d4.Skip, 0)))
		if err != nil {
			t.Fatal(err)
		}
		if want := upTo(100, isTen); !slices.Equal(seen.sorted(), want) || len(res.Errors) != 10 {
			t.Errorf("the sink received %v and there are %d errors", seen.sorted(), len(res.Errors))
		}
	})
}

// slices that a PE may change
type vectors struct {
	life
	Out d4.Out[[]int]
	n   int
}

func (s *vectors) Next() error {
	if s.n++; s.n > 20 {
		return io.EOF
	}
	s.Out.Emit([]int{s.n, s.n})
	return nil
}

// spoiler changes its item, emits, and fails as often as told.
type spoiler struct {
	life
	In    d4.In[[]int]
	Out   d4.Out[int]
	tries int
}

func newSpoiler(fails int, how string) func() *spoiler {
	return func() *spoiler {
		s := &spoiler{}
		s.In = d4.Input(func(v []int) error {
			s.Out.Emit(v[0])
			v[0] = -1
			if v[1]%5 != 0 {
				return nil
			}
			if s.tries++; s.tries > fails {
				s.tries = 0
				return nil
			}
			if how == "panic" {
				panic("this was planned")
			}
			return errors.New("this was planned")
		})
		return s
	}
}

func TestRetry(t *testing.T) {
	for _, how := range []string{"error", "panic"} {
		everywhere(t, func(t *testing.T, on setting) {
			var seen list
			g := func(retries int) *d4.Graph {
				g := d4.NewGraph("retry")
				s := d4.Add(g, "source", func() *vectors { return &vectors{} })
				p := d4.Add(g, "pe", newSpoiler(2, how), d4.WithOnError(d4.Retry, retries))
				z := d4.Add(g, "sink", through(seen.into))
				d4.Connect(g, s.Out, p.In)
				d4.Connect(g, p.Out, z.In)
				return g
			}
			res, err := on.run(t, t.Context(), g(2))
			if err != nil {
				t.Fatal(err)
			}
			if want := upTo(20, nil); !slices.Equal(seen.sorted(), want) {
				t.Errorf("the sink received %v, expected %v", seen.sorted(), want)
			}
			for _, row := range res.Rows {
				if row.PE == "pe" && (row.Retried != 8 || row.ItemsIn != 20 || row.ItemsOut != 20) {
					t.Errorf("%+v, expected 8 retries, 20 items in and out", row)
				}
			}
			_, err = on.run(t, t.Context(), g(1))
			var f *engine.Failure
			if !errors.As(err, &f) || f.PE != "pe" || !strings.Contains(f.Text, "this was planned (tried 2 times)") {
				t.Errorf("after one retry: %v", err)
			}
		})
	}
}

// TestHold fails a run whose call emits more than it may hold, also under Skip.
func TestHold(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting) {
		for _, emits := range []int{10, 1000} {
			var seen list
			pe := through(func(s *step, v int) error {
				for range emits {
					s.Out.Emit(v)
				}
				return nil
			})
			_, err := on.run(t, t.Context(), around(&seen, pe, d4.WithOnError(d4.Skip, 0), d4.Hold(80)))
			var f *engine.Failure
			switch {
			case emits == 10 && err != nil:
				t.Error(err)
			case emits > 10 && (!errors.As(err, &f) || f.PE != "pe" || !strings.Contains(f.Text, "raise hold")):
				t.Errorf("expected a failure over hold, got %v", err)
			}
		}
	})
}
