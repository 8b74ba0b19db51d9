package port

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unsafe"
)

func digestOf[T any](t *testing.T, items ...T) Digest {
	t.Helper()
	p, err := poolOf[T]()
	if err != nil {
		t.Fatal(err)
	}
	var scratch []byte
	d, err := p.codec.digest(unsafe.Pointer(unsafe.SliceData(items)), len(items), &scratch)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDigestGolden(t *testing.T) {
	b := &strings.Builder{}
	line := func(what string, d Digest) { fmt.Fprintf(b, "%s %s\n", d, what) }
	when := time.Date(2024, 2, 29, 12, 30, 15, 123456789, time.UTC)
	line("no item", digestOf[int](t))
	line("int 1", digestOf(t, 1))
	line("int 1 1", digestOf(t, 1, 1))
	line("int 1 2 3", digestOf(t, 1, 2, 3))
	line("float64 0", digestOf(t, 0.0))
	line("string", digestOf(t, "", "a", "CI.CCA"))
	line("bool", digestOf(t, true, false))
	line("padded", digestOf(t, padded{1, -2, true, 3}))
	line("nil and empty slice", digestOf(t, []byte(nil), []byte{}))
	line("[]float64", digestOf(t, []float64{1, 2, 3}))
	line("large []int32", digestOf(t, make([]int32, 5000)))
	line("map", digestOf(t, map[string]int{"a": 1, "b": 2, "c": 3}))
	line("time", digestOf(t, when))
	line("samples", digestOf(t, samples{1, make([]byte, 5000), [][]byte{{1}}}))
	line("nested", digestOf(t, nested{"n", [][]float32{{1}, nil}, point{1, 2, 3}, &padded{1, 2, false, 3}, []string{"x"},
		map[string][]int32{"k": {7}}, [2][3]string{{"q"}}, when, [4]bool{true}, []byte{9}}))
	golden(t, "digests.txt", b.String())
}

func TestDigestIgnoresOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	items := randoms[nested](r, 50)
	want := digestOf(t, items...)
	for range 5 {
		r.Shuffle(len(items), func(i, k int) { items[i], items[k] = items[k], items[i] })
		var sum Digest
		cut := r.IntN(len(items))
		sum.Add(digestOf(t, items[:cut]...))
		sum.Add(digestOf(t, items[cut:]...))
		if sum != want {
			t.Fatal("the order counts")
		}
	}
	if digestOf(t, append(items, items[0])...) == want {
		t.Error("a duplicate does not count")
	}
	d := Digest{1, math.MaxUint64}
	d.Add(Digest{2, 1})
	if d != (Digest{4, 0}) {
		t.Errorf("the carry is lost: %v", d)
	}
}

// Held by a frame or sent inline, an item has the same digest.
func TestDigestOfDecoded(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	p, _ := poolOf[nested]()
	items := randoms[nested](r, 20)
	b := p.copyOf(items, 0, false)
	body, parts, _ := b.Encode(nil, nil, false)
	got, err := p.decode(CodecFields, len(items), Body{Bytes: body}, landed(parts))
	if err != nil {
		t.Fatal(err)
	}
	if digestOf(t, got.items...) != digestOf(t, items...) {
		t.Error("digests differ")
	}
}
