package dispel4go

import "github.com/dispel4go/dispel4go/internal/port"

type (
	// In is an input for items of type T.
	In[T any] = port.In[T]
	// Out is an output for items of type T.
	Out[T any] = port.Out[T]
	// Time is data time in nanoseconds since 1970-01-01T00:00:00Z.
	Time = port.Time
	// Grouping says which instances of a PE get an item.
	Grouping = port.Grouping
	// InputOption is a Grouping or ReadOnly.
	InputOption = port.InputOption
	// PartsCodec is a type that encodes itself and holds large memory.
	PartsCodec = port.PartsCodec
)

// The groupings without a key.
const (
	// Balanced sends to the instance with the fewest bytes outstanding. It is
	// the default.
	Balanced = port.Balanced
	// RoundRobin takes turns; sender s starts at instance s mod n.
	RoundRobin = port.RoundRobin
	// OneToAll sends every item to every instance.
	OneToAll = port.OneToAll
	// AllToOne sends every item to instance 0.
	AllToOne = port.AllToOne
	// ReadOnly promises that the PE neither changes what arrives at the input
	// nor emits it again; it may be handed items that others read too.
	ReadOnly = port.ReadOnly
)

// The least and the greatest data time.
const (
	Never   = port.Never
	Forever = port.Forever
)

// Input makes an input that calls f with each item.
func Input[T any](f func(item T) error, opts ...InputOption) In[T] { return port.InputEach(f, opts...) }

// InputBatch makes an input that calls f with many items at a time, in order.
// The slice is lent for the call; the items in it are the PE's own.
func InputBatch[T any](f func(items []T) error, opts ...InputOption) In[T] {
	return port.InputBatch(f, opts...)
}

// InputBy makes an input that calls f with each item; all items whose keys are
// equal reach the same instance. A key is a string, []byte, an integer, a bool,
// or an array or struct of these. The key function must be pure.
func InputBy[T, K any](f func(item T) error, key func(T) K, opts ...InputOption) In[T] {
	return port.InputEach(f, append(opts, By(key))...)
}

// InputBatchBy is InputBy for a function that takes many items at a time.
func InputBatchBy[T, K any](f func(items []T) error, key func(T) K, opts ...InputOption) In[T] {
	return port.InputBatch(f, append(opts, By(key))...)
}

// InputRoute makes an input that calls f with each item. Route appends to the
// slice the instances, out of n, that get the item, and returns it: at least
// one, and none of them twice. It must be pure; where n is 1 it is not asked.
func InputRoute[T any](f func(item T) error, route func(item T, n int, to []int) []int, opts ...InputOption) In[T] {
	return port.Route(port.InputEach(f, opts...), route)
}

// InputBatchRoute is InputRoute for a function that takes many items at a time.
func InputBatchRoute[T any](f func(items []T) error, route func(item T, n int, to []int) []int, opts ...InputOption) In[T] {
	return port.Route(port.InputBatch(f, opts...), route)
}

// By groups the items of a stream by key, for Connect.
func By[T, K any](key func(T) K) Grouping { return port.By(key) }

// KeyHash is the hash that groupings by key use: the same in every program, for
// ever. It fails for types that cannot be keys.
func KeyHash[K any](key K) (uint64, error) { return port.HashKey(key) }

// Shards is the number of shards that keys fall into: shard = KeyHash mod
// Shards, and instance = shard * n / Shards.
const Shards = port.Shards

// Wait is returned by a source's Next that has nothing to emit before ready
// yields a value or is closed. The instance then costs nothing meanwhile.
func Wait(ready <-chan struct{}) error { return port.WaitError{C: ready} }
