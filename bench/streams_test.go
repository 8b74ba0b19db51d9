package bench_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"unsafe"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/transport"
)

// BenchmarkStreams is the cases of dispel4py's users: as the plan makes them on
// two cores, with a stage for each instance, and with a rank for each.
func BenchmarkStreams(b *testing.B) {
	for _, c := range bench.Cases() {
		for _, at := range []struct {
			name  string
			place bench.Place
		}{
			{"auto", bench.Place{Ranks: 1, Cores: 2}},
			{"stages", bench.Stages},
			{"ranks", bench.Place{Ranks: c.Stages, Cores: 1, Fuse: partition.Off}},
		} {
			b.Run(c.Name+"/"+at.name, func(b *testing.B) {
				// A tenth of what peers get: rates are the same.
				n := c.Items / 10
				compare(b, 1, "items/s", bench.Way{Name: "ours", Units: float64(n), Run: func() error { return c.Run(b.Context(), at.place, n) }})
			})
		}
	}
}

const mebibyte = 1 << 20

// A keeper is a sink that looks where its items lie.
type keeper struct {
	d4.Base
	In d4.In[[]byte]
}

// fresh makes an item, writes all of it, and notes in it where it lies.
func fresh(pattern []byte) []byte {
	item := make([]byte, len(pattern))
	copy(item, pattern)
	binary.NativeEndian.PutUint64(item, place(item))
	return item
}

func place(item []byte) uint64 { return uint64(uintptr(unsafe.Pointer(&item[0]))) }

// large is a source -> sink of n items of 1 MiB. It returns how many of them
// arrived in other memory than they were made in.
func large(b *testing.B, p bench.Place, n int) (copied int, err error) {
	arrived, pattern := 0, make([]byte, mebibyte)
	g := d4.NewGraph("large")
	source := d4.Add(g, "source", bench.Make(n, func(int) []byte { return fresh(pattern) }), d4.Instances(1))
	sink := d4.Add(g, "sink", func() *keeper {
		return &keeper{In: d4.InputBatch(func(items [][]byte) error {
			for _, item := range items {
				arrived++
				if binary.NativeEndian.Uint64(item) != place(item) {
					copied++
				}
			}
			return nil
		}, d4.ReadOnly)}
	}, d4.Instances(1))
	d4.Connect(g, source.Out, sink.In)
	if _, err := p.Run(b.Context(), g); err != nil {
		return 0, err
	}
	if arrived != n {
		return 0, fmt.Errorf("%d of %d items arrived", arrived, n)
	}
	return copied, nil
}

// BenchmarkLargeByReference is items of 1 MiB on one rank: none is copied, so
// all that they cost is making them.
func BenchmarkLargeByReference(b *testing.B) {
	const n = 256
	all := 0
	stream := bench.Way{Name: "stream", Units: n * mebibyte, Run: func() error {
		copied, err := large(b, bench.Stages, n)
		all += copied
		return err
	}}
	compare(b, 1e9, "GB/s", stream, makes(n))
	b.ReportMetric(float64(all), "copied")
}

var made []byte

// makes is making n items and nothing else.
func makes(n int) bench.Way {
	pattern := make([]byte, mebibyte)
	return bench.Way{Name: "make", Units: float64(n * mebibyte), Run: func() error {
		for range n {
			made = fresh(pattern)
		}
		return nil
	}}
}

// copies is making n items and copying each to memory of its own, as somebody
// would by hand who may neither share an item nor use its memory again.
func copies(n int) bench.Way {
	pattern := make([]byte, mebibyte)
	return bench.Way{Name: "make+copy", Units: float64(n * mebibyte), Run: func() error {
		for range n {
			made = fresh(pattern)
			made = bytes.Clone(made)
		}
		return nil
	}}
}

// memcpy is copying from one fixed place to another.
func memcpy(n int) bench.Way {
	src, dst := make([]byte, mebibyte), make([]byte, mebibyte)
	return bench.Way{Name: "memcpy", Units: float64(n * mebibyte), Run: func() error {
		for range n {
			copy(dst, src)
		}
		return nil
	}}
}

// BenchmarkLargeThroughFrames is items of 1 MiB between two local ranks: as
// parts beside the frame, and copied into frames as a transport without parts
// wants it.
func BenchmarkLargeThroughFrames(b *testing.B) {
	const n = 256
	for _, c := range []struct {
		name    string
		options []local.Option
	}{{"parts", nil}, {"without_parts", []local.Option{local.WithoutParts()}}} {
		b.Run(c.name, func(b *testing.B) {
			p := bench.Place{Ranks: 2, Cores: 1, Fuse: partition.Off, Open: func() ([]transport.Transport, error) { return bench.Local(2, c.options...) }}
			stream := bench.Way{Name: "frames", Units: n * mebibyte, Run: func() error {
				_, err := large(b, p, n)
				return err
			}}
			compare(b, 1e9, "GB/s", stream, copies(n), memcpy(n))
		})
	}
}
