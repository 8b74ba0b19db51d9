package petest

import (
	"cmp"
	"reflect"
	"slices"
	"unsafe"

	"github.com/dispel4go/dispel4go/internal/port"
)

// region is memory that an item refers to and that somebody could change.
type region struct {
	from, to uintptr
	item     int
}

// regions appends the memory behind v that belongs to an item.
func regions(all []region, v reflect.Value, item int) []region {
	span := func(p uintptr, n uintptr) {
		if n > 0 {
			all = append(all, region{p, p + n, item})
		}
	}
	switch v.Kind() {
	case reflect.Slice:
		span(v.Pointer(), uintptr(v.Len())*v.Type().Elem().Size())
		if refers(v.Type().Elem()) {
			for i := range v.Len() {
				all = regions(all, v.Index(i), item)
			}
		}
	case reflect.Array:
		if refers(v.Type().Elem()) {
			for i := range v.Len() {
				all = regions(all, v.Index(i), item)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			all = regions(all, v.Field(i), item)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			span(v.Pointer(), v.Type().Elem().Size())
			all = regions(all, v.Elem(), item)
		}
	case reflect.Map:
		if !v.IsNil() {
			span(v.Pointer(), 1)
			for it := v.MapRange(); it.Next(); {
				all = regions(all, it.Value(), item)
			}
		}
	}
	return all
}

// refers reports whether values of t can refer to memory that can be changed.
func refers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Pointer, reflect.Map:
		return true
	case reflect.Array:
		return refers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if refers(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

// shared returns two items that share memory.
func shared(all []region) (a, b int, found bool) {
	slices.SortFunc(all, func(x, y region) int { return cmp.Compare(x.from, y.from) })
	var widest region // of those before, the one that reaches furthest
	for i, r := range all {
		if i > 0 && r.from < widest.to && r.item != widest.item {
			return widest.item, r.item, true
		}
		if r.to > widest.to {
			widest = r
		}
	}
	return 0, 0, false
}

// scribbleOver writes over all memory behind v, but not v itself.
func scribbleOver(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			if !refers(v.Type().Elem()) && v.Type().Elem().Kind() != reflect.String {
				e := v.Index(i)
				garble(unsafe.Slice((*byte)(e.Addr().UnsafePointer()), e.Type().Size()), e.Type())
			} else {
				scribbleOver(v.Index(i))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			scribbleOver(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			scribbleOver(v.Field(i))
		}
	case reflect.Pointer:
		if !v.IsNil() && v.CanSet() {
			scribbleOver(v.Elem())
			v.Elem().SetZero()
		}
	case reflect.Map:
		if v.CanSet() {
			v.Clear()
		}
	}
}

func garble(b []byte, t reflect.Type) {
	if t.Kind() == reflect.Struct || t.Kind() == reflect.Bool {
		clear(b) // may hold what has no other pattern
		return
	}
	for i := range b {
		b[i] = 0xa5
	}
}

// itemsOf looks into a batch of items of type t, which the test may not know.
func itemsOf(batch port.Batch, t reflect.Type) reflect.Value {
	items := reflect.ValueOf(batch).Elem().FieldByName("items")
	if items.Kind() != reflect.Slice || items.Type().Elem() != t {
		panic("batches do not hold items as a slice called items any more")
	}
	return reflect.SliceAt(t, items.UnsafePointer(), items.Len())
}
