package port

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"
)

type (
	point  struct{ X, Y, Z float64 }
	padded struct {
		A int8
		B int64
		C bool
		D uint16
	}
	nested struct {
		Name  string
		Rows  [][]float32
		Point point
		Ptr   *padded
		Names []string
		Set   map[string][]int32
		Grid  [2][3]string
		When  time.Time
		Flags [4]bool
		Bytes []byte
	}
	deepMap map[[2]int16]map[string]*point
	empty   struct{}
)

// samples holds large memory and encodes itself.
type samples struct {
	rate float64
	data []byte
	tags [][]byte
}

func (s *samples) AppendBinary(b []byte) ([]byte, error) {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(s.rate)), nil
}

func (s *samples) UnmarshalBinary(b []byte) error {
	if len(b) != 8 {
		return errors.New("a rate has 8 bytes")
	}
	s.rate = math.Float64frombits(binary.LittleEndian.Uint64(b))
	return nil
}

func (s *samples) AppendParts(parts [][]byte) [][]byte {
	return append(append(parts, s.data), s.tags...)
}

func (s *samples) SetParts(parts [][]byte) error {
	if len(parts) == 0 {
		return errors.New("no data")
	}
	s.data, s.tags = parts[0], parts[1:]
	return nil
}

// version encodes itself with MarshalBinary only.
type version struct{ major, minor byte }

func (v version) MarshalBinary() ([]byte, error) { return []byte{v.major, v.minor}, nil }

func (v *version) UnmarshalBinary(b []byte) error {
	if len(b) != 2 {
		return errors.New("a version has 2 bytes")
	}
	v.major, v.minor = b[0], b[1]
	return nil
}

// random fills v with anything, nil and empty included.
func random(r *rand.Rand, v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = time.Unix(r.Int64N(1<<33), r.Int64N(1e9)).UTC()
		return
	case *samples:
		p.rate = r.Float64()
		p.data = make([]byte, r.IntN(3*PartSize))
		for i := range p.data {
			p.data[i] = byte(r.Uint32())
		}
		p.tags = make([][]byte, r.IntN(3))
		for i := range p.tags {
			p.tags[i] = []byte(fmt.Sprint(r.Uint32()))
		}
		return
	case *version:
		*p = version{byte(r.Uint32()), byte(r.Uint32())}
		return
	}
	size := func() int { return int(math.Exp2(r.Float64()*5)) - 1 }
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.String:
		b := make([]byte, size())
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		v.SetString(string(b))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(float32(r.NormFloat64())))
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex(complex(float64(r.Int32()), 1))
	case reflect.Slice:
		if r.IntN(8) == 0 {
			return
		}
		n := size()
		if k := v.Type().Elem().Kind(); k >= reflect.Int && k <= reflect.Float64 && r.IntN(16) == 0 {
			n = PartSize/8 + r.IntN(PartSize/4) // large enough for a part, or nearly
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			random(r, v.Index(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			random(r, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			random(r, v.Field(i))
		}
	case reflect.Pointer:
		if r.IntN(4) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			random(r, v.Elem())
		}
	case reflect.Map:
		if r.IntN(8) == 0 {
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for range size() / 4 {
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			random(r, k)
			random(r, e)
			v.SetMapIndex(k, e)
		}
	default:
		if v.CanInt() {
			v.SetInt(r.Int64() >> r.IntN(64))
		} else {
			v.SetUint(r.Uint64() >> r.IntN(64))
		}
	}
}

func randoms[T any](r *rand.Rand, n int) []T {
	items := make([]T, n)
	for i := range items {
		random(r, reflect.ValueOf(&items[i]).Elem())
	}
	return items
}

// everyType calls f's instances for the types that codecs are tested with.
var everyType = map[string]func(t *testing.T, f anyType){
	"int":          typed[int],
	"uint8":        typed[uint8],
	"float32":      typed[float32],
	"complex128":   typed[complex128],
	"bool":         typed[bool],
	"string":       typed[string],
	"empty":        typed[empty],
	"[0]string":    typed[[0]string],
	"point":        typed[point],
	"[3]point":     typed[[3]point],
	"padded":       typed[padded],
	"nested":       typed[nested],
	"*nested":      typed[*nested],
	"[]byte":       typed[[]byte],
	"[]float64":    typed[[]float64],
	"[]int16":      typed[[]int16],
	"[][]point":    typed[[][]point],
	"[]padded":     typed[[]padded],
	"[]*point":     typed[[]*point],
	"**int":        typed[**int],
	"map":          typed[map[string]int],
	"deepMap":      typed[deepMap],
	"map of times": typed[map[int]time.Time],
	"map of own":   typed[map[version]version],
	"map of parts": typed[map[bool]samples],
	"time":         typed[time.Time],
	"duration":     typed[time.Duration],
	"samples":      typed[samples],
	"[]samples":    typed[[]samples],
	"version":      typed[version],
	"[2]version":   typed[[2]version],
	"[4]bool":      typed[[4]bool],
	"mixed own": typed[struct {
		V version
		S *samples
		T []time.Time
	}],
}

// anyType is a test of one item type.
type anyType interface {
	run(t *testing.T, c typedCase)
}

// typedCase is what a test needs to know of a type without naming it.
type typedCase struct {
	codec *Codec
	make  func(r *rand.Rand, n int) Batch
	in    Input
	items func(b Batch) any
	own   func(b Batch) Batch
}

func typed[T any](t *testing.T, f anyType) {
	p, err := poolOf[T]()
	if err != nil {
		t.Fatal(err)
	}
	f.run(t, typedCase{
		codec: p.codec,
		make: func(r *rand.Rand, n int) Batch {
			items := randoms[T](r, n)
			return p.copyOf(items, p.bytesOf(items), false)
		},
		in:    InputOf(InputBatch(func([]T) error { return nil })),
		items: func(b Batch) any { return b.(*batch[T]).items },
		own: func(b Batch) Batch {
			o := b.(*batch[T])
			return p.copyOf(o.items, o.bytes, true)
		},
	})
}

type testFunc func(t *testing.T, c typedCase)

func (f testFunc) run(t *testing.T, c typedCase) { f(t, c) }

func forEveryType(t *testing.T, f testFunc) {
	for name, typ := range everyType {
		t.Run(name, func(t *testing.T) { typ(t, f) })
	}
}

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
			_ = enc
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

func TestDecodeRefuses(t *testing.T) {
	huge := binary.AppendUvarint(nil, 1+2*(1<<61+2)+1) // 2^61+2 float64 make 16 bytes, modulo 2^64
	for _, c := range []struct {
		name  string
		in    Input
		codec byte
		n     int
		body  []byte
		parts [][]byte
	}{
		{"another codec", InputOf(InputEach(func(int) error { return nil })), CodecFields, 1, make([]byte, 8), nil},
		{"too few bytes", InputOf(InputEach(func(int) error { return nil })), CodecMemory, 2, make([]byte, 15), nil},
		{"negative", InputOf(InputEach(func(int) error { return nil })), CodecMemory, -1, nil, nil},
		{"negative fields", InputOf(InputEach(func(string) error { return nil })), CodecFields, -1, nil, nil},
		{"overflow", InputOf(InputEach(func(int) error { return nil })), CodecMemory, 1 << 61, nil, nil},
		{"many of nothing", InputOf(InputEach(func(empty) error { return nil })), CodecMemory, 1 << 40, nil, nil},
		{"bytes left over", InputOf(InputEach(func(string) error { return nil })), CodecFields, 1, []byte{1, 'a', 'b'}, nil},
		{"part left over", InputOf(InputEach(func(string) error { return nil })), CodecFields, 1, []byte{1, 'a'}, [][]byte{{1}}},
		{"part missing", InputOf(InputEach(func([]byte) error { return nil })), CodecFields, 1, []byte{4}, nil},
		{"part too small", InputOf(InputEach(func([]int32) error { return nil })), CodecFields, 1, []byte{4}, [][]byte{{1, 2}}},
		{"part of 2^61 elements", InputOf(InputEach(func([]float64) error { return nil })), CodecFields, 1, huge, [][]byte{make([]byte, 16)}},
		{"slice beyond the end", InputOf(InputEach(func([]byte) error { return nil })), CodecFields, 1, []byte{0x81, 1}, nil},
		{"string beyond the end", InputOf(InputEach(func(string) error { return nil })), CodecFields, 1, []byte{5, 'a'}, nil},
		{"length without end", InputOf(InputEach(func(string) error { return nil })), CodecFields, 1, bytes.Repeat([]byte{0x80}, 12), nil},
		{"more elements than bytes", InputOf(InputEach(func([][1000]string) error { return nil })), CodecFields, 1, append([]byte{100}, make([]byte, 500)...), nil},
		{"more items than bytes", InputOf(InputEach(func([1000]string) error { return nil })), CodecFields, 400, make([]byte, 500), nil},
		{"a key twice", InputOf(InputEach(func(map[string]bool) error { return nil })), CodecFields, 1, []byte{3, 2, 1, 'a', 0, 2, 1, 'a', 1}, nil},
		{"more entries than bytes", InputOf(InputEach(func(map[string]bool) error { return nil })), CodecFields, 1, []byte{200, 1, 0}, nil},
		{"own binary refuses", InputOf(InputEach(func(version) error { return nil })), CodecBinary, 1, []byte{1, 0}, nil},
		{"own parts refuse", InputOf(InputEach(func(samples) error { return nil })), CodecParts, 1, append(append([]byte{8}, make([]byte, 8)...), 0), nil},
		{"time", InputOf(InputEach(func(time.Time) error { return nil })), CodecBinary, 1, []byte{1, 77}, nil},
	} {
		b, err := c.in.Decode(c.codec, c.n, Body{Bytes: c.body}, c.parts)
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: decoded to %v, error %v", c.name, b, err)
		}
	}
}

type ring struct{ Next *ring }

func TestTypesRefused(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{refusal[func()](), "a func has no codec"},
		{refusal[chan int](), "a chan has no codec"},
		{refusal[any](), "a interface has no codec"},
		{refusal[error](), "a interface has no codec"},
		{refusal[unsafe.Pointer](), "a unsafe.Pointer has no codec"},
		{refusal[struct{ hidden int }](), "unexported field hidden"},
		{refusal[struct{ A struct{ F []func() } }](), "field A: field F: a func has no codec"},
		{refusal[map[string]any](), "a interface has no codec"},
		{refusal[map[any]int](), "a interface has no codec"},
		{refusal[*ring](), "contains itself"},
		{refusal[[]struct{}](), "elements without content"},
		{refusal[struct{ _ int32 }](), "unexported field _"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || !strings.Contains(c.err.Error(), "cannot travel") {
			t.Errorf("%v, want %s", c.err, c.want)
		}
	}
}

func refusal[T any]() error {
	_, first := poolOf[T]()
	_, second := poolOf[T]()
	if fmt.Sprint(first) != fmt.Sprint(second) {
		return errors.New("refused in two ways")
	}
	return first
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

type failing struct{ hidden int }

func (f failing) MarshalBinary() ([]byte, error) { return nil, fmt.Errorf("not today, %d", f.hidden) }
func (*failing) UnmarshalBinary([]byte) error    { return nil }

func TestEncodeFails(t *testing.T) {
	p, _ := poolOf[map[string][]failing]()
	b := p.copyOf([]map[string][]failing{{"a": {{hidden: 1}}}}, 0, false)
	if _, _, err := b.Encode(nil, nil, false); err == nil || err.Error() != "not today, 1" {
		t.Errorf("%v", err)
	}
}
