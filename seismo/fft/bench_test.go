package fft

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"
)

var benchLengths = []int{4096, 19440, 20000, 20480, 32768}

func benchReal[F Float, C Cmplx](b *testing.B, n int) {
	p := NewReal[F, C](n)
	x, spectrum := make([]F, n), make([]C, p.Bins())
	for i, v := range noise(n, 1) {
		x[i] = F(v)
	}
	b.Run(fmt.Sprintf("forward/%d", n), func(b *testing.B) {
		for b.Loop() {
			p.Forward(spectrum, x)
		}
	})
	b.Run(fmt.Sprintf("inverse/%d", n), func(b *testing.B) {
		for b.Loop() {
			p.Inverse(x, spectrum)
		}
	})
}

func BenchmarkReal32(b *testing.B) {
	for _, n := range append([]int{20011}, benchLengths...) {
		benchReal[float32, complex64](b, n)
	}
}

func BenchmarkReal64(b *testing.B) {
	for _, n := range benchLengths {
		benchReal[float64, complex128](b, n)
	}
}

func BenchmarkGonum64(b *testing.B) {
	for _, n := range benchLengths {
		p := fourier.NewFFT(n)
		x, spectrum := noise(n, 1), make([]complex128, n/2+1)
		b.Run(fmt.Sprintf("forward/%d", n), func(b *testing.B) {
			for b.Loop() {
				p.Coefficients(spectrum, x)
			}
		})
		b.Run(fmt.Sprintf("inverse/%d", n), func(b *testing.B) {
			for b.Loop() {
				p.Sequence(x, spectrum)
			}
		})
	}
}
