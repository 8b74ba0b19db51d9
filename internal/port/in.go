package port

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unsafe"
)

// In is an input port for items of type T. Make one with Input, InputBy,
// InputRoute or their Batch forms; the zero value is refused.
type In[T any] struct{ s *inState[T] }

// Input is what the engine sees of an input port.
type Input interface {
	// Elem is the type of the items; Codec how they travel.
	Elem() reflect.Type
	Codec() *Codec
	// Err is why the port cannot be used, or nil.
	Err() error
	Grouping() Grouping
	ReadOnly() bool
	// Bind gives the port its host, before the first item.
	Bind(h InHost)
	// Digest switches the counting of what arrives on.
	Digest(on bool)
	// Check switches on that a ReadOnly input is seen to change nothing.
	Check(on bool)
	// Received is the number of items and, when switched on, their digest.
	Received() (items uint64, d Digest)
	// Decode makes a batch of n items out of what Encode wrote. Body stays with
	// the caller; parts become the items'.
	Decode(codec byte, n int, body Body, parts [][]byte) (Batch, error)
	// Receive gives the PE the whole batch and leaves it to the caller.
	Receive(b Batch)
	// ReceiveOne gives the PE item i alone, a deep copy with fresh, and
	// returns the PE's error.
	ReceiveOne(b Batch, i int, fresh bool) error
	// Item describes the item that the PE is at, or was when it failed.
	Item() string
	// ItemJSON is item i of b for a record of errors.
	ItemJSON(b Batch, i int) json.RawMessage
	group(g Grouping) error
	byField(name string) (Grouping, error)
}

// InHost is told when a PE is called through an input.
type InHost interface {
	// Enter is called before the PE gets n items of about that many bytes.
	Enter(n int)
	// Leave is called after it with the PE's error. It unwinds when that is
	// not nil, and does not return.
	Leave(err error)
}

type inState[T any] struct {
	spec
	each  func(T) error
	batch func([]T) error
	pool  *pool[T]
	err   error
	host  InHost

	items    uint64 // received
	first    uint64 // number of current[0], from 1
	counting bool
	checking bool
	digest   Digest
	scratch  []byte
	current  []T // what the PE is being given
	at       int // the place in current; -1 for all of it
}

func newInput[T any](s *inState[T], opts []InputOption) In[T] {
	s.spec.grouping = plainGrouping(KindOpen)
	s.pool, s.err = poolOf[T]()
	for _, o := range opts {
		_, groups := o.(Grouping)
		if before := s.spec.grouping; groups && before.Kind() != KindOpen && s.err == nil {
			s.err = fmt.Errorf("it is grouped twice: %s, and %s", before, o)
		}
		o.option(&s.spec)
	}
	switch g := s.spec.grouping.(type) {
	case plainGrouping, routed[T]:
	case keyed[T]:
		if s.err == nil {
			s.err = g.err
		}
	default:
		s.err = fmt.Errorf("the grouping is for items of another type than %s", reflect.TypeFor[T]())
	}
	return In[T]{s}
}

// InputEach makes an input that gives each item to f.
func InputEach[T any](f func(T) error, opts ...InputOption) In[T] {
	return newInput(&inState[T]{each: f}, opts)
}

// InputBatch makes an input that gives items to f many at a time, in order.
// The slice is lent for the call; the items in it are the PE's own.
func InputBatch[T any](f func([]T) error, opts ...InputOption) In[T] {
	return newInput(&inState[T]{batch: f}, opts)
}

// Route makes in route its items by f, which appends the instances out of n
// that get item to the slice and returns it; it must be pure.
func Route[T any](in In[T], f func(item T, n int, to []int) []int) In[T] {
	s := in.s
	if before := s.spec.grouping; before.Kind() != KindOpen && s.err == nil {
		s.err = fmt.Errorf("it is grouped twice: %s, and route", before)
	}
	s.spec.grouping = routed[T]{f}
	return in
}

func (i *In[T]) input() Input {
	if i.s == nil {
		return nil
	}
	return i.s
}

// InputOf returns the port as the engine sees it, nil for a zero In.
func InputOf[T any](i In[T]) Input { return i.input() }

func (s *inState[T]) Elem() reflect.Type { return reflect.TypeFor[T]() }
func (s *inState[T]) Err() error         { return s.err }
func (s *inState[T]) Grouping() Grouping { return s.spec.grouping }
func (s *inState[T]) ReadOnly() bool     { return s.spec.readOnly }
func (s *inState[T]) Bind(h InHost)      { s.host = h }
func (s *inState[T]) Digest(on bool)     { s.counting = on }
func (s *inState[T]) Check(on bool)      { s.checking = on && s.spec.readOnly }

func (s *inState[T]) Codec() *Codec {
	if s.pool == nil {
		return nil
	}
	return s.pool.codec
}

func (s *inState[T]) Received() (uint64, Digest) { return s.items, s.digest }

func (s *inState[T]) Decode(codec byte, n int, body Body, parts [][]byte) (Batch, error) {
	b, err := s.pool.decode(codec, n, body, parts)
	if err != nil {
		return nil, err
	}
	return b, nil
}

func (s *inState[T]) Receive(b Batch) { s.take(b.(*batch[T]).items) }

// take gives items to the PE. It returns only when the PE has taken them all.
func (s *inState[T]) take(items []T) {
	s.host.Enter(len(items))
	s.host.Leave(s.run(items))
}

func (s *inState[T]) run(items []T) (err error) {
	s.first = s.items + 1
	s.items += uint64(len(items))
	if s.counting {
		if err := s.count(items); err != nil {
			return err
		}
	}
	var before Digest
	if s.checking {
		if before, err = s.digestOf(items); err != nil {
			return err
		}
	}
	s.current = items
	if s.batch != nil {
		s.at = -1
		err = s.batch(items)
	} else {
		each := s.each
		for i := range items {
			s.at = i
			if err = each(items[i]); err != nil {
				break
			}
		}
	}
	if err == nil && s.checking {
		var after Digest
		if after, err = s.digestOf(items); err == nil && after != before {
			s.at = -1
			err = errors.New("the PE changed items of an input that it declared ReadOnly")
		}
	}
	if err == nil {
		s.current = nil
	}
	return err
}

func (s *inState[T]) count(items []T) error {
	d, err := s.digestOf(items)
	s.digest.Add(d)
	return err
}

func (s *inState[T]) digestOf(items []T) (Digest, error) {
	return s.pool.codec.digest(unsafe.Pointer(unsafe.SliceData(items)), len(items), &s.scratch)
}

func (s *inState[T]) ReceiveOne(b Batch, i int, fresh bool) error {
	one := b.(*batch[T]).items[i : i+1 : i+1]
	if fresh {
		one = append([]T(nil), one...)
		s.pool.own(one)
	}
	// It counts once, when the PE has taken it without error or panic.
	items, digest, taken := s.items, s.digest, false
	defer func() {
		if !taken {
			s.items, s.digest = items, digest
		}
	}()
	err := s.run(one)
	taken = err == nil
	return err
}

const itemWidth = 120 // longest description of an item, in bytes

func (s *inState[T]) Item() string {
	n := len(s.current)
	if n == 0 {
		return ""
	}
	if s.at >= 0 {
		return fmt.Sprintf("item %d: %s", s.first+uint64(s.at), brief(s.current[s.at]))
	}
	if n == 1 {
		return fmt.Sprintf("item %d: %s", s.first, brief(s.current[0]))
	}
	return fmt.Sprintf("items %d to %d: %s to %s", s.first, s.first+uint64(n)-1, brief(s.current[0]), brief(s.current[n-1]))
}

// brief shows a value in one short line. A value too large to print in full is
// cut before it is formatted.
func brief(v any) string {
	s := format(reflect.ValueOf(v), 3)
	if len(s) > itemWidth {
		s = strings.ToValidUTF8(s[:itemWidth], "") + "..."
	}
	return s
}

func format(v reflect.Value, depth int) string {
	if !v.IsValid() {
		return "nil"
	}
	if v.CanInterface() {
		if t, ok := v.Interface().(fmt.Stringer); ok {
			return fmt.Sprint(t) // which survives a String that panics
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || depth == 0 {
			return "nil"
		}
		return "&" + format(v.Elem(), depth-1)
	case reflect.Map:
		return fmt.Sprintf("map of %d entries", v.Len())
	case reflect.String:
		s := v.String()
		if len(s) > itemWidth {
			s = s[:itemWidth] + "..."
		}
		return fmt.Sprintf("%q", s)
	case reflect.Slice, reflect.Array:
		const most = 4
		s := "["
		for i := 0; i < min(v.Len(), most) && depth > 0; i++ {
			if i > 0 {
				s += " "
			}
			s += format(v.Index(i), depth-1)
		}
		if v.Len() > most {
			return fmt.Sprintf("%s ...] (%d elements)", s, v.Len())
		}
		return s + "]"
	case reflect.Struct:
		s := "{"
		for i := range v.NumField() {
			if i > 0 {
				s += " "
			}
			if depth > 0 && len(s) < itemWidth {
				s += v.Type().Field(i).Name + ":" + format(v.Field(i), depth-1)
			}
		}
		return s + "}"
	}
	return fmt.Sprintf("%v", v)
}

func (s *inState[T]) ItemJSON(b Batch, i int) json.RawMessage {
	item := b.(*batch[T]).items[i]
	text, err := json.Marshal(item)
	if err != nil { // NaN, say
		text, _ = json.Marshal(brief(item))
	}
	return text
}

var errOtherType = errors.New("the grouping is for items of another type")

// group checks that streams into this port may be grouped by g.
func (s *inState[T]) group(g Grouping) error {
	own := s.spec.grouping.Kind()
	switch g := g.(type) {
	case nil:
		return nil
	case keyed[T]:
		if g.err != nil {
			return g.err
		}
	case plainGrouping:
	default:
		return fmt.Errorf("%w: items are %s", errOtherType, s.Elem())
	}
	if own != KindOpen && !(own == g.Kind() && own != KindBy) {
		return fmt.Errorf("the input is grouped %s by its PE, which %s would contradict", s.spec.grouping, g)
	}
	return nil
}
