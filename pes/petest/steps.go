package petest

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

// A Step is something that happens to the PE, or a setting of the test.
type Step interface{ apply(*script) }

// script is what the steps of a test add up to.
type script struct {
	events   []event
	set      []func(t testing.TB, pe d4.PE)
	index    int
	count    int
	seed     uint64
	calls    int
	scribble bool
	leaves   bool // whole files before Finish
}

// event is items or a mark for one input.
type event struct {
	input string
	n     int // items; 0 for a mark
	mark  d4.Time
	// feed gives items [from, to) to the input, in one call.
	feed func(s *stage, in port.Input, from, to int, scribble bool)
}

type setting func(*script)

func (s setting) apply(sc *script) { s(sc) }

// Feed gives items to an input.
func Feed[T any](input string, items ...T) Step {
	return setting(func(sc *script) {
		if len(items) == 0 {
			return
		}
		sc.events = append(sc.events, event{input: input, n: len(items),
			feed: func(s *stage, in port.Input, from, to int, scribble bool) {
				feed(s, in, items[from:to], scribble)
			}})
	})
}

// Mark promises that no item older than t will come at an input.
func Mark(input string, t d4.Time) Step {
	return setting(func(sc *script) { sc.events = append(sc.events, event{input: input, mark: t}) })
}

// Set sets the parameter that is the field of that Go name.
func Set(field string, value any) Step {
	return setting(func(sc *script) {
		sc.set = append(sc.set, func(t testing.TB, pe d4.PE) {
			f := reflect.ValueOf(pe).Elem().FieldByName(field)
			if !f.IsValid() || !f.CanSet() {
				t.Fatalf("%T has no exported field %s", pe, field)
			}
			v := reflect.ValueOf(value)
			if !v.CanConvert(f.Type()) {
				t.Fatalf("%T.%s is %s and cannot be set to %v", pe, field, f.Type(), value)
			}
			f.Set(v.Convert(f.Type()))
		})
	})
}

// Instance says which instance of how many the PE is; by default 0 of 1.
func Instance(index, count int) Step {
	return setting(func(sc *script) { sc.index, sc.count = index, count })
}

// Seed sets the job's seed; by default 1.
func Seed(seed uint64) Step { return setting(func(sc *script) { sc.seed = seed }) }

// Calls ends a source after n calls of Next, as an interrupt would.
func Calls(n int) Step { return setting(func(sc *script) { sc.calls = n }) }

// Scribble writes over the memory of items after the call that was given them.
func Scribble() Step { return setting(func(sc *script) { sc.scribble = true }) }

// LeavesWhole allows files before Finish: of a PE whose files are each whole when
// they have their names, and which says so.
func LeavesWhole() Step { return setting(func(sc *script) { sc.leaves = true }) }

// feed gives copies of items to an input, as one batch.
func feed[T any](s *stage, in port.Input, items []T, scribble bool) {
	if want := reflect.TypeFor[T](); in.Elem() != want {
		s.t.Fatalf("the input takes %s, but is fed %s", in.Elem(), want)
	}
	b, err := copies(in, items)
	if err != nil {
		s.t.Fatalf("copying items: %v", err)
	}
	var before, after []byte
	if in.ReadOnly() {
		before, _, _ = b.Encode(nil, nil, true)
	}
	lent := itemsOf(b, in.Elem()).Interface().([]T)
	in.Receive(b)
	if in.ReadOnly() {
		if after, _, err = b.Encode(nil, nil, true); err != nil || !bytes.Equal(before, after) {
			s.t.Errorf("%T changed items of an input that it declared ReadOnly", s.pe)
		}
	} else if scribble {
		scribbleOver(reflect.ValueOf(lent))
	}
	clear(lent) // the slice was lent, whatever becomes of the items
}

// copies makes a batch of deep copies, as it would arrive from another rank.
func copies[T any](in port.Input, items []T) (port.Batch, error) {
	var ports struct{ Out port.Out[T] }
	if _, err := port.Find(&ports); err != nil {
		return nil, err
	}
	out := port.OutputOf(ports.Out)
	var code []byte
	sent := 0
	sender := senderFunc(func(b port.Batch) error {
		var err error
		sent += b.Len()
		code, _, err = b.Encode(code, nil, true)
		return err
	})
	out.Bind(quiet{}, []port.Stream{{To: in, Grouping: port.AllToOne, N: 1, Sender: sender}})
	out.Hold(1 << 62) // all in one batch
	out.Open()
	for _, item := range items {
		ports.Out.Emit(item)
	}
	out.Release()
	out.Flush()
	if sent != len(items) {
		return nil, fmt.Errorf("%d of %d items could be encoded", sent, len(items))
	}
	return in.Decode(in.Codec().ID, len(items), port.Body{Bytes: code}, nil)
}

// senderFunc is a port.Sender to one place; an error of it is a mistake of the
// test's types and panics.
type senderFunc func(port.Batch) error

func (f senderFunc) Send(_ int, b port.Batch) {
	if err := f(b); err != nil {
		panic(err)
	}
}
func (senderFunc) Least() int     { return 0 }
func (senderFunc) Lends(int) bool { return false }

// quiet is the host of ports that only carry items inside this package.
type quiet struct{}

func (quiet) Tick() uint32                { return 0 }
func (quiet) Mark(port.Output, port.Time) {}
func (quiet) Idle(port.Output)            {}
func (quiet) Overfull(int)                {}
func (quiet) Misused()                    {}
