package kernel

import "math"

// Shuffle writes the bytes of src to dst sorted by their place in a word: all
// first bytes of the words, then all second ones. Words are of width bytes, 4 or
// 8; both slices have one length, a multiple of width, and do not overlap.
func Shuffle(dst, src []byte, width int) {
	n := checkShuffle(dst, src, width)
	for k := range width {
		to := dst[k*n:][:n]
		for i := range to {
			to[i] = src[i*width+k]
		}
	}
}

// Unshuffle undoes Shuffle.
func Unshuffle(dst, src []byte, width int) {
	n := checkShuffle(dst, src, width)
	for k := range width {
		for i, b := range src[k*n:][:n] {
			dst[i*width+k] = b
		}
	}
}

func checkShuffle(dst, src []byte, width int) int {
	checkWords(len(src), width)
	if len(dst) != len(src) {
		panic("kernel: slices of different lengths")
	}
	return len(src) / width
}

// Integers writes the samples src as integers, and reports whether they are: by
// Floats each comes back in every bit, so -0 is none. If not, dst is as it
// happens to be. Both have one length.
func Integers(dst []int32, src []float32) bool {
	dst = dst[:len(src)]
	for i, v := range src {
		if !(v >= -1<<31 && v < 1<<31) { // beyond, conversion is up to the processor
			return false
		}
		n := int32(v)
		if math.Float32bits(float32(n)) != math.Float32bits(v) {
			return false
		}
		dst[i] = n
	}
	return true
}

// Floats writes integers as samples. Both have one length.
func Floats(dst []float32, src []int32) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = float32(v)
	}
}
