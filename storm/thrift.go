package storm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Type codes of Thrift's binary protocol.
const (
	typeStop   = 0
	typeBool   = 2
	typeByte   = 3
	typeDouble = 4
	typeI16    = 6
	typeI32    = 8
	typeI64    = 10
	typeString = 11
	typeStruct = 12
	typeMap    = 13
	typeSet    = 14
	typeList   = 15
)

// errReply is wrapped by errors about bytes that are no Thrift.
var errReply = errors.New("not understood as a Thrift message")

// An encoder appends values in Thrift's strict binary protocol.
type encoder struct{ b []byte }

func (e *encoder) i32(v int)                   { e.b = binary.BigEndian.AppendUint32(e.b, uint32(v)) }
func (e *encoder) text(s string)               { e.i32(len(s)); e.b = append(e.b, s...) }
func (e *encoder) stop()                       { e.b = append(e.b, typeStop) }
func (e *encoder) list(of byte, n int)         { e.b = append(e.b, of); e.i32(n) }
func (e *encoder) dict(key, value byte, n int) { e.b = append(e.b, key, value); e.i32(n) }

// field begins a field of a struct; its value has to follow.
func (e *encoder) field(kind byte, id int16) {
	e.b = append(e.b, kind)
	e.b = binary.BigEndian.AppendUint16(e.b, uint16(id))
}

func (e *encoder) textField(id int16, s string) { e.field(typeString, id); e.text(s) }
func (e *encoder) i32Field(id int16, v int)     { e.field(typeI32, id); e.i32(v) }

func (e *encoder) textsField(id int16, texts []string) {
	e.field(typeList, id)
	e.list(typeString, len(texts))
	for _, s := range texts {
		e.text(s)
	}
}

func (e *encoder) boolField(id int16, v bool) {
	e.field(typeBool, id)
	if v {
		e.b = append(e.b, 1)
	} else {
		e.b = append(e.b, 0)
	}
}

// fields is a decoded struct: its values by field id, each a bool, int64,
// float64, string, []any, entries or fields. What is missing or of another
// type reads as the zero value, for Nimbus leaves optional fields out.
type fields map[int16]any

// entries are a decoded map, in the order sent: its keys may be of any type.
type entries []struct{ key, value any }

func (f fields) text(id int16) string   { s, _ := f[id].(string); return s }
func (f fields) number(id int16) int64  { n, _ := f[id].(int64); return n }
func (f fields) dict(id int16) entries  { m, _ := f[id].(entries); return m }
func (f fields) fields(id int16) fields { s, _ := f[id].(fields); return s }

// What a reply may be made of. A value takes up to 40 times the memory of the
// byte that it came from, so their number is bounded and not only the bytes.
const (
	maxDepth  = 64
	maxValues = 4 << 20
)

// A decoder takes values off the front of b. After the first error it returns
// zero values only.
type decoder struct {
	b      []byte
	values int
	err    error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", errReply, fmt.Sprintf(format, args...))
	}
	d.b = nil
}

// take returns the next n bytes, or nil.
func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.fail("%d bytes are announced where %d follow", n, len(d.b))
		return nil
	}
	p := d.b[:n]
	d.b = d.b[n:]
	return p
}

func (d *decoder) byte() byte {
	if p := d.take(1); p != nil {
		return p[0]
	}
	return 0
}

func (d *decoder) i16() int16 {
	if p := d.take(2); p != nil {
		return int16(binary.BigEndian.Uint16(p))
	}
	return 0
}

func (d *decoder) i32() int {
	if p := d.take(4); p != nil {
		return int(int32(binary.BigEndian.Uint32(p)))
	}
	return 0
}

func (d *decoder) i64() int64 {
	if p := d.take(8); p != nil {
		return int64(binary.BigEndian.Uint64(p))
	}
	return 0
}

func (d *decoder) text() string { return string(d.take(d.i32())) }

// count reads how many values follow. Each takes a byte at least.
func (d *decoder) count() int {
	n := d.i32()
	if n < 0 || n > len(d.b) {
		d.fail("%d values are announced where %d bytes follow", n, len(d.b))
		return 0
	}
	return n
}

// value reads a value of a type.
func (d *decoder) value(kind byte, depth int) any {
	if d.values++; d.values > maxValues || depth > maxDepth {
		d.fail("more than %d values, or %d in each other", maxValues, maxDepth)
		return nil
	}
	switch kind {
	case typeBool:
		return d.byte() != 0
	case typeByte:
		return int64(int8(d.byte()))
	case typeI16:
		return int64(d.i16())
	case typeI32:
		return int64(d.i32())
	case typeI64:
		return d.i64()
	case typeDouble:
		return math.Float64frombits(uint64(d.i64()))
	case typeString:
		return d.text()
	case typeStruct:
		return d.structure(depth)
	case typeMap:
		key, value := d.byte(), d.byte()
		var m entries
		for n := d.count(); n > 0 && d.err == nil; n-- {
			k := d.value(key, depth+1)
			m = append(m, struct{ key, value any }{k, d.value(value, depth+1)})
		}
		return m
	case typeSet, typeList:
		of := d.byte()
		var l []any
		for n := d.count(); n > 0 && d.err == nil; n-- {
			l = append(l, d.value(of, depth+1))
		}
		return l
	}
	d.fail("there is no type %d", kind)
	return nil
}

func (d *decoder) structure(depth int) fields {
	f := fields{}
	for d.err == nil {
		kind := d.byte()
		if kind == typeStop {
			break
		}
		id := d.i16()
		f[id] = d.value(kind, depth+1)
	}
	return f
}

// Message types, and the version that stands before them.
const (
	messageVersion   = 0x80010000
	messageCall      = 1
	messageReply     = 2
	messageException = 3
)

// request is a call of a method as a whole frame: its length, then the
// message. args may be nil.
func request(method string, seq int, args func(*encoder)) []byte {
	e := &encoder{b: make([]byte, 4, 256)}
	e.b = binary.BigEndian.AppendUint32(e.b, messageVersion|messageCall)
	e.text(method)
	e.i32(seq)
	if args != nil {
		args(e)
	}
	e.stop()
	binary.BigEndian.PutUint32(e.b, uint32(len(e.b)-4))
	return e.b
}

// reply reads the answer to a call, without the length of its frame. The
// result is a struct with the returned value as field 0 and declared
// exceptions as the others; undeclared ones are an *Exception.
func reply(b []byte, method string, seq int) (fields, error) {
	d := &decoder{b: b}
	head := uint32(d.i32())
	name, number := d.text(), d.i32()
	result := d.structure(0)
	switch {
	case d.err != nil:
		return nil, d.err
	case head&0xffff0000 != messageVersion:
		return nil, fmt.Errorf("%w: version %#x", errReply, head>>16)
	case name != method || number != seq:
		return nil, fmt.Errorf("%w: an answer to %s %d, not to %s %d", errReply, name, number, method, seq)
	case head&0xff == messageException:
		return nil, &Exception{Method: method, Kind: Internal, Text: result.text(1)}
	case head&0xff != messageReply:
		return nil, fmt.Errorf("%w: a message of type %d", errReply, head&0xff)
	}
	return result, nil
}
