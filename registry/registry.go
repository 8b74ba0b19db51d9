package registry

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

// A Registry holds what job files can name.
type Registry struct {
	pes   map[string][]*Variant
	keys  map[keyName]d4.Grouping
	types map[reflect.Type]string
	named map[string]reflect.Type

	exporters map[string]Exporter
}

type keyName struct {
	item reflect.Type
	name string
}

// New returns an empty registry.
func New() *Registry {
	return &Registry{
		pes:   map[string][]*Variant{},
		keys:  map[keyName]d4.Grouping{},
		types: map[reflect.Type]string{},
		named: map[string]reflect.Type{},

		exporters: map[string]Exporter{},
	}
}

// Add registers a PE under a name such as "seismo.Whiten". Help is one line.
// Calls with the same name and other item types add variants.
func Add[P d4.PE](r *Registry, name, help string, factory func() P) {
	v := newVariant(r, name, help, func() d4.PE { return factory() })
	for _, other := range r.pes[name] {
		if slices.Equal(other.ports, v.ports) {
			panic(fmt.Sprintf("registry: two PEs named %s have the same ports", name))
		}
	}
	r.pes[name] = append(r.pes[name], v)
}

// Key registers a key for items of type T, which job files may group by. F
// must be pure.
func Key[T, K any](r *Registry, name string, f func(T) K) {
	at := keyName{reflect.TypeFor[T](), name}
	if _, ok := r.keys[at]; ok {
		panic(fmt.Sprintf("registry: two keys of %s are named %s", at.item, name))
	}
	if _, err := d4.KeyHash(*new(K)); err != nil {
		panic(fmt.Sprintf("registry: key %s of %s: %v", name, at.item, err))
	}
	r.keys[at] = port.Named[T](d4.By(f), name)
}

// Type registers a name for an item type, for messages and listings.
func Type[T any](r *Registry, name string) {
	t := reflect.TypeFor[T]()
	if other, ok := r.named[name]; ok && other != t {
		panic(fmt.Sprintf("registry: both %s and %s are named %s", other, t, name))
	}
	r.types[t], r.named[name] = name, t
}

// TypeName is the registered name of an item type, else its name in Go.
func (r *Registry) TypeName(t reflect.Type) string {
	if name, ok := r.types[t]; ok {
		return name
	}
	return t.String()
}

// Names returns the names of all PEs, sorted.
func (r *Registry) Names() []string { return slices.Sorted(maps.Keys(r.pes)) }

// Lookup returns the variants of a PE, at least one, in the order in which they
// were added.
func (r *Registry) Lookup(name string) ([]*Variant, bool) {
	v, ok := r.pes[name]
	return slices.Clone(v), ok
}

// KeyFor returns the grouping of an input by the key of that name: one that is
// registered for its items, else their exported field of that snake_case name.
func (r *Registry) KeyFor(in port.Input, name string) (d4.Grouping, error) {
	if g, ok := r.keys[keyName{in.Elem(), name}]; ok {
		return g, nil
	}
	var have []string
	for k := range r.keys {
		if k.item == in.Elem() {
			have = append(have, k.name)
		}
	}
	if t := in.Elem(); t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			if field := port.SnakeCase(t.Field(i).Name); t.Field(i).IsExported() {
				have = append(have, field)
			}
		}
	}
	slices.Sort(have)
	if !slices.Contains(have, name) {
		return nil, fmt.Errorf("%s has no key %q%s", r.TypeName(in.Elem()), name, Suggest(name, have))
	}
	return port.ByField(in, name)
}
