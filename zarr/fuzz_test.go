package zarr

import (
	"bytes"
	"testing"
)

// FuzzMetadata parses hostile metadata and computes with what is accepted.
func FuzzMetadata(f *testing.F) {
	for _, spec := range []interface{ meta(string) ([]byte, error) }{
		Spec[float32]{Shape: []int{7, 3}, Chunks: []int{2, 3}, Dims: []string{"x", "y"}, Codec: Zstd},
		Spec[complex64]{Shape: []int{}}, Spec[string]{Shape: []int{5}, Codec: Gzip}, Spec[bool]{Shape: []int{0}},
	} {
		data, err := spec.meta("a")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"zarr_format":3,"node_type":"group","attributes":{"complete":true}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if group, err := parseGroup(data); err == nil {
			if _, err := plainAttributes(group.Attributes); err != nil {
				t.Fatal(err)
			}
		}
		info, err := parseArray("a", data)
		if err != nil {
			return
		}
		visit[float32](t, info)
		visit[int64](t, info)
		visit[complex128](t, info)
		visit[string](t, info)
	})
}

// visit uses an array of accepted metadata whatever its type, without its data.
func visit[T Element](t *testing.T, info *Info) {
	fill, err := parseFill[T](info.fill)
	if err != nil {
		return
	}
	a := &Array[T]{store: &Store{path: "no such folder"}, info: info, fill: fill}
	last := a.Grid()
	for i := range last {
		last[i]--
	}
	shape, err := a.ChunkShape(last)
	if err != nil {
		return // the array is empty
	}
	if n, ok := product(shape); !ok || n > maxChunkBytes || n == 0 {
		t.Fatalf("a chunk of %v", shape)
	}
	if n, _ := product(info.Shape); n < 1<<12 {
		if n, _ := product(info.Chunks); n < 1<<12 {
			if v, err := a.Read(nil); err != nil {
				t.Fatal(v, err)
			}
		}
	}
}

// FuzzChunk reads hostile chunks of every codec.
func FuzzChunk(f *testing.F) {
	plain := appendElements(nil, []string{"CI.CCA", "", "ZÜRI"})
	for _, c := range []Codec{Raw, Zstd, Gzip} {
		packed, err := c.pack(nil, plain)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(int(c), packed)
	}
	f.Fuzz(func(t *testing.T, codec int, data []byte) {
		c := Codec(uint(codec) % 3)
		unpacked[string](t, c, data, 1<<20)
		unpacked[float32](t, c, data, 12)
		unpacked[complex128](t, c, data, 48)
	})
}

func unpacked[T Element](t *testing.T, c Codec, data []byte, limit int) {
	plain, err := c.unpack(nil, data, limit)
	if err != nil {
		return
	}
	if c != Raw && len(plain) > limit {
		t.Fatalf("%d bytes where %d are allowed", len(plain), limit)
	}
	values := make([]T, 3)
	if decodeElements(values, plain) == nil && !bytes.Equal(appendElements(nil, values), plain) && typeName[T]() == "string" {
		t.Fatalf("%v is not what was read", values)
	}
}
