package port

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
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

// everyType calls a test for each of the types that codecs are tested with.
var everyType = map[string]func(t *testing.T, f func(t *testing.T, c typedCase)){
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

// typedCase is what a test needs to know of a type without naming it.
type typedCase struct {
	codec *Codec
	make  func(r *rand.Rand, n int) Batch
	in    Input
	items func(b Batch) any
	own   func(b Batch) Batch
}

func typed[T any](t *testing.T, f func(t *testing.T, c typedCase)) {
	p, err := poolOf[T]()
	if err != nil {
		t.Fatal(err)
	}
	f(t, typedCase{
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

func forEveryType(t *testing.T, f func(t *testing.T, c typedCase)) {
	for name, typ := range everyType {
		t.Run(name, func(t *testing.T) { typ(t, f) })
	}
}
