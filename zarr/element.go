package zarr

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/dispel4go/dispel4go/internal/numbers"
)

// Element is what an array can hold.
type Element interface {
	float32 | float64 | int32 | int64 | uint8 | bool | complex64 | complex128 | string
}

// sizes has the data types of the specification that are supported, with the
// bytes of an element in memory. A string counts as its header.
var sizes = map[string]int{
	"float32": 4, "float64": 8, "int32": 4, "int64": 8, "uint8": 1, "bool": 1,
	"complex64": 8, "complex128": 16, "string": 16,
}

// typeName returns the specification's name of T.
func typeName[T Element]() string {
	var zero T
	return fmt.Sprintf("%T", zero)
}

// appendElements appends the stored form of data: numbers little endian, strings as
// vlen-utf8, which is their number and then each with its length before it, all
// lengths uint32.
func appendElements[T Element](dst []byte, data []T) []byte {
	text, ok := any(data).([]string)
	if !ok {
		return numbers.Append(dst, data)
	}
	le := binary.LittleEndian
	dst = le.AppendUint32(dst, uint32(len(text)))
	for _, v := range text {
		dst = le.AppendUint32(dst, uint32(len(v)))
		dst = append(dst, v...)
	}
	return dst
}

// decodeElements fills dst from its stored form, which must have exactly its
// length.
func decodeElements[T Element](dst []T, src []byte) error {
	if dst, ok := any(dst).([]string); ok {
		return decodeStrings(dst, src)
	}
	if want := len(dst) * sizes[typeName[T]()]; len(src) != want {
		return fmt.Errorf("%w: %d bytes where %d belong", ErrFormat, len(src), want)
	}
	numbers.Decode(dst, src)
	return nil
}

func decodeStrings(dst []string, src []byte) error {
	le := binary.LittleEndian
	if len(src) < 4 || uint64(le.Uint32(src)) != uint64(len(dst)) {
		return fmt.Errorf("%w: a chunk of %d strings with another count", ErrFormat, len(dst))
	}
	src = src[4:]
	for i := range dst {
		if len(src) < 4 || uint64(le.Uint32(src)) > uint64(len(src)-4) {
			return fmt.Errorf("%w: string %d of a chunk is cut", ErrFormat, i)
		}
		n := 4 + int(le.Uint32(src))
		if !utf8.Valid(src[4:n]) {
			return fmt.Errorf("%w: string %d of a chunk is not UTF-8", ErrFormat, i)
		}
		dst[i], src = string(src[4:n]), src[n:]
	}
	if len(src) != 0 {
		return fmt.Errorf("%w: %d bytes after the strings of a chunk", ErrFormat, len(src))
	}
	return nil
}
