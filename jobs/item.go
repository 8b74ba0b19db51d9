package jobs

import (
	"encoding"
	"fmt"
	"reflect"
	"time"

	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/registry"
)

// decoder turns values of a job file into items.
type decoder struct{ problems *problems }

var timeType = reflect.TypeFor[time.Time]()

// decode stores v in to, which can be set. What names it in messages. Structs
// are tables of their exported fields by their snake_case names, those left out
// being zero; a string suits a type that reads itself from text, and a
// time.Duration; an integer suits a float.
func (d decoder) decode(to reflect.Value, v *Value, what string) {
	if s, ok := v.Any.(string); ok && to.Kind() != reflect.String {
		if u, ok := to.Addr().Interface().(encoding.TextUnmarshaler); ok {
			if err := u.UnmarshalText([]byte(s)); err != nil {
				d.problems.add(v.Position, "%s: %v", what, err)
			}
			return
		}
	}
	fits := true
	switch t := to.Type(); {
	case t == timeType:
		var x time.Time
		if x, fits = v.Any.(time.Time); fits {
			to.Set(reflect.ValueOf(x))
		}
	case t == reflect.TypeFor[time.Duration]():
		s, _ := v.Any.(string)
		x, err := time.ParseDuration(s)
		if fits = err == nil; fits {
			to.SetInt(int64(x))
		}
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && isText(v):
		to.SetBytes([]byte(v.Any.(string)))
	default:
		fits = d.byKind(to, v, what)
	}
	if !fits {
		d.problems.add(v.Position, "%s is %s, not %s", what, wanted(to.Type()), v.what())
	}
}

func isText(v *Value) bool { _, ok := v.Any.(string); return ok }

// byKind reports whether the value is of the right kind.
func (d decoder) byKind(to reflect.Value, v *Value, what string) (fits bool) {
	switch kind := to.Kind(); {
	case kind == reflect.Bool:
		var x bool
		x, fits = v.Any.(bool)
		to.SetBool(x)
	case kind == reflect.String:
		var x string
		x, fits = v.Any.(string)
		to.SetString(x)
	case to.CanInt():
		var x int64
		if x, fits = v.Any.(int64); fits && to.OverflowInt(x) {
			d.problems.add(v.Position, "%s is %d, for which %s has no room", what, x, to.Type())
			return true
		}
		to.SetInt(x)
	case to.CanUint():
		var x int64
		if x, fits = v.Any.(int64); fits && (x < 0 || to.OverflowUint(uint64(x))) {
			d.problems.add(v.Position, "%s is %d, for which %s has no room", what, x, to.Type())
			return true
		}
		to.SetUint(uint64(x))
	case to.CanFloat():
		switch x := v.Any.(type) {
		case float64:
			to.SetFloat(x)
		case int64:
			to.SetFloat(float64(x))
		default:
			return false
		}
		return true
	case kind == reflect.Slice || kind == reflect.Array:
		return d.list(to, v, what)
	case kind == reflect.Map && to.Type().Key().Kind() == reflect.String:
		return d.mapping(to, v, what)
	case kind == reflect.Struct:
		return d.structure(to, v, what)
	case kind == reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		d.decode(to.Elem(), v, what)
		return true
	}
	return fits
}

func (d decoder) list(to reflect.Value, v *Value, what string) bool {
	list, ok := v.Any.([]*Value)
	if !ok {
		return false
	}
	if to.Kind() == reflect.Slice {
		to.Set(reflect.MakeSlice(to.Type(), len(list), len(list)))
	} else if to.Len() != len(list) {
		d.problems.add(v.Position, "%s has %d elements, not %d", what, to.Len(), len(list))
		return true
	}
	for i, e := range list {
		d.decode(to.Index(i), e, fmt.Sprintf("%s[%d]", what, i))
	}
	return true
}

func (d decoder) mapping(to reflect.Value, v *Value, what string) bool {
	t, ok := v.Any.(*Table)
	if !ok {
		return false
	}
	to.Set(reflect.MakeMapWithSize(to.Type(), len(t.Keys)))
	for _, k := range t.Keys {
		value := reflect.New(to.Type().Elem()).Elem()
		d.decode(value, k.Value, what+"."+k.Name)
		to.SetMapIndex(reflect.ValueOf(k.Name).Convert(to.Type().Key()), value)
	}
	return true
}

func (d decoder) structure(to reflect.Value, v *Value, what string) bool {
	t, ok := v.Any.(*Table)
	if !ok {
		return false
	}
	fields := map[string]int{}
	var names []string
	for i := range to.NumField() {
		if f := to.Type().Field(i); f.IsExported() {
			name := port.SnakeCase(f.Name)
			fields[name] = i
			names = append(names, name)
		}
	}
	for _, k := range t.Keys {
		if i, ok := fields[k.Name]; ok {
			d.decode(to.Field(i), k.Value, what+"."+k.Name)
		} else {
			d.problems.add(k.Position, "%s has no field %q%s", what, k.Name, registry.Suggest(k.Name, names))
		}
	}
	return true
}

// wanted describes a type to one who writes TOML.
func wanted(t reflect.Type) string {
	switch {
	case t == timeType:
		return "a time such as 2026-01-02T15:04:05Z"
	case t == reflect.TypeFor[time.Duration]():
		return `a duration such as "90s"`
	}
	switch k := t.Kind(); {
	case k == reflect.Bool:
		return "true or false"
	case k == reflect.String:
		return "a string"
	case k >= reflect.Int && k <= reflect.Uintptr:
		return "a whole number"
	case k == reflect.Float32 || k == reflect.Float64:
		return "a number"
	case k == reflect.Slice || k == reflect.Array:
		return "a list"
	case k == reflect.Map || k == reflect.Struct:
		return "a table"
	}
	return "a " + t.String() + ", which TOML cannot write"
}
