package kernel

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
)

// words returns n words whose differences take about so many bits.
func words(r *rand.Rand, n, width, bits int) []byte {
	b := make([]byte, n*width)
	v := r.Uint64()
	for i := range n {
		v += r.Uint64()>>(64-bits) - 1<<bits/2
		if width == 4 {
			binary.LittleEndian.PutUint32(b[4*i:], uint32(v))
		} else {
			binary.LittleEndian.PutUint64(b[8*i:], v)
		}
	}
	return b
}

func TestPackDelta(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	for _, width := range []int{4, 8} {
		for bits := range 8*width + 1 {
			for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 31, 33, 127, 128, 129, 255, 256, 257, 1000} {
				src := words(r, n, width, bits)
				packed := PackDelta([]byte("head"), src, width)
				if got := len(packed) - 4; got > PackedBound(len(src)) {
					t.Errorf("%d words of %d bytes take %d bytes, more than the bound %d", n, width, got, PackedBound(len(src)))
				}
				if n == 1000 && 8*len(packed) > n*(bits+2)+4000 {
					t.Errorf("%d words whose differences have %d bits take %d bytes", n, bits, len(packed))
				}
				dst := make([]byte, len(src))
				rest, ok := UnpackDelta(dst, append(packed[4:], "tail"...), width)
				if !ok || string(rest) != "tail" || !bytes.Equal(dst, src) {
					t.Fatalf("%d words of %d bytes and %d bits do not come back (rest %q, ok %v)", n, width, bits, rest, ok)
				}
				for cut := 0; cut < len(packed)-4; cut += 1 + len(packed)/17 {
					if _, ok := UnpackDelta(dst, packed[4:][:cut], width); ok {
						t.Errorf("%d of %d bytes are taken for all", cut, len(packed)-4)
					}
				}
			}
		}
	}
}

func TestUnpackDeltaRefusesWidths(t *testing.T) {
	if _, ok := UnpackDelta(make([]byte, 8), append(make([]byte, 4), 33, 0, 0, 0, 0), 4); ok {
		t.Error("33 bits in a word of 32")
	}
	if _, ok := UnpackDelta(make([]byte, 8), append(make([]byte, 8), 65), 8); ok {
		t.Error("65 bits in a word of 64")
	}
}

// FuzzUnpackDelta: bytes from anywhere never panic, and what is packed again is
// unpacked again.
func FuzzUnpackDelta(f *testing.F) {
	r := rand.New(rand.NewPCG(9, 2))
	f.Add(PackDelta(nil, words(r, 300, 4, 9), 4), 300, false)
	f.Add(PackDelta(nil, words(r, 130, 8, 50), 8), 130, true)
	f.Add([]byte{1, 2, 3, 4, 200}, 5, false)
	f.Fuzz(func(t *testing.T, packed []byte, n int, wide bool) {
		width := 4
		if wide {
			width = 8
		}
		dst := make([]byte, width*int(uint(n)%2000))
		if _, ok := UnpackDelta(dst, packed, width); !ok {
			return
		}
		again := make([]byte, len(dst))
		if rest, ok := UnpackDelta(again, PackDelta(nil, dst, width), width); !ok || len(rest) > 0 || !bytes.Equal(again, dst) {
			t.Fatal("packed again it does not come back")
		}
	})
}

func TestShuffle(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 3))
	for _, width := range []int{4, 8} {
		for _, n := range []int{0, 1, 3, 31, 32, 33, 100, 1000} {
			src := words(r, n, width, 20)
			shuffled, back := make([]byte, len(src)), make([]byte, len(src))
			Shuffle(shuffled, src, width)
			for i := range src {
				if shuffled[i%width*n+i/width] != src[i] {
					t.Fatalf("%d words of %d bytes: byte %d is not in its place", n, width, i)
				}
			}
			if Unshuffle(back, shuffled, width); !bytes.Equal(back, src) {
				t.Fatalf("%d words of %d bytes do not come back", n, width)
			}
		}
	}
}

func TestIntegers(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 4))
	for _, n := range []int{0, 1, 7, 8, 9, 64, 1001} {
		src, dst, back := make([]float32, n), make([]int32, n), make([]float32, n)
		for i := range src {
			src[i] = float32(r.Int32N(1<<25) - 1<<24)
		}
		if !Integers(dst, src) {
			t.Fatalf("%d integers are not taken for such", n)
		}
		Floats(back, dst)
		for i := range src {
			if back[i] != src[i] {
				t.Fatalf("%v comes back as %v", src[i], back[i])
			}
		}
		negative := math.Copysign(0, -1)
		for _, v := range []float64{0.5, -0.25, negative, math.NaN(), math.Inf(1), math.Inf(-1), 1 << 31, -1<<31 - 256, 1e20} {
			for at := 0; at < n; at += 1 + n/7 {
				keep := src[at]
				src[at] = float32(v)
				if Integers(dst, src) {
					t.Errorf("%v at %d of %d is taken for an integer", v, at, n)
				}
				src[at] = keep
			}
		}
	}
	edge := []float32{-1 << 31, 1<<31 - 128, 0, -1}
	if !Integers(make([]int32, 4), edge) {
		t.Error("the outermost integers are refused")
	}
}

func benchmarkPack(b *testing.B, width, bits int) {
	src := words(rand.New(rand.NewPCG(9, 5)), 1<<17/width, width, bits)
	packed := PackDelta(nil, src, width)
	dst := make([]byte, len(src))
	b.Run("pack", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			packed = PackDelta(packed[:0], src, width)
		}
	})
	b.Run("unpack", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			UnpackDelta(dst, packed, width)
		}
	})
}

func BenchmarkPackDelta4(b *testing.B) { benchmarkPack(b, 4, 7) }
func BenchmarkPackDelta8(b *testing.B) { benchmarkPack(b, 8, 13) }
