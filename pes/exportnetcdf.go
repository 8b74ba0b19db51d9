package pes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dispel4go/dispel4go/netcdf"
	"github.com/dispel4go/dispel4go/zarr"
)

// exportNetCDF writes all arrays of a store, a chunk at a time. Integers of 64 bits
// become float64, complex numbers get a dimension of two, text one of its letters.
func exportNetCDF(ctx context.Context, from, to string) error {
	s, arrays, err := openStore(from)
	if err != nil {
		return err
	}
	e := &netcdfExport{store: s, dims: map[string]int{}}
	about, err := s.Attributes()
	if err != nil {
		return err
	}
	e.header.Attributes = attributes(about)
	var copies []func() error
	for _, a := range arrays {
		if elements(a.Shape) == 0 {
			continue // the format has no empty dimensions
		}
		var copy func() error
		switch a.Type {
		case "float32":
			copy, err = convert(ctx, e, a, netcdf.Float32, nil, func(dst []float32, v float32) []float32 { return append(dst, v) })
		case "float64":
			copy, err = convert(ctx, e, a, netcdf.Float64, nil, func(dst []float64, v float64) []float64 { return append(dst, v) })
		case "int32":
			copy, err = convert(ctx, e, a, netcdf.Int32, nil, func(dst []int32, v int32) []int32 { return append(dst, v) })
		case "int64":
			copy, err = convert(ctx, e, a, netcdf.Float64, nil, func(dst []float64, v int64) []float64 { return append(dst, float64(v)) })
		case "uint8":
			copy, err = convert(ctx, e, a, netcdf.Int16, nil, func(dst []int16, v uint8) []int16 { return append(dst, int16(v)) })
		case "bool":
			copy, err = convert(ctx, e, a, netcdf.Int8, nil, func(dst []int8, v bool) []int8 {
				if v {
					return append(dst, 1)
				}
				return append(dst, 0)
			})
		case "complex64":
			copy, err = convert(ctx, e, a, netcdf.Float32, []netcdf.Dim{{Name: "re_im", Length: 2}},
				func(dst []float32, v complex64) []float32 { return append(dst, real(v), imag(v)) })
		case "complex128":
			copy, err = convert(ctx, e, a, netcdf.Float64, []netcdf.Dim{{Name: "re_im", Length: 2}},
				func(dst []float64, v complex128) []float64 { return append(dst, real(v), imag(v)) })
		case "string":
			copy, err = e.text(ctx, a)
		}
		if err != nil {
			return err
		}
		copies = append(copies, copy)
	}
	if e.w, err = netcdf.Create(to, e.header); err != nil {
		return err
	}
	for _, copy := range copies {
		if err := copy(); err != nil {
			e.w.Abort()
			return err
		}
	}
	return e.w.Close()
}

// netcdfExport is a file in the making.
type netcdfExport struct {
	store  *zarr.Store
	header netcdf.Header
	dims   map[string]int
	w      *netcdf.Writer
}

// variable adds an array to the header, with more dimensions behind its own.
func (e *netcdfExport) variable(a *zarr.Info, typ netcdf.Type, more []netcdf.Dim) error {
	v := netcdf.Variable{Name: a.Name, Type: typ, Attributes: attributes(a.Attributes)}
	for i, n := range a.Shape {
		name := fmt.Sprintf("%s_%d", a.Name, i)
		if i < len(a.Dims) && a.Dims[i] != "" {
			name = a.Dims[i]
		}
		if err := e.dim(name, n); err != nil {
			return err
		}
		v.Dims = append(v.Dims, name)
	}
	for _, d := range more {
		if err := e.dim(d.Name, d.Length); err != nil {
			return err
		}
		v.Dims = append(v.Dims, d.Name)
	}
	e.header.Variables = append(e.header.Variables, v)
	return nil
}

func (e *netcdfExport) dim(name string, n int) error {
	if have, ok := e.dims[name]; ok && have != n {
		return fmt.Errorf("%w: the dimension %s has length %d in one array and %d in another", ErrExport, name, have, n)
	} else if !ok {
		e.dims[name] = n
		e.header.Dims = append(e.header.Dims, netcdf.Dim{Name: name, Length: n})
	}
	return nil
}

// convert adds an array, and returns what copies its elements, as add appends them.
func convert[F zarr.Element, T netcdf.Element](ctx context.Context, e *netcdfExport, info *zarr.Info, typ netcdf.Type, more []netcdf.Dim, add func(dst []T, v F) []T) (func() error, error) {
	if err := e.variable(info, typ, more); err != nil {
		return nil, err
	}
	return func() error {
		var part []T
		return stretches(ctx, e.store, info, func(at int, data []F) error {
			part = part[:0]
			for _, v := range data {
				part = add(part, v)
			}
			return netcdf.Put(e.w, info.Name, int64(at)*int64(len(part)/max(len(data), 1)), part)
		})
	}, nil
}

// text adds an array of strings, as letters with zeros behind them.
func (e *netcdfExport) text(ctx context.Context, info *zarr.Info) (func() error, error) {
	longest := 1
	if err := stretches(ctx, e.store, info, func(_ int, data []string) error {
		for _, s := range data {
			longest = max(longest, len(s))
		}
		return nil
	}); err != nil {
		return nil, err
	}
	letters := netcdf.Dim{Name: fmt.Sprintf("%s_letters", info.Name), Length: longest}
	if err := e.variable(info, netcdf.Char, []netcdf.Dim{letters}); err != nil {
		return nil, err
	}
	return func() error {
		return stretches(ctx, e.store, info, func(at int, data []string) error {
			b := make([]byte, len(data)*longest)
			for i, s := range data {
				copy(b[i*longest:(i+1)*longest], s)
			}
			return netcdf.Put(e.w, info.Name, int64(at)*int64(longest), b)
		})
	}, nil
}

// stretches calls f with all elements of an array, as EachStretch does, until ctx is
// done.
func stretches[T zarr.Element](ctx context.Context, s *zarr.Store, info *zarr.Info, f func(at int, data []T) error) error {
	a, err := zarr.OpenArray[T](s, info.Name)
	if err != nil {
		return err
	}
	return a.EachStretch(func(at int, data []T) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return f(at, data)
	})
}

// attributes turns those of a store into those of NetCDF: numbers, texts, lists of
// numbers; others as they print.
func attributes(all map[string]any) []netcdf.Attribute {
	var list []netcdf.Attribute
	for name, value := range all {
		switch v := value.(type) {
		case string, float64:
			list = append(list, netcdf.Attribute{Name: name, Value: v})
		case []any:
			numbers := make([]float64, 0, len(v))
			for _, x := range v {
				if f, ok := x.(float64); ok {
					numbers = append(numbers, f)
				}
			}
			if len(numbers) == len(v) && len(v) > 0 {
				list = append(list, netcdf.Attribute{Name: name, Value: numbers})
				continue
			}
			list = append(list, netcdf.Attribute{Name: name, Value: fmt.Sprint(v)})
		default:
			list = append(list, netcdf.Attribute{Name: name, Value: fmt.Sprint(v)})
		}
	}
	slices.SortFunc(list, func(a, b netcdf.Attribute) int { return strings.Compare(a.Name, b.Name) })
	return list
}
