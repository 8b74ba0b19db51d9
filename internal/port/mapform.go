package port

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"unsafe"
)

// A map travels sorted by key, so that equal maps have equal bytes.
func mapForm(t reflect.Type, key, elem *form) *form {
	type entry struct {
		key   []byte
		value unsafe.Pointer
	}
	// each calls f with the addresses of copies of all keys and values.
	each := func(p unsafe.Pointer, f func(k, v unsafe.Pointer) error) error {
		for all := reflect.NewAt(t, p).Elem().MapRange(); all.Next(); {
			k, v := reflect.New(t.Key()), reflect.New(t.Elem())
			k.Elem().Set(all.Key())
			v.Elem().Set(all.Value())
			if err := f(k.UnsafePointer(), v.UnsafePointer()); err != nil {
				return err
			}
		}
		return nil
	}
	return &form{
		id: CodecFields, mem: t.Size(), least: 1, shares: true,
		put: func(e *encoder, p unsafe.Pointer) {
			m := reflect.NewAt(t, p).Elem()
			if m.IsNil() {
				e.uvarint(0)
				return
			}
			e.uvarint(1 + uint64(m.Len()))
			entries := make([]entry, 0, m.Len())
			each(p, func(k, v unsafe.Pointer) error {
				one := encoder{inline: true}
				key.put(&one, k)
				e.keep(one.err)
				entries = append(entries, entry{one.buf, v})
				return nil
			})
			slices.SortFunc(entries, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
			for _, one := range entries {
				e.bytes(one.key)
				elem.put(e, one.value)
			}
		},
		get: func(d *decoder, p unsafe.Pointer) error {
			n, err := d.uvarint()
			if err != nil {
				return err
			}
			m := reflect.NewAt(t, p).Elem()
			if n == 0 {
				m.SetZero()
				return nil
			}
			if n--; !d.roomFor(n, key) {
				return d.corrupt("more entries than bytes")
			}
			m.Set(reflect.MakeMapWithSize(t, 0)) // it grows as entries are found
			for range n {
				// The key has an origin of its own for its alignment.
				b, err := d.bytes()
				if err != nil {
					return err
				}
				k, v := reflect.New(t.Key()), reflect.New(t.Elem())
				one := decoder{body: append([]byte(nil), b...)}
				if err := key.get(&one, k.UnsafePointer()); err != nil {
					return err
				}
				if one.at != len(b) {
					return d.corrupt("a key with bytes left over")
				}
				if err := elem.get(d, v.UnsafePointer()); err != nil {
					return err
				}
				m.SetMapIndex(k.Elem(), v.Elem())
			}
			if uint64(m.Len()) != n {
				return d.corrupt("a key twice")
			}
			return nil
		},
		bytes: func(p unsafe.Pointer) int {
			n := 5
			each(p, func(k, v unsafe.Pointer) error {
				n += 1 + key.bytes(k) + elem.bytes(v)
				return nil
			})
			return n
		},
		own: func(p unsafe.Pointer) error {
			m := reflect.NewAt(t, p).Elem()
			if m.IsNil() {
				return nil
			}
			fresh := reflect.MakeMapWithSize(t, m.Len())
			err := each(p, func(k, v unsafe.Pointer) error {
				if err := errors.Join(key.own(k), elem.own(v)); err != nil {
					return err
				}
				fresh.SetMapIndex(reflect.NewAt(t.Key(), k).Elem(), reflect.NewAt(t.Elem(), v).Elem())
				return nil
			})
			m.Set(fresh)
			return err
		},
	}
}
