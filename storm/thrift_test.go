package storm

import (
	"encoding/binary"
	"errors"
	"reflect"
	"testing"
)

func TestValues(t *testing.T) {
	e := &encoder{}
	e.boolField(1, true)
	e.i32Field(2, -7)
	e.textField(3, "grün")
	e.field(typeI64, 4)
	e.b = binary.BigEndian.AppendUint64(e.b, 1<<40)
	e.field(typeDouble, 5)
	e.b = binary.BigEndian.AppendUint64(e.b, 0x3ff8000000000000)
	e.field(typeMap, 6)
	e.dict(typeI32, typeString, 1)
	e.i32(9)
	e.text("nine")
	e.field(typeSet, 7)
	e.list(typeByte, 2)
	e.b = append(e.b, 1, 0xff)
	e.stop()
	want := fields{1: true, 2: int64(-7), 3: "grün", 4: int64(1 << 40), 5: 1.5,
		6: entries{{int64(9), "nine"}}, 7: []any{int64(1), int64(-1)}}
	d := &decoder{b: e.b}
	if got := d.structure(0); d.err != nil || len(d.b) != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, expected %v", got, d.err, want)
	}
	for n := range e.b { // no beginning of it is whole
		d := &decoder{b: e.b[:n]}
		if d.structure(0); !errors.Is(d.err, errReply) {
			t.Errorf("%d bytes: %v", n, d.err)
		}
	}
}

// TestBounds: what is announced costs nothing, and neither does depth.
func TestBounds(t *testing.T) {
	deep := &encoder{}
	for range 100_000 {
		deep.field(typeStruct, 1)
	}
	for name, b := range map[string][]byte{
		"list": {typeList, 0, 1, typeByte, 0x7f, 0xff, 0xff, 0xff},
		"map":  {typeMap, 0, 1, typeByte, typeByte, 0x7f, 0xff, 0xff, 0xff},
		"text": {typeString, 0, 1, 0x7f, 0xff, 0xff, 0xff},
		"less": {typeString, 0, 1, 0xff, 0xff, 0xff, 0xff},
		"type": {99, 0, 1},
		"deep": deep.b,
	} {
		d := &decoder{b: b}
		if d.structure(0); !errors.Is(d.err, errReply) {
			t.Errorf("%s: %v", name, d.err)
		}
	}
}

// FuzzReply: an answer is read or refused, whatever it is.
func FuzzReply(f *testing.F) {
	f.Add(thriftMessage(messageReply, "m", 1, thrown(1, "no")))
	f.Add(thriftMessage(messageException, "m", 1, func(e *encoder) { e.textField(1, "broken") }))
	f.Add(thriftMessage(messageReply, "m", 1, func(e *encoder) {
		e.field(typeStruct, 4)
		example.encode(e)
	}))
	f.Fuzz(func(t *testing.T, b []byte) {
		result, err := reply(b, "m", 1)
		if (result == nil) == (err == nil) {
			t.Errorf("%v, %v", result, err)
		}
	})
}
