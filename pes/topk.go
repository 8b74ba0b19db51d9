package pes

import (
	"bytes"
	"slices"
)

// TopK returns the fold that finds the k greatest items by compare and emits
// them, greatest first. Items that compare as equal are ordered by their
// encoding, so that which of them make it does not depend on their order. It
// keeps at most 2k+64 items.
func TopK[T any](k int, compare func(a, b T) int) func() Fold[T, []T, T] {
	return func() Fold[T, []T, T] { return &topK[T]{k: k, compare: compare} }
}

type topK[T any] struct {
	k       int
	compare func(a, b T) int
	best    []T
	probe   *probe[T]
	err     error
}

func (t *topK[T]) Add(items []T) error {
	for i := range items {
		if len(t.best) >= 2*max(t.k, 0)+64 {
			t.cut()
		}
		t.best = append(t.best, items[i])
	}
	return t.err
}

// cut keeps the k greatest, in order.
func (t *topK[T]) cut() {
	if t.probe == nil {
		t.probe = newProbe[T]()
	}
	slices.SortFunc(t.best, func(a, b T) int {
		if c := t.compare(b, a); c != 0 {
			return c
		}
		c, err := t.probe.order(a, b)
		if err != nil {
			t.err = err
		}
		return c
	})
	if n := max(t.k, 0); len(t.best) > n {
		clear(t.best[n:])
		t.best = t.best[:n]
	}
}

func (t *topK[T]) State() ([]T, error) {
	t.cut()
	return t.best, t.err
}

func (t *topK[T]) Merge(items []T) error { return t.Add(items) }

func (t *topK[T]) Result(emit func(T)) error {
	t.cut()
	for _, item := range t.best {
		emit(item)
	}
	return t.err
}

// order compares two items by their encoding.
func (p *probe[T]) order(a, b T) (int, error) {
	first, err := p.encode(a)
	if err != nil {
		return 0, err
	}
	p.other = append(p.other[:0], first...)
	second, err := p.encode(b)
	return bytes.Compare(p.other, second), err
}
