package pes

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	d4 "github.com/dispel4go/dispel4go"
)

// A Pane is what a time window held of one key when it closed: items with Start
// <= time < End, in order of time, those of one time in order of their encoding.
type Pane[K comparable, T any] struct {
	Key        K `json:",omitzero"`
	Start, End d4.Time
	Items      []T
}

// Windower is the PE made by TimeWindow and TimeWindowBy. The data time of what
// it emits at Out is the start of the window.
type Windower[K comparable, T any] struct {
	d4.Base
	In   d4.In[T]
	Out  d4.Out[Pane[K, T]]
	Late d4.Out[T]

	Size     time.Duration `help:"length of a window" min:"1ns"`
	Step     time.Duration `help:"from the start of one window to the next" min:"1ns"`
	Lateness time.Duration `help:"how long after its end a window still waits for items, in data time" min:"0s"`
	MaxBytes int64         `help:"open windows that hold more than this in one instance end the run with an error" unit:"bytes" min:"1"`

	at                   func(T) d4.Time
	key                  func(T) K
	size, step, lateness d4.Time
	mark                 d4.Time
	done                 d4.Time       // windows that begin before have been emitted by an earlier run
	open                 []*span[K, T] // by start
	held                 account
	items                *probe[T]
	keys                 *probe[K]
	late, between        *atomic.Int64
}

// span is one open window.
type span[K comparable, T any] struct {
	start, end d4.Time
	place      map[K]int
	panes      []Pane[K, T]
	bytes      int64
}

// TimeWindow makes a PE, in a single instance, that groups items by windows of
// data time. Windows have that size and begin at multiples of step, counted
// from 1970-01-01T00:00:00Z; with a step below the size they overlap, and items
// are copied; with a step above it, items between windows are dropped and
// counted ("between"). A window closes, and is emitted if it has items, when the
// mark has reached its end plus Lateness, and when the stream ends. An item all
// of whose windows have closed is counted ("late") and emitted at Late, where
// marks promise nothing.
func TimeWindow[T any](size, step time.Duration, at func(T) d4.Time) func() *Windower[struct{}, T] {
	return func() *Windower[struct{}, T] {
		w := newWindower(size, step, at, func(T) struct{} { return struct{}{} })
		w.In = d4.InputBatch(w.take, d4.AllToOne)
		return w
	}
}

// TimeWindowBy is TimeWindow for each key apart, in any number of instances.
func TimeWindowBy[K comparable, T any](size, step time.Duration, at func(T) d4.Time, key func(T) K) func() *Windower[K, T] {
	return func() *Windower[K, T] {
		w := newWindower(size, step, at, key)
		w.In = d4.InputBatchBy(w.take, key)
		return w
	}
}

func newWindower[K comparable, T any](size, step time.Duration, at func(T) d4.Time, key func(T) K) *Windower[K, T] {
	return &Windower[K, T]{Size: size, Step: step, MaxBytes: defaultHeld, at: at, key: key, mark: d4.Never, done: d4.Never}
}

// Setup checks the parameters.
func (w *Windower[K, T]) Setup() error {
	w.size, w.step, w.lateness = d4.Time(w.Size), d4.Time(w.Step), d4.Time(w.Lateness)
	if w.size <= 0 || w.step <= 0 || w.lateness < 0 {
		return fmt.Errorf("size %v and step %v must be above 0, lateness %v not below", w.Size, w.Step, w.Lateness)
	}
	return nil
}

// MemoryLimit is MaxBytes.
func (w *Windower[K, T]) MemoryLimit(int) int64 { return w.MaxBytes }

// Open prepares the account of what is held.
func (w *Windower[K, T]) Open(i *d4.Instance) error {
	w.held = account{limit: w.MaxBytes, parameter: "max_bytes"}
	w.items, w.keys = newProbe[T](), newProbe[K]()
	w.late, w.between = i.Counter("late"), i.Counter("between")
	return nil
}

var errTimeRange = errors.New("the data time of an item is too far from 1970 for windows of this size")

func (w *Windower[K, T]) take(items []T) error {
	for i := range items {
		if err := w.place(items[i]); err != nil {
			return err
		}
	}
	return nil
}

// place puts an item into all of its windows that are open.
func (w *Windower[K, T]) place(item T) error {
	t := w.at(item)
	const edge = d4.Forever / 4
	if t < -edge || t > edge || w.size > edge || w.step > edge || w.lateness > edge {
		return errTimeRange
	}
	into := floorMod(t, w.step) // since the last start of a window
	if into >= w.size {
		w.between.Add(1)
		return nil
	}
	last := t - into
	if last < w.done {
		return nil
	}
	first := last - (w.size-1-into)/w.step*w.step
	if last+w.size+w.lateness <= w.mark {
		w.late.Add(1)
		w.Late.Emit(item)
		return nil
	}
	for start := first; start <= last; start += w.step {
		if start < w.done || start+w.size+w.lateness <= w.mark {
			continue // closed
		}
		mine := item
		if start < last {
			var err error
			if mine, err = w.items.clone(item); err != nil {
				return err
			}
		}
		if err := w.add(start, mine); err != nil {
			return err
		}
	}
	return nil
}

// add puts an item into the window that starts at start.
func (w *Windower[K, T]) add(start d4.Time, item T) error {
	at, found := slices.BinarySearchFunc(w.open, start, func(s *span[K, T], t d4.Time) int { return cmp.Compare(s.start, t) })
	if !found {
		w.open = slices.Insert(w.open, at, &span[K, T]{start: start, end: start + w.size, place: map[K]int{}})
	}
	s, key := w.open[at], w.key(item)
	bytes := w.items.bytes(item)
	k, known := s.place[key]
	if !known {
		var err error
		if key, err = w.keys.detach(key); err != nil {
			return err
		}
		k = len(s.panes)
		s.place[key] = k
		s.panes = append(s.panes, Pane[K, T]{Key: key, Start: s.start, End: s.end})
		bytes += w.keys.bytes(key) + keyOverhead
	}
	s.panes[k].Items = append(s.panes[k].Items, item)
	s.bytes += bytes
	return w.held.add(bytes)
}

// Advance closes the windows whose time is over. It promises the start of the
// first window that may still be emitted.
func (w *Windower[K, T]) Advance(t d4.Time) (d4.Time, error) {
	w.mark = t
	for len(w.open) > 0 && w.open[0].end+w.lateness <= t {
		if err := w.close(); err != nil {
			return 0, err
		}
	}
	return min(t, w.first()), nil
}

// first is the start of the first window that is not closed.
func (w *Windower[K, T]) first() d4.Time {
	if w.mark < d4.Never/2 {
		return d4.Never
	}
	after := w.mark - w.size - w.lateness // the last start that is closed, or just before it
	return after - floorMod(after, w.step) + w.step
}

// Suspend asks for the items of the windows that are open to come again.
func (w *Windower[K, T]) Suspend() (d4.Time, error) { return max(w.done, w.first()), nil }

// Continue leaves out the windows that an earlier run has emitted.
func (w *Windower[K, T]) Continue(done d4.Time) error {
	w.done = done
	return nil
}

// Finish closes all windows.
func (w *Windower[K, T]) Finish() error {
	for len(w.open) > 0 {
		if err := w.close(); err != nil {
			return err
		}
	}
	return nil
}

// close emits the panes of the first window, in order of the encoding of keys.
func (w *Windower[K, T]) close() (err error) {
	s := w.open[0]
	w.open = slices.Delete(w.open, 0, 1)
	w.held.held -= s.bytes
	note := func(order int, e error) int {
		if e != nil {
			err = e
		}
		return order
	}
	slices.SortFunc(s.panes, func(a, b Pane[K, T]) int { return note(w.keys.order(a.Key, b.Key)) })
	for _, p := range s.panes {
		slices.SortFunc(p.Items, func(a, b T) int {
			if c := cmp.Compare(w.at(a), w.at(b)); c != 0 {
				return c
			}
			return note(w.items.order(a, b))
		})
		if err != nil {
			return err
		}
		w.Out.Emit(p)
	}
	return nil
}

// floorMod is t modulo step, from 0 to step-1.
func floorMod(t, step d4.Time) d4.Time {
	m := t % step
	if m < 0 {
		m += step
	}
	return m
}
