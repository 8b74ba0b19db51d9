package registry

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

// A Variant is one PE: its ports, its parameters and how to make it.
type Variant struct {
	Name string
	Help string
	// Source reports whether it has a Next.
	Source bool

	registry *Registry
	create   func() d4.PE
	of       reflect.Type // the struct
	ports    []portOf
	params   []param
}

// A Port is a port of a PE as a listing shows it.
type Port struct {
	Name     string
	Type     reflect.Type
	TypeName string // the registered name of Type, else its name in Go
	// Grouping is what the PE declares for an input, "" where it leaves that
	// open; ReadOnly that it changes nothing.
	Grouping string
	ReadOnly bool
}

type portOf struct {
	name     string
	item     reflect.Type
	input    bool
	grouping string
	readOnly bool
}

func newVariant(r *Registry, name, help string, create func() d4.PE) *Variant {
	pe := create()
	t := reflect.TypeOf(pe)
	if t == nil || t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("registry: %s is not a pointer to a struct but %T", name, pe))
	}
	v := &Variant{Name: name, Help: help, registry: r, create: create, of: t.Elem()}
	_, v.Source = pe.(d4.Source)
	params, err := paramsOf(reflect.ValueOf(pe).Elem())
	if err != nil {
		panic(fmt.Sprintf("registry: %s: %v", name, err))
	}
	v.params = params
	v.ports = portsOf(pe)
	if s, ok := pe.(d4.Setupper); ok && s.Setup() == nil {
		v.ports = portsOf(pe)
	}
	return v
}

// portsOf lists the ports that are there; what is wrong with others shows when
// the PE is added to a graph.
func portsOf(pe d4.PE) []portOf {
	found, _ := port.Find(pe)
	var ports []portOf
	for _, f := range found {
		if f.Out != nil {
			ports = append(ports, portOf{name: f.Name, item: f.Out.Elem()})
			continue
		}
		p := portOf{name: f.Name, item: f.In.Elem(), input: true, readOnly: f.In.ReadOnly()}
		if k := f.In.Grouping().Kind(); k != port.KindOpen {
			p.grouping = k.String()
		}
		ports = append(ports, p)
	}
	return ports
}

// In returns the inputs, as they are with default parameters.
func (v *Variant) In() []Port { return v.list(true) }

// Out returns the outputs, as they are with default parameters.
func (v *Variant) Out() []Port { return v.list(false) }

func (v *Variant) list(input bool) []Port {
	var ports []Port
	for _, p := range v.ports {
		if p.input == input {
			ports = append(ports, Port{p.name, p.item, v.registry.TypeName(p.item), p.grouping, p.readOnly})
		}
	}
	return ports
}

// Params returns the parameters in the order of the fields.
func (v *Variant) Params() []Param {
	params := make([]Param, len(v.params))
	for i, p := range v.params {
		params[i] = p.Param
		params[i].OneOf = slices.Clone(p.OneOf)
	}
	return params
}

// New makes a PE with default parameters, before Setup.
func (v *Variant) New() d4.PE { return v.create() }

// Set sets a parameter of a PE that New made. Value is what a TOML reader
// yields: bool, int64, float64, string, []any; or a value of the field's own
// type. The error is one line and says what would be right.
func (v *Variant) Set(pe d4.PE, name string, value any) error {
	s := reflect.ValueOf(pe)
	if s.Kind() != reflect.Pointer || s.IsNil() || s.Type().Elem() != v.of {
		return fmt.Errorf("%s is a *%s, not %T", v.Name, v.of, pe)
	}
	names := make([]string, len(v.params))
	for i, p := range v.params {
		if p.Name == name {
			return p.set(s.Elem().FieldByIndex(p.index), value)
		}
		names[i] = p.Name
	}
	if len(names) == 0 {
		return fmt.Errorf("%s has no parameters, so no %q", v.Name, name)
	}
	return fmt.Errorf("%s has no parameter %q%s", v.Name, name, Suggest(name, names))
}

// Make returns a factory for Graph.AddElement. Each call makes a PE, sets the
// parameters and calls Setup if there is one; the error, should there be one,
// joins all that is wrong with the parameters. Params must not be changed
// afterwards.
func (v *Variant) Make(params map[string]any) func() (d4.PE, error) {
	return func() (d4.PE, error) {
		pe := v.create()
		var errs []error
		for _, name := range slices.Sorted(maps.Keys(params)) {
			errs = append(errs, v.Set(pe, name, params[name]))
		}
		if err := errors.Join(errs...); err != nil {
			return pe, err
		}
		if s, ok := pe.(d4.Setupper); ok {
			return pe, s.Setup()
		}
		return pe, nil
	}
}
