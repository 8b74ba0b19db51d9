package registry

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/internal/port"
)

// A Param is a parameter of a PE.
type Param struct {
	Name string
	// Kind is bool, int, float, string or duration, or a list of one: []int.
	Kind string
	Unit string
	// Min and Max are the least and the greatest value allowed, as the tags
	// say them; "" for no limit.
	Min, Max string
	OneOf    []string // all values allowed; nil for any
	Default  any      // of the field's type
	Help     string
}

type param struct {
	Param
	index    []int // of the field, as FieldByIndex takes it
	min, max *float64
}

// paramsOf returns the parameters of a struct, those of embedded ones too.
func paramsOf(v reflect.Value) ([]param, error) {
	var params []param
	for _, f := range reflect.VisibleFields(v.Type()) {
		help, ok := f.Tag.Lookup("help")
		if !ok || !f.IsExported() || f.Anonymous || throughPointer(v.Type(), f.Index) {
			continue
		}
		p, err := newParam(f, help)
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", f.Name, err)
		}
		for _, other := range params {
			if other.Name == p.Name {
				return nil, fmt.Errorf("two parameters are named %s", p.Name)
			}
		}
		p.Default = copied(v.FieldByIndex(f.Index)).Interface()
		params = append(params, p)
	}
	return params, nil
}

// throughPointer reports whether the way to a field leads through an embedded
// pointer, which may be nil.
func throughPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
			return true
		}
	}
	return false
}

func newParam(f reflect.StructField, help string) (p param, err error) {
	p.index = f.Index
	p.Name = cmp.Or(f.Tag.Get("param"), port.SnakeCase(f.Name))
	p.Help, p.Unit = help, f.Tag.Get("unit")
	p.Min, p.Max = f.Tag.Get("min"), f.Tag.Get("max")
	if all, ok := f.Tag.Lookup("oneof"); ok {
		p.OneOf = strings.Split(all, "|")
	}
	elem, list := f.Type, f.Type.Kind() == reflect.Slice
	if list {
		elem = f.Type.Elem()
	}
	if p.Kind = kindOf(elem); p.Kind == "" {
		return p, fmt.Errorf("%s cannot be a parameter: it is a bool, an integer, a float, a string, a time.Duration or a slice of these", f.Type)
	}
	if p.min, err = limit(p.Kind, p.Min); err != nil {
		return p, err
	}
	if p.max, err = limit(p.Kind, p.Max); err != nil {
		return p, err
	}
	if list {
		p.Kind = "[]" + p.Kind
	}
	return p, nil
}

var durationType = reflect.TypeFor[time.Duration]()

// kindOf names the kind of one value, "" for what cannot be a parameter.
func kindOf(t reflect.Type) string {
	switch k := t.Kind(); {
	case t == durationType:
		return "duration"
	case k == reflect.Bool:
		return "bool"
	case k == reflect.String:
		return "string"
	case k == reflect.Float32 || k == reflect.Float64:
		return "float"
	case k >= reflect.Int && k <= reflect.Uint64:
		return "int"
	}
	return ""
}

// limit parses a min or max tag; durations count in nanoseconds.
func limit(kind, text string) (*float64, error) {
	if text == "" {
		return nil, nil
	}
	var n float64
	var err error
	switch kind {
	case "int", "float":
		n, err = strconv.ParseFloat(text, 64)
	case "duration":
		var d time.Duration
		d, err = time.ParseDuration(text)
		n = float64(d)
	default:
		err = fmt.Errorf("a %s has no least and greatest value", kind)
	}
	return &n, err
}

// set converts value to the field's type, checks it and stores it.
func (p *param) set(field reflect.Value, value any) error {
	v, err := convert(field.Type(), value)
	if err != nil {
		return fmt.Errorf("%s %w", p.Name, err)
	}
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			if err := p.check(v.Index(i)); err != nil {
				return fmt.Errorf("%s[%d] = %v %w", p.Name, i, v.Index(i), err)
			}
		}
	} else if err := p.check(v); err != nil {
		return fmt.Errorf("%s = %v %w", p.Name, v, err)
	}
	field.Set(v)
	return nil
}

// check reports what is wrong with one value, in words that follow it.
func (p *param) check(v reflect.Value) error {
	n := number(v)
	unit := ""
	if p.Unit != "" {
		unit = " " + p.Unit
	}
	switch {
	case n != n:
		return fmt.Errorf("is not a number")
	case p.min != nil && n < *p.min:
		return fmt.Errorf("is less than the least value, %s%s", p.Min, unit)
	case p.max != nil && n > *p.max:
		return fmt.Errorf("is more than the greatest value, %s%s", p.Max, unit)
	}
	if s := fmt.Sprint(v); p.OneOf != nil && !slices.Contains(p.OneOf, s) {
		return fmt.Errorf("is not one of %s%s", strings.Join(p.OneOf, ", "), DidYouMean(s, p.OneOf))
	}
	return nil
}
