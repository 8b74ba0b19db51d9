//go:build !amd64 || purego

package kernel

const avx2 = false

// FFT32 and FFT64 return the kernels of transforms, or nil where there are none
// that are faster than what plain Go does with numbers one by one.
func FFT32() *FFT[float32] { return nil }

// FFT64 is FFT32 for float64.
func FFT64() *FFT[float64] { return nil }
