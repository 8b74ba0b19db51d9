package pes

import (
	"iter"

	d4 "github.com/dispel4go/dispel4go"
)

// Mapper is the PE made by Map, TryMap, FlatMap and FlatMapEmit.
type Mapper[A, B any] struct {
	d4.Stateless
	In  d4.In[A]
	Out d4.Out[B]
}

// Map makes a PE that emits f of every item.
func Map[A, B any](f func(A) B) func() *Mapper[A, B] {
	return func() *Mapper[A, B] {
		m := &Mapper[A, B]{}
		m.In = d4.InputBatch(func(items []A) error {
			for i := range items {
				m.Out.Emit(f(items[i]))
			}
			return nil
		})
		return m
	}
}

// TryMap is Map for a function that can fail.
func TryMap[A, B any](f func(A) (B, error)) func() *Mapper[A, B] {
	return func() *Mapper[A, B] {
		m := &Mapper[A, B]{}
		m.In = d4.Input(func(item A) error {
			b, err := f(item)
			if err == nil {
				m.Out.Emit(b)
			}
			return err
		})
		return m
	}
}

// FlatMap makes a PE that emits all that f makes of every item:
// FlatMap(strings.FieldsSeq) turns lines into words.
func FlatMap[A, B any](f func(A) iter.Seq[B]) func() *Mapper[A, B] {
	return func() *Mapper[A, B] {
		m := &Mapper[A, B]{}
		m.In = d4.InputBatch(func(items []A) error {
			for i := range items {
				for b := range f(items[i]) {
					m.Out.Emit(b)
				}
			}
			return nil
		})
		return m
	}
}

// FlatMapEmit is FlatMap for a function that calls emit, and that can fail.
func FlatMapEmit[A, B any](f func(item A, emit func(B)) error) func() *Mapper[A, B] {
	return func() *Mapper[A, B] {
		m := &Mapper[A, B]{}
		emit := func(b B) { m.Out.Emit(b) } // one for all items
		m.In = d4.Input(func(item A) error { return f(item, emit) })
		return m
	}
}

// Passer is the PE made by Filter and Sample, which pass some items on.
type Passer[T any] struct {
	d4.Stateless
	In  d4.In[T]
	Out d4.Out[T]
}

// Filter makes a PE that passes on the items for which keep is true.
func Filter[T any](keep func(T) bool) func() *Passer[T] {
	return func() *Passer[T] {
		p := &Passer[T]{}
		p.In = d4.InputBatch(func(items []T) error {
			for i := range items {
				if keep(items[i]) {
					p.Out.Emit(items[i])
				}
			}
			return nil
		})
		return p
	}
}
