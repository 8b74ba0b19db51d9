package npy

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
