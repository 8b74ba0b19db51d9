package netcdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// ErrHeader is returned for a file that cannot be: names twice, dimensions that are
// not there, variables that are too large.
var ErrHeader = errors.New("netcdf: unusable header")

// Type is that of the elements of a variable.
type Type int32

// The types.
const (
	Int8    Type = 1
	Char    Type = 2
	Int16   Type = 3
	Int32   Type = 4
	Float32 Type = 5
	Float64 Type = 6
)

// size is the bytes of an element.
func (t Type) size() int {
	return map[Type]int{Int8: 1, Char: 1, Int16: 2, Int32: 4, Float32: 4, Float64: 8}[t]
}

// A Dim is a dimension of fixed length.
type Dim struct {
	Name   string
	Length int
}

// An Attribute describes a variable or the file. Its value is a string, int32,
// float64, or a slice of the numbers.
type Attribute struct {
	Name  string
	Value any
}

// A Variable is an array. One without dimensions is a single value.
type Variable struct {
	Name       string
	Type       Type
	Dims       []string
	Attributes []Attribute
}

// A Header is all of a file but the elements.
type Header struct {
	Dims       []Dim
	Variables  []Variable
	Attributes []Attribute
}

// The tags of lists.
const (
	tagDims  = 10
	tagVars  = 11
	tagAttrs = 12

	maxBytes = 1<<32 - 4 // of a variable
)

// place is where a variable is.
type place struct {
	begin    int64
	elements int64
	typ      Type
}

// encode lays the file out.
func (h *Header) encode() (head []byte, places map[string]place, size int64, err error) {
	if err := h.check(); err != nil {
		return nil, nil, 0, err
	}
	// The offsets have a fixed length, so that one pass tells how long the header is.
	begins := make([]int64, len(h.Variables))
	for range 2 {
		if head, err = h.append(nil, begins); err != nil {
			return nil, nil, 0, err
		}
		at := int64(len(head))
		places = map[string]place{}
		for i, v := range h.Variables {
			n := h.elements(&v)
			begins[i] = at
			places[v.Name] = place{at, n, v.Type}
			at += (n*int64(v.Type.size()) + 3) / 4 * 4
		}
		size = at
	}
	return head, places, size, nil
}

func (h *Header) check() error {
	var dims, vars []string
	for _, d := range h.Dims {
		if err := goodName(d.Name, dims); err != nil {
			return err
		}
		if d.Length < 1 || d.Length > math.MaxInt32 {
			return fmt.Errorf("%w: dimension %s of length %d", ErrHeader, d.Name, d.Length)
		}
		dims = append(dims, d.Name)
	}
	for i, v := range h.Variables {
		if err := goodName(v.Name, vars); err != nil {
			return err
		}
		vars = append(vars, v.Name)
		if v.Type.size() == 0 {
			return fmt.Errorf("%w: variable %s of type %d", ErrHeader, v.Name, v.Type)
		}
		for _, d := range v.Dims {
			if !slices.Contains(dims, d) {
				return fmt.Errorf("%w: variable %s has a dimension %s, which is not there", ErrHeader, v.Name, d)
			}
		}
		switch n := float64(v.Type.size()) * h.product(&v); {
		case n > maxBytes && i < len(h.Variables)-1:
			return fmt.Errorf("%w: variable %s has more than 4 GiB: only the last may; write part of it, or Zarr", ErrHeader, v.Name)
		case n > 1<<60:
			return fmt.Errorf("%w: variable %s has more than 1 EiB", ErrHeader, v.Name)
		}
	}
	return nil
}

// goodName refuses what readers stumble over.
func goodName(name string, before []string) error {
	if name == "" || strings.ContainsAny(name, "/\x00 ") || slices.Contains(before, name) {
		return fmt.Errorf("%w: the name %.40q is empty, has a slash or a space, or was used before", ErrHeader, name)
	}
	return nil
}

// product is the number of elements, as far as a float can tell.
func (h *Header) product(v *Variable) float64 {
	n := 1.0
	for _, d := range v.Dims {
		n *= float64(h.Dims[h.dim(d)].Length)
	}
	return n
}

func (h *Header) elements(v *Variable) int64 {
	n := int64(1)
	for _, d := range v.Dims {
		n *= int64(h.Dims[h.dim(d)].Length)
	}
	return n
}

func (h *Header) dim(name string) int {
	return slices.IndexFunc(h.Dims, func(d Dim) bool { return d.Name == name })
}

// append appends the header with the offsets given.
func (h *Header) append(b []byte, begins []int64) ([]byte, error) {
	be := binary.BigEndian
	u32 := func(n int) { b = be.AppendUint32(b, uint32(n)) }
	b = append(b, "CDF\x02"...)
	u32(0) // records
	list := func(tag, n int) {
		if n == 0 {
			tag = 0
		}
		u32(tag)
		u32(n)
	}
	list(tagDims, len(h.Dims))
	for _, d := range h.Dims {
		b = appendText(b, d.Name)
		u32(d.Length)
	}
	list(tagAttrs, len(h.Attributes))
	var err error
	if b, err = appendAttributes(b, h.Attributes); err != nil {
		return nil, err
	}
	list(tagVars, len(h.Variables))
	for i, v := range h.Variables {
		b = appendText(b, v.Name)
		u32(len(v.Dims))
		for _, d := range v.Dims {
			u32(h.dim(d))
		}
		list(tagAttrs, len(v.Attributes))
		if b, err = appendAttributes(b, v.Attributes); err != nil {
			return nil, fmt.Errorf("%w of variable %s", err, v.Name)
		}
		u32(int(v.Type))
		size := (h.elements(&v)*int64(v.Type.size()) + 3) / 4 * 4
		u32(int(min(size, math.MaxUint32))) // of no use beyond, by the specification
		b = be.AppendUint64(b, uint64(begins[i]))
	}
	return b, nil
}

// appendText appends a name: its length, its letters, zeros up to four bytes.
func appendText(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return pad(append(b, s...), len(s))
}

// pad completes n bytes to a multiple of four.
func pad(b []byte, n int) []byte { return append(b, "\x00\x00\x00"[:(4-n%4)%4]...) }

func appendAttributes(b []byte, all []Attribute) ([]byte, error) {
	be := binary.BigEndian
	for _, a := range all {
		b = appendText(b, a.Name)
		switch v := a.Value.(type) {
		case string:
			b = be.AppendUint32(b, uint32(Char))
			b = appendText(b, v)
		case int32:
			b = appendNumbers(b, Int32, []int32{v})
		case []int32:
			b = appendNumbers(b, Int32, v)
		case float64:
			b = appendNumbers(b, Float64, []float64{v})
		case []float64:
			b = appendNumbers(b, Float64, v)
		default:
			return nil, fmt.Errorf("%w: attribute %s is a %T", ErrHeader, a.Name, a.Value)
		}
	}
	return b, nil
}

func appendNumbers[T int32 | float64](b []byte, t Type, v []T) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(t))
	b = binary.BigEndian.AppendUint32(b, uint32(len(v)))
	b, _ = binary.Append(b, binary.BigEndian, v) // fails for no such type
	return b
}
