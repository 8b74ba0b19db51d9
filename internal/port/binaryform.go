package port

import (
	"encoding"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

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
