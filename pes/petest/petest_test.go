package petest_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
)

// witness is a test whose errors are wanted.
type witness struct {
	testing.TB
	said []string
}

func (w *witness) Helper() {}
func (w *witness) Errorf(format string, args ...any) {
	w.said = append(w.said, fmt.Sprintf(format, args...))
}
func (w *witness) Error(args ...any) { w.said = append(w.said, fmt.Sprint(args...)) }
func (w *witness) Fatalf(format string, args ...any) {
	w.Errorf(format, args...)
	panic(w)
}

// pe is a PE whose methods a test chooses.
type pe struct {
	d4.Base
	In      d4.In[[]int]
	Out     d4.Out[[]int]
	Other   d4.Out[[]int]
	Offset  int `help:"added to every element"`
	open    func(*pe, *d4.Instance) error
	finish  func(*pe) error
	close   func(*pe) error
	advance func(*pe, d4.Time) (d4.Time, error)
	kept    [][]int
	lent    [][]int
}

func (p *pe) Open(i *d4.Instance) error {
	if p.open != nil {
		return p.open(p, i)
	}
	return nil
}

func (p *pe) Finish() error {
	if p.finish != nil {
		return p.finish(p)
	}
	return nil
}

func (p *pe) Close() error {
	if p.close != nil {
		return p.close(p)
	}
	return nil
}

func (p *pe) Advance(t d4.Time) (d4.Time, error) {
	if p.advance != nil {
		return p.advance(p, t)
	}
	return t, nil
}

func each(f func(p *pe, item []int) error, opts ...d4.InputOption) func() *pe {
	return func() *pe {
		p := &pe{}
		p.In = d4.Input(func(item []int) error { return f(p, item) }, opts...)
		return p
	}
}

func pass(p *pe, item []int) error { p.Out.Emit(item); return nil }

func with(factory func() *pe, change func(*pe)) func() *pe {
	return func() *pe {
		p := factory()
		change(p)
		return p
	}
}

// steps is what every PE of the table is fed.
func steps() []petest.Step {
	return []petest.Step{petest.Feed("in", []int{1, 2}, []int{3, 4}, []int{5, 6}), petest.Mark("in", 10),
		petest.Feed("in", []int{7, 8}), petest.Mark("in", 20)}
}

func TestBrokenPromises(t *testing.T) {
	for _, c := range []struct {
		name    string
		factory func() *pe
		want    string // in what is reported; "" for nothing
		steps   []petest.Step
	}{
		{name: "good", factory: each(pass)},
		{name: "emits in Open", factory: with(each(pass), func(p *pe) {
			p.open = func(p *pe, _ *d4.Instance) error { p.Out.Emit(nil); return nil }
		}), want: "emits in Open"},
		{name: "emits in Close", factory: with(each(pass), func(p *pe) {
			p.close = func(p *pe) error { p.Out.Emit(nil); return nil }
		}), want: "emits in Close"},
		{name: "emits the same twice", factory: each(func(p *pe, item []int) error {
			p.Out.Emit(item)
			p.Other.Emit(item)
			return nil
		}), want: "share memory"},
		{name: "emits overlapping pieces", factory: each(func(p *pe, item []int) error {
			p.Out.Emit(item[:1:1])
			p.Out.Emit(item[:2])
			return nil
		}), want: "share memory"},
		{name: "emits pieces that do not overlap", factory: each(func(p *pe, item []int) error {
			p.Out.Emit(item[:1:1])
			p.Out.Emit(item[1:])
			return nil
		})},
		{name: "changes what it has emitted", factory: each(func(p *pe, item []int) error {
			p.Out.Emit(item)
			p.kept = append(p.kept, item)
			p.kept[0][0]++
			return nil
		}), want: "changed afterwards"},
		{name: "changes what it only reads", factory: each(func(p *pe, item []int) error {
			item[0] = 9
			return nil
		}, d4.ReadOnly), want: "declared ReadOnly"},
		{name: "keeps the slice it was lent", factory: func() *pe {
			p := &pe{}
			p.In = d4.InputBatch(func(items [][]int) error {
				p.lent = items
				return nil
			})
			p.finish = func(p *pe) error {
				if p.lent[0] == nil {
					return errors.New("it is gone")
				}
				return nil
			}
			return p
		}, want: "ERR it is gone"},
		{name: "depends on batches", factory: func() *pe {
			p := &pe{}
			p.In = d4.InputBatch(func(items [][]int) error {
				p.Out.Emit([]int{len(items)})
				return nil
			})
			return p
		}, want: "item by item and in"},
		{name: "falling mark", factory: each(func(p *pe, item []int) error {
			p.Out.Mark(d4.Time(-item[0]))
			return nil
		}), want: "the mark falls"},
		{name: "Advance beyond", factory: with(each(pass), func(p *pe) {
			p.advance = func(_ *pe, t d4.Time) (d4.Time, error) { return t + 1, nil }
		}), want: "Advance(10) returned 11"},
		{name: "Advance back", factory: with(each(pass), func(p *pe) {
			p.advance = func(_ *pe, t d4.Time) (d4.Time, error) { return 15 - t/2, nil }
		}), want: "Advance(20) returned 5, after 10"},
		{name: "keeps items although it said it would not", factory: with(each(func(p *pe, item []int) error {
			p.kept = append(p.kept, item)
			return nil
		}), func(p *pe) {
			p.finish = func(p *pe) error {
				for _, item := range p.kept {
					if item[0] < 0 {
						return errors.New("garbled")
					}
					p.Out.Emit(item)
				}
				return nil
			}
		}), steps: []petest.Step{petest.Scribble()}, want: "ERR garbled"},
		{name: "leaves a file", factory: with(each(pass), func(p *pe) {
			p.open = func(_ *pe, i *d4.Instance) error {
				f, err := i.Folder().Create("early")
				if err != nil {
					return err
				}
				return f.Commit()
			}
		}), want: "closed without Finish, the PE left [early]"},
		{name: "leaves a temporary file", factory: with(each(pass), func(p *pe) {
			p.open = func(_ *pe, i *d4.Instance) error {
				_, err := i.Folder().Create("early")
				return err
			}
		}), want: "temporary file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &witness{TB: t}
			res := petest.Run(w, c.factory, append(steps(), c.steps...)...)
			if res.Err != nil {
				w.Errorf("ERR %v", res.Err)
			}
			said := strings.Join(w.said, "\n")
			if c.want == "" && said != "" || !strings.Contains(said, c.want) {
				t.Errorf("reported %q, expected %q", said, c.want)
			}
		})
	}
}

func TestResult(t *testing.T) {
	factory := each(func(p *pe, item []int) error {
		item[0] += p.Offset
		p.Out.Emit(item)
		return nil
	})
	counting := with(factory, func(p *pe) {
		p.open = func(_ *pe, i *d4.Instance) error {
			i.Counter("opened").Add(int64(i.Index))
			i.Log.Info("hello")
			return nil
		}
	})
	res := petest.Run(t, counting, append(steps(), petest.Set("Offset", 100), petest.Instance(2, 3), petest.Seed(7))...)
	if got := petest.Out[[]int](res, "out"); !slices.EqualFunc(got, [][]int{{101, 2}, {103, 4}, {105, 6}, {107, 8}}, slices.Equal) {
		t.Errorf("out %v", got)
	}
	if want := []petest.Promise{{10, 3}, {20, 4}}; !slices.Equal(res.Marks["out"], want) {
		t.Errorf("marks %v", res.Marks)
	}
	if res.Counters["opened"] != 2 || !strings.Contains(res.Log, "hello") || res.Err != nil {
		t.Errorf("counters %v, log %q, error %v", res.Counters, res.Log, res.Err)
	}
	if petest.Out[[]int](res, "nowhere") != nil {
		t.Error("items from nowhere")
	}
	failing := each(func(*pe, []int) error { return io.ErrUnexpectedEOF })
	if res := petest.Run(t, failing, steps()...); !errors.Is(res.Err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", res.Err)
	}
}

// stutter is a source that cannot go on where it was.
type stutter struct {
	d4.Base
	Out d4.Out[int]
	at  int
}

func (s *stutter) Next() error {
	if s.at == 3 {
		return io.EOF
	}
	s.Out.Emit(s.at)
	s.at++
	return nil
}
func (s *stutter) Splits() []string             { return []string{"all"} }
func (s *stutter) Position(int) ([]byte, error) { return nil, nil }
func (s *stutter) Seek(int, []byte) error       { return nil }

func TestResumeTellsWhenItIsBroken(t *testing.T) {
	w := &witness{TB: t}
	petest.Resume(w, func() *stutter { return &stutter{} }, 1, 2, 1)
	if len(w.said) != 1 || !strings.Contains(w.said[0], "emits 5 items, in one go 3") {
		t.Errorf("reported %q", w.said)
	}
}
