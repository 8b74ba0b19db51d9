package port

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"
)

// fuzzed are the inputs that FuzzDecode chooses from.
var fuzzed = []Input{
	InputOf(InputEach(func(point) error { return nil })),
	InputOf(InputEach(func(nested) error { return nil })),
	InputOf(InputEach(func(*nested) error { return nil })),
	InputOf(InputEach(func([][]float64) error { return nil })),
	InputOf(InputEach(func([][100]string) error { return nil })),
	InputOf(InputEach(func(deepMap) error { return nil })),
	InputOf(InputEach(func(samples) error { return nil })),
	InputOf(InputEach(func([]samples) error { return nil })),
	InputOf(InputEach(func(map[version]string) error { return nil })),
	InputOf(InputEach(func(empty) error { return nil })),
}

// FuzzDecode: bytes that nobody encoded are refused or decoded to items that
// encode again, without a panic and without more memory than the bytes warrant.
func FuzzDecode(f *testing.F) {
	r := rand.New(rand.NewPCG(11, 12))
	add := func(kind byte, b Batch) {
		body, parts, _ := b.Encode(nil, nil, false)
		var beside []byte
		for _, p := range parts {
			beside = append(beside, p...)
		}
		f.Add(kind, b.Len(), body, beside, len(parts))
	}
	add(0, seeds[point](r))
	add(1, seeds[nested](r))
	add(2, seeds[*nested](r))
	add(3, seeds[[][]float64](r))
	add(4, seeds[[][100]string](r))
	add(5, seeds[deepMap](r))
	add(6, seeds[samples](r))
	add(7, seeds[[]samples](r))
	add(8, seeds[map[version]string](r))
	f.Fuzz(func(t *testing.T, kind byte, n int, body, beside []byte, count int) {
		in := fuzzed[int(kind)%len(fuzzed)]
		var parts [][]byte
		if count = max(0, min(count, 8)); count > 0 {
			size := len(beside) / count
			for i := range count {
				parts = append(parts, slices.Clone(beside[i*size:(i+1)*size]))
			}
		}
		given := slices.Clone(body)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		b, err := in.Decode(in.Codec().ID, n, Body{Bytes: body}, parts)
		runtime.ReadMemStats(&after)
		// A byte can stand for a key and a value in a map, each with memory
		// of its own, or for a zero-sized item.
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20+2000*uint64(len(body)) {
			t.Fatalf("%d bytes for a body of %d", took, len(body))
		}
		if !slices.Equal(given, body) {
			t.Fatal("the body was changed")
		}
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		if b.Len() != n {
			t.Fatalf("%d items, not %d", b.Len(), n)
		}
		again, beside2, err := b.Encode(nil, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Decode(b.Codec(), n, Body{Bytes: again}, landed(beside2)); err != nil {
			t.Fatalf("encoded again, it is refused: %v", err)
		}
	})
}

func seeds[T any](r *rand.Rand) Batch {
	p, err := poolOf[T]()
	if err != nil {
		panic(err)
	}
	items := make([]T, 2)
	for i := range items {
		random(r, reflect.ValueOf(&items[i]).Elem())
	}
	return p.copyOf(items, 0, false)
}
