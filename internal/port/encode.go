package port

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"unsafe"

	"github.com/dispel4go/dispel4go/internal/garbage"
)

// How the kinds are laid out, all little endian, offsets counted from the
// start of the body of a batch:
//
//	plain            its memory
//	bool             one byte, 0 or 1
//	string           uvarint length, bytes
//	slice of plain   uvarint 0 for nil, else 1 + 2*length + part; then, when
//	                 part is 0, zeros up to a multiple of 8 and the memory
//	other slice      uvarint 0 for nil, else 1 + length; then the elements
//	array, struct    the elements, the fields
//	pointer          one byte, 0 for nil, else 1 and the value
//	map              uvarint 0 for nil, else 1 + length; then each key and its
//	                 value, sorted by the bytes of the key
//	own binary       uvarint length, bytes
//	own parts        as own binary, then uvarint count, and each part as a
//	                 slice of bytes

// encoder appends the encoding of values to buf.
type encoder struct {
	buf    []byte
	base   int      // where the body of the batch starts in buf
	parts  [][]byte // memory that travels beside the frame
	inline bool     // no parts: all in buf
	err    error
}

func (e *encoder) uvarint(n uint64) { e.buf = binary.AppendUvarint(e.buf, n) }

// keep keeps the first error.
func (e *encoder) keep(err error) {
	if e.err == nil {
		e.err = err
	}
}

func (e *encoder) bytes(b []byte) {
	e.uvarint(uint64(len(b)))
	e.buf = append(e.buf, b...)
}

// memory writes n elements of size bytes each that lie at p.
func (e *encoder) memory(p unsafe.Pointer, n int, size uintptr) {
	b := unsafe.Slice((*byte)(p), uintptr(n)*size)
	if len(b) >= PartSize && !e.inline {
		e.uvarint(1 + 2*uint64(n) + 1)
		e.parts = append(e.parts, b)
		return
	}
	e.uvarint(1 + 2*uint64(n))
	if n == 0 {
		return
	}
	for (len(e.buf)-e.base)%8 != 0 {
		e.buf = append(e.buf, 0)
	}
	e.buf = append(e.buf, b...)
}

// decoder takes values from body, which is memory that the items may keep.
type decoder struct {
	body  []byte
	at    int
	parts [][]byte
}

func (d *decoder) corrupt(what string) error {
	return fmt.Errorf("%w: %s at byte %d of %d", ErrCorrupt, what, d.at, len(d.body))
}

func (d *decoder) uvarint() (uint64, error) {
	v, n := binary.Uvarint(d.body[d.at:])
	if n <= 0 {
		return 0, d.corrupt("bad length")
	}
	d.at += n
	return v, nil
}

func (d *decoder) take(n uint64) ([]byte, error) {
	if n > uint64(len(d.body)-d.at) {
		return nil, d.corrupt("length beyond the end")
	}
	b := d.body[d.at : d.at+int(n) : d.at+int(n)]
	d.at += int(n)
	return b, nil
}

// roomFor reports whether n values of a form may follow, so that no memory is
// made for more than the body can hold.
func (d *decoder) roomFor(n uint64, f *form) bool {
	return n <= uint64(len(d.body)-d.at)/max(f.least, 1)
}

func (d *decoder) bytes() ([]byte, error) {
	n, err := d.uvarint()
	if err != nil {
		return nil, err
	}
	return d.take(n)
}

// memory is the inverse of encoder.memory; ok is false for nil.
func (d *decoder) memory(size uintptr) (b []byte, n int, ok bool, err error) {
	v, err := d.uvarint()
	if err != nil || v == 0 {
		return nil, 0, false, err
	}
	count, part := (v-1)/2, (v-1)%2 == 1
	if part {
		if len(d.parts) == 0 {
			return nil, 0, false, d.corrupt("a part is missing")
		}
		b, d.parts = d.parts[0], d.parts[1:]
		if have := uint64(len(b)); have%uint64(size) != 0 || have/uint64(size) != count {
			return nil, 0, false, d.corrupt("part of another size")
		}
		return b, int(count), true, nil
	}
	if count == 0 {
		return nil, 0, true, nil
	}
	for d.at%8 != 0 {
		d.at++
	}
	if d.at > len(d.body) || count > uint64(len(d.body)-d.at)/uint64(size) {
		d.at = min(d.at, len(d.body))
		return nil, 0, false, d.corrupt("slice beyond the end")
	}
	b, err = d.take(count * uint64(size))
	return b, int(count), true, err
}

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

// scratch is memory to encode into where only the length counts.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// binaryForm is for values that turn themselves into bytes.
func binaryForm(t reflect.Type) *form {
	encode, decode := appendBinary(t), unmarshalBinary(t)
	f := &form{id: CodecBinary, mem: t.Size(), least: 1, shares: true}
	f.put = func(e *encoder, p unsafe.Pointer) {
		// The length goes before bytes whose number is known after them: they
		// are written at the end and moved up.
		start := len(e.buf)
		b, err := encode(e.buf, p)
		if err != nil {
			e.keep(err)
			return
		}
		var prefix [binary.MaxVarintLen64]byte
		n := binary.PutUvarint(prefix[:], uint64(len(b)-start))
		e.buf = slices.Insert(b, start, prefix[:n]...)
	}
	f.get = func(d *decoder, p unsafe.Pointer) error {
		b, err := d.bytes()
		if err != nil {
			return err
		}
		if err := decode(b, p); err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		return nil
	}
	f.bytes = func(p unsafe.Pointer) int {
		room := scratch.Get().(*[]byte)
		b, _ := encode((*room)[:0], p)
		*room = b[:0]
		scratch.Put(room)
		return len(b) + 2
	}
	f.own = func(p unsafe.Pointer) error {
		b, err := encode(nil, p)
		if err != nil {
			return err
		}
		reflect.NewAt(t, p).Elem().SetZero()
		return decode(b, p)
	}
	return f
}

func appendBinary(t reflect.Type) func(dst []byte, p unsafe.Pointer) ([]byte, error) {
	if reflect.PointerTo(t).Implements(appenderType) {
		return func(dst []byte, p unsafe.Pointer) ([]byte, error) {
			return reflect.NewAt(t, p).Interface().(encoding.BinaryAppender).AppendBinary(dst)
		}
	}
	return func(dst []byte, p unsafe.Pointer) ([]byte, error) {
		b, err := reflect.NewAt(t, p).Interface().(encoding.BinaryMarshaler).MarshalBinary()
		return append(dst, b...), err
	}
}

func unmarshalBinary(t reflect.Type) func(b []byte, p unsafe.Pointer) error {
	return func(b []byte, p unsafe.Pointer) error {
		return reflect.NewAt(t, p).Interface().(encoding.BinaryUnmarshaler).UnmarshalBinary(b)
	}
}

// timeForm is the form of time.Time, which never changes: copies may share it.
func timeForm() *form {
	f := binaryForm(timeType)
	f.shares = false
	f.bytes = func(unsafe.Pointer) int { return 16 }
	f.own = func(unsafe.Pointer) error { return nil }
	return f
}

func partsForm(t reflect.Type) *form {
	encode, decode := appendBinary(t), unmarshalBinary(t)
	parts := func(p unsafe.Pointer) [][]byte {
		return reflect.NewAt(t, p).Interface().(PartsCodec).AppendParts(nil)
	}
	f := binaryForm(t)
	f.id, f.least = CodecParts, 2
	head, body := f.put, f.get
	f.put = func(e *encoder, p unsafe.Pointer) {
		head(e, p)
		all := parts(p)
		e.uvarint(uint64(len(all)))
		for _, part := range all {
			e.memory(unsafe.Pointer(unsafe.SliceData(part)), len(part), 1)
		}
	}
	f.get = func(d *decoder, p unsafe.Pointer) error {
		if err := body(d, p); err != nil {
			return err
		}
		n, err := d.uvarint()
		if err != nil {
			return err
		}
		if n > uint64(len(d.body)-d.at) {
			return d.corrupt("more parts than bytes")
		}
		all := make([][]byte, n)
		for i := range all {
			if all[i], _, _, err = d.memory(1); err != nil {
				return err
			}
		}
		if err := reflect.NewAt(t, p).Interface().(PartsCodec).SetParts(all); err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		return nil
	}
	f.bytes = func(p unsafe.Pointer) int {
		n := 64
		for _, part := range parts(p) {
			n += len(part)
		}
		return n
	}
	f.own = func(p unsafe.Pointer) error {
		b, err := encode(nil, p)
		if err != nil {
			return err
		}
		all := parts(p)
		for i, part := range all {
			all[i] = append(make([]byte, 0, len(part)), part...)
		}
		reflect.NewAt(t, p).Elem().SetZero()
		if err := decode(b, p); err != nil {
			return err
		}
		return reflect.NewAt(t, p).Interface().(PartsCodec).SetParts(all)
	}
	return f
}
