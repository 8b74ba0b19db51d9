package port

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files again")

// golden compares got with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile("testdata/"+name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	want, have := strings.Split(string(b), "\n"), strings.Split(got, "\n")
	for i := range max(len(want), len(have)) {
		w, h := "", ""
		if i < len(want) {
			w = want[i]
		}
		if i < len(have) {
			h = have[i]
		}
		if w != h {
			t.Errorf("testdata/%s:%d:\nhave %s\nwant %s", name, i+1, h, w)
		}
	}
}

// The first outputs of SplitMix64 from the seed 1234567, as published at
// rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64.
func TestMixIsSplitMix64(t *testing.T) {
	const gamma = 0x9e3779b97f4a7c15
	state := uint64(1234567)
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := mix(state); got != want {
			t.Errorf("output %d: %d, want %d", i, got, want)
		}
		state += gamma
	}
}

// The values of the sanity test of the reference implementation of XXH3
// (github.com/Cyan4973/xxHash, seed 0, XXH3_64bits), over its test buffer.
func TestStringsAreXXH3(t *testing.T) {
	buffer := make([]byte, 2367)
	g := uint64(2654435761)
	for i := range buffer {
		buffer[i] = byte(g >> 56)
		g *= 11400714785074694797
	}
	for n, want := range map[int]uint64{
		0: 0x2D06800538D394C2, 1: 0xC44BDFF4074EECDB, 6: 0x27B56A84CD2D7325, 12: 0xA713DAF0DFBB77E7,
		24: 0xA3FE70BF9D3510EB, 48: 0x397DA259ECBA1F11, 80: 0xBCDEFBBB2C47C90A, 195: 0xCD94217EE362EC3A,
		403: 0xCDEB804D65C6DEA4, 512: 0x617E49599013CB6B, 2048: 0xDD59E2C3A5F038E0, 2240: 0x6E73A90539CF2948,
		2367: 0xCB37AEB9E5D361ED,
	} {
		a, _ := HashKey(buffer[:n])
		b, _ := HashKey(string(buffer[:n]))
		if a != want || b != want {
			t.Errorf("%d bytes: %016x as bytes and %016x as a string, want %016x", n, a, b, want)
		}
	}
}

type stationKey struct {
	Network, Station string
	Channel          [3]byte
	Location         uint8
	Open             bool
}

func keyLine[K any](b *strings.Builder, k K) {
	h, err := HashKey(k)
	if err != nil {
		fmt.Fprintf(b, "%T %v: %v\n", k, k, err)
		return
	}
	s := ShardOf(h)
	fmt.Fprintf(b, "%-17T %-32s %016x %5d ", k, fmt.Sprintf("%.32s", strings.ReplaceAll(fmt.Sprintf("%#v", k), "port.", "")), h, s)
	for _, n := range []int{1, 2, 3, 4, 7, 16, 1000, 32768, 100000} {
		fmt.Fprintf(b, " %d", InstanceOf(s, n))
	}
	b.WriteByte('\n')
}

// TestKeyHash holds hash, shard and instance of keys to what they have always
// been.
func TestKeyHash(t *testing.T) {
	b := &strings.Builder{}
	fmt.Fprintf(b, "type              key                              hash             shard  instance of 1 2 3 4 7 16 1000 32768 100000\n")
	for _, k := range []string{"", "a", "abc", "CI.CCA", "CI.HEC", "Zürich", strings.Repeat("station", 64)} {
		keyLine(b, k)
	}
	keyLine(b, []byte(nil))
	keyLine(b, []byte("abc"))
	for _, k := range []int{0, 1, -1, 2, 1 << 40, -1 << 63} {
		keyLine(b, k)
	}
	keyLine(b, int8(-1))
	keyLine(b, int16(-1))
	keyLine(b, int32(-1))
	keyLine(b, int64(-1))
	keyLine(b, uint8(255))
	keyLine(b, uint16(65535))
	keyLine(b, uint32(1<<32-1))
	keyLine(b, uint64(1<<64-1))
	keyLine(b, uint(7))
	keyLine(b, uintptr(7))
	keyLine(b, true)
	keyLine(b, false)
	keyLine(b, KindBy)
	keyLine(b, Time(1700000000000000000))
	keyLine(b, [2]int32{1, 2})
	keyLine(b, [2]int32{2, 1})
	keyLine(b, [0]int{})
	keyLine(b, struct{}{})
	keyLine(b, struct{ A, B string }{"ab", "c"})
	keyLine(b, struct{ A, B string }{"a", "bc"})
	keyLine(b, stationKey{"CI", "CCA", [3]byte{'B', 'H', 'Z'}, 10, true})
	golden(t, "keyhash.txt", b.String())
}

func TestKeysRefused(t *testing.T) {
	check := func(name string, err error) {
		if err == nil || !strings.Contains(err.Error(), "cannot be a key") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := HashKey(1.5)
	check("float64", err)
	_, err = HashKey(float32(1.5))
	check("float32", err)
	_, err = HashKey(1i)
	check("complex", err)
	_, err = HashKey(any(1))
	check("interface", err)
	_, err = HashKey(new(int))
	check("pointer", err)
	_, err = HashKey([]int{1})
	check("slice", err)
	_, err = HashKey(map[int]int{})
	check("map", err)
	_, err = HashKey(struct{ A struct{ B [2]float64 } }{})
	check("nested", err)
	if !strings.Contains(err.Error(), "field A: field B: ") {
		t.Errorf("where? %v", err)
	}
}

func TestBlankFieldsDoNotCount(t *testing.T) {
	type padded struct {
		A int8
		_ [3]byte
		B int32
	}
	type bare struct {
		A int8
		B int32
	}
	a, _ := HashKey(padded{A: 1, B: 2})
	b, _ := HashKey(bare{1, 2})
	if a != b {
		t.Errorf("%x and %x", a, b)
	}
}

// Every way to hash a key gives the same: alone, by a By grouping, by a field.
func TestKeyHashAgrees(t *testing.T) {
	type item struct {
		Pad  bool
		ID   int64
		Name string
		Key  stationKey
	}
	in := InputOf(InputEach(func(item) error { return nil }))
	for i := range 100 {
		it := item{i%2 == 0, int64(i) * 977, fmt.Sprint("s", i), stationKey{Station: fmt.Sprint(i), Location: uint8(i)}}
		agree(t, in, it, "id", func(i item) int64 { return i.ID })
		agree(t, in, it, "name", func(i item) string { return i.Name })
		agree(t, in, it, "key", func(i item) stationKey { return i.Key })
	}
}

func agree[T, K any](t *testing.T, in Input, it T, field string, key func(T) K) {
	t.Helper()
	g, err := ByField(in, field)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := HashKey(key(it))
	for how, g := range map[string]Grouping{"field": g, "key": By(key)} {
		to := []int32{0}
		for _, n := range []uint64{1, 3, Shards, 1 << 20} {
			if g.(keyed[T]).spread([]T{it}, n, to); to[0] != instance(want, n) {
				t.Errorf("%s %s: instance %d of %d, want %d", how, field, to[0], n, instance(want, n))
			}
		}
	}
}

// Every instance gets a fair share of the shards, for any number of them.
func TestInstances(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 100, Shards - 1, Shards} {
		counts := make([]int, n)
		last := 0
		for s := range Shards {
			i := InstanceOf(s, n)
			if i < last || i > last+1 {
				t.Fatalf("n %d: shard %d goes to %d after %d", n, s, i, last)
			}
			counts[i]++
			last = i
		}
		for i, c := range counts {
			if c != Shards/n && c != Shards/n+1 {
				t.Errorf("n %d: instance %d has %d shards", n, i, c)
			}
		}
	}
}

func BenchmarkHashKey(b *testing.B) {
	benchKey(b, "int", 977)
	benchKey(b, "string", "CI.CCA.BHZ")
	benchKey(b, "struct", stationKey{Network: "CI", Station: "CCA"})
}

func benchKey[K any](b *testing.B, name string, key K) {
	b.Run(name, func(b *testing.B) {
		h, _ := hasher(reflect.TypeFor[K]())
		for range b.N {
			sink += h.hash(unsafe.Pointer(&key))
		}
	})
}

var sink uint64
