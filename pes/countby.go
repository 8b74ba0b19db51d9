package pes

import d4 "github.com/dispel4go/dispel4go"

// keyOverhead is what a key in a map is reckoned to cost beside itself, bytes.
const keyOverhead = 64

// A Tally is a key and how many items have it.
type Tally[K comparable] struct {
	Key   K
	Count int64
}

// KeyCounter is the PE made by CountBy.
type KeyCounter[T any, K comparable] struct {
	d4.Base
	In       d4.In[T]
	Out      d4.Out[Tally[K]]
	MaxBytes int64 `help:"keys that take more than this in one instance end the run with an error" unit:"bytes" min:"1"`

	keys  account
	probe *probe[K]
	place map[K]int
	seen  []Tally[K] // in the order of first appearance
}

// CountBy makes a PE that counts the items of each key and emits the counts at
// the end of its stream, in the order in which an instance first saw the keys.
func CountBy[T any, K comparable](key func(T) K) func() *KeyCounter[T, K] {
	return func() *KeyCounter[T, K] {
		c := &KeyCounter[T, K]{MaxBytes: defaultHeld, place: map[K]int{}}
		c.In = d4.InputBatchBy(func(items []T) error {
			for i := range items {
				if err := c.count(key(items[i])); err != nil {
					return err
				}
			}
			return nil
		}, key, d4.ReadOnly)
		return c
	}
}

// MemoryLimit is MaxBytes.
func (c *KeyCounter[T, K]) MemoryLimit(int) int64 { return c.MaxBytes }

// Open prepares the account of the keys.
func (c *KeyCounter[T, K]) Open(*d4.Instance) error {
	c.keys = account{limit: c.MaxBytes, parameter: "max_bytes"}
	c.probe = newProbe[K]()
	return nil
}

func (c *KeyCounter[T, K]) count(key K) error {
	if at, ok := c.place[key]; ok {
		c.seen[at].Count++
		return nil
	}
	// A key cut out of a long item must not keep all of it alive.
	key, err := c.probe.detach(key)
	if err != nil {
		return err
	}
	c.place[key] = len(c.seen)
	c.seen = append(c.seen, Tally[K]{key, 1})
	return c.keys.add(c.probe.bytes(key) + keyOverhead)
}

// Finish emits the counts.
func (c *KeyCounter[T, K]) Finish() error {
	for _, t := range c.seen {
		c.Out.Emit(t)
	}
	return nil
}

// A Keyed value is what ReduceBy made of the items of one key.
type Keyed[K comparable, T any] struct {
	Key   K
	Value T
}

// KeyReducer is the PE made by ReduceBy.
type KeyReducer[T any, K comparable] struct {
	d4.Base
	In       d4.In[T]
	Out      d4.Out[Keyed[K, T]]
	MaxBytes int64 `help:"keys and values that take more than this in one instance end the run with an error" unit:"bytes" min:"1"`

	held   account
	keys   *probe[K]
	values *probe[T]
	place  map[K]int
	seen   []Keyed[K, T] // in the order of first appearance
	key    func(T) K
	f      func(a, b T) T
}

// ReduceBy makes a PE that joins the items of each key two by two with f, and
// emits what is left of each key at the end of its stream. F must be associative
// and commutative, and may keep and change its arguments.
func ReduceBy[T any, K comparable](key func(T) K, f func(a, b T) T) func() *KeyReducer[T, K] {
	return func() *KeyReducer[T, K] {
		r := &KeyReducer[T, K]{MaxBytes: defaultHeld, place: map[K]int{}, key: key, f: f}
		r.In = d4.InputBatchBy(r.take, key)
		return r
	}
}

// MemoryLimit is MaxBytes.
func (r *KeyReducer[T, K]) MemoryLimit(int) int64 { return r.MaxBytes }

// Open prepares the account of what is held.
func (r *KeyReducer[T, K]) Open(*d4.Instance) error {
	r.held = account{limit: r.MaxBytes, parameter: "max_bytes"}
	r.keys, r.values = newProbe[K](), newProbe[T]()
	return nil
}

func (r *KeyReducer[T, K]) take(items []T) error {
	for i := range items {
		at, ok := r.place[r.key(items[i])]
		if ok {
			v := &r.seen[at].Value
			before := r.values.bytes(*v)
			*v = r.f(*v, items[i])
			if err := r.held.add(r.values.bytes(*v) - before); err != nil {
				return err
			}
			continue
		}
		key, err := r.keys.detach(r.key(items[i]))
		if err != nil {
			return err
		}
		r.place[key] = len(r.seen)
		r.seen = append(r.seen, Keyed[K, T]{key, items[i]})
		if err := r.held.add(r.keys.bytes(key) + keyOverhead + r.values.bytes(items[i])); err != nil {
			return err
		}
	}
	return nil
}

// Finish emits what is left of each key.
func (r *KeyReducer[T, K]) Finish() error {
	for _, v := range r.seen {
		r.Out.Emit(v)
	}
	return nil
}
