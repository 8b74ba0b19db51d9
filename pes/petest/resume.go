package petest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
)

// Resume checks that a source can go on: `before` instances are stopped after
// some calls of Next each, then `after` instances seek to their positions and
// run to the end. Together they must emit what one instance does.
func Resume[P d4.Resumable](t testing.TB, factory func() P, before, calls, after int, steps ...Step) {
	t.Helper()
	sc := newScript(steps)
	create := func() d4.PE { return factory() }
	want := session{t: t, create: create, sc: sc}
	want.run(1, -1)
	got := session{t: t, create: create, sc: sc}
	got.run(before, calls)
	got.run(after, -1)
	if !slices.Equal(want.splits, got.splits) {
		t.Errorf("splits %q and %q", want.splits, got.splits)
	}
	slices.Sort(want.items)
	slices.Sort(got.items)
	if !slices.Equal(want.items, got.items) {
		t.Errorf("stopped and resumed, the source emits %d items, in one go %d, or other ones", len(got.items), len(want.items))
	}
}

// session is a source that is run, perhaps in pieces.
type session struct {
	t         testing.TB
	create    func() d4.PE
	sc        *script
	splits    []string
	positions [][]byte
	items     []string
}

// run runs n instances to their end or for some calls each, from where the last
// run stopped.
func (r *session) run(n, calls int) {
	r.t.Helper()
	next := make([][]byte, len(r.positions))
	for i := range n {
		s := prepare(r.t, r.create, r.sc)
		source := s.pe.(d4.Resumable)
		info := &d4.Instance{Name: "pe", Index: i, Count: n, Seed: r.sc.seed, Log: slog.New(slog.DiscardHandler)}
		info.Bind(r.t.Context(), nil, func(string) *atomic.Int64 { return new(atomic.Int64) })
		if err := s.guard("Open", func() error { return s.pe.Open(info) }); err != nil {
			r.t.Fatal(err)
		}
		splits := source.Splits()
		if r.splits != nil && !slices.Equal(splits, r.splits) {
			r.t.Errorf("instance %d of %d has the splits %q, another %q", i, n, splits, r.splits)
		}
		if r.splits = splits; next == nil || len(next) != len(splits) {
			next = make([][]byte, len(splits))
		}
		for k := i; k < len(splits) && r.positions != nil; k += n {
			if err := source.Seek(k, r.positions[k]); err != nil {
				r.t.Fatal(err)
			}
		}
		if err := s.pull(context.Background(), source, calls, false); err != nil && err != io.EOF {
			r.t.Fatal(err)
		}
		if err := s.guard("Close", s.pe.Close); err != nil {
			r.t.Fatal(err)
		}
		for k := i; k < len(splits); k += n {
			at, err := source.Position(k)
			if err != nil {
				r.t.Fatal(err)
			}
			next[k] = at
		}
		for _, o := range s.outs {
			for k := range o.items.Len() {
				r.items = append(r.items, fmt.Sprintf("%s %#v", o.name, o.items.Index(k)))
			}
		}
	}
	r.positions = next
}
