package npy

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Element is what an array can hold.
type Element interface {
	float32 | float64 | int32 | int64 | uint8 | bool | complex64 | complex128
}

// kind returns NumPy's name of T and the bytes of an element.
func kind[T Element]() (descr string, size int) {
	var zero T
	switch any(zero).(type) {
	case float32:
		return "<f4", 4
	case float64:
		return "<f8", 8
	case int32:
		return "<i4", 4
	case int64:
		return "<i8", 8
	case uint8:
		return "|u1", 1
	case bool:
		return "|b1", 1
	case complex64:
		return "<c8", 8
	}
	return "<c16", 16
}

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
	default:
		dst, _ = binary.Append(dst, le, data) // fails for no type of Element
	}
	return dst
}

// decodeElements fills dst from src, which has its length exactly.
func decodeElements[T Element](dst []T, src []byte) {
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
		if _, err := binary.Decode(src, le, dst); err != nil {
			panic(fmt.Sprintf("npy: %T: %v", dst, err)) // for no type of Element
		}
	}
}
