package port

import (
	"reflect"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// Kind is one of the closed set of groupings.
type Kind uint8

// The groupings. Open is the kind of an input that leaves the choice to
// Connect; it then means Balanced.
const (
	KindOpen Kind = iota
	KindBalanced
	KindRoundRobin
	KindOneToAll
	KindAllToOne
	KindBy
	KindRoute
)

var kindNames = [...]string{"balanced", "balanced", "round_robin", "one_to_all", "all_to_one", "by", "route"}

// String is the name used in job files, plans and messages.
func (k Kind) String() string { return kindNames[k] }

// A Grouping says which instances of a PE get an item. The four without a key
// are constants; By makes the fifth; InputRoute declares the sixth.
type Grouping interface {
	Kind() Kind
	option(*spec)
}

// An InputOption is a Grouping or ReadOnly.
type InputOption interface{ option(*spec) }

type plainGrouping Kind

// The groupings that need no key.
const (
	// Balanced: to the instance with the fewest bytes outstanding.
	Balanced = plainGrouping(KindBalanced)
	// RoundRobin: sender s starts at instance s mod n and takes turns.
	RoundRobin = plainGrouping(KindRoundRobin)
	// OneToAll: to every instance.
	OneToAll = plainGrouping(KindOneToAll)
	// AllToOne: to instance 0.
	AllToOne = plainGrouping(KindAllToOne)
)

// Kind returns which grouping it is.
func (g plainGrouping) Kind() Kind     { return Kind(g) }
func (g plainGrouping) option(s *spec) { s.grouping = g }
func (g plainGrouping) String() string { return Kind(g).String() }

// KindNamed returns the grouping without a key of that name.
func KindNamed(name string) (Grouping, bool) {
	for _, k := range []Kind{KindBalanced, KindRoundRobin, KindOneToAll, KindAllToOne} {
		if k.String() == name {
			return plainGrouping(k), true
		}
	}
	return nil, false
}

// ReadOnly promises that the PE neither changes the items of this input nor
// passes them on; it may then be handed items that others read too.
const ReadOnly = readOnly(true)

type readOnly bool

func (readOnly) option(s *spec) { s.readOnly = true }

// keyed groups items of type T by the hash of a key.
type keyed[T any] struct {
	name string // of the key, for plans
	// spread sets to[i] to the instance, out of n, that items[i] goes to.
	spread func(items []T, n uint64, to []int32)
	err    error // the key type is refused
}

func (keyed[T]) Kind() Kind       { return KindBy }
func (k keyed[T]) option(s *spec) { s.grouping = k }
func (k keyed[T]) String() string { return "by " + k.name }

// By groups items by key: all items whose keys are equal go to one instance.
func By[T, K any](key func(T) K) Grouping {
	h, err := hasher(reflect.TypeFor[K]())
	return keyed[T]{name: "key", err: err, spread: spreadBy(key, h)}
}

// spreadBy has a loop for each of the usual kinds, since it sees every item. It
// is not inlined, for then the compiler would inline nothing into the loops.
//
//go:noinline
func spreadBy[T, K any](key func(T) K, h keyHash) func(items []T, n uint64, to []int32) {
	switch h.kind {
	case reflect.Int64:
		return func(items []T, n uint64, to []int32) {
			for i := range items {
				k := key(items[i])
				to[i] = instance(mix(*(*uint64)(unsafe.Pointer(&k))), n)
			}
		}
	case reflect.String:
		return func(items []T, n uint64, to []int32) {
			for i := range items {
				k := key(items[i])
				to[i] = instance(xxh3.HashString(*(*string)(unsafe.Pointer(&k))), n)
			}
		}
	}
	return func(items []T, n uint64, to []int32) {
		for i := range items {
			k := key(items[i])
			to[i] = instance(h.hash(unsafe.Pointer(&k)), n)
		}
	}
}

// Named gives the key of a By grouping the name that plans print.
func Named[T any](g Grouping, name string) Grouping {
	if k, ok := g.(keyed[T]); ok {
		k.name = name
		return k
	}
	return g
}

type routed[T any] struct {
	route func(item T, n int, to []int) []int
}

func (routed[T]) Kind() Kind       { return KindRoute }
func (r routed[T]) option(s *spec) { s.grouping = r }
func (routed[T]) String() string   { return "route" }

// spec is what the declaration of an input says.
type spec struct {
	grouping Grouping
	readOnly bool
}
