package petest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

// stage drives one PE.
type stage struct {
	t      testing.TB
	pe     d4.PE
	ins    map[string]port.Input
	outs   []*output
	marks  map[string]d4.Time // of each input
	mark   d4.Time            // of all of them
	passed d4.Time
	doing  string
}

// output is what came out of one port.
type output struct {
	s     *stage
	name  string
	port  port.Output
	items reflect.Value
	sent  []sent
	marks []Promise
}

// sent is a batch as it was when it was emitted.
type sent struct {
	batch port.Batch
	code  []byte
}

// Send keeps a batch and what it looks like.
func (o *output) Send(_ int, b port.Batch) {
	code, _, err := b.Encode(nil, nil, true)
	if err != nil {
		o.s.t.Errorf("%s: an item cannot be encoded: %v", o.name, err)
	}
	o.sent = append(o.sent, sent{b, code})
	o.items = reflect.AppendSlice(o.items, itemsOf(b, o.port.Elem()))
}

// Least and Lends complete a port.Sender.
func (*output) Least() int     { return 0 }
func (*output) Lends(int) bool { return false }

func (o *output) promise(t d4.Time) {
	if n := len(o.marks); n > 0 && t < o.marks[n-1].Time {
		o.s.t.Errorf("%s: the mark falls from %d to %d", o.name, o.marks[n-1].Time, t)
	}
	o.marks = append(o.marks, Promise{t, o.items.Len()})
}

// thrown carries an error of the PE, or of its use of ports, out of its calls.
type thrown struct {
	error
	misuse bool
}

// Enter opens the outputs for a call; Leave shuts them.
func (s *stage) Enter(int) {
	for _, o := range s.outs {
		o.port.Open()
	}
}

func (s *stage) Leave(err error) {
	for _, o := range s.outs {
		o.port.Flush()
		o.port.Shut()
	}
	if err != nil {
		panic(thrown{error: err})
	}
}

// Tick stands still: batches leave at the end of a call or when they are full.
func (s *stage) Tick() uint32 { return 0 }

// Mark notes a promise.
func (s *stage) Mark(p port.Output, t d4.Time) {
	for _, o := range s.outs {
		if o.port == p {
			o.promise(t)
		}
	}
}

// Idle needs no note: it takes a promise back only until the next.
func (s *stage) Idle(port.Output) {}

// Overfull never happens: nothing is held.
func (s *stage) Overfull(int) {}

// Misused reports an Emit where none is allowed.
func (s *stage) Misused() {
	panic(thrown{error: fmt.Errorf("it emits in %s", s.doing), misuse: true})
}

// guard calls f and returns what it throws.
func (s *stage) guard(doing string, f func() error) (err error) {
	s.doing = doing
	defer func() {
		if x := recover(); x != nil {
			e, ok := x.(thrown)
			if !ok {
				panic(x)
			}
			if e.misuse {
				s.t.Errorf("%T: %v", s.pe, e)
			}
			err = e.error
		}
	}()
	return f()
}

// call is guard with the outputs open.
func (s *stage) call(doing string, f func() error) error {
	return s.guard(doing, func() error {
		s.Enter(0)
		s.Leave(f())
		return nil
	})
}

// prepare makes a PE, sets it up and binds its ports.
func prepare(t testing.TB, create func() d4.PE, sc *script) *stage {
	t.Helper()
	s := &stage{t: t, pe: create(), ins: map[string]port.Input{}, marks: map[string]d4.Time{}, mark: d4.Never, passed: d4.Never}
	for _, set := range sc.set {
		set(t, s.pe)
	}
	if p, ok := s.pe.(d4.Setupper); ok {
		if err := p.Setup(); err != nil {
			t.Fatalf("Setup: %v", err)
		}
	}
	ports, err := port.Find(s.pe)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range ports {
		if p.In != nil {
			p.In.Bind(s)
			s.ins[p.Name], s.marks[p.Name] = p.In, d4.Never
			continue
		}
		o := &output{s: s, name: p.Name, port: p.Out, items: reflect.MakeSlice(reflect.SliceOf(p.Out.Elem()), 0, 0)}
		p.Out.Bind(s, []port.Stream{{To: anyInput, Grouping: port.AllToOne, N: 1, Sender: o}})
		p.Out.Shut()
		s.outs = append(s.outs, o)
	}
	return s
}

// anyInput stands for whatever an output is connected with.
var anyInput = port.InputOf(port.InputEach(func(byte) error { return nil }))

// pull calls Next until the source ends, at most calls times if that is not
// negative.
func (s *stage) pull(ctx context.Context, source d4.Source, calls int, cut bool) error {
	if cut {
		calls = 1
	}
	for ; calls != 0; calls-- {
		var result error
		err := s.call("Next", func() error {
			result = source.Next()
			return nil
		})
		var waits port.WaitError
		switch {
		case err != nil:
			return err
		case result == io.EOF:
			return nil
		case errors.As(result, &waits):
			select {
			case <-waits.C:
			case <-ctx.Done():
				return ctx.Err()
			}
		case result != nil:
			return result
		}
	}
	return nil
}

// feed plays the events, items in batches of the sizes in turn.
func (s *stage) feed(sc *script, sizes []int, cut bool) error {
	events, turn := sc.events, 0
	if cut {
		events = events[:(len(events)+1)/2]
	}
	for _, e := range events {
		in, ok := s.ins[e.input]
		if !ok {
			s.t.Fatalf("%T has no input %q, but %v", s.pe, e.input, slices.Sorted(maps.Keys(s.ins)))
		}
		if e.n == 0 {
			if err := s.advance(e.input, e.mark); err != nil {
				return err
			}
		}
		for from := 0; from < e.n; turn++ {
			to := from + min(e.n-from, sizes[turn%len(sizes)])
			if err := s.guard("an input function", func() error {
				e.feed(s, in, from, to, sc.scribble)
				return nil
			}); err != nil {
				return err
			}
			from = to
		}
	}
	return nil
}

// advance takes in a mark on one input.
func (s *stage) advance(input string, t d4.Time) error {
	if t < s.marks[input] {
		s.t.Fatalf("the test's marks at %s fall from %d to %d", input, s.marks[input], t)
	}
	s.marks[input] = t
	least := slices.Min(slices.Collect(maps.Values(s.marks)))
	if least <= s.mark {
		return nil
	}
	s.mark = least
	pass := least
	if a, ok := s.pe.(d4.Advancer); ok {
		err := s.call("Advance", func() (err error) {
			pass, err = a.Advance(least)
			return err
		})
		if err != nil {
			return err
		}
	}
	if pass > least || pass < s.passed {
		s.t.Errorf("Advance(%d) returned %d, after %d", least, pass, s.passed)
	}
	if pass > s.passed {
		s.passed = pass
		for _, o := range s.outs {
			o.promise(pass)
		}
	}
	return nil
}

// result checks what was emitted and puts it together.
func (s *stage) result() *Result {
	r := &Result{pe: s.pe, Marks: map[string][]Promise{}, Counters: map[string]int64{}, items: map[string]reflect.Value{}}
	var all []region
	var names []string // of items, for messages
	for _, o := range s.outs {
		for i := range o.items.Len() {
			all = regions(all, o.items.Index(i), len(names))
			names = append(names, fmt.Sprintf("item %d of %s", i, o.name))
		}
		for _, sent := range o.sent {
			if code, _, err := sent.batch.Encode(nil, nil, true); err != nil || !bytes.Equal(code, sent.code) {
				s.t.Errorf("%T: an item emitted at %s was changed afterwards", s.pe, o.name)
			}
		}
		r.items[o.name] = o.items
		if len(o.marks) > 0 {
			r.Marks[o.name] = o.marks
		}
	}
	if a, b, found := shared(all); found {
		s.t.Errorf("%T: %s and %s share memory", s.pe, names[a], names[b])
	}
	return r
}
