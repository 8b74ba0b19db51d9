package port

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

// A Found is a port of a PE and its name. One of In and Out is set.
type Found struct {
	Name string
	In   Input
	Out  Output
}

// Find returns the ports of a PE, which must be a pointer to a struct: its
// exported fields of type In and Out and slices and arrays of them, those of
// embedded structs too, in order. All that is wrong with them comes as one error.
func Find(pe any) ([]Found, error) {
	v := reflect.ValueOf(pe)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("a PE is a pointer to a struct, not %T", pe)
	}
	f := finder{names: map[string]bool{}}
	f.fields(v.Elem())
	return f.found, errors.Join(f.errs...)
}

type finder struct {
	found []Found
	names map[string]bool
	errs  []error
}

func (f *finder) fields(v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		switch kind := v.Field(i).Kind(); {
		case field.IsExported() && f.add(SnakeCase(field.Name), v.Field(i)):
		case field.Anonymous && kind == reflect.Struct:
			f.fields(v.Field(i))
		case field.Anonymous && kind == reflect.Pointer && field.Type.Elem().Kind() == reflect.Struct && !v.Field(i).IsNil():
			f.fields(v.Field(i).Elem())
		case !field.IsExported():
		case kind == reflect.Slice || kind == reflect.Array:
			for k := range v.Field(i).Len() {
				f.add(fmt.Sprintf("%s[%d]", SnakeCase(field.Name), k), v.Field(i).Index(k))
			}
		}
	}
}

func (f *finder) add(name string, v reflect.Value) bool {
	if !v.CanAddr() {
		return false
	}
	found := Found{Name: name}
	switch p := v.Addr().Interface().(type) {
	case interface{ input() Input }:
		if found.In = p.input(); found.In == nil {
			f.errs = append(f.errs, fmt.Errorf("input %s has no function: set it with Input, InputBy, InputRoute or InputBatch", name))
			return true
		}
		if err := found.In.Err(); err != nil {
			f.errs = append(f.errs, fmt.Errorf("input %s: %w", name, err))
		}
	case interface{ output() Output }:
		found.Out = p.output()
		if err := found.Out.Err(); err != nil {
			f.errs = append(f.errs, fmt.Errorf("output %s: %w", name, err))
		}
	default:
		return false
	}
	if f.names[name] {
		f.errs = append(f.errs, fmt.Errorf("two ports are named %s", name))
	}
	f.names[name] = true
	f.found = append(f.found, found)
	return true
}

// SnakeCase turns an exported Go name into the one used in job files:
// FreqMin is freq_min, HTTPPort is http_port.
func SnakeCase(name string) string {
	var b strings.Builder
	rs := []rune(name)
	for i, r := range rs {
		if unicode.IsUpper(r) {
			word := i > 0 && (!unicode.IsUpper(rs[i-1]) || (i+1 < len(rs) && unicode.IsLower(rs[i+1])))
			if word && rs[i-1] != '_' {
				b.WriteByte('_')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Joinable returns the grouping that holds on a stream from out to in when the
// graph says g (nil when it says nothing), or why they cannot be joined.
func Joinable(out Output, in Input, g Grouping) (Grouping, error) {
	if out.Elem() != in.Elem() {
		return nil, fmt.Errorf("items are %s, but the input takes %s", out.Elem(), in.Elem())
	}
	if err := in.group(g); err != nil {
		return nil, err
	}
	if g == nil {
		g = in.Grouping()
	}
	if g.Kind() == KindOpen {
		g = Balanced
	}
	return g, nil
}

// ByField groups the items of in by the exported field of that snake_case name.
func ByField(in Input, name string) (Grouping, error) { return in.byField(name) }

func (s *inState[T]) byField(name string) (Grouping, error) {
	t := reflect.TypeFor[T]()
	if t.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(t) {
			if f.IsExported() && SnakeCase(f.Name) == name && len(f.Index) == 1 {
				h, err := hasher(f.Type)
				if err != nil {
					return nil, fmt.Errorf("field %s: %w", name, err)
				}
				return fieldKey[T](name, f.Offset, h), nil
			}
		}
	}
	return nil, fmt.Errorf("%s has no key and no exported field named %q", t, name)
}
