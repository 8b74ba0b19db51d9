package port

import (
	"reflect"
	"unsafe"

	"github.com/dispel4go/dispel4go/internal/garbage"
)

func memoryForm(t reflect.Type) *form {
	size := t.Size()
	return &form{
		id: CodecMemory, mem: size, least: uint64(size), plain: true,
		put: func(e *encoder, p unsafe.Pointer) { e.buf = append(e.buf, unsafe.Slice((*byte)(p), size)...) },
		get: func(d *decoder, p unsafe.Pointer) error {
			b, err := d.take(uint64(size))
			copy(unsafe.Slice((*byte)(p), size), b)
			return err
		},
		bytes: func(unsafe.Pointer) int { return int(size) },
		own:   func(unsafe.Pointer) error { return nil },
	}
}

func boolForm() *form {
	return &form{
		id: CodecFields, mem: 1, least: 1,
		put: func(e *encoder, p unsafe.Pointer) {
			b := byte(0)
			if *(*bool)(p) {
				b = 1
			}
			e.buf = append(e.buf, b)
		},
		get: func(d *decoder, p unsafe.Pointer) error {
			b, err := d.take(1)
			if err == nil {
				*(*bool)(p) = b[0] != 0
			}
			return err
		},
		bytes: func(unsafe.Pointer) int { return 1 },
		own:   func(unsafe.Pointer) error { return nil },
	}
}

func stringForm() *form {
	return &form{
		id: CodecFields, mem: unsafe.Sizeof(""), least: 1,
		put: func(e *encoder, p unsafe.Pointer) {
			s := *(*string)(p)
			e.uvarint(uint64(len(s)))
			e.buf = append(e.buf, s...)
		},
		get: func(d *decoder, p unsafe.Pointer) error {
			b, err := d.bytes()
			*(*string)(p) = unsafe.String(unsafe.SliceData(b), len(b))
			return err
		},
		bytes: func(p unsafe.Pointer) int { return 2 + len(*(*string)(p)) },
		own:   func(unsafe.Pointer) error { return nil },
	}
}

// memorySliceForm is for slices whose elements travel as memory. The header of
// any such slice has the layout of a []byte header with another count.
func memorySliceForm(elem *form) *form {
	size := elem.mem
	set := func(p unsafe.Pointer, b []byte, n int) {
		*(*[]byte)(p) = unsafe.Slice(unsafe.SliceData(b), n)
	}
	return &form{
		id: CodecFields, mem: unsafe.Sizeof([]byte{}), least: 1, shares: true,
		put: func(e *encoder, p unsafe.Pointer) {
			s := *(*[]byte)(p)
			if s == nil {
				e.uvarint(0)
				return
			}
			e.memory(unsafe.Pointer(unsafe.SliceData(s)), len(s), size)
		},
		get: func(d *decoder, p unsafe.Pointer) error {
			b, n, ok, err := d.memory(size)
			switch {
			case err != nil:
				return err
			case !ok:
				*(*[]byte)(p) = nil
			case n == 0:
				*(*[]byte)(p) = []byte{}
			default:
				set(p, b, n)
			}
			return nil
		},
		bytes: func(p unsafe.Pointer) int { return 10 + len(*(*[]byte)(p))*int(size) },
		own: func(p unsafe.Pointer) error {
			s := *(*[]byte)(p)
			if len(s) == 0 {
				return nil
			}
			// Rounded up to 8 bytes so that the copy is aligned for any element.
			b := garbage.Bytes(int((uintptr(len(s))*size + 7) &^ 7))
			copy(b, unsafe.Slice(unsafe.SliceData(s), uintptr(len(s))*size))
			set(p, b, len(s))
			return nil
		},
	}
}

func sliceForm(t reflect.Type, elem *form) *form {
	each := func(p unsafe.Pointer, f func(unsafe.Pointer) error) error {
		s := *(*[]byte)(p) // only the pointer and the length are used
		base := unsafe.Pointer(unsafe.SliceData(s))
		for i := range len(s) {
			if err := f(unsafe.Add(base, uintptr(i)*elem.mem)); err != nil {
				return err
			}
		}
		return nil
	}
	return &form{
		id: CodecFields, mem: unsafe.Sizeof([]byte{}), least: 1, shares: true,
		put: func(e *encoder, p unsafe.Pointer) {
			if *(*[]byte)(p) == nil {
				e.uvarint(0)
				return
			}
			e.uvarint(1 + uint64(len(*(*[]byte)(p))))
			each(p, func(q unsafe.Pointer) error { elem.put(e, q); return nil })
		},
		get: func(d *decoder, p unsafe.Pointer) error {
			v, err := d.uvarint()
			if err != nil {
				return err
			}
			if v == 0 {
				*(*[]byte)(p) = nil
				return nil
			}
			if !d.roomFor(v-1, elem) {
				return d.corrupt("more elements than bytes")
			}
			s := reflect.MakeSlice(t, int(v-1), int(v-1))
			reflect.NewAt(t, p).Elem().Set(s)
			return each(p, func(q unsafe.Pointer) error { return elem.get(d, q) })
		},
		bytes: func(p unsafe.Pointer) int {
			n := 5
			each(p, func(q unsafe.Pointer) error { n += elem.bytes(q); return nil })
			return n
		},
		own: func(p unsafe.Pointer) error {
			v := reflect.NewAt(t, p).Elem()
			if v.Len() == 0 {
				return nil
			}
			s := reflect.MakeSlice(t, v.Len(), v.Len())
			reflect.Copy(s, v)
			v.Set(s)
			return each(p, elem.own)
		},
	}
}

func sequenceForm(t reflect.Type, offsets []uintptr, forms []*form) *form {
	f := &form{id: CodecFields, mem: t.Size()}
	for _, part := range forms {
		f.least += part.least
		f.shares = f.shares || part.shares
	}
	f.put = func(e *encoder, p unsafe.Pointer) {
		for i, part := range forms {
			part.put(e, unsafe.Add(p, offsets[i]))
		}
	}
	f.get = func(d *decoder, p unsafe.Pointer) error {
		for i, part := range forms {
			if err := part.get(d, unsafe.Add(p, offsets[i])); err != nil {
				return err
			}
		}
		return nil
	}
	f.bytes = func(p unsafe.Pointer) int {
		n := 0
		for i, part := range forms {
			n += part.bytes(unsafe.Add(p, offsets[i]))
		}
		return n
	}
	f.own = func(p unsafe.Pointer) error {
		for i, part := range forms {
			if part.shares {
				if err := part.own(unsafe.Add(p, offsets[i])); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return f
}

func pointerForm(t reflect.Type, elem *form) *form {
	fresh := func(p unsafe.Pointer) unsafe.Pointer {
		v := reflect.New(t.Elem())
		reflect.NewAt(t, p).Elem().Set(v)
		return v.UnsafePointer()
	}
	return &form{
		id: CodecFields, mem: t.Size(), least: 1, shares: true,
		put: func(e *encoder, p unsafe.Pointer) {
			q := *(*unsafe.Pointer)(p)
			if q == nil {
				e.buf = append(e.buf, 0)
				return
			}
			e.buf = append(e.buf, 1)
			elem.put(e, q)
		},
		get: func(d *decoder, p unsafe.Pointer) error {
			b, err := d.take(1)
			if err != nil || b[0] == 0 {
				*(*unsafe.Pointer)(p) = nil
				return err
			}
			return elem.get(d, fresh(p))
		},
		bytes: func(p unsafe.Pointer) int {
			if q := *(*unsafe.Pointer)(p); q != nil {
				return 1 + elem.bytes(q)
			}
			return 1
		},
		own: func(p unsafe.Pointer) error {
			old := *(*unsafe.Pointer)(p)
			if old == nil {
				return nil
			}
			from := reflect.NewAt(t.Elem(), old).Elem()
			q := fresh(p)
			reflect.NewAt(t.Elem(), q).Elem().Set(from)
			return elem.own(q)
		},
	}
}
