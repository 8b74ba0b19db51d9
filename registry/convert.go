package registry

import (
	"fmt"
	"reflect"
	"time"
)

// convert returns value as a t. An integer may become a float; a float never
// becomes an integer, and a duration is written with its unit. The error
// follows the name of the parameter.
func convert(t reflect.Type, value any) (reflect.Value, error) {
	from := reflect.ValueOf(value)
	to := reflect.New(t).Elem()
	if t.Kind() == reflect.Slice {
		if !from.IsValid() || from.Kind() != reflect.Slice {
			return to, fmt.Errorf("is a list of %s, not %s", kindOf(t.Elem()), describe(value))
		}
		to.Set(reflect.MakeSlice(t, from.Len(), from.Len()))
		for i := range from.Len() {
			v, err := convert(t.Elem(), from.Index(i).Interface())
			if err != nil {
				return to, fmt.Errorf("has element %d, which %w", i, err)
			}
			to.Index(i).Set(v)
		}
		return to, nil
	}
	kind := kindOf(t)
	switch {
	case kind == "duration":
		return duration(value)
	case kind == "bool" && from.Kind() == reflect.Bool:
		to.SetBool(from.Bool())
	case kind == "string" && from.Kind() == reflect.String:
		to.SetString(from.String())
	case kind == "float" && from.CanFloat():
		if to.OverflowFloat(from.Float()) {
			return to, fmt.Errorf("is a %s, in which %v has no place", t.Kind(), value)
		}
		to.SetFloat(from.Float())
	case kind == "float" && (from.CanInt() || from.CanUint()) && from.Type() != durationType:
		to.SetFloat(number(from))
	case kind == "int" && (from.CanInt() || from.CanUint()) && from.Type() != durationType:
		return integer(to, from)
	default:
		return to, fmt.Errorf("is %s, not %s", article[kind], describe(value))
	}
	return to, nil
}

// integer stores from in to if it has room there.
func integer(to, from reflect.Value) (reflect.Value, error) {
	fits := false
	switch {
	case to.CanInt() && from.CanInt():
		fits = !to.OverflowInt(from.Int())
	case to.CanInt():
		fits = int64(from.Uint()) >= 0 && !to.OverflowInt(int64(from.Uint()))
	case from.CanInt():
		fits = from.Int() >= 0 && !to.OverflowUint(uint64(from.Int()))
	default:
		fits = !to.OverflowUint(from.Uint())
	}
	if !fits {
		return to, fmt.Errorf("is a whole number of type %s, in which %v has no place", to.Kind(), from)
	}
	return from.Convert(to.Type()), nil
}

func duration(value any) (reflect.Value, error) {
	switch d := value.(type) {
	case time.Duration:
		return reflect.ValueOf(d), nil
	case string:
		if parsed, err := time.ParseDuration(d); err == nil {
			return reflect.ValueOf(parsed), nil
		}
	}
	return reflect.Value{}, fmt.Errorf(`is a duration such as "90s", "1h30m" or "20ms", not %s`, describe(value))
}

var article = map[string]string{
	"bool": "true or false", "int": "a whole number", "float": "a number", "string": "a string",
}

// describe shows what was given instead.
func describe(value any) string {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Invalid:
		return "nothing"
	case reflect.String:
		return fmt.Sprintf("the string %q", v)
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "a table"
	}
	return fmt.Sprint(value)
}

// number is a value as a float64, 0 for what is no number.
func number(v reflect.Value) float64 {
	switch {
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	case v.CanFloat():
		return v.Float()
	}
	return 0
}

// copied returns a value that shares no memory with v.
func copied(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Slice || v.IsNil() {
		return v
	}
	c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(c, v)
	return c
}
