package pes

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/dispel4go/dispel4go/npy"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/zarr"
)

// ErrExport is returned for a store that a format has no room for.
var ErrExport = errors.New("cannot be exported")

// registerExporters makes the exporters of any Zarr store known.
func registerExporters(r *registry.Registry) {
	r.AddExporter(registry.Exporter{Name: "netcdf", Help: "NetCDF-3 with all arrays of the store", Extension: ".nc", Export: exportNetCDF})
	r.AddExporter(registry.Exporter{Name: "npz", Help: "NumPy archive with all arrays of the store", Extension: ".npz", Export: exportNPZ})
}

// openStore opens a store and lists its arrays, the largest last.
func openStore(path string) (*zarr.Store, []*zarr.Info, error) {
	s, err := zarr.Open(path)
	if err != nil {
		return nil, nil, err
	}
	names, err := s.Names()
	if err != nil {
		return nil, nil, err
	}
	var all []*zarr.Info
	for _, name := range names {
		info, err := s.Info(name)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, info)
	}
	slices.SortStableFunc(all, func(a, b *zarr.Info) int { return cmp.Compare(elements(a.Shape), elements(b.Shape)) })
	return s, all, nil
}

func elements(shape []int) int {
	n := 1
	for _, l := range shape {
		n *= l
	}
	return n
}

// exportNPZ writes all arrays of a store into one archive, one array in memory at a
// time; attributes stay behind.
func exportNPZ(ctx context.Context, from, to string) error {
	s, arrays, err := openStore(from)
	if err != nil {
		return err
	}
	out, err := npy.CreateArchive(to)
	if err != nil {
		return err
	}
	for _, a := range arrays {
		if err := ctx.Err(); err != nil {
			out.Abort()
			return err
		}
		switch a.Type {
		case "float32":
			err = member[float32](out, s, a)
		case "float64":
			err = member[float64](out, s, a)
		case "int32":
			err = member[int32](out, s, a)
		case "int64":
			err = member[int64](out, s, a)
		case "uint8":
			err = member[uint8](out, s, a)
		case "bool":
			err = member[bool](out, s, a)
		case "complex64":
			err = member[complex64](out, s, a)
		case "complex128":
			err = member[complex128](out, s, a)
		case "string":
			err = letters(out, s, a)
		}
		if err != nil {
			out.Abort()
			return err
		}
	}
	return out.Close()
}

func member[T interface {
	zarr.Element
	npy.Element
}](out *npy.ArchiveWriter, s *zarr.Store, info *zarr.Info) error {
	a, err := zarr.OpenArray[T](s, info.Name)
	if err != nil {
		return err
	}
	data, err := a.Read(nil)
	if err != nil {
		return err
	}
	return npy.Add(out, info.Name, info.Shape, data)
}

func letters(out *npy.ArchiveWriter, s *zarr.Store, info *zarr.Info) error {
	a, err := zarr.OpenArray[string](s, info.Name)
	if err != nil {
		return err
	}
	data, err := a.Read(nil)
	if err != nil {
		return err
	}
	return npy.AddText(out, info.Name, info.Shape, data)
}
