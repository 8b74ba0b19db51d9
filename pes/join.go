package pes

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	d4 "github.com/dispel4go/dispel4go"
)

// A Pair is two items with equal keys.
type Pair[A, B any] struct {
	Left  A
	Right B
}

// Joiner is the PE made by Join and JoinWithin.
type Joiner[A, B any, K comparable] struct {
	d4.Base
	Left     d4.In[A]
	Right    d4.In[B]
	Out      d4.Out[Pair[A, B]]
	MaxBytes int64         `help:"the most that one instance holds to be matched with what comes" unit:"bytes" min:"1"`
	Full     string        `help:"what happens there: the run ends with an error, or the item that came first is dropped and counted" oneof:"fail|drop"`
	Within   time.Duration `help:"with data times: how far apart the items of a pair may be" min:"0s"`

	left    side[A, K]
	right   side[B, K]
	within  d4.Time
	swept   d4.Time // the mark at which old items were last let go
	held    account
	arrived uint64
	dropped *atomic.Int64
}

// side is what is held of one input.
type side[T any, K comparable] struct {
	key   func(T) K
	at    func(T) d4.Time // nil without data times
	byKey map[K][]*waiting[T, K]
	queue []*waiting[T, K] // all of them, in the order in which they came
	items *probe[T]
	keys  *probe[K]
}

// waiting is an item that waits for partners.
type waiting[T any, K comparable] struct {
	item  T
	key   K
	n     uint64 // it was the n-th to come
	time  d4.Time
	bytes int64
}

// Join makes a PE that emits every pair of an item from Left and one from Right
// with equal keys, as soon as both are there. It keeps all items for pairs to
// come, up to MaxBytes; at that limit it fails, or drops the oldest if Full is
// "drop", and then the pairs depend on the order in which items come.
func Join[A, B any, K comparable](left func(A) K, right func(B) K) func() *Joiner[A, B, K] {
	return func() *Joiner[A, B, K] { return newJoiner(left, right) }
}

// JoinWithin is Join for items whose data times lie at most within apart; an
// item is let go when the mark says that no more partners can come. The data
// time of a pair is that of its older item.
func JoinWithin[A, B any, K comparable](left func(A) K, right func(B) K, leftAt func(A) d4.Time, rightAt func(B) d4.Time, within time.Duration) func() *Joiner[A, B, K] {
	return func() *Joiner[A, B, K] {
		j := newJoiner(left, right)
		j.left.at, j.right.at, j.Within = leftAt, rightAt, within
		return j
	}
}

func newJoiner[A, B any, K comparable](left func(A) K, right func(B) K) *Joiner[A, B, K] {
	j := &Joiner[A, B, K]{MaxBytes: defaultHeld, Full: "fail", swept: d4.Never}
	j.left.key, j.right.key = left, right
	j.Left = d4.InputBy(j.takeLeft, left)
	j.Right = d4.InputBy(j.takeRight, right)
	return j
}

// Setup checks the parameters.
func (j *Joiner[A, B, K]) Setup() error {
	j.within = d4.Time(j.Within)
	if j.Full != "fail" && j.Full != "drop" {
		return fmt.Errorf("full is fail or drop, not %q", j.Full)
	}
	if j.within < 0 || j.within > d4.Forever/4 {
		return fmt.Errorf("within is %v and must be from 0 to %v", j.Within, time.Duration(d4.Forever/4))
	}
	return nil
}

// MemoryLimit is MaxBytes.
func (j *Joiner[A, B, K]) MemoryLimit(int) int64 { return j.MaxBytes }

// Open prepares for what will be held.
func (j *Joiner[A, B, K]) Open(i *d4.Instance) error {
	j.held = account{limit: j.MaxBytes, parameter: "max_bytes"}
	j.dropped = i.Counter("dropped")
	j.left.open()
	j.right.open()
	return nil
}

func (s *side[T, K]) open() {
	s.byKey, s.items, s.keys = map[K][]*waiting[T, K]{}, newProbe[T](), newProbe[K]()
}

func (j *Joiner[A, B, K]) takeLeft(item A) error {
	w, err := j.left.wait(item)
	if err != nil {
		return err
	}
	for _, r := range j.right.byKey[w.key] {
		if err := j.pair(w, r); err != nil {
			return err
		}
	}
	return keep(j, &j.left, w)
}

func (j *Joiner[A, B, K]) takeRight(item B) error {
	w, err := j.right.wait(item)
	if err != nil {
		return err
	}
	for _, l := range j.left.byKey[w.key] {
		if err := j.pair(l, w); err != nil {
			return err
		}
	}
	return keep(j, &j.right, w)
}

// wait makes an item one that waits.
func (s *side[T, K]) wait(item T) (*waiting[T, K], error) {
	key, err := s.keys.detach(s.key(item))
	w := &waiting[T, K]{item: item, key: key}
	if s.at != nil {
		w.time = s.at(item)
	}
	w.bytes = s.items.bytes(item) + s.keys.bytes(key) + keyOverhead
	return w, err
}

// pair emits copies of two items whose times are near enough.
func (j *Joiner[A, B, K]) pair(l *waiting[A, K], r *waiting[B, K]) error {
	if j.left.at != nil && uint64(max(l.time, r.time))-uint64(min(l.time, r.time)) > uint64(j.within) {
		return nil
	}
	a, err := j.left.items.clone(l.item)
	if err != nil {
		return err
	}
	b, err := j.right.items.clone(r.item)
	if err != nil {
		return err
	}
	j.Out.Emit(Pair[A, B]{a, b})
	return nil
}

// keep holds an item on its side, at the limit by dropping older ones.
func keep[A, B any, K comparable, T any](j *Joiner[A, B, K], s *side[T, K], w *waiting[T, K]) error {
	w.n = j.arrived
	j.arrived++
	for j.Full == "drop" && j.held.held+w.bytes > j.MaxBytes && len(j.left.queue)+len(j.right.queue) > 0 {
		if len(j.right.queue) == 0 || len(j.left.queue) > 0 && j.left.queue[0].n < j.right.queue[0].n {
			j.held.held -= j.left.drop()
		} else {
			j.held.held -= j.right.drop()
		}
		j.dropped.Add(1)
	}
	s.byKey[w.key] = append(s.byKey[w.key], w)
	s.queue = append(s.queue, w)
	return j.held.add(w.bytes)
}

// drop lets the item go that came first.
func (s *side[T, K]) drop() (bytes int64) {
	w := s.queue[0]
	s.queue[0], s.queue = nil, s.queue[1:]
	if rest := s.byKey[w.key][1:]; len(rest) > 0 {
		s.byKey[w.key][0], s.byKey[w.key] = nil, rest
	} else {
		delete(s.byKey, w.key)
	}
	return w.bytes
}

// Advance lets items go whose partners can not come any more, now and then:
// looking at all of them for every mark would take too long.
func (j *Joiner[A, B, K]) Advance(t d4.Time) (d4.Time, error) {
	if j.left.at == nil || t < d4.Never/2 {
		return d4.Never, nil // an item of any age may be in the next pair
	}
	if j.swept == d4.Never || t-j.swept >= j.within/8 {
		j.swept = t
		j.held.held -= j.left.sweep(t-j.within) + j.right.sweep(t-j.within)
	}
	return t - j.within, nil
}

// sweep lets all items go that are older than t.
func (s *side[T, K]) sweep(t d4.Time) (bytes int64) {
	old := func(w *waiting[T, K]) bool { return w.time < t }
	for _, w := range s.queue {
		if !old(w) {
			continue
		}
		bytes += w.bytes
		if rest := slices.DeleteFunc(s.byKey[w.key], old); len(rest) > 0 {
			s.byKey[w.key] = rest
		} else {
			delete(s.byKey, w.key)
		}
	}
	s.queue = slices.DeleteFunc(s.queue, old)
	return bytes
}
