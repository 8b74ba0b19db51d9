//go:build !amd64 || purego

package kernel

const avx2 = false

// FFT32 and FFT64 return the kernels of transforms, or nil where there are none
// that are faster than what plain Go does with numbers one by one.
func FFT32() *FFT[float32] { return nil }

// FFT64 is FFT32 for float64.
func FFT64() *FFT[float64] { return nil }

// What follows is never called, for avx2 is false.

func addCrossx32(sum, a, b *float32, n uintptr)     { panic("kernel: no such processor") }
func gatherx32(dst, bins *float32, step, n uintptr) { panic("kernel: no such processor") }
func cross1x32(sum0, a0, b0 *float32, vectors, windows, step uintptr) {
	panic("kernel: no such processor")
}
func scalex32(dst, src *float32, by float32, n uintptr) { panic("kernel: no such processor") }
func cross2x32(sum0, sum1, sum2, sum3, a0, a1, b0, b1 *float32, vectors, windows, step uintptr) {
	panic("kernel: no such processor")
}
func addx64(sum, src *float64, n uintptr) { panic("kernel: no such processor") }
func squareSumsx64(sums, squares, src *float64, before float64, n uintptr) {
	panic("kernel: no such processor")
}
func ratiosx64(dst, sums, short, long *float64, by float64, n uintptr) {
	panic("kernel: no such processor")
}
func cascade4x64(x, c *float64, n uintptr) { panic("kernel: no such processor") }
func cascade8x64(x, c *float64, n uintptr) { panic("kernel: no such processor") }
