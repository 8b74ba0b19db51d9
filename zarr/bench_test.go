package zarr

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkWriteChunk writes chunks of 1 MiB of noise.
func BenchmarkWriteChunk(b *testing.B) {
	for _, codec := range []Codec{Raw, Zstd, Gzip} {
		b.Run(codec.String(), func(b *testing.B) {
			s, err := Create(b.TempDir()+"/s.zarr", nil)
			if err != nil {
				b.Fatal(err)
			}
			a, err := NewArray(s, "a", Spec[float32]{Shape: []int{64, 1 << 18}, Chunks: []int{1, 1 << 18}, Codec: codec})
			if err != nil {
				b.Fatal(err)
			}
			data := make([]float32, 1<<18)
			rng := rand.New(rand.NewPCG(1, 1))
			for i := range data {
				data[i] = float32(rng.NormFloat64())
			}
			b.SetBytes(1 << 20)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := a.ReplaceChunk([]int{i % 64, 0}, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
