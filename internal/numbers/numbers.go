// Package numbers turns slices of numbers into bytes, least byte first, and back. It is
// a copy where memory has this order already, as that of most processors does.
package numbers

import (
	"encoding/binary"
	"unsafe"
)

// memoryInOrder is whether the least byte comes first in memory.
var memoryInOrder = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// Bytes returns the memory of data, uncopied, where it is in order; else nil, as for
// types that arrays seldom have.
func Bytes[T any](data []T) []byte {
	var zero T
	switch any(zero).(type) {
	case float32, float64, int32, int64, uint8, bool, complex64, complex128:
		if memoryInOrder {
			return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), len(data)*int(unsafe.Sizeof(zero)))
		}
	}
	return nil
}

// Append appends numbers or bools of a fixed size; it panics where T is nothing such.
func Append[T any](dst []byte, data []T) []byte {
	if b := Bytes(data); b != nil {
		return append(dst, b...)
	}
	dst, err := binary.Append(dst, binary.LittleEndian, data)
	if err != nil {
		panic(err)
	}
	return dst
}

// Decode fills dst, of types as for Append, from src, which has its length exactly. A bool is true where its byte
// is not 0.
func Decode[T any](dst []T, src []byte) {
	_, bools := any(dst).([]bool)
	if b := Bytes(dst); b != nil && !bools {
		copy(b, src)
		return
	}
	if _, err := binary.Decode(src, binary.LittleEndian, dst); err != nil {
		panic(err)
	}
}
