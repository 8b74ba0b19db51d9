package port

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// PartSize is the size in bytes from which the memory of a slice travels as a
// part beside the frame instead of inside it.
const PartSize = 16 << 10

// The ids of codecs on the wire.
const (
	CodecMemory byte = 1 + iota // the bytes of the values, one after the other
	CodecFields                 // field by field, see encode.go
	CodecBinary                 // the type's own AppendBinary and UnmarshalBinary
	CodecParts                  // the type's own PartsCodec
	CodecCBOR                   // reserved for items without a Go type: canonical CBOR (RFC 8949, 4.2.1)
)

// ErrCorrupt is wrapped by what decoding returns for bytes that no encoder wrote.
var ErrCorrupt = errors.New("corrupt item")

// A PartsCodec is a type that holds large memory and encodes itself: the small
// state as binary, the large memory as parts, left where it lies.
type PartsCodec interface {
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
	// AppendParts appends the item's memory to parts: pointer-free Go memory,
	// not changed and not moved before the item is.
	AppendParts(parts [][]byte) [][]byte
	// SetParts is called after UnmarshalBinary with as many parts as
	// AppendParts gave. They belong to the item for good.
	SetParts(parts [][]byte) error
}

// A Codec tells how values of one type travel, are copied and are counted.
type Codec struct {
	// ID is the codec's id on the wire.
	ID   byte
	Type reflect.Type
	form *form
}

// Fixed reports whether every value takes the same number of bytes, those of
// its memory, and holds no reference.
func (c *Codec) Fixed() bool { return c.form.plain }

// Shares reports whether copying a value leaves memory shared that a PE could
// change, so that a deep copy is needed.
func (c *Codec) Shares() bool { return c.form.shares }

var codecs sync.Map // reflect.Type -> *Codec or error

// CodecOf returns the codec of a type, or why it has none.
func CodecOf(t reflect.Type) (*Codec, error) {
	if found, ok := codecs.Load(t); ok {
		if c, ok := found.(*Codec); ok {
			return c, nil
		}
		return nil, found.(error)
	}
	f, err := formOf(t, nil)
	if err != nil {
		err = fmt.Errorf("%s cannot travel between instances: %w; give it exported fields only, or AppendBinary and UnmarshalBinary", t, err)
		codecs.Store(t, err)
		return nil, err
	}
	c := &Codec{ID: f.id, Type: t, form: f}
	codecs.Store(t, c)
	return c, nil
}

// form is what is known of one type, all its functions given the address of a value.
type form struct {
	id     byte
	mem    uintptr // bytes of the value itself
	least  uint64  // bytes that any value takes encoded, at least
	plain  bool    // travels as memory: no padding, no reference, any bit pattern valid
	shares bool
	put    func(e *encoder, p unsafe.Pointer)
	get    func(d *decoder, p unsafe.Pointer) error
	// bytes is about what the value takes encoded, its parts included.
	bytes func(p unsafe.Pointer) int
	// own replaces the references in the value by copies of what they refer to.
	own func(p unsafe.Pointer) error
}

var (
	appenderType    = reflect.TypeFor[encoding.BinaryAppender]()
	marshalerType   = reflect.TypeFor[encoding.BinaryMarshaler]()
	unmarshalerType = reflect.TypeFor[encoding.BinaryUnmarshaler]()
	partsType       = reflect.TypeFor[PartsCodec]()
	timeType        = reflect.TypeFor[time.Time]()
)

// formOf builds the form of t; outer are the types that contain it.
func formOf(t reflect.Type, outer []reflect.Type) (*form, error) {
	for _, o := range outer {
		if o == t {
			return nil, fmt.Errorf("%s contains itself", t)
		}
	}
	outer = append(outer[:len(outer):len(outer)], t)
	if f := plainOrOwn(t); f != nil {
		return f, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return boolForm(), nil
	case reflect.String:
		return stringForm(), nil
	case reflect.Slice:
		elem, err := formOf(t.Elem(), outer)
		if err != nil {
			return nil, err
		}
		if elem.mem == 0 {
			return nil, fmt.Errorf("%s has elements without content", t)
		}
		if elem.plain {
			return memorySliceForm(elem), nil
		}
		return sliceForm(t, elem), nil
	case reflect.Array:
		elem, err := formOf(t.Elem(), outer)
		if err != nil {
			return nil, err
		}
		offsets := make([]uintptr, t.Len())
		forms := make([]*form, t.Len())
		for i := range offsets {
			offsets[i], forms[i] = uintptr(i)*t.Elem().Size(), elem
		}
		return sequenceForm(t, offsets, forms), nil
	case reflect.Struct:
		return structForm(t, outer)
	case reflect.Pointer:
		elem, err := formOf(t.Elem(), outer)
		if err != nil {
			return nil, err
		}
		return pointerForm(t, elem), nil
	case reflect.Map:
		key, err := formOf(t.Key(), outer)
		if err != nil {
			return nil, err
		}
		elem, err := formOf(t.Elem(), outer)
		if err != nil {
			return nil, err
		}
		return mapForm(t, key, elem), nil
	}
	return nil, fmt.Errorf("a %s has no codec", t.Kind())
}

// plainOrOwn returns the form of a type that travels as memory or encodes
// itself, nil for every other.
func plainOrOwn(t reflect.Type) *form {
	ptr := reflect.PointerTo(t)
	switch {
	case t.Kind() == reflect.Interface || t.Kind() == reflect.Pointer:
		return nil
	case t == timeType:
		return timeForm()
	case ptr.Implements(partsType):
		return partsForm(t)
	case (ptr.Implements(appenderType) || ptr.Implements(marshalerType)) && ptr.Implements(unmarshalerType):
		return binaryForm(t)
	case isPlain(t):
		return memoryForm(t)
	}
	return nil
}

// isPlain reports whether values of t can travel as memory.
func isPlain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Int, reflect.Uint, reflect.Uintptr:
		return t.Size() == 8 // the same on every machine, or not as memory
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return true
	case reflect.Array:
		return t.Len() == 0 || isPlain(t.Elem())
	case reflect.Struct:
		var end uintptr
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() || f.Offset != end || !isPlain(f.Type) {
				return false
			}
			end += f.Type.Size()
		}
		return end == t.Size()
	}
	return false
}

func structForm(t reflect.Type, outer []reflect.Type) (*form, error) {
	var offsets []uintptr
	var forms []*form
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			return nil, fmt.Errorf("%s has the unexported field %s and no codec of its own", t, f.Name)
		}
		ff, err := formOf(f.Type, outer)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		offsets, forms = append(offsets, f.Offset), append(forms, ff)
	}
	return sequenceForm(t, offsets, forms), nil
}

// A Digest is the sum modulo 2^128 of the XXH3-128 hashes of items in their
// canonical encoding: it does not depend on their order, but on how often each
// came.
type Digest struct{ Hi, Lo uint64 }

// Add adds another digest.
func (d *Digest) Add(o Digest) {
	lo := d.Lo + o.Lo
	d.Hi += o.Hi
	if lo < d.Lo {
		d.Hi++
	}
	d.Lo = lo
}

// String is the digest as 32 hexadecimal digits.
func (d Digest) String() string { return fmt.Sprintf("%016x%016x", d.Hi, d.Lo) }

// Parse reads what String wrote.
func (d *Digest) Parse(text string) error {
	if len(text) != 32 {
		return fmt.Errorf("%q is no digest", text)
	}
	_, err := fmt.Sscanf(text, "%16x%16x", &d.Hi, &d.Lo)
	return err
}

// digest returns the digest of n items in a row from p on. Scratch is reused.
func (c *Codec) digest(p unsafe.Pointer, n int, scratch *[]byte) (d Digest, err error) {
	for i := range n {
		item := unsafe.Add(p, uintptr(i)*c.form.mem)
		var h xxh3.Uint128
		if c.form.plain {
			h = xxh3.Hash128(unsafe.Slice((*byte)(item), c.form.mem))
		} else {
			e := encoder{buf: (*scratch)[:0], inline: true}
			c.form.put(&e, item)
			if e.err != nil {
				return d, e.err
			}
			*scratch = e.buf
			h = xxh3.Hash128(e.buf)
		}
		d.Add(Digest{h.Hi, h.Lo})
	}
	return d, nil
}
