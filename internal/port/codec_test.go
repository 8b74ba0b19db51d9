package port

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"unsafe"
)

// landed copies parts as a transport does.
func landed(parts [][]byte) [][]byte {
	got := make([][]byte, len(parts))
	for i, p := range parts {
		got[i] = bytes.Clone(p)
	}
	return got
}

func TestRoundTrip(t *testing.T) {
	forEveryType(t, func(t *testing.T, c typedCase) {
		r := rand.New(rand.NewPCG(1, 2))
		for round := range 12 {
			b := c.make(r, r.IntN(12))
			head := make([]byte, r.IntN(9)) // the body starts anywhere in a frame
			for _, inline := range []bool{false, true} {
				enc, parts, err := b.Encode(slices.Clone(head), nil, inline)
				if err != nil {
					t.Fatal(err)
				}
				if inline && len(parts) > 0 {
					t.Fatal("parts though inline")
				}
				for _, p := range parts {
					if len(p) < PartSize {
						t.Fatalf("a part of %d bytes", len(p))
					}
				}
				body := bytes.Clone(enc[len(head):])
				got, err := c.in.Decode(b.Codec(), b.Len(), Body{Bytes: body}, landed(parts))
				if err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
				clear(body) // it stays with the caller
				if !reflect.DeepEqual(c.items(got), c.items(b)) {
					t.Fatalf("round %d, inline %v:\ngot  %v\nwant %v", round, inline, c.items(got), c.items(b))
				}
				if again, _, _ := got.Encode(slices.Clone(head), nil, inline); !bytes.Equal(again, enc) {
					t.Fatalf("round %d: encoded again it differs", round)
				}
				got.Free()
			}
		}
	})
}

// The size that a batch claims is near what it takes encoded.
func TestBytesAreHonest(t *testing.T) {
	forEveryType(t, func(t *testing.T, c typedCase) {
		r := rand.New(rand.NewPCG(3, 4))
		for range 6 {
			b := c.make(r, 1+r.IntN(8))
			enc, _, _ := b.Encode(nil, nil, true)
			if claimed := b.Bytes() - BatchOverhead; claimed < len(enc)/2 || claimed > 12*len(enc)+80*b.Len() {
				t.Fatalf("%d bytes claimed, %d encoded", claimed, len(enc))
			}
		}
	})
}

func TestDeepCopy(t *testing.T) {
	forEveryType(t, func(t *testing.T, c typedCase) {
		r := rand.New(rand.NewPCG(5, 6))
		for range 6 {
			b := c.make(r, 1+r.IntN(8))
			own := c.own(b)
			if !reflect.DeepEqual(c.items(own), c.items(b)) {
				t.Fatalf("the copy differs:\n%v\n%v", c.items(own), c.items(b))
			}
			one, two := map[uintptr]bool{}, map[uintptr]bool{}
			addresses(reflect.ValueOf(c.items(b)), one)
			addresses(reflect.ValueOf(c.items(own)), two)
			for a := range two {
				if one[a] {
					t.Fatal("a copy shares memory that can change")
				}
			}
			if c.codec.Shares() != c.codec.form.shares || !c.codec.Shares() && len(one) > 1 {
				t.Fatalf("Shares is %v, but there are %d memories", c.codec.Shares(), len(one))
			}
		}
	})
}

// addresses collects the memory that a value refers to and that can change.
func addresses(v reflect.Value, at map[uintptr]bool) {
	if v.Type() == timeType {
		return
	}
	switch v.Kind() {
	case reflect.Slice:
		if v.Len() > 0 && v.Type().Elem().Size() > 0 {
			at[v.Pointer()] = true
		}
		for i := range v.Len() {
			addresses(v.Index(i), at)
		}
	case reflect.Array:
		for i := range v.Len() {
			addresses(v.Index(i), at)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			addresses(v.Field(i), at)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			at[v.Pointer()] = true
			addresses(v.Elem(), at)
		}
	case reflect.Map:
		if !v.IsNil() {
			at[v.Pointer()] = true
		}
		for all := v.MapRange(); all.Next(); {
			addresses(all.Value(), at)
		}
	}
}

func TestParts(t *testing.T) {
	type large struct {
		Name string
		A, B []float64
		Deep [][]uint16
	}
	p, _ := poolOf[large]()
	it := large{"x", make([]float64, PartSize/8), make([]float64, PartSize/8-1), [][]uint16{make([]uint16, PartSize)}}
	for i := range it.A {
		it.A[i] = float64(i)
	}
	b := p.copyOf([]large{it}, 0, false)
	body, parts, err := b.Encode(nil, nil, false)
	if err != nil || len(parts) != 2 || len(parts[0]) != PartSize || len(parts[1]) != 2*PartSize {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	if &parts[0][0] != (*byte)(unsafe.Pointer(&it.A[0])) || &parts[1][0] != (*byte)(unsafe.Pointer(&it.Deep[0][0])) {
		t.Error("a part was copied by the encoder")
	}
	if len(body) > PartSize+16 {
		t.Errorf("the body has %d bytes", len(body))
	}
	arrived := landed(parts)
	got, err := p.decode(CodecFields, 1, Body{Bytes: body}, arrived)
	if err != nil {
		t.Fatal(err)
	}
	if (*byte)(unsafe.Pointer(&got.items[0].A[0])) != &arrived[0][0] {
		t.Error("a part was copied by the decoder")
	}
	if cap(got.items[0].A) != len(it.A) || cap(got.items[0].B) != len(it.B) {
		t.Error("a slice has room beyond its elements, where the next one lies")
	}
	if want := p.bytesOf(got.items); got.bytes < want/2 || got.bytes > 2*want {
		t.Errorf("a decoded batch claims %d bytes, about %d would be right", got.bytes, want)
	}
}

// Small slices share one arena, but appending to one never reaches the next.
func TestArena(t *testing.T) {
	p, _ := poolOf[[]int32]()
	b := p.copyOf([][]int32{{1, 2}, {3}, {4, 5, 6}}, 0, false)
	body, _, _ := b.Encode(nil, nil, false)
	got, err := p.decode(CodecFields, 3, Body{Bytes: body}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = append(got.items[0], 99, 99, 99, 99)
	if want := [][]int32{{1, 2}, {3}, {4, 5, 6}}; !reflect.DeepEqual(got.items, want) {
		t.Errorf("got %v", got.items)
	}
	for _, s := range got.items {
		if uintptr(unsafe.Pointer(&s[0]))%4 != 0 {
			t.Error("not aligned")
		}
	}
}

// A Clone of the type's own is preferred, and never called on nothing.
type cloned struct{ Names []string }

func (c *cloned) Clone() *cloned { return &cloned{append([]string{"clone"}, c.Names...)} }

func TestClone(t *testing.T) {
	p, err := poolOf[*cloned]()
	if err != nil {
		t.Fatal(err)
	}
	items := []*cloned{{[]string{"a"}}, nil}
	b := p.copyOf(items, 0, true)
	if !reflect.DeepEqual(b.items, []*cloned{{[]string{"clone", "a"}}, nil}) {
		t.Errorf("%v", b.items)
	}
}
