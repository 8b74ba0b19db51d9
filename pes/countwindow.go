package pes

import d4 "github.com/dispel4go/dispel4go"

// CountWindower is the PE made by Batch and CountWindow.
type CountWindower[T any] struct {
	d4.Base
	In       d4.In[T]
	Out      d4.Out[[]T]
	Size     int   `help:"items in a window" min:"1"`
	Step     int   `help:"items from the start of one window to the next; with fewer than size they overlap" min:"1"`
	Rest     bool  `help:"emit what is left at the end, if some of it was in no window"`
	MaxBytes int64 `help:"a window that takes more than this ends the run with an error" unit:"bytes" min:"1"`

	held  account
	probe *probe[T]
	items []T
	marks []d4.Time // that held when each of items came
	mark  d4.Time
	fresh int // of items, the last ones: in no window yet
	skip  int // items to drop before the next window
}

// Batch makes a PE that groups the items that reach an instance by n; the last
// group may have fewer. Which items share a group depends on how the stream is
// dealt out to the instances.
func Batch[T any](n int) func() *CountWindower[T] {
	return func() *CountWindower[T] {
		w := newCountWindower[T](n, n)
		w.Rest = true
		w.In = d4.InputBatch(w.take)
		return w
	}
}

// CountWindow makes a PE, in a single instance, that emits every step items the
// last size of them. Where windows overlap, items are copied.
func CountWindow[T any](size, step int) func() *CountWindower[T] {
	return func() *CountWindower[T] {
		w := newCountWindower[T](size, step)
		w.In = d4.InputBatch(w.take, d4.AllToOne)
		return w
	}
}

func newCountWindower[T any](size, step int) *CountWindower[T] {
	return &CountWindower[T]{Size: size, Step: step, MaxBytes: defaultHeld, mark: d4.Never}
}

// Setup checks the parameters.
func (w *CountWindower[T]) Setup() error {
	if err := atLeast("size", w.Size, 1); err != nil {
		return err
	}
	return atLeast("step", w.Step, 1)
}

// MemoryLimit is MaxBytes.
func (w *CountWindower[T]) MemoryLimit(int) int64 { return w.MaxBytes }

// Open prepares the account of what is held.
func (w *CountWindower[T]) Open(*d4.Instance) error {
	w.held = account{limit: w.MaxBytes, parameter: "max_bytes"}
	w.probe = newProbe[T]()
	return nil
}

func (w *CountWindower[T]) take(items []T) error {
	for i := range items {
		if w.skip > 0 {
			w.skip--
			continue
		}
		if err := w.held.add(w.probe.bytes(items[i])); err != nil {
			return err
		}
		w.items, w.marks = append(w.items, items[i]), append(w.marks, w.mark)
		w.fresh++
		if len(w.items) == w.Size {
			if err := w.emit(); err != nil {
				return err
			}
		}
	}
	return nil
}

// emit emits the full window and keeps what the next one shares with it.
func (w *CountWindower[T]) emit() error {
	w.skip, w.fresh = max(0, w.Step-w.Size), 0
	stay := w.items[min(w.Step, w.Size):]
	kept := make([]T, len(stay), w.Size)
	w.held.held = 0
	for i := range stay {
		var err error
		if kept[i], err = w.probe.clone(stay[i]); err != nil {
			return err
		}
		w.held.held += w.probe.bytes(kept[i])
	}
	w.Out.Emit(w.items)
	w.items = kept
	w.marks = append(w.marks[:0], w.marks[len(w.marks)-len(kept):]...)
	return nil
}

// Advance promises no more than was promised before the oldest item held.
func (w *CountWindower[T]) Advance(t d4.Time) (d4.Time, error) {
	w.mark = t
	if len(w.marks) > 0 {
		return w.marks[0], nil
	}
	return t, nil
}

// Finish emits what is left.
func (w *CountWindower[T]) Finish() error {
	if w.Rest && w.fresh > 0 {
		w.Out.Emit(w.items)
	}
	return nil
}
