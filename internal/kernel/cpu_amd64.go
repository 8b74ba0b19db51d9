//go:build amd64 && !purego

package kernel

import "golang.org/x/sys/cpu"

var avx2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// FFT32 and FFT64 return the kernels of transforms, or nil where there are none
// that are faster than what plain Go does with numbers one by one.
func FFT32() *FFT[float32] {
	if avx2 {
		return &fft32
	}
	return nil
}

// FFT64 is FFT32 for float64.
func FFT64() *FFT[float64] {
	if avx2 {
		return &fft64
	}
	return nil
}

var fft32 = FFT[float32]{
	Lanes: []int{0, 1, 4, 5, 2, 3, 6, 7},
	Pass: [9]Passes[float32]{
		2: {pass2Twiddlex32, pass2TwiddleInx32, pass2x32, pass2Inx32, pass2Outx32, pass2TwiddleBinsx32, pass2Binsx32},
		3: {pass3Twiddlex32, pass3TwiddleInx32, pass3x32, pass3Inx32, pass3Outx32, nil, nil},
		4: {pass4Twiddlex32, pass4TwiddleInx32, pass4x32, pass4Inx32, pass4Outx32, pass4TwiddleBinsx32, pass4Binsx32},
		5: {pass5Twiddlex32, pass5TwiddleInx32, pass5x32, pass5Inx32, pass5Outx32, nil, nil},
		8: {pass8Twiddlex32, pass8TwiddleInx32, pass8x32, pass8Inx32, pass8Outx32, pass8TwiddleBinsx32, pass8Binsx32},
	},
	Transpose: transposex32, Apart: apartx32, Together: togetherx32,
}

var fft64 = FFT[float64]{
	Lanes: []int{0, 2, 1, 3},
	Pass: [9]Passes[float64]{
		2: {pass2Twiddlex64, pass2TwiddleInx64, pass2x64, pass2Inx64, pass2Outx64, pass2TwiddleBinsx64, pass2Binsx64},
		3: {pass3Twiddlex64, pass3TwiddleInx64, pass3x64, pass3Inx64, pass3Outx64, nil, nil},
		4: {pass4Twiddlex64, pass4TwiddleInx64, pass4x64, pass4Inx64, pass4Outx64, pass4TwiddleBinsx64, pass4Binsx64},
		5: {pass5Twiddlex64, pass5TwiddleInx64, pass5x64, pass5Inx64, pass5Outx64, nil, nil},
		8: {pass8Twiddlex64, pass8TwiddleInx64, pass8x64, pass8Inx64, pass8Outx64, pass8TwiddleBinsx64, pass8Binsx64},
	},
	Transpose: transposex64, Apart: apartx64, Together: togetherx64,
}
