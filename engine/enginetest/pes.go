package enginetest

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	d4 "github.com/dispel4go/dispel4go"
)

// seq emits 1, 2, 3, ... one number a call, for ever or up to to.
type seq struct {
	d4.Base
	Out   d4.Out[int]
	at    int
	to    int
	step  int
	marks bool
}

// newSeq counts to n; with several instances each takes every Count-th number.
func newSeq(n int) func() *seq { return func() *seq { return &seq{to: n, step: 1} } }

func (s *seq) Open(i *d4.Instance) error {
	s.at, s.step = i.Index+1, i.Count
	return nil
}

func (s *seq) Next() error {
	if s.to > 0 && s.at > s.to {
		return io.EOF
	}
	s.Out.Emit(s.at)
	if s.marks && s.at%3 == 0 {
		s.Out.Mark(d4.Time(s.at + 1))
	}
	s.at += s.step
	return nil
}

// copyPE passes what it gets.
type copyPE[T any] struct {
	d4.Base
	In  d4.In[T]
	Out d4.Out[T]
}

func newCopy[T any](opts ...d4.InputOption) func() *copyPE[T] {
	return func() *copyPE[T] {
		c := &copyPE[T]{}
		c.In = d4.Input(func(item T) error { c.Out.Emit(item); return nil }, opts...)
		return c
	}
}

// apply passes f of what it gets.
type apply[A, B any] struct {
	d4.Base
	In  d4.In[A]
	Out d4.Out[B]
}

func newApply[A, B any](f func(A) B, opts ...d4.InputOption) func() *apply[A, B] {
	return func() *apply[A, B] {
		c := &apply[A, B]{}
		c.In = d4.InputBatch(func(items []A) error {
			for _, item := range items {
				c.Out.Emit(f(item))
			}
			return nil
		}, opts...)
		return c
	}
}

// emit gives everything that f emits.
type emit[A, B any] struct {
	d4.Base
	In  d4.In[A]
	Out d4.Out[B]
}

func newEmit[A, B any](f func(A, func(B)), in func(func(A) error) d4.In[A]) func() *emit[A, B] {
	return func() *emit[A, B] {
		c := &emit[A, B]{}
		c.In = in(func(item A) error { f(item, c.Out.Emit); return nil })
		return c
	}
}

// drop is a sink that counts for nothing.
type drop[T any] struct {
	d4.Base
	In d4.In[T]
}

func newDrop[T any](opts ...d4.InputOption) func() *drop[T] {
	return func() *drop[T] {
		d := &drop[T]{}
		d.In = d4.Input(func(T) error { return nil }, opts...)
		return d
	}
}

// greedy keeps what it gets and changes it, as it may.
type greedy struct {
	d4.Base
	In   d4.In[[]float64]
	Out  d4.Out[[]float64]
	kept [][]float64
}

func newGreedy() *greedy {
	g := &greedy{}
	g.In = d4.Input(func(v []float64) error {
		g.Out.Emit(slices.Clone(v))
		for i := range v {
			v[i] = -1
		}
		g.kept = append(g.kept, v)
		return nil
	})
	return g
}

func (g *greedy) Finish() error {
	for _, v := range g.kept {
		for _, x := range v {
			if x != -1 {
				return errors.New("an item that was kept has been changed by somebody else")
			}
		}
	}
	return nil
}

// count counts by key and tells at the end.
type count struct {
	d4.Base
	In   d4.In[int]
	Out  d4.Out[[2]int]
	seen map[int]int
}

func newCount(mod int) func() *count {
	return func() *count {
		c := &count{seen: map[int]int{}}
		c.In = d4.InputBy(func(v int) error { c.seen[v%mod]++; return nil }, func(v int) int { return v % mod })
		return c
	}
}

func (c *count) Finish() error {
	for _, k := range slices.Sorted(maps.Keys(c.seen)) { // so that schedules can be replayed
		c.Out.Emit([2]int{k, c.seen[k]})
	}
	return nil
}

// window sums the numbers of each ten and tells when the mark has passed them.
type window struct {
	d4.Base
	In   d4.In[int]
	Out  d4.Out[[2]int]
	sums map[int]int
}

func newWindow() *window {
	w := &window{sums: map[int]int{}}
	w.In = d4.Input(func(v int) error { w.sums[v/10] += v; return nil }, d4.AllToOne)
	return w
}

// Advance closes the tens that are over.
func (w *window) Advance(t d4.Time) (d4.Time, error) {
	for _, ten := range slices.Sorted(maps.Keys(w.sums)) {
		if d4.Time(10*ten+10) <= t {
			w.Out.Emit([2]int{ten, w.sums[ten]})
			delete(w.sums, ten)
		}
	}
	return t, nil
}

func (w *window) Finish() error {
	_, err := w.Advance(d4.Forever)
	return err
}

// bad fails when told to.
type bad struct {
	d4.Base
	In   d4.In[int]
	Out  d4.Out[int]
	call string
	how  string
}

func newBad(call, how string) func() *bad {
	return func() *bad {
		b := &bad{call: call, how: how}
		b.In = d4.Input(func(v int) error {
			if v == 50 {
				return b.fail("item")
			}
			b.Out.Emit(v)
			return nil
		})
		return b
	}
}

func (b *bad) fail(call string) error {
	if call != b.call {
		return nil
	}
	return planned(b.how)
}

// planned fails in the way asked for.
func planned(how string) error {
	switch how {
	case "panic":
		panic("this was planned")
	case "nil":
		var nobody *bad
		nobody.call = ""
	}
	return errors.New("this was planned")
}

func (b *bad) Open(*d4.Instance) error            { return b.fail("Open") }
func (b *bad) Finish() error                      { return b.fail("Finish") }
func (b *bad) Close() error                       { return b.fail("Close") }
func (b *bad) Advance(t d4.Time) (d4.Time, error) { return t, b.fail("Advance") }

// badSource counts and fails at 50.
type badSource struct {
	seq
	how string
}

func (b *badSource) Next() error {
	if b.seq.at == 50 && b.how != "" {
		return planned(b.how)
	}
	return b.seq.Next()
}

// twice emits each number on two outputs.
type twice struct {
	d4.Base
	Out []d4.Out[int]
	at  int
}

func newTwice() *twice { return &twice{Out: make([]d4.Out[int], 2)} }

func (s *twice) Next() error {
	s.at++
	s.Out[0].Emit(s.at)
	s.Out[1].Emit(s.at)
	return nil
}

// meet tells of each item that comes, from whichever input.
type meet struct {
	d4.Base
	In  []d4.In[int]
	Out d4.Out[string]
}

func newMeet() *meet {
	m := &meet{}
	tell := func(v int) error { m.Out.Emit(strconv.Itoa(v)); return nil }
	m.In = []d4.In[int]{d4.Input(tell), d4.Input(tell)}
	return m
}

// label emits "c:0" to "c:(m-1)" in call c.
type label struct {
	d4.Base
	Out     d4.Out[string]
	m, call int
}

func newLabel(m int) func() *label { return func() *label { return &label{m: m} } }

func (l *label) Next() error {
	for k := range l.m {
		l.Out.Emit(strconv.Itoa(l.call) + ":" + strconv.Itoa(k))
	}
	l.call++
	return nil
}

// multi emits 0 to m-1 in each call.
type multi struct {
	d4.Base
	Out d4.Out[int]
	m   int
}

func newMulti(m int) func() *multi { return func() *multi { return &multi{m: m} } }

func (s *multi) Next() error {
	for v := range s.m {
		s.Out.Emit(v)
	}
	return nil
}

// table counts words and emits its table once, at the end, also an empty one.
type table struct {
	d4.Base
	In   d4.In[string]
	Out  d4.Out[string]
	seen map[string]int
}

func newTable() *table {
	t := &table{seen: map[string]int{}}
	t.In = d4.InputBy(func(w string) error { t.seen[w]++; return nil }, func(w string) string { return w })
	return t
}

func (t *table) Finish() error {
	t.Out.Emit(fmt.Sprint(t.seen)) // maps print sorted
	return nil
}
