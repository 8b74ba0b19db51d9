package petest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
)

// A Result is what came of a run.
type Result struct {
	// Err is what the PE returned when it ended the run, or nil.
	Err error
	// Marks are the promises made at each output, in order.
	Marks map[string][]Promise
	// Counters are the PE's own.
	Counters map[string]int64
	// Files are what is in the output folder, by name.
	Files map[string][]byte
	// Log is what the PE logged, as text without times.
	Log string

	pe    d4.PE
	items map[string]reflect.Value // a []T of each output
}

// A Promise is a mark and how many items had come out before it.
type Promise struct {
	Time  d4.Time
	After int
}

// PE returns the PE that ran, whatever proto is, as the result of a real run
// does for the PE that d4.Add returned.
func (r *Result) PE(proto d4.PE) d4.PE { return r.pe }

// Out returns the items of an output, in order. It panics if they are no T.
func Out[T any](r *Result, output string) []T {
	v, ok := r.items[output]
	if !ok {
		return nil
	}
	return v.Interface().([]T)
}

// Run plays the steps to PEs from the factory and returns the last result.
// What is broken is reported to t; an error of the PE is not, but is in the
// result.
func Run[P d4.PE](t testing.TB, factory func() P, steps ...Step) *Result {
	t.Helper()
	sc := newScript(steps)
	create := func() d4.PE { return factory() }
	if half := play(t, create, sc, []int{1}, true); len(half.Files) > 0 && !sc.leaves {
		t.Errorf("closed without Finish, the PE left %v", slices.Sorted(maps.Keys(half.Files)))
	}
	one := play(t, create, sc, []int{1}, false)
	if _, source := one.pe.(d4.Source); source {
		return one
	}
	odd := play(t, create, sc, []int{3, 1, 7, 2}, false)
	all := play(t, create, sc, []int{1 << 62}, false)
	one.same(t, odd, "item by item and in odd batches")
	one.same(t, all, "item by item and in one batch")
	return all
}

func newScript(steps []Step) *script {
	sc := &script{count: 1, seed: 1, calls: -1}
	for _, s := range steps {
		s.apply(sc)
	}
	return sc
}

// same reports where two results differ.
func (r *Result) same(t testing.TB, o *Result, how string) {
	t.Helper()
	if (r.Err == nil) != (o.Err == nil) {
		t.Errorf("%s: errors %v and %v", how, r.Err, o.Err)
	}
	if r.Err != nil || o.Err != nil {
		return // how far each came is open
	}
	for name, items := range r.items {
		others := o.items[name]
		n := min(items.Len(), others.Len())
		for i := range n {
			if a, b := items.Index(i).Interface(), others.Index(i).Interface(); !equal(a, b) {
				t.Errorf("%s: item %d of %s is %v and %v", how, i, name, a, b)
				break
			}
		}
		if items.Len() != others.Len() {
			t.Errorf("%s: %s emits %d and %d items", how, name, items.Len(), others.Len())
		}
	}
	if !reflect.DeepEqual(r.Marks, o.Marks) {
		t.Errorf("%s: marks %v and %v", how, r.Marks, o.Marks)
	}
	if !maps.Equal(r.Counters, o.Counters) {
		t.Errorf("%s: counters %v and %v", how, r.Counters, o.Counters)
	}
	if !maps.EqualFunc(r.Files, o.Files, bytes.Equal) {
		t.Errorf("%s: different files", how)
	}
}

// equal takes NaN for equal to itself.
func equal(a, b any) bool {
	return reflect.DeepEqual(a, b) || fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b)
}

// play runs one PE from its factory to Close. With cut, it stops halfway.
func play(t testing.TB, create func() d4.PE, sc *script, sizes []int, cut bool) *Result {
	t.Helper()
	s := prepare(t, create, sc)
	folder := &folder{t: t}
	var log bytes.Buffer
	var counters sync.Map
	info := &d4.Instance{Name: "pe", Index: sc.index, Count: sc.count, Seed: sc.seed, Node: "localhost",
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: withoutTime})), Rand: rand.New(rand.NewPCG(sc.seed, uint64(sc.index)))}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	info.Bind(ctx, folder, func(name string) *atomic.Int64 {
		c, _ := counters.LoadOrStore(name, new(atomic.Int64))
		return c.(*atomic.Int64)
	})
	err := s.guard("Open", func() error { return s.pe.Open(info) })
	if err == nil {
		if source, ok := s.pe.(d4.Source); ok {
			err = s.pull(ctx, source, sc.calls, cut)
		} else {
			err = s.feed(sc, sizes, cut)
		}
	}
	if err == nil && !cut {
		err = s.call("Finish", s.pe.Finish)
	}
	err = errors.Join(err, s.guard("Close", s.pe.Close))
	r := s.result()
	r.Err, r.Files, r.Log = err, folder.files(), log.String()
	counters.Range(func(k, v any) bool {
		r.Counters[k.(string)] = v.(*atomic.Int64).Load()
		return true
	})
	return r
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
