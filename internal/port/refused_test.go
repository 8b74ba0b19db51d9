package port

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"
)

func TestDecodeRefuses(t *testing.T) {
	huge := binary.AppendUvarint(nil, 1+2*(1<<61+2)+1) // 2^61+2 float64 make 16 bytes, modulo 2^64
	for _, c := range []struct {
		name  string
		in    Input
		codec byte
		n     int
		body  []byte
		parts [][]byte
	}{
		{"another codec", InputOf(InputEach(func(int) error { return nil })), CodecFields, 1, make([]byte, 8), nil},
		{"too few bytes", InputOf(InputEach(func(int) error { return nil })), CodecMemory, 2, make([]byte, 15), nil},
		{"negative", InputOf(InputEach(func(int) error { return nil })), CodecMemory, -1, nil, nil},
		{"negative fields", InputOf(InputEach(func(string) error { return nil })), CodecFields, -1, nil, nil},
		{"overflow", InputOf(InputEach(func(int) error { return nil })), CodecMemory, 1 << 61, nil, nil},
		{"many of nothing", InputOf(InputEach(func(empty) error { return nil })), CodecMemory, 1 << 40, nil, nil},
		{"bytes left over", InputOf(InputEach(func(string) error { return nil })), CodecFields, 1, []byte{1, 'a', 'b'}, nil},
		{"part left over", InputOf(InputEach(func(string) error { return nil })), CodecFields, 1, []byte{1, 'a'}, [][]byte{{1}}},
		{"part missing", InputOf(InputEach(func([]byte) error { return nil })), CodecFields, 1, []byte{4}, nil},
		{"part too small", InputOf(InputEach(func([]int32) error { return nil })), CodecFields, 1, []byte{4}, [][]byte{{1, 2}}},
		{"part of 2^61 elements", InputOf(InputEach(func([]float64) error { return nil })), CodecFields, 1, huge, [][]byte{make([]byte, 16)}},
		{"slice beyond the end", InputOf(InputEach(func([]byte) error { return nil })), CodecFields, 1, []byte{0x81, 1}, nil},
		{"string beyond the end", InputOf(InputEach(func(string) error { return nil })), CodecFields, 1, []byte{5, 'a'}, nil},
		{"length without end", InputOf(InputEach(func(string) error { return nil })), CodecFields, 1, bytes.Repeat([]byte{0x80}, 12), nil},
		{"more elements than bytes", InputOf(InputEach(func([][1000]string) error { return nil })), CodecFields, 1, append([]byte{100}, make([]byte, 500)...), nil},
		{"more items than bytes", InputOf(InputEach(func([1000]string) error { return nil })), CodecFields, 400, make([]byte, 500), nil},
		{"a key twice", InputOf(InputEach(func(map[string]bool) error { return nil })), CodecFields, 1, []byte{3, 2, 1, 'a', 0, 2, 1, 'a', 1}, nil},
		{"more entries than bytes", InputOf(InputEach(func(map[string]bool) error { return nil })), CodecFields, 1, []byte{200, 1, 0}, nil},
		{"own binary refuses", InputOf(InputEach(func(version) error { return nil })), CodecBinary, 1, []byte{1, 0}, nil},
		{"own parts refuse", InputOf(InputEach(func(samples) error { return nil })), CodecParts, 1, append(append([]byte{8}, make([]byte, 8)...), 0), nil},
		{"time", InputOf(InputEach(func(time.Time) error { return nil })), CodecBinary, 1, []byte{1, 77}, nil},
	} {
		b, err := c.in.Decode(c.codec, c.n, Body{Bytes: c.body}, c.parts)
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: decoded to %v, error %v", c.name, b, err)
		}
	}
}

type ring struct{ Next *ring }

func TestTypesRefused(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{refusal[func()](), "a func has no codec"},
		{refusal[chan int](), "a chan has no codec"},
		{refusal[any](), "a interface has no codec"},
		{refusal[error](), "a interface has no codec"},
		{refusal[unsafe.Pointer](), "a unsafe.Pointer has no codec"},
		{refusal[struct{ hidden int }](), "unexported field hidden"},
		{refusal[struct{ A struct{ F []func() } }](), "field A: field F: a func has no codec"},
		{refusal[map[string]any](), "a interface has no codec"},
		{refusal[map[any]int](), "a interface has no codec"},
		{refusal[*ring](), "contains itself"},
		{refusal[[]struct{}](), "elements without content"},
		{refusal[struct{ _ int32 }](), "unexported field _"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || !strings.Contains(c.err.Error(), "cannot travel") {
			t.Errorf("%v, want %s", c.err, c.want)
		}
	}
}

func refusal[T any]() error {
	_, first := poolOf[T]()
	_, second := poolOf[T]()
	if fmt.Sprint(first) != fmt.Sprint(second) {
		return errors.New("refused in two ways")
	}
	return first
}

type failing struct{ hidden int }

func (f failing) MarshalBinary() ([]byte, error) { return nil, fmt.Errorf("not today, %d", f.hidden) }
func (*failing) UnmarshalBinary([]byte) error    { return nil }

func TestEncodeFails(t *testing.T) {
	p, _ := poolOf[map[string][]failing]()
	b := p.copyOf([]map[string][]failing{{"a": {{hidden: 1}}}}, 0, false)
	if _, _, err := b.Encode(nil, nil, false); err == nil || err.Error() != "not today, 1" {
		t.Errorf("%v", err)
	}
}
