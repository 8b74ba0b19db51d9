package zarr

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
	"unsafe"
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

// appendElements appends the stored form of data: little endian, or for strings
// vlen-utf8, which is their number and then each with its length before it, all
// lengths uint32.
func appendElements[T Element](dst []byte, data []T) []byte {
	le := binary.LittleEndian
	switch data := any(data).(type) {
	case []complex64:
		for _, v := range data {
			dst = le.AppendUint32(dst, math.Float32bits(real(v)))
			dst = le.AppendUint32(dst, math.Float32bits(imag(v)))
		}
	case []complex128:
		for _, v := range data {
			dst = le.AppendUint64(dst, math.Float64bits(real(v)))
			dst = le.AppendUint64(dst, math.Float64bits(imag(v)))
		}
	case []string:
		dst = le.AppendUint32(dst, uint32(len(data)))
		for _, v := range data {
			dst = le.AppendUint32(dst, uint32(len(v)))
			dst = append(dst, v...)
		}
	case []float32:
		dst = appendNumbers(dst, data)
	case []float64:
		dst = appendNumbers(dst, data)
	case []int32:
		dst = appendNumbers(dst, data)
	case []int64:
		dst = appendNumbers(dst, data)
	default:
		dst, _ = binary.Append(dst, le, data) // fails for no type of Element
	}
	return dst
}

// appendNumbers copies memory that is in order already, or puts it in order.
func appendNumbers[T float32 | float64 | int32 | int64](dst []byte, data []T) []byte {
	if b := inOrder(data); b != nil {
		return append(dst, b...)
	}
	dst, _ = binary.Append(dst, binary.LittleEndian, data)
	return dst
}

// inOrder is the memory of data, where that is their stored form already, as that of
// numbers is on most processors; else nil.
func inOrder[T any](data []T) []byte {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 || len(data) == 0 {
		return nil
	}
	switch any(data).(type) {
	case []float32, []float64, []int32, []int64:
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), len(data)*int(unsafe.Sizeof(*new(T))))
	}
	return nil
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
	le := binary.LittleEndian
	switch dst := any(dst).(type) {
	case []complex64:
		for i := range dst {
			dst[i] = complex(math.Float32frombits(le.Uint32(src[8*i:])), math.Float32frombits(le.Uint32(src[8*i+4:])))
		}
	case []complex128:
		for i := range dst {
			dst[i] = complex(math.Float64frombits(le.Uint64(src[16*i:])), math.Float64frombits(le.Uint64(src[16*i+8:])))
		}
	default:
		binary.Decode(src, le, dst) // fails for no type of Element of this length
	}
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
